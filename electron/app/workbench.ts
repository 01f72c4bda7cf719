import { basename, join, resolve } from 'node:path';
import { app, type BrowserWindow } from 'electron';
import { Failure, fail, isCancelled } from '../../shared/base/failure.ts';
import type { LinkTarget } from '../../shared/model/portside-link.ts';
import { makeKibanaBook } from '../cases/kibana-book.ts';
import { makeSourceService, type SecretKeeper } from '../evidence/source-service.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { startRuleSchedule } from '../rules/rule-schedule.ts';
import { makeServices } from '../services.ts';
import { makeAlertNotifier } from './alert-notifier.ts';
import type { AppSettings } from './app-settings.ts';
import { type AskedOpening, isRegularFile } from './asked-openings.ts';
import { startEngineHost } from './engine-host.ts';
import type { EngineProcess } from './engine-process.ts';
import { iconPath, type WindowFrame } from './window.ts';
import { answerWindow, type WorkbenchWindow } from './workbench-window.ts';

/** A workspace that is open: its windows, its engine and what joins them. */
export interface Workbench {
  /** Resolves after its last window was closed, when all that was under way is stored and the engine has ended. */
  readonly ended: Promise<void>;
  /** Whether a window is one of this workspace. */
  has(window: BrowserWindow): boolean;
  /** Brings the window that had the focus last to the front. */
  focus(): void;
  /** Has the front window show what was asked, as far as it is there. */
  show(asked: readonly AskedOpening[]): void;
  /** Passes a command of the native menu to the page of a window; to the front window's without one of its own. */
  runCommand(command: string, window: BrowserWindow | null): void;
}

/** Windows on one workspace at once. */
const mostWindows = 8;
/** How far another window stands right of and below the one it was opened from, in pixels. */
const besidePx = 32;

export interface WorkbenchOptions {
  readonly workspacePath: string;
  readonly frame: WindowFrame;
  /** A process of the engine on this workspace that runs already. */
  readonly engineProcess?: EngineProcess | undefined;
  /** Opens a further window, which keeps nothing of what it chose when it closes. */
  readonly openFrame: (place: NonNullable<AppSettings['window']>) => WindowFrame;
  /** Folder of the built program (`out`). */
  readonly built: string;
  /** The person's own folder: their sources are there. */
  readonly userData: string;
  readonly secrets: SecretKeeper;
  readonly settings: Settings<AppSettings>;
  readonly log: Log;
  /** Called when a window of the workspace got the focus. */
  readonly onFocus: () => void;
  /** Called when its last window was closed. */
  readonly onClosed: () => void;
}

const watchFolderSwitch = '--watch-folder=';

/** Folders that whoever started the program wants watched beside removable devices; the page can name none. */
function watchFolders(argv: readonly string[]): readonly string[] {
  return argv
    .filter((argument) => argument.startsWith(watchFolderSwitch))
    .map((argument) => resolve(argument.slice(watchFolderSwitch.length)));
}

