import { randomUUID } from 'node:crypto';
import { BrowserWindow, Menu, type MenuItemConstructorOptions, session } from 'electron';
import { cancelled, fail, messageOf } from '../../shared/base/failure.ts';
import { denyInSession } from './security.ts';

/** Pages to print have an origin of their own, without a preload and without scripts. */
const printOrigin = 'app://print';
const printPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

/** What waits to be loaded, by its path: served once, to the print window only. */
const pages = new Map<string, string>();

function printSession(): Electron.Session {
  const own = session.fromPartition('print');
  if (!own.protocol.isProtocolHandled('app')) {
    denyInSession(own, printOrigin);
    own.protocol.handle('app', (request) => {
      const html = pages.get(new URL(request.url).pathname);
      pages.delete(new URL(request.url).pathname);
      if (html === undefined) return new Response('Not found', { status: 404 });
      return new Response(html, {
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': printPolicy,
          'x-content-type-options': 'nosniff',
        },
      });
    });
  }
  return own;
}

/** No scripts, no bridge to us, and a session that can reach nothing but the page itself. */
function pagePreferences(): Electron.WebPreferences {
  return {
    session: printSession(),
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    javascript: false,
    devTools: false,
  };
}

/**
 * Shows a page in a window of its own under the same denials as a printed one. Ctrl+P prints it, Escape and Ctrl+W close
 * it; it closes with the window it was opened from.
 */
export async function showPage(parent: BrowserWindow, html: string, title: string): Promise<void> {
  const path = `/${randomUUID()}`;
  const window = new BrowserWindow({
    parent,
    title,
    width: 920,
    height: 1_000,
    minWidth: 480,
    minHeight: 400,
    backgroundColor: '#d9dce1',
    show: false,
    webPreferences: pagePreferences(),
  });
  // The page has a title of its own, which may hold what somebody wrote.
  window.on('page-title-updated', (event) => event.preventDefault());
  const printPage = () => window.webContents.print({ printBackground: true });
  const zoom = (step: number) => window.webContents.setZoomLevel(window.webContents.getZoomLevel() + step);
  const template: MenuItemConstructorOptions[] = [
    {
      label: 'Report',
      submenu: [
        { label: 'Print…', accelerator: 'CmdOrCtrl+P', click: printPage },
        { label: 'Larger', accelerator: 'CmdOrCtrl+Plus', click: () => zoom(0.5) },
        { label: 'Smaller', accelerator: 'CmdOrCtrl+-', click: () => zoom(-0.5) },
        { type: 'separator' },
        { label: 'Close', accelerator: 'CmdOrCtrl+W', click: () => window.close() },
      ],
    },
  ];
  window.setMenu(Menu.buildFromTemplate(template));
  window.webContents.on('before-input-event', (event, input) => {
    if (input.type !== 'keyDown') return;
    const isPrint = (input.control || input.meta) && input.key.toLowerCase() === 'p';
    if (input.key !== 'Escape' && !isPrint) return;
    event.preventDefault();
    if (isPrint) printPage();
    else window.close();
  });
  pages.set(path, html);
  try {
    await window.loadURL(`${printOrigin}${path}`);
    window.show();
  } catch (error) {
    if (!window.isDestroyed()) window.destroy();
    throw fail('export-failed', `The report could not be shown: ${messageOf(error)}`, 'Try again.', error);
  } finally {
    pages.delete(path);
  }
}

/**
 * Prints a page to PDF in a hidden window under the same denials as every other, with scripts off. The page's own size
 * and margins count. Ends with `export-failed` where printing fails; an abort closes the window.
 */
export async function printToPdf(html: string, signal: AbortSignal): Promise<Uint8Array> {
  if (signal.aborted) throw cancelled();
  const path = `/${randomUUID()}`;
  const window = new BrowserWindow({ show: false, webPreferences: pagePreferences() });
  const close = () => window.destroy();
  signal.addEventListener('abort', close, { once: true });
  pages.set(path, html);
  try {
    await window.loadURL(`${printOrigin}${path}`);
    return await window.webContents.printToPDF({ printBackground: true, preferCSSPageSize: true });
  } catch (error) {
    if (signal.aborted) throw cancelled();
    throw fail('export-failed', `The page could not be printed: ${messageOf(error)}`, 'Try again.', error);
  } finally {
    signal.removeEventListener('abort', close);
    pages.delete(path);
    if (!window.isDestroyed()) window.destroy();
  }
}
