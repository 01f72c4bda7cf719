/**
 * `npm run package`: the application as it is handed out, in release/. With the official Electron all targets of this
 * system; with the stand-in for development (or with --dir) only the unpacked folder, for tests.
 */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, runPackage, say } from './run.mjs';

/**
 * Builds the unpacked application and gives its folder.
 * @param {readonly string[]} targets Arguments that choose what electron-builder makes.
 */
export async function packageApplication(targets) {
  await ensureInstalled();
  await ensureBuilt();
  const { ensureElectronRuntime } = await import('./electron-runtime.mjs');
  const dist = fs.realpathSync(path.dirname(await ensureElectronRuntime()));
  const version = fs.readFileSync(path.join(dist, 'version'), 'utf8').trim().replace(/^v/, '');
  const isStandIn = fs.existsSync(path.join(dist, 'ok.json'));
  if (isStandIn && !targets.includes('--dir'))
    say('without the official Electron: the unpacked folder only, for tests');
  const result = await runPackage('electron-builder/cli.js', [
    ...(isStandIn ? ['--dir'] : targets),
    '--publish=never',
    `-c.electronDist=${dist}`,
    `-c.electronVersion=${version}`,
  ]);
  if (result.code !== 0) throw new Error(`electron-builder failed:\n${result.stdout}${result.stderr}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  await packageApplication(process.argv.slice(2));
  say(`made ${path.join(root, 'release')}`);
}
