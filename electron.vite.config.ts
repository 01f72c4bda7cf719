import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

const at = (path: string) => resolve(import.meta.dirname, path);

// The oldest runtime the build must run on: Electron 33 (Node 20.18, Chromium 130). Without this the targets would be
// taken from the installed electron package.
const nodeTarget = 'node20.18';
const chromeTarget = 'chrome130';

/**
 * Puts the styles of the first view into the page itself: the frame in index.html is painted with them before any script or
 * further file is there.
 */
const stylesInPage: Plugin = {
  name: 'styles-in-page',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      return html.replace(/<link rel="stylesheet"[^>]* href="\.\/(assets\/[^"]+)"[^>]*>/g, (_link, name: string) => {
        const sheet = bundle[name];
        if (sheet?.type !== 'asset') throw new Error(`The build has no ${name}.`);
        delete bundle[name];
        return `<style>${String(sheet.source).replaceAll('url(./', 'url(./assets/')}</style>`;
      });
    },
  },
};

export default defineConfig({
  main: {
    build: {
      target: nodeTarget,
      outDir: 'out/main',
      // Many small modules cost a start more than their content: what is pure JavaScript goes into the chunks.
      externalizeDeps: { exclude: ['smol-toml', 'yauzl', 'yazl', 'zod'] },
      rollupOptions: {
        input: {
          entry: at('electron/entry.ts'),
          main: at('electron/main.ts'),
          cli: at('electron/cli.ts'),
          engine: at('electron/evidence/engine.ts'),
          'fanotify-helper': at('electron/capture/fanotify-helper.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      target: nodeTarget,
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: at('electron/preload.ts') },
        // A sandboxed preload can load nothing but one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    // Main puts the nonce of each answer in this place (electron/app/protocol.ts).
    html: { cspNonce: '__CSP_NONCE__' },
    plugins: [react(), stylesInPage],
    build: {
      target: chromeTarget,
      outDir: at('out/renderer'),
      // Fonts as data: addresses are against the window's content policy.
      assetsInlineLimit: 0,
      minify: true,
      rollupOptions: { input: { index: at('renderer/index.html') } },
    },
  },
});
