import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEvents } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

let folder = '';
const run = (...args: string[]) =>
  runPortside([...args, '--json', '--workspace', join(folder, 'workspace')], { configFolder: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-audit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('who did what is on record in the order it was done, and a changed byte is found with its place', async () => {
  const file = join(folder, 'events.ndjson');
  await writeEvents(file);
  expect(await run('import', file)).toMatchObject({ code: 0 });
  const device = String(jsonLines((await run('devices')).stdout)[0]?.id);
  for (const args of [
    ['exception', 'add', '--process', 'backup.exe', '--host', 'ws-1', '--reason', 'nightly'],
    ['devices', 'approve', device, '--reason', 'issued by IT'],
  ])
    expect(await run(...args)).toMatchObject({ code: 0, stderr: '' });
  const [finding] = jsonLines((await run('findings', '--limit', '1')).stdout);
  const { id } = JSON.parse((await run('case', 'open', '--finding', String(finding?.id))).stdout);
  expect(await run('case', 'verdict', id, 'likely-exfiltration')).toMatchObject({ code: 0 });
  expect(await run('case', 'export', id, '--out', join(folder, 'case.zip'))).toMatchObject({ code: 0 });
  // What fails leaves nothing.
  expect(await run('exception', 'remove', 'none')).toMatchObject({ code: 1 });

  const entries = jsonLines((await run('audit', 'list')).stdout);
  expect(entries.map(({ text }) => text)).toEqual([
    'The journal of the workspace was begun',
    'Evidence imported: events.ndjson',
    expect.stringMatching(/^Exception added: .*backup\.exe.*nightly$/),
    `Device ${device}: approved. issued by IT`,
    expect.stringMatching(`^Case ${id}: opened, \\d+ entries, head [0-9a-f]{64}$`),
    expect.stringMatching(`^Case ${id} opened: `),
    expect.stringMatching(`^Case ${id}: verdict, \\d+ entries, head [0-9a-f]{64}$`),
    expect.stringMatching(`^Finding ${finding?.id}: judged malicious with case ${id}, for findings from `),
    `Case ${id}: verdict likely-exfiltration`,
    expect.stringMatching(`^Case ${id}: exported, \\d+ entries, head [0-9a-f]{64}$`),
  ]);
  expect(entries.every(({ actor, atMs }) => typeof actor === 'string' && Number(atMs) > 0)).toBe(true);
  expect(jsonLines((await run('audit', 'list', '--to', '2020-01-01')).stdout)).toEqual([]);
  const whole = await run('audit', 'verify');
  expect({ code: whole.code, ...JSON.parse(whole.stdout) }).toMatchObject({ code: 0, ok: true, entries: 10 });

  const journal = join(folder, 'workspace', 'journal.ndjson');
  await writeFile(journal, (await readFile(journal, 'utf8')).replace('nightly', 'nightlY'));
  const changed = await run('audit', 'verify');
  expect({ code: changed.code, ...JSON.parse(changed.stdout) }).toMatchObject({ code: 1, ok: false, entries: 2 });
  expect(JSON.parse(changed.stdout).problem).toMatch(/3/);
}, 90_000);
