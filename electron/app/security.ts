import { app, type Session, type WebContents } from 'electron';
import { windowOrigin } from '../../shared/ipc/window-bridge.ts';

/** Schemes a page may load from: its own files, and what it made in memory. */
const allowedSchemes = new Set(['app:', 'data:', 'blob:', 'devtools:']);

/** Whether `url` lies at our origin: the only place a window may show and the only sender that is answered. */
export function isOwnUrl(url: string, origin = windowOrigin): boolean {
  return url === origin || url.startsWith(`${origin}/`);
}

/** No permission, no device, no screen, no download, and no request but to `origin` and to what the page has in memory. */
export function denyInSession(session: Session, origin = windowOrigin): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest((details, answer) => {
    const url = new URL(details.url);
    answer({
      cancel: !allowedSchemes.has(url.protocol) || (url.protocol === 'app:' && !isOwnUrl(details.url, origin)),
    });
  });
}

/** No navigation away, no new window, no webview. */
function denyInContents(contents: WebContents): void {
  const stay = (event: { preventDefault(): void; readonly url: string }) => {
    if (!isOwnUrl(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isOwnUrl(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}

/** Applies the denials to every page that is ever made, also those nobody thought of. Call before Electron is ready. */
export function denyByDefault(): void {
  // WebRTC and preconnecting ask neither the policy of the page nor the session's request filter. Chromium finds no host at
  // all, addresses included; the main process and the engine use Node's own network.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.on('web-contents-created', (_event, contents) => denyInContents(contents));
  app.on('session-created', (created) => denyInSession(created));
  app.on('select-client-certificate', (event, _contents, _url, _list, answer) => {
    event.preventDefault();
    answer();
  });
}
