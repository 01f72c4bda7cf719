import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import { openLog, withoutEvidence } from './log.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a bug stands in the log under its id, with its cause and without evidence', async () => {
  const cause = fail('bad-input', 'Cannot read E:\\Payroll\\salaries.xlsx of "alice".');
  const id = openLog(folder, 'main', () => 0).bug(
    'writes.page',
    new Error("no row for '/home/bob/secret.txt'", { cause }),
  );
  const text = await readFile(join(folder, 'main.log'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    level: 'bug',
    id,
    operation: 'writes.page',
    error: { name: 'Error', message: 'no row for "…"', cause: { name: 'Failure', code: 'bad-input' } },
  });
  expect(text).toContain('log.test.ts');
  for (const secret of ['Payroll', 'salaries', 'alice', 'bob', 'secret']) expect(text).not.toContain(secret);
});

test('files rotate, and only a few are kept', async () => {
  const log = openLog(folder, 'main');
  const filler = 'x'.repeat(500_000);
  for (let line = 0; line < 60; line += 1) log.info('import.done', { filler, line });
  const names = await readdir(folder);
  expect(names.sort()).toEqual(['main.log', 'main.log.1', 'main.log.2', 'main.log.3', 'main.log.4']);
  expect((await stat(join(folder, 'main.log.1'))).size).toBeLessThan(2_600_000);
  const newest = (await readFile(join(folder, 'main.log'), 'utf8')).trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(newest).line).toBe(59);
});

test('a folder that cannot be written does not stop the caller', () => {
  expect(openLog('/dev/null/logs', 'main').bug('x', 'thrown text')).toMatch(/^[0-9a-f]{8}$/);
});

test.each([
  ['Cannot open /media/alice/STICK/a.txt: denied', 'Cannot open …: denied'],
  ['Column `host.name` is missing', 'Column "…" is missing'],
  ['D:\\x\\y.doc is locked', '… is locked'],
  ['divided 1/2', 'divided 1/2'],
])('%s → %s', (message, expected) => {
  expect(withoutEvidence(message)).toBe(expected);
});
