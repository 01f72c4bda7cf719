import { deflateSync } from 'node:zlib';
import type { Page } from '@playwright/test';

/** How two pictures differ. */
export interface Difference {
  /** Pixels that differ visibly, of all. */
  readonly pixels: number;
  readonly allPixels: number;
  /** The smallest rectangle around them. */
  readonly area: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

/** A channel may be off by this much: the rounding of another processor's blending, not a colour of ours. */
const channelTolerance = 32;

/** Keeps every colour of the window; only the edges of letters lose shades. */
const mostColors = 128;
/** A colour of this many pixels fills something. */
const flatFrom = 1_000;
const alike = 14;

/**
 * Most pixels that may differ: a changed letter is about 20, a moved word 300, a missing button 1,500; two runs of the
 * same build differed by 0. `e2e/screenshots/screenshots.spec.ts` shows that a word that moved is noticed.
 */
export const mostDifferentPixels = 120;

/** Pixels of a picture, four bytes each, row by row. */
async function pixelsOf(page: Page, png: Buffer) {
  const { width, height, base64 } = await page.evaluate(async (encoded) => {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
    context?.drawImage(image, 0, 0);
    const reader = new FileReader();
    const data = context?.getImageData(0, 0, image.width, image.height).data ?? new Uint8ClampedArray();
    const text = await new Promise<string>((resolve) => {
      reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
      reader.readAsDataURL(new Blob([data]));
    });
    return { width: image.width, height: image.height, base64: text };
  }, png.toString('base64'));
  return { width, height, data: Buffer.from(base64, 'base64') };
}

/**
 * A picture as a PNG of the colours it has most of, a fifth of the size. Flat colours stay as they are; of the many
 * shades at the edges of letters the rare ones become their neighbour, which is less than what a comparison lets pass.
 */
export async function toReference(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, data } = await pixelsOf(page, png);
  const counts = new Map<number, number>();
  for (let at = 0; at < data.length; at += 4) {
    const color = data.readUIntBE(at, 3);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const palette = choosePalette(counts);
  const nearest = new Map(palette.map((color, index) => [color, index]));
  const indexOf = (color: number) => {
    const known = nearest.get(color);
    if (known !== undefined) return known;
    const distances = palette.map((other) => distance(color, other));
    const found = distances.indexOf(Math.min(...distances));
    nearest.set(color, found);
    return found;
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + x + 1] = indexOf(data.readUIntBE((y * width + x) * 4, 3));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colors = Buffer.alloc(palette.length * 3);
  for (const [index, color] of palette.entries()) colors.writeUIntBE(color, index * 3, 3);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', colors),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** How far two colours are apart: the most that one channel differs. */
function distance(one: number, other: number): number {
  return Math.max(...[16, 8, 0].map((shift) => Math.abs(((one >> shift) & 255) - ((other >> shift) & 255))));
}

/** The colours there is most of; a rare one only where none like it is there yet. */
function choosePalette(counts: ReadonlyMap<number, number>): readonly number[] {
  const palette: number[] = [];
  for (const [color, count] of [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])) {
    if (palette.length === mostColors) break;
    if (count >= flatFrom || palette.every((other) => distance(color, other) > alike)) palette.push(color);
  }
  return palette;
}

/** A part of a PNG file: length, name, content, check sum. */
function chunk(name: string, content: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(checkSum(named));
  return Buffer.concat([length, named, sum]);
}

/** CRC-32 as PNG has it. */
function checkSum(bytes: Buffer): number {
  let sum = 0xffff_ffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb8_8320 : sum >>> 1;
  }
  return (sum ^ 0xffff_ffff) >>> 0;
}

/** Compares what was taken with its reference; nothing where they have another size. */
export async function comparePictures(page: Page, taken: Buffer, reference: Buffer): Promise<Difference | undefined> {
  return page.evaluate(
    async ({ pictures, tolerance }) => {
      const read = async (base64: string) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const image = await createImageBitmap(new Blob([bytes]));
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true });
        context?.drawImage(image, 0, 0);
        return context?.getImageData(0, 0, image.width, image.height);
      };
      const [one, other] = await Promise.all(pictures.map(read));
      if (!one || !other || one.width !== other.width || one.height !== other.height) return undefined;
      let pixels = 0;
      const area = { left: one.width, top: one.height, right: 0, bottom: 0 };
      for (let at = 0; at < one.data.length; at += 4) {
        const isOff = [0, 1, 2].some(
          (channel) => Math.abs((one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0)) > tolerance,
        );
        if (!isOff) continue;
        pixels += 1;
        const x = (at / 4) % one.width;
        const y = Math.floor(at / 4 / one.width);
        area.left = Math.min(area.left, x);
        area.top = Math.min(area.top, y);
        area.right = Math.max(area.right, x);
        area.bottom = Math.max(area.bottom, y);
      }
      return { pixels, allPixels: one.width * one.height, area };
    },
    { pictures: [taken.toString('base64'), reference.toString('base64')], tolerance: channelTolerance },
  );
}
