import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { openSettings } from './settings.ts';

const schema = z.object({ theme: z.enum(['system', 'dark']).default('system'), width: z.number().default(1440) });

let path = '';
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'portside-settings-')), 'settings.json');
});
afterEach(() => rm(join(path, '..'), { recursive: true, force: true }));

test('starts with the defaults and keeps what was set', async () => {
  const settings = await openSettings(path, schema);
  expect(settings.value).toEqual({ theme: 'system', width: 1440 });
  await settings.set({ theme: 'dark' });
  await Promise.all([settings.set({ width: 1 }), settings.set({ width: 2 }), settings.set({ width: 3 })]);
  expect((await openSettings(path, schema)).value).toEqual({ theme: 'dark', width: 3 });
});

test.each([['{"theme":"pink"}'], ['{'], [''], ['[]'], [`"${'x'.repeat(2_000_000)}"`]])(
  'a damaged file is set aside and the defaults hold: %.20s',
  async (text) => {
    await writeFile(path, text);
    const settings = await openSettings(path, schema);
    expect(settings.value).toEqual({ theme: 'system', width: 1440 });
    expect(settings.problem).toContain(path);
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(text);
    await settings.set({ width: 7 });
    expect((await openSettings(path, schema)).value.width).toBe(7);
  },
);

test('a value outside the schema is refused and changes nothing', async () => {
  const settings = await openSettings(path, schema);
  expect(() => settings.set({ width: 'wide' as unknown as number })).toThrow();
  expect(settings.value.width).toBe(1440);
});
