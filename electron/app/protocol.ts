import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { nativeTheme, protocol, type Session } from 'electron';
import { windowOrigin } from '../../shared/ipc/window-bridge.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Stands in index.html where the nonce of the one answer goes (see `html.cspNonce` in electron.vite.config.ts). */
const nonceMark = '__CSP_NONCE__';
/** Stands in index.html where the theme goes, so that the first frame has its colours before any script has run. */
const themeMark = '__THEME__';

function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    // Mantine writes style tags at run time; they carry the nonce.
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** Must run before the application is ready. */
export function registerWindowScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/**
 * Serves the built window at its origin, from the closed list of files that lie in `folder` now: a request either names
 * one of them or gets 404, so there is no path to walk out of.
 */
export function serveWindow(session: Session, folder: string): void {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && types[extname(entry.name)] !== undefined)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [`/${relative(folder, file).split(sep).join('/')}`, file]),
  );
  // `protocol.handle` would load Node's fetch for its requests and answers, some 50 ms before the first byte.
  session.protocol.registerBufferProtocol('app', (request, answer) => {
    const url = new URL(request.url);
    const file = files.get(url.pathname === '/' ? '/index.html' : url.pathname);
    if (request.method !== 'GET' || `${url.protocol}//${url.host}` !== windowOrigin || file === undefined) {
      answer({ statusCode: 404, mimeType: 'text/plain', data: Buffer.from('Not found') });
      return;
    }
    const extension = extname(file);
    const nonce = randomBytes(16).toString('base64');
    const theme = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
    // Read at once: on a busy computer each turn of the loop that an asynchronous read takes is longer than the read.
    const content = readFileSync(file);
    answer({
      data:
        extension === '.html'
          ? Buffer.from(content.toString('utf8').replaceAll(nonceMark, nonce).replace(themeMark, theme))
          : content,
      headers: {
        'content-type': types[extension] ?? 'application/octet-stream',
        'content-security-policy': contentSecurityPolicy(nonce),
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': extension === '.html' ? 'no-store' : 'max-age=31536000, immutable',
      },
    });
  });
}
