import { join } from 'node:path';
import { app, type BrowserWindow, clipboard, dialog, nativeTheme } from 'electron';
import { Failure, isCancelled } from '../../shared/base/failure.ts';
import { workbenchOperations } from '../../shared/ipc/workbench-operations.ts';
import { makeKibanaBook } from '../cases/kibana-book.ts';
import { makeSourceService, type SecretKeeper } from '../evidence/source-service.ts';
import { makeHandlers } from '../handlers.ts';
import { makeFeed } from '../platform/feed.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { startRuleSchedule } from '../rules/rule-schedule.ts';
import { makeServices } from '../services.ts';
import { makeAlertNotifier } from './alert-notifier.ts';
import type { AppSettings } from './app-settings.ts';
import { type EngineHost, startEngineHost } from './engine-host.ts';
import { printToPdf, showPage } from './print.ts';
import type { WindowFrame } from './window.ts';

/** A workspace that is open: its window, its engine and what joins them. */
export interface Workbench {
  readonly window: BrowserWindow;
  readonly engine: EngineHost;
  /** Resolves after the window was closed, when all that was under way is stored and the engine has ended. */
  readonly ended: Promise<void>;
  /** Passes a command of the native menu to the page. */
  runCommand(command: string): void;
}

/** Opens a workspace in a window that shows already; the engine starts beside it. */
export function openWorkbench(options: {
  readonly workspacePath: string;
  readonly frame: WindowFrame;
  /** Folder of the built program (`out`). */
  readonly built: string;
  /** The person's own folder: their sources are there. */
  readonly userData: string;
  readonly secrets: SecretKeeper;
  readonly settings: Settings<AppSettings>;
  readonly log: Log;
}): Workbench {
  const { workspacePath, built, userData, secrets, settings, log } = options;
  const { window, tokens } = options.frame;
  const menuCommands = makeFeed<{ readonly command: string }>();
  const sources = makeSourceService({ userData, workspacePath, secrets, onUse: () => engine.changeSource() });
  const engine: EngineHost = startEngineHost({
    entry: join(built, 'main', 'engine.js'),
    workspacePath,
    readOpening: () => sources.opening(),
    log,
  });
  const services = makeServices({
    workspacePath,
    engine: engine.handlers,
    version: app.getVersion(),
    source: () => sources.name,
    openTarget: async ({ sourceId, dataStream, mayMakeTemplate }) => {
      const { openElasticShipping } = await import('../evidence/elastic-shipping.ts');
      const { name, source } = await sources.connection(sourceId);
      return await openElasticShipping(source, dataStream, { place: name, mayMakeTemplate });
    },
  });
  services.live.shipping?.resume().catch((error: unknown) => log.bug('shipping.resume', error));

  const handlers = makeHandlers(services, {
    chooseFiles: async (kind) => {
      const chosen = await dialog.showOpenDialog(window, {
        title: kind === 'rules' ? 'Import rules' : 'Import evidence',
        buttonLabel: 'Import',
        properties: ['openFile', 'multiSelections'],
        filters: [
          kind === 'rules'
            ? { name: 'Rules', extensions: ['toml', 'ndjson', 'json'] }
            : { name: 'Evidence', extensions: ['ndjson', 'jsonl', 'json', 'csv', 'parquet', 'gz', 'log', 'txt'] },
          { name: 'All files', extensions: ['*'] },
        ],
      });
      return chosen.canceled ? [] : chosen.filePaths.map((path) => tokens.add(path));
    },
    takeFile: (token) => tokens.take(token),
    sources,
    kibana: makeKibanaBook({ userData, secrets }),
    chooseCaFile: async () => {
      const chosen = await dialog.showOpenDialog(window, {
        title: 'Certificate authority',
        buttonLabel: 'Trust',
        properties: ['openFile'],
        filters: [
          { name: 'Certificates', extensions: ['pem', 'crt', 'cer'] },
          { name: 'All files', extensions: ['*'] },
        ],
      });
      return chosen.canceled ? undefined : chosen.filePaths[0];
    },
    writeClipboard: (text) => clipboard.writeText(text),
    chooseTarget: async (suggestedName) => {
      const chosen = await dialog.showSaveDialog(window, { title: 'Export case', defaultPath: suggestedName });
      return chosen.canceled || chosen.filePath === '' ? undefined : chosen.filePath;
    },
    chooseFolder: async () => {
      const chosen = await dialog.showOpenDialog(window, {
        title: 'Save the support bundle',
        buttonLabel: 'Save here',
        properties: ['openDirectory', 'createDirectory'],
      });
      return chosen.canceled ? undefined : chosen.filePaths[0];
    },
    userData,
    printPdf: printToPdf,
    showPage: (html, title) => showPage(window, html, title),
    get theme() {
      return settings.value.theme;
    },
    setTheme: (theme) => {
      nativeTheme.themeSource = theme;
      return settings.set({ theme });
    },
    get isMuted() {
      return settings.value.isMuted;
    },
    setMuted: (isMuted) => settings.set({ isMuted }),
    menuCommands,
    get engineState() {
      return engine.state;
    },
    engineStates: engine.states,
    versions: { portside: app.getVersion(), electron: process.versions.electron, node: process.versions.node },
  });

  options.frame.answer(workbenchOperations, handlers);
  window.on('close', () => {
    const isMaximized = window.isMaximized();
    void settings.set({ window: { ...window.getNormalBounds(), isMaximized } }).catch((error) => {
      log.bug('window.close', error);
    });
  });
  window.setTitle(`${services.workspaceName} – ${app.name}`);
  const ended = new Promise<void>((resolve) => {
    // What the capture still holds is stored before the engine goes.
    window.on(
      'closed',
      () =>
        void services.live
          .stop()
          .finally(() => services.live.shipping?.close())
          .finally(() => engine.stop().finally(resolve)),
    );
  });
  const opened = new AbortController();
  window.on('closed', () => opened.abort());
  const notify = makeAlertNotifier(window, () => settings.value.isMuted);
  const schedule = startRuleSchedule({
    service: services.rules,
    onOutcome: ({ alerts }) => {
      if (alerts.length === 0) return;
      notify(alerts);
      services.raisedAlerts.emit(alerts);
      services.changes.emit();
    },
    onBug: (error) => {
      // An engine that is being started again fails its questions; the rules are due again in a minute.
      if (!(error instanceof Failure)) log.bug('rules.schedule', error);
    },
  });
  window.on('closed', () => void schedule.stop());
  engine.states.listen(({ kind }) => {
    if (kind !== 'ready') return;
    // A new engine process may follow one that died between a decision's journal and its own record of it.
    services.restoreDecisions(opened.signal).then(
      () => services.changes.emit(),
      (error) => {
        if (!isCancelled(error) && !(error instanceof Failure)) log.bug('decisions.restore', error);
      },
    );
  });
  return { window, engine, ended, runCommand: (command) => menuCommands.emit({ command }) };
}