/** Opens a workspace in a window that shows already; the engine starts beside it. */
export function openWorkbench(options: WorkbenchOptions): Workbench {
  const { workspacePath, built, userData, secrets, settings, log } = options;
  const sources = makeSourceService({ userData, workspacePath, secrets, onUse: () => engine.changeSource() });
  const engine = startEngineHost({
    entry: join(built, 'main', 'engine.js'),
    workspacePath,
    firstProcess: options.engineProcess,
    readOpening: async () => {
      const { memoryBytes, temporaryBytes } = settings.value;
      return { ...(await sources.opening()), limits: { memoryBytes, temporaryBytes } };
    },
    log,
  });
  const services = makeServices({
    workspacePath,
    engine: engine.handlers,
    version: app.getVersion(),
    source: () => sources.name,
    watchFolders: watchFolders(process.argv),
    openTarget: async ({ sourceId, dataStream, mayMakeTemplate }) => {
      const { openElasticShipping } = await import('../evidence/elastic-shipping.ts');
      const { name, source } = await sources.connection(sourceId);
      return await openElasticShipping(source, dataStream, { place: name, mayMakeTemplate });
    },
  });
  services.live.shipping?.resume().catch((error: unknown) => log.bug('shipping.resume', error));

  /** In the order in which they had the focus, the last one first. */
  let windows: readonly WorkbenchWindow[] = [];
  let opened = 0;
  const notifier = makeAlertNotifier({
    front: () => windows[0]?.window,
    isMuted: () => settings.value.isMuted,
    show: (alert) => windows[0]?.showAlert(alert),
  });
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) =>
    ending.signal.addEventListener('abort', () => void end().finally(resolve)),
  );

  async function end(): Promise<void> {
    void schedule.stop();
    // What the capture still holds is stored before the engine goes.
    try {
      await services.live.stop();
    } finally {
      try {
        await services.live.shipping?.close();
      } finally {
        await engine.stop();
      }
    }
  }

  function add(frame: WindowFrame): WorkbenchWindow {
    const { window } = frame;
    const own = answerWindow(frame, {
      services,
      engine,
      sources,
      kibana: makeKibanaBook({ userData, secrets }),
      settings,
      log,
      userData,
      iconPath: iconPath(built),
      openBeside: (target) => openBeside(window, target),
    });
    opened += 1;
    windows = [own, ...windows];
    window.setTitle(`${services.workspaceName}${opened > 1 ? ` (${opened})` : ''} – ${app.name}`);
    window.on('focus', () => {
      windows = [own, ...windows.filter((one) => one !== own)];
      notifier.forget();
      options.onFocus();
    });
    window.on('closed', () => {
      windows = windows.filter((one) => one !== own);
      if (windows.length > 0) return;
      notifier.forget();
      options.onClosed();
      ending.abort();
    });
    return own;
  }

  function openBeside(from: BrowserWindow, target: LinkTarget): void {
    if (windows.length >= mostWindows) {
      throw fail('bad-input', `${mostWindows} windows are open on this workspace.`, 'Close one of them first.');
    }
    const { x, y, width, height } = from.getNormalBounds();
    const place = { x: x + besidePx, y: y + besidePx, width, height, isMaximized: false };
    add(options.openFrame(place)).showTarget(target);
  }

  const first = add(options.frame).window;
  first.on('close', () => {
    const isMaximized = first.isMaximized();
    void settings.set({ window: { ...first.getNormalBounds(), isMaximized } }).catch((error) => {
      log.bug('window.close', error);
    });
  });
  const schedule = startRuleSchedule({
    service: services.rules,
    onOutcome: ({ alerts }) => {
      if (alerts.length === 0) return;
      notifier.tell(alerts);
      services.raisedAlerts.emit(alerts);
      services.changes.emit();
    },
    onBug: (error) => {
      // An engine that is being started again fails its questions; the rules are due again in a minute.
      if (!(error instanceof Failure)) log.bug('rules.schedule', error);
    },
  });
  engine.states.listen(({ kind }) => {
    if (kind !== 'ready') return;
    // A new engine process may follow one that died between a decision's journal and its own record of it.
    services.restoreDecisions(ending.signal).then(
      () => services.changes.emit(),
      (error) => {
        if (!isCancelled(error) && !(error instanceof Failure)) log.bug('decisions.restore', error);
      },
    );
  });
  return {
    ended,
    has: (window) => windows.some((one) => one.window === window),
    focus() {
      const window = windows[0]?.window;
      if (window?.isMinimized()) window.restore();
      window?.focus();
    },
    show(asked) {
      for (const one of asked) {
        if (one.kind !== 'file') windows[0]?.showTarget(one);
        else {
          void isRegularFile(one.path).then((isThere) => {
            if (isThere) windows[0]?.showPackage({ path: one.path, name: basename(one.path) });
          });
        }
      }
    },
    runCommand(command, window) {
      (windows.find((one) => one.window === window) ?? windows[0])?.runCommand(command);
    },
  };
}
