import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readFirstLook } from './first-look.ts';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-look-'));
  path = join(folder, 'settings.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const place = { x: -4, y: 20, width: 1200, height: 800, isMaximized: true };

test.each([
  ['what was chosen', JSON.stringify({ theme: 'dark', window: place }), { theme: 'dark', window: place }],
  ['a theme that is none', JSON.stringify({ theme: 'pink', window: place }), { theme: 'system', window: place }],
  ['a window without a width', JSON.stringify({ window: { ...place, width: 0 } }), { theme: 'system' }],
  ['a place that is no number', JSON.stringify({ window: { ...place, x: '1' } }), { theme: 'system' }],
  ['no object', '7', { theme: 'system' }],
  ['a cut file', '{"theme":', { theme: 'system' }],
])('%s', async (_name, text, expected) => {
  await writeFile(path, text);
  expect(readFirstLook(path)).toEqual(expected);
});

test('no file means that nothing was chosen', () => {
  expect(readFirstLook(path)).toEqual({ theme: 'system' });
});
