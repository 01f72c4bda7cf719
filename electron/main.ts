import { dirname, join, resolve } from 'node:path';
import { app, BrowserWindow, nativeTheme, safeStorage, session } from 'electron';
import { appSettingsSchema } from './app/app-settings.ts';
import { setMenu } from './app/menu.ts';
import { registerWindowScheme, serveWindow } from './app/protocol.ts';
import { openSecretVault, toCipher } from './app/secret-vault.ts';
import { denyByDefault, denyInSession } from './app/security.ts';
import { listenToWindows } from './app/window.ts';
import { openWorkbench, type Workbench } from './app/workbench.ts';
import { openLog } from './platform/log.ts';
import { openSettings } from './platform/settings.ts';
import { defaultWorkspace } from './platform/user-data.ts';

const built = dirname(import.meta.dirname);
const userData = app.getPath('userData');
const log = openLog(join(userData, 'logs'), 'main');
const workbenches = new Map<string, Workbench>();
/** Workbenches that have not stored everything yet. */
const endings = new Set<Promise<void>>();
/** A part that does not end keeps the program no longer than this. */
const longestEndMs = 5_000;

/** The workspace a command line asks for, else the person's own. */
function askedWorkspace(argv: readonly string[], workingFolder: string): string {
  const index = argv.findIndex((argument) => argument === '--workspace' || argument.startsWith('--workspace='));
  const argument = argv[index] ?? '';
  const asked = argument === '--workspace' ? argv[index + 1] : argument.slice('--workspace='.length);
  return asked ? resolve(workingFolder, asked) : defaultWorkspace(userData);
}

/** Lets the program end only when what was under way is stored. */
function endWhenStored(settingsWritten: () => Promise<void>): void {
  let isStored = false;
  app.on('will-quit', (event) => {
    if (isStored) return;
    event.preventDefault();
    const stored = Promise.allSettled([...endings, settingsWritten()]);
    const longEnough = new Promise((resolve) => setTimeout(resolve, longestEndMs));
    void Promise.race([stored, longEnough]).then(() => {
      isStored = true;
      app.quit();
    });
  });
}

async function start(): Promise<void> {
  await app.whenReady();
  const settings = await openSettings(join(userData, 'settings.json'), appSettingsSchema);
  if (settings.problem) log.info('settings.damaged');
  const secrets = await openSecretVault(userData, toCipher(safeStorage));
  nativeTheme.themeSource = settings.value.theme;
  denyInSession(session.defaultSession);
  serveWindow(session.defaultSession, join(built, 'renderer'));
  listenToWindows();
  setMenu((command) => {
    const open = [...workbenches.values()];
    const focused = BrowserWindow.getFocusedWindow();
    // Some window managers take the focus away while a menu is open.
    (open.find(({ window }) => window === focused) ?? open[0])?.runCommand(command);
  });
  endWhenStored(() => settings.written());

  /** Shows the window of a workspace: the one that has it open, or a new one. */
  const show = (workspacePath: string) => {
    const known = workbenches.get(workspacePath);
    if (known) {
      if (known.window.isMinimized()) known.window.restore();
      known.window.focus();
      return;
    }
    const workbench = openWorkbench({ workspacePath, built, userData, secrets, settings, log });
    workbenches.set(workspacePath, workbench);
    const ending = workbench.ended.finally(() => endings.delete(ending));
    endings.add(ending);
    workbench.window.on('closed', () => workbenches.delete(workspacePath));
  };
  app.on('second-instance', (_event, argv, workingFolder) => show(askedWorkspace(argv, workingFolder)));
  app.on('activate', () => {
    if (workbenches.size === 0) show(askedWorkspace(process.argv, process.cwd()));
  });
  show(askedWorkspace(process.argv, process.cwd()));
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
  void start();
} else {
  app.quit();
}
