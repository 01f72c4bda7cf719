import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from './atomic-file.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-atomic-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('replaces content, makes folders and leaves nothing beside the file', async () => {
  const path = join(folder, 'a', 'b', 'settings.json');
  await writeFileAtomic(path, 'first');
  await writeFileAtomic(path, 'second');
  expect(await readFile(path, 'utf8')).toBe('second');
  expect(await readdir(join(folder, 'a', 'b'))).toEqual(['settings.json']);
});

test('many writes at once end with one of the contents, whole', async () => {
  const path = join(folder, 'x');
  const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  expect(contents).toContain(await readFile(path, 'utf8'));
  expect(await readdir(folder)).toEqual(['x']);
});

test('a path that is a folder ends with a Failure and leaves no rest', async () => {
  const path = join(folder, 'taken');
  await mkdir(join(path, 'inside'), { recursive: true });
  await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ code: 'workspace-unwritable' });
  expect(await readdir(folder)).toEqual(['taken']);
});
