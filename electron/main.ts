import { dirname, join, resolve } from 'node:path';
import { app, BrowserWindow, nativeTheme, session } from 'electron';
import { type AskedOpening, askedOpenings, openingOfFile, openingOfLink } from './app/asked-openings.ts';
import { type EngineProcess, forkEngine } from './app/engine-process.ts';
import { readFirstLook } from './app/first-look.ts';
import { registerWindowScheme, serveWindow } from './app/protocol.ts';
import { denyByDefault, denyInSession } from './app/security.ts';
import { listenToWindows, openWindow } from './app/window.ts';
import type { Workbench } from './app/workbench.ts';
import { openLog } from './platform/log.ts';
import { defaultWorkspace } from './platform/user-data.ts';

/** A part that does not end keeps the program no longer than this. */
const longestEndMs = 5_000;

/** What a start of the program asks for. */
interface Start {
  /** The workspace, where one is named. */
  readonly workspacePath: string | undefined;
  readonly asked: readonly AskedOpening[];
}

function readStart(argv: readonly string[], workingFolder: string): Start {
  const index = argv.findIndex((argument) => argument === '--workspace' || argument.startsWith('--workspace='));
  const argument = argv[index] ?? '';
  const named = argument === '--workspace' ? argv[index + 1] : argument.slice('--workspace='.length);
  return {
    workspacePath: named ? resolve(workingFolder, named) : undefined,
    asked: askedOpenings(argv, workingFolder),
  };
}

const built = dirname(import.meta.dirname);
const userData = app.getPath('userData');
const log = openLog(join(userData, 'logs'), 'main');
/** Open workspaces by their folders; the one that had the focus last stands last. */
const workbenches = new Map<string, Workbench>();
/** Workbenches that have not stored everything yet. */
const endings = new Set<Promise<void>>();

/** Opens the first window, then loads what stands behind it; gives what answers a further start. */
async function start(): Promise<(again: Start) => void> {
  await app.whenReady();
  const look = readFirstLook(join(userData, 'settings.json'));
  nativeTheme.themeSource = look.theme;
  denyInSession(session.defaultSession);
  serveWindow(session.defaultSession, join(built, 'renderer'));
  listenToWindows();
  const preload = join(built, 'preload', 'preload.cjs');
  const first = openWindow({ preload, place: look.window, log });
  // Until something is to be seen nothing else takes the processor; then the engine loads its code beside the rest of the program.
  await first.painted;
  const own = readStart(process.argv, process.cwd());
  const ownPath = own.workspacePath ?? defaultWorkspace(userData);
  const engine = forkEngine(join(built, 'main', 'engine.js'), ownPath);

  const { openDesk } = await import('./app/desk.ts');
  const desk = await openDesk({ userData, built, log });
  desk.setMenu((command) => {
    const focused = BrowserWindow.getFocusedWindow();
    // Some window managers take the focus away while a menu is open.
    const owner = [...workbenches.values()].find((one) => focused && one.has(focused));
    (owner ?? frontWorkbench())?.runCommand(command, focused);
  });
  endWhenStored(() => desk.settings.written());

  /** Shows a workspace: the window that has it open, or a new one. */
  const show = (workspacePath: string, shown?: { frame: typeof first; engine: EngineProcess }): Workbench => {
    const known = workbenches.get(workspacePath);
    if (known) {
      known.focus();
      return known;
    }
    const frame = shown?.frame ?? openWindow({ preload, place: desk.settings.value.window, log });
    const workbench = desk.openWorkbench({
      workspacePath,
      frame,
      engineProcess: shown?.engine,
      openFrame: (place) => openWindow({ preload, place, isBeside: true, log }),
      onFocus: () => {
        workbenches.delete(workspacePath);
        workbenches.set(workspacePath, workbench);
      },
      onClosed: () => workbenches.delete(workspacePath),
    });
    workbenches.set(workspacePath, workbench);
    const ending = workbench.ended.finally(() => endings.delete(ending));
    endings.add(ending);
    return workbench;
  };
  const answer = ({ workspacePath, asked }: Start) => {
    // A link or file does not say to which workspace it belongs: the one that is looked at is asked first.
    const front = asked.length > 0 && workspacePath === undefined ? frontWorkbench() : undefined;
    front?.focus();
    (front ?? show(workspacePath ?? defaultWorkspace(userData))).show(asked);
  };
  if (first.window.isDestroyed()) engine.child.kill();
  else show(ownPath, { frame: first, engine }).show(own.asked);
  return answer;
}

/** The workspace whose window has, or had last, the focus. */
function frontWorkbench(): Workbench | undefined {
  return [...workbenches.values()].at(-1);
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
  const answer = (again: Start) => void started.then((show) => show(again));
  app.on('second-instance', (_event, argv, workingFolder) => answer(readStart(argv, workingFolder)));
  app.on('activate', () => {
    void started.then((show) => {
      const { workspacePath } = readStart(process.argv, process.cwd());
      if (workbenches.size === 0) show({ workspacePath, asked: [] });
    });
  });
  const open = (asked: AskedOpening | undefined) => {
    if (asked) answer({ workspacePath: undefined, asked: [asked] });
  };
  // macOS hands over links and files in this way, and nowhere else.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(openingOfLink(url));
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    open(openingOfFile(path, '/'));
  });
  // On the other systems the package's own entries say it; there, nothing of the person's is changed by a start.
  if (app.isPackaged && process.platform === 'win32') {
    app.setAsDefaultProtocolClient('portside', process.execPath, ['--']);
  }
} else {
  app.quit();
}
