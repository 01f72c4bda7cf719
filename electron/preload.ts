import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { WindowBridge } from '../shared/ipc/window-bridge.ts';
import { fileChannel, messageChannel, paintedChannel, replyChannel } from './app/channels.ts';
import { figureLocaleOfPage } from './app/figure-locale.ts';

/** The path of a dropped file; empty for one that the page made itself, and for what is no file at all. */
function pathOf(file: unknown): string {
  try {
    return webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]);
  } catch {
    return '';
  }
}

const bridge: WindowBridge = {
  figures: figureLocaleOfPage(process.argv),
  send: (message) => ipcRenderer.send(messageChannel, message),
  onReply: (listener) => {
    ipcRenderer.removeAllListeners(replyChannel);
    ipcRenderer.on(replyChannel, (_event, message) => listener(message));
  },
  takeDroppedFile: async (file) => {
    const path = pathOf(file);
    return path === '' ? undefined : ipcRenderer.invoke(fileChannel, path);
  },
};

// The page's own observer, though the types here are those of Node, which knows no paint.
new PerformanceObserver((_entries, observer) => {
  observer.disconnect();
  ipcRenderer.send(paintedChannel);
}).observe({ type: 'paint' as 'mark', buffered: true });

contextBridge.exposeInMainWorld('portside', bridge);
