import { app, type BrowserWindow, clipboard, dialog, nativeTheme } from 'electron';
import { workbenchOperations } from '../../shared/ipc/workbench-operations.ts';
import type { Opening } from '../../shared/model/opening.ts';
import type { LinkTarget } from '../../shared/model/portside-link.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';
import type { KibanaBook } from '../cases/kibana-book.ts';
import type { SourceService } from '../evidence/source-service.ts';
import { makeHandlers } from '../handlers.ts';
import { makeFeed, makeMailbox } from '../platform/feed.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import type { Services } from '../services.ts';
import type { AppSettings } from './app-settings.ts';
import { makeDragOut } from './drag-out.ts';
import type { EngineHost } from './engine-host.ts';
import { printToPdf, showPage } from './print.ts';
import type { WindowFrame } from './window.ts';

/** A window on an open workspace, and what reaches its page from outside. */
export interface WorkbenchWindow {
  readonly window: BrowserWindow;
  /** Passes a command of the native menu to the page. */
  runCommand(command: string): void;
  /** Has the page show a link's target. It waits until the page listens. */
  showTarget(target: LinkTarget): void;
  /** Has the page show what an alert is about. It waits until the page listens. */
  showAlert(alert: DetectionAlert): void;
  /** Has the page verify and show a case package. It waits until the page listens. */
  showPackage(file: { readonly path: string; readonly name: string }): void;
}

/** Openings that wait for a page at most. */
const mostOpenings = 20;

/** Answers the page of a window with the services of its workspace; dialogs and files are this window's own. */
export function answerWindow(
  frame: WindowFrame,
  options: {
    readonly services: Services;
    readonly engine: EngineHost;
    readonly sources: SourceService;
    readonly kibana: KibanaBook;
    readonly settings: Settings<AppSettings>;
    readonly log: Log;
    /** The person's own folder. */
    readonly userData: string;
    /** The picture of the program. */
    readonly iconPath: string;
    /** Opens another window on the workspace; `bad-input` where too many are open. */
    readonly openBeside: (target: LinkTarget) => void;
  },
): WorkbenchWindow {
  const { services, engine, sources, kibana, settings, log, userData, iconPath, openBeside } = options;
  const { window, tokens } = frame;
  const menuCommands = makeFeed<{ readonly command: string }>();
  const openings = makeMailbox<Opening>(mostOpenings);
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
    kibana,
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
      const chosen = await dialog.showSaveDialog(window, {
        title: 'Export case',
        defaultPath: suggestedName,
        filters: [
          { name: 'Zip', extensions: ['zip'] },
          { name: 'Portside case package', extensions: ['portside'] },
        ],
      });
      return chosen.canceled || chosen.filePath === '' ? undefined : chosen.filePath;
    },
    dragOut: makeDragOut(window.webContents, iconPath),
    chooseFolder: async () => {
      const chosen = await dialog.showOpenDialog(window, {
        title: 'Save the support bundle',
        buttonLabel: 'Save here',
        properties: ['openDirectory', 'createDirectory'],
      });
      return chosen.canceled ? undefined : chosen.filePaths[0];
    },
    userData,
    get program() {
      const { memoryBytes, temporaryBytes, log: detail } = settings.value;
      return { memoryBytes, temporaryBytes, log: detail };
    },
    setProgram: async (change) => {
      await settings.set(change);
      log.keep(settings.value.log);
    },
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
    openings,
    openBeside,
    get engineState() {
      return engine.state;
    },
    engineStates: engine.states,
    versions: { portside: app.getVersion(), electron: process.versions.electron, node: process.versions.node },
  });
  frame.answer(workbenchOperations, handlers);
  return {
    window,
    runCommand: (command) => menuCommands.emit({ command }),
    showTarget: (target) => openings.emit(target),
    showAlert: (alert) => openings.emit({ kind: 'alert', alert }),
    showPackage: ({ path, name }) => openings.emit({ kind: 'package', token: tokens.add(path), name }),
  };
}
