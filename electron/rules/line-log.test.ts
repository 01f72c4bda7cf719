import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLineLog } from './line-log.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-lines-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (maxEntries = 100) =>
  openLineLog(join(folder, 'sub', 'log.jsonl'), (value) => (typeof value === 'number' ? value : undefined), maxEntries);

it('keeps what was added, in order, over restarts', async () => {
  const log = await open();
  await Promise.all([log.append([1, 2]), log.append([3]), log.append([])]);
  expect(log.entries).toEqual([1, 2, 3]);
  expect((await open()).entries).toEqual([1, 2, 3]);
});

it('cuts a torn tail off and leaves unreadable lines out', async () => {
  await (await open()).append([1]);
  await writeFile(join(folder, 'sub', 'log.jsonl'), '1\n{"broken\n"text"\n2\n3');
  const log = await open();
  expect(log.entries).toEqual([1, 2, 3]);
  await log.append([4]);
  expect(await readFile(join(folder, 'sub', 'log.jsonl'), 'utf8')).toBe('1\n2\n3\n4\n');
});

it('forgets the oldest', async () => {
  const log = await open(3);
  for (let n = 1; n <= 7; n++) await log.append([n]);
  expect(log.entries).toEqual([5, 6, 7]);
  expect((await open(2)).entries).toEqual([6, 7]);
});
