/**
 * `node scripts/icons.mjs`: draws build/icon.svg in the sizes that systems ask for and puts them where electron-builder
 * looks: build/icons/ (Linux), build/icon.ico (Windows), build/icon.icns (macOS). Run it after the drawing changed.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron } from '@playwright/test';
import { withDisplay } from './display.mjs';
import { ensureElectronRuntime } from './electron-runtime.mjs';
import { requireNode, root, say } from './run.mjs';

const folder = path.join(root, 'build');
const linuxSizes = [16, 32, 48, 64, 128, 256, 512];
const windowsSizes = [16, 32, 48, 256];
/** Types of macOS icons that hold a PNG of this size. */
const macTypes = /** @type {const} */ ([
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
]);

requireNode();
const electron = await ensureElectronRuntime();
const svg = fs.readFileSync(path.join(folder, 'icon.svg'), 'utf8');
const sizes = [...new Set([...linuxSizes, ...windowsSizes, ...macTypes.map(([, size]) => size)])];
const pictures = await withDisplay((env) => draw(svg, sizes, env));
const picture = (/** @type {number} */ size) => pictures.get(size) ?? Buffer.alloc(0);

fs.mkdirSync(path.join(folder, 'icons'), { recursive: true });
for (const size of linuxSizes) fs.writeFileSync(path.join(folder, 'icons', `${size}x${size}.png`), picture(size));
fs.writeFileSync(path.join(folder, 'icon.ico'), toIco());
fs.writeFileSync(path.join(folder, 'icon.icns'), toIcns());
say(`made the icons in ${folder}`);

/**
 * Draws the picture with Chromium, in one page of an empty Electron.
 * @param {string} drawing
 * @param {readonly number[]} wanted
 * @param {NodeJS.ProcessEnv} env
 */
async function draw(drawing, wanted, env) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'portside-icons-'));
  fs.writeFileSync(
    path.join(place, 'main.cjs'),
    "const { app, BrowserWindow } = require('electron'); app.whenReady().then(() => new BrowserWindow({ show: false }).loadURL('data:text/html,<p>'));",
  );
  const app = await _electron.launch({
    executablePath: electron,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), path.join(place, 'main.cjs')],
    env: /** @type {Record<string, string>} */ (env),
  });
  try {
    const page = await app.firstWindow();
    /** @type {Map<number, Buffer>} */
    const drawn = new Map();
    for (const size of wanted) {
      const url = await page.evaluate(
        async ([text, px]) => {
          const image = new Image(px, px);
          image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = px;
          canvas.height = px;
          canvas.getContext('2d')?.drawImage(image, 0, 0, px, px);
          return canvas.toDataURL('image/png');
        },
        /** @type {const} */ ([drawing, size]),
      );
      drawn.set(size, Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
    }
    return drawn;
  } finally {
    await app.close();
    fs.rmSync(place, { recursive: true, force: true });
  }
}

/** A Windows icon: a directory of PNGs. */
function toIco() {
  const head = Buffer.alloc(6 + 16 * windowsSizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(windowsSizes.length, 4);
  let offset = head.length;
  for (const [index, size] of windowsSizes.entries()) {
    const at = 6 + 16 * index;
    // 256 is written as 0.
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(picture(size).length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += picture(size).length;
  }
  return Buffer.concat([head, ...windowsSizes.map(picture)]);
}

/** A macOS icon: tagged PNGs one after the other. */
function toIcns() {
  const parts = macTypes.map(([type, size]) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(8 + picture(size).length, 4);
    return Buffer.concat([head, picture(size)]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(8 + body.length, 4);
  return Buffer.concat([head, body]);
}
