import { dirname, join, resolve } from 'node:path';
import { app, BrowserWindow, nativeTheme, session } from 'electron';
import { readFirstLook } from './app/first-look.ts';
import { registerWindowScheme, serveWindow } from './app/protocol.ts';
import { denyByDefault, denyInSession } from './app/security.ts';
import { listenToWindows, openWindow } from './app/window.ts';
import type { Workbench } from './app/workbench.ts';
import { openLog } from './platform/log.ts';
import { defaultWorkspace } from './platform/user-data.ts';

/** A part that does not end keeps the program no longer than this. */
const longestEndMs = 5_000;

/** The workspace a command line asks for, else the person's own. */
function askedWorkspace(userData: string, argv: readonly string[], workingFolder: string): string {
  const index = argv.findIndex((argument) => argument === '--workspace' || argument.startsWith('--workspace='));
  const argument = argv[index] ?? '';
  const asked = argument === '--workspace' ? argv[index + 1] : argument.slice('--workspace='.length);
  return asked ? resolve(workingFolder, asked) : defaultWorkspace(userData);
}

const built = dirname(import.meta.dirname);
const userData = app.getPath('userData');
const log = openLog(join(userData, 'logs'), 'main');
const workbenches = new Map<string, BrowserWindow>();
const opened = new Map<BrowserWindow, Workbench>();
/** Workbenches that have not stored everything yet. */
const endings = new Set<Promise<void>>();

/** Opens the first window, then loads what stands behind it; gives what opens the window of another workspace. */
async function start(): Promise<(workspacePath: string) => void> {
  await app.whenReady();
  const look = readFirstLook(join(userData, 'settings.json'));
  nativeTheme.themeSource = look.theme;
  denyInSession(session.defaultSession);
  serveWindow(session.defaultSession, join(built, 'renderer'));
  listenToWindows();
  const preload = join(built, 'preload', 'preload.cjs');
  const first = openWindow({ preload, place: look.window, log });

  const { openDesk } = await import('./app/desk.ts');
  const desk = await openDesk({ userData, built, log });
  desk.setMenu((command) => {
    const focused = BrowserWindow.getFocusedWindow();
    // Some window managers take the focus away while a menu is open.
    const window = focused && opened.has(focused) ? focused : [...opened.keys()][0];
    if (window) opened.get(window)?.runCommand(command);
  });
  endWhenStored(() => desk.settings.written());

  /** Shows the window of a workspace: the one that has it open, or a new one. */
  const show = (workspacePath: string, shown?: typeof first) => {
    const known = workbenches.get(workspacePath);
    if (known) {
      if (known.isMinimized()) known.restore();
      known.focus();
      return;
    }
    const frame = shown ?? openWindow({ preload, place: desk.settings.value.window, log });
    const workbench = desk.openWorkbench(workspacePath, frame);
    workbenches.set(workspacePath, frame.window);
    opened.set(frame.window, workbench);
    const ending = workbench.ended.finally(() => endings.delete(ending));
    endings.add(ending);
    frame.window.on('closed', () => {
      workbenches.delete(workspacePath);
      opened.delete(frame.window);
    });
  };
  if (!first.window.isDestroyed()) show(askedWorkspace(userData, process.argv, process.cwd()), first);
  return show;
}

/** Lets the program end only when what was under way is stored. */
function endWhenStored(settingsWritten: () => Promise<void>): void {
  let isStored = false;
  app.on('will-quit', (event) => {
    if (isStored) return;
    event.preventDefault();
    const stored = Promise.allSettled([...endings, settingsWritten()]);
    const longEnough = new Promise((done) => setTimeout(done, longestEndMs));
    void Promise.race([stored, longEnough]).then(() => {
      isStored = true;
      app.quit();
    });
  });
}

process.on('uncaughtException', (error) => log.bug('main', error));
process.on('unhandledRejection', (error) => log.bug('main', error));
app.on('window-all-closed', () => {
  if (process.platform !== 'darwin') app.quit();
});

if (app.isPackaged && process.argv.some((argument) => argument.startsWith('--remote-debugging'))) {
  // Fuses do not cover this switch, and it would hand the window to any program of the person.
  app.exit(1);
} else if (app.requestSingleInstanceLock()) {
  registerWindowScheme();
  denyByDefault();
  const started = start();
  app.on('second-instance', (_event, argv, workingFolder) => {
    void started.then((show) => show(askedWorkspace(userData, argv, workingFolder)));
  });
  app.on('activate', () => {
    void started.then((show) => {
      if (workbenches.size === 0) show(askedWorkspace(userData, process.argv, process.cwd()));
    });
  });
} else {
  app.quit();
}
