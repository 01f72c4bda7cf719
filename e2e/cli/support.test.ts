import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeStory, writeEvents } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

/** A support bundle on the built command line: what must not be in it was put everywhere it could come from. */
let folder = '';
const secret = 'CANARY-5d0e7b1c99';
const run = (...args: string[]) =>
  runPortside([...args, '--json', '--workspace', join(folder, 'workspace')], {
    configFolder: folder,
    env: { PORTSIDE_ES_API_KEY: secret },
  });

async function textsOf(bundle: string): Promise<Map<string, string>> {
  const names = await readdir(bundle);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(bundle, name), 'utf8')] as const)),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-support-'));
  const file = join(folder, 'events.ndjson');
  await writeEvents(file);
  expect(await run('import', file)).toMatchObject({ code: 0 });
  const [finding] = jsonLines((await run('findings', '--limit', '1')).stdout);
  expect(await run('case', 'open', '--finding', String(finding?.id))).toMatchObject({ code: 0 });
  await mkdir(join(folder, 'Portside', 'logs'), { recursive: true });
  const settings = { theme: 'dark', columns: 7, sources: [{ name: 'prod-soc', url: `https://${secret}.example.org` }] };
  await writeFile(join(folder, 'Portside', 'settings.json'), JSON.stringify(settings));
  await writeFile(
    join(folder, 'Portside', 'logs', 'main.log'),
    `${'x'.repeat(300_000)}\n{"level":"info","event":"last"}\n`,
  );
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('holds figures, versions and logs as plain text, and neither evidence nor secret nor name', async () => {
  const bundle = join(folder, 'bundle');
  const made = await run('support', '--out', bundle);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const texts = await textsOf(bundle);
  expect([...texts.keys()].sort()).toEqual(['about.json', 'main.log.txt', 'settings.json', 'workspace.json']);
  const listed: { name: string; bytes: number }[] = JSON.parse(made.stdout).files;
  expect(new Map(listed.map(({ name, bytes }) => [name, bytes]))).toEqual(
    new Map([...texts].map(([name, text]) => [name, Buffer.byteLength(text)])),
  );
  expect(JSON.parse(texts.get('workspace.json') ?? '')).toMatchObject({
    counts: { writes: expect.any(Number), hosts: expect.any(Number) },
    cases: [
      { id: expect.stringMatching(/^C-/), entries: expect.any(Number), head: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ],
  });
  expect(JSON.parse(texts.get('settings.json') ?? '')).toMatchObject({
    columns: 7,
    sources: [{ name: '(text of 8 characters)' }],
  });
  // The end of a long log, from the start of a line.
  expect(texts.get('main.log.txt')).toBe('{"level":"info","event":"last"}\n');
  const words = new Set(
    makeStory().flatMap((event) => [event.process, event.host, event.user].filter((one) => one.length > 3)),
  );
  expect(words.size).toBeGreaterThan(3);
  for (const [name, text] of texts)
    for (const word of [secret, 'prod-soc', folder, ...words])
      expect(`${name}: ${text.includes(word)} ${word}`).toBe(`${name}: false ${word}`);
}, 60_000);

test('is made for a workspace that cannot be opened too, and never into a folder that holds something', async () => {
  const workspace = join(folder, 'broken');
  await mkdir(workspace);
  await writeFile(join(workspace, 'evidence.duckdb'), 'no database');
  const bundle = join(folder, 'of-broken');
  const made = await runPortside(['support', '--out', bundle, '--workspace', workspace], { configFolder: folder });
  expect(made).toMatchObject({ code: 0 });
  expect(JSON.parse((await textsOf(bundle)).get('workspace.json') ?? '')).toMatchObject({ problem: 'store-damaged' });
  const again = await run('support', '--out', bundle);
  expect({ code: again.code, ...JSON.parse(again.stderr) }).toMatchObject({
    code: 1,
    failure: { code: 'export-failed' },
  });
  expect((await run('support')).code).toBe(2);
}, 60_000);
