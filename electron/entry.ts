/**
 * The first file that the program runs, as the window or, with `--capture-helper`, as the privileged part of the capture.
 * A packaged Electron cannot run as plain Node, so the program itself must be able to be the helper. Nothing of the window
 * is loaded then: neither Electron's own parts nor a screen, and Chromium waits for this file before it begins.
 */
import { helperSwitch } from './capture/helper-command.ts';

if (process.argv.includes(helperSwitch)) {
  await import('./capture/fanotify-helper.ts');
  // The helper ends the process when its user leaves.
  await new Promise(() => undefined);
} else await import('./main.ts');
