import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { WindowBridge } from '../shared/ipc/window-bridge.ts';
import { fileChannel, messageChannel, replyChannel } from './app/channels.ts';
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

contextBridge.exposeInMainWorld('portside', bridge);
