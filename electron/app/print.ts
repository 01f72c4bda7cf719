import { randomUUID } from 'node:crypto';
import { BrowserWindow, session } from 'electron';
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

/**
 * Prints a page to PDF in a hidden window under the same denials as every other, with scripts off. The page's own size
 * and margins count. Ends with `export-failed` where printing fails; an abort closes the window.
 */
export async function printToPdf(html: string, signal: AbortSignal): Promise<Uint8Array> {
  if (signal.aborted) throw cancelled();
  const path = `/${randomUUID()}`;
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      session: printSession(),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      javascript: false,
      devTools: false,
    },
  });
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
