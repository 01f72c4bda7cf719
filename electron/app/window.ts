import { dirname, join } from 'node:path';
import { app, BrowserWindow, ipcMain, nativeTheme, screen } from 'electron';
import type { Contract, Handlers } from '../../shared/ipc/operation.ts';
import type { ClientMessage } from '../../shared/ipc/protocol.ts';
import { serve } from '../../shared/ipc/server.ts';
import { besideMark, windowOrigin } from '../../shared/ipc/window-bridge.ts';
import type { Log } from '../platform/log.ts';
import type { AppSettings } from './app-settings.ts';
import { fileChannel, messageChannel, paintedChannel, replyChannel } from './channels.ts';
import { figureArguments, readFigureLocale } from './figure-locale.ts';
import { type FileTokens, makeFileTokens } from './file-tokens.ts';
import { isOwnUrl } from './security.ts';

/** The page's background before it has painted: the tokens `bg` of the two themes. */
const backgrounds = { light: '#f3f4f6', dark: '#0f1216' } as const;
const smallest = { width: 1100, height: 720 } as const;
const usual = { width: 1440, height: 900 } as const;

/** A window that shows, and may not have anybody yet who answers its page. */
export interface WindowFrame {
  readonly window: BrowserWindow;
  /** Resolves when the page has painted something, or was given the time to. */
  readonly painted: Promise<void>;
  /** Files the person chose or dropped in this window. */
  readonly tokens: FileTokens;
  /** Answers the page from now on, starting with what it has asked meanwhile. Call once. */
  answer<C extends Contract>(contract: C, handlers: Handlers<C>): void;
}

/** Questions kept until somebody answers; a page asks a few dozen at its start. */
const maxWaiting = 1_000;

/** The first frame of a page is waited for no longer than this: a window that is hidden has none. */
const longestPaintMs = 1_000;

interface WindowParts {
  readonly tokens: FileTokens;
  readonly onPainted: () => void;
  readonly listeners: Set<(message: ClientMessage) => void>;
}

/** Open windows by the id of their contents: who may ask, and who answers. */
const open = new Map<number, WindowParts>();

/** The parts of the window that sent the event, where it came from its main frame at our origin; else nothing. */
function senderParts(event: Electron.IpcMainEvent | Electron.IpcMainInvokeEvent): WindowParts | undefined {
  const frame = event.senderFrame;
  if (!frame || frame.parent !== null || !isOwnUrl(frame.url)) return undefined;
  return open.get(event.sender.id);
}

/** Starts answering the windows. Call once. Messages from anywhere else are dropped. */
export function listenToWindows(): void {
  ipcMain.on(messageChannel, (event, message: ClientMessage) => {
    for (const listener of senderParts(event)?.listeners ?? []) listener(message);
  });
  ipcMain.on(paintedChannel, (event) => senderParts(event)?.onPainted());
  ipcMain.handle(fileChannel, (event, path: unknown) => {
    if (typeof path !== 'string' || path === '' || path.length > 32_768) return undefined;
    return senderParts(event)?.tokens.add(path);
  });
}

/** The picture of the program; `built` is the folder of what was built (`out`), beside which it lies until it is packaged. */
export function iconPath(built: string): string {
  return app.isPackaged
    ? join(process.resourcesPath, 'icon.png')
    : join(dirname(built), 'build', 'icons', '256x256.png');
}

/** How the system writes figures now: a window opened after a change of its settings follows it. */
function systemFigures() {
  return readFigureLocale({
    platform: process.platform,
    env: process.env,
    argv: process.argv,
    locales: [app.getSystemLocale(), ...app.getPreferredSystemLanguages()],
  });
}

/** Where the window was, as far as a screen still shows that place. */
function startBounds(saved: AppSettings['window']): Electron.BrowserWindowConstructorOptions {
  if (!saved) return usual;
  const isVisible = screen.getAllDisplays().some(({ workArea }) => {
    const right = Math.min(saved.x + saved.width, workArea.x + workArea.width);
    const bottom = Math.min(saved.y + saved.height, workArea.y + workArea.height);
    return right - Math.max(saved.x, workArea.x) >= 200 && bottom - Math.max(saved.y, workArea.y) >= 100;
  });
  return isVisible ? saved : { width: saved.width, height: saved.height };
}

/**
 * Opens a window on the workbench, in the colour of its theme, before anything else is ready. Calls of the page wait for
 * `answer`, and are answered until it goes elsewhere, reloads or closes; then they are aborted.
 */
export function openWindow(options: {
  readonly preload: string;
  /** Where the window was when it was closed last. */
  readonly place: AppSettings['window'];
  /** Whether it is a further window of an open workspace: its page keeps what was chosen there apart. */
  readonly isBeside?: boolean;
  readonly log: Log;
}): WindowFrame {
  const { preload, place, isBeside = false, log } = options;
  const window = new BrowserWindow({
    ...startBounds(place),
    minWidth: smallest.width,
    minHeight: smallest.height,
    title: app.name,
    // Elsewhere the program's own file has it.
    ...(process.platform === 'linux' ? { icon: iconPath(dirname(dirname(preload))) } : {}),
    backgroundColor: nativeTheme.shouldUseDarkColors ? backgrounds.dark : backgrounds.light,
    webPreferences: {
      preload,
      additionalArguments: [...figureArguments(systemFigures())],
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
    },
  });
  if (place?.isMaximized) window.maximize();

  const { webContents } = window;
  const contentsId = webContents.id;
  const tokens = makeFileTokens();
  let onPainted: () => void = () => undefined;
  const painted = new Promise<void>((resolve) => {
    onPainted = resolve;
    setTimeout(resolve, longestPaintMs);
  });
  const parts: WindowParts = { tokens, onPainted, listeners: new Set() };
  open.set(contentsId, parts);
  let waiting: ClientMessage[] = [];
  const keep = (message: ClientMessage) => {
    if (waiting.length < maxWaiting) waiting.push(message);
  };
  parts.listeners.add(keep);
  let serveAgain: (() => { close(): void }) | undefined;
  let server: { close(): void } | undefined;

  // The title names the workspace; the page's own is the same in every window.
  window.on('page-title-updated', (event) => event.preventDefault());
  webContents.on('did-start-navigation', (event) => {
    if (!event.isMainFrame || event.isSameDocument) return;
    waiting = [];
    server?.close();
    server = serveAgain?.();
  });
  webContents.on('render-process-gone', (_event, details) => {
    log.info('window.gone', { reason: details.reason, exitCode: details.exitCode });
    if (details.reason !== 'clean-exit' && !window.isDestroyed()) webContents.reload();
  });
  window.on('closed', () => {
    server?.close();
    open.delete(contentsId);
  });
  void window.loadURL(`${windowOrigin}/${isBeside ? besideMark : ''}`);

  return {
    window,
    painted,
    tokens,
    answer(contract, handlers) {
      serveAgain = () => {
        parts.listeners.clear();
        return serve(
          contract,
          handlers,
          {
            post: (message) => {
              if (!webContents.isDestroyed()) webContents.send(replyChannel, message);
            },
            listen: (onMessage) => parts.listeners.add(onMessage),
          },
          { reportBug: (operation, error) => log.bug(operation, error) },
        );
      };
      if (window.isDestroyed()) return;
      server = serveAgain();
      const asked = waiting;
      waiting = [];
      for (const message of asked) for (const listener of parts.listeners) listener(message);
    },
  };
}
