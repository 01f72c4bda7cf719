import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { notificationText } from '../../electron/app/notification-text.ts';
import { cliCommands } from '../../electron/cli/commands.ts';
import { runCli } from '../../electron/cli/run.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from '../../electron/evidence/elastic-demo.ts';
import { connectForTests, testElasticsearch } from '../../electron/evidence/elastic-for-tests.ts';
import { makeElasticStore } from '../../electron/evidence/elastic-store.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { makeTestFolder } from '../../electron/evidence/workspace-for-tests.ts';
import { openLog } from '../../electron/platform/log.ts';
import { makeServices, type Services } from '../../electron/services.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { parsePortsideLink } from '../../shared/model/portside-link.ts';
import { hostilePayloads } from './payloads.ts';

/**
 * The doors beside NDJSON and CSV, of which `hostile-text.test.ts` looks at every exit: what comes in by these stands in
 * the same place in the same form, or not at all, and so comes out by the same exits.
 */

/** A half of a pair cannot be written as UTF-8 and is U+FFFD from the import on. */
const stored = (text: string) => Buffer.from(text, 'utf8').toString('utf8');
const context = ignoreItems(new AbortController().signal);
/** Characters that steer a terminal or cannot be seen, by Unicode's own classes; the line feed ends lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const steering = /[\u0000-\u0009\u000b-\u001f]|[\u007f-\u009f]|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u;

let folder = '';
let engine: WorkspaceEngine;
let services: Services;
let release: () => Promise<void> = () => Promise.resolve();
beforeAll(async () => {
  const made = await makeTestFolder();
  folder = made.path;
  const workspacePath = join(folder, 'workspace');
  engine = await openWorkspaceEngine({ workspacePath });
  services = makeServices({ workspacePath, engine, version: '0.0.0' });
  release = async () => {
    await engine.close();
    await made.release();
  };
});
afterAll(() => release());

const documents = (prefix: string) =>
  hostilePayloads.map(({ text }, index) => ({
    '@timestamp': new Date(Date.UTC(2026, 9, 1) + index * 60_000).toISOString(),
    event: { id: `${prefix}-${index}`, category: ['file'], action: 'creation' },
    host: { name: text },
    user: { name: text },
    process: { name: text },
    file: { path: `E:\\${text}`, size: 1, Ext: { device: { bus_type: 'USB', vendor_id: text, product_id: text } } },
  }));

/** The stored names of one door, by the place of their payload. */
async function namesOf(
  ask: Pick<WorkspaceEngine, 'writes.page'>,
  prefix: string,
): Promise<ReadonlyMap<number, object>> {
  const found = new Map<number, object>();
  let cursor: string | undefined;
  do {
    const page = await ask['writes.page'](
      { filter: {}, withRenames: false, ascending: true, limit: 1_000, cursor },
      context,
    );
    for (const { id, host, user, process, path } of page.rows)
      if (id.startsWith(`${prefix}-`))
        found.set(Number(id.slice(prefix.length + 1)), {
          host: stored(host),
          user: stored(user),
          process: stored(process),
          path: stored(path),
        });
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

function expectAll(found: ReadonlyMap<number, object>, fits: (text: string) => boolean = () => true): void {
  for (const [index, { aim, text }] of hostilePayloads.entries()) {
    if (!fits(text)) continue;
    const name = stored(text);
    expect({ aim, names: found.get(index) }).toEqual({
      aim,
      names: { host: name, user: name, process: name, path: `E:\\${name}` },
    });
  }
}

async function parquetOf(lines: string, more = ''): Promise<Buffer> {
  const [from, to] = [join(folder, 'rows.ndjson'), join(folder, 'rows.parquet')];
  // The maker of the file takes no half of a pair.
  await writeFile(from, lines.replaceAll('\\ud800', '\ufffd'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT *${more} FROM read_json('${from}')) TO '${to}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  return await readFile(to);
}

const linesOf = (prefix: string) =>
  documents(prefix)
    .map((document) => `${JSON.stringify(document)}\n`)
    .join('');
const hitsOf = (prefix: string) => ({
  hits: { hits: documents(prefix).map((_source) => ({ _index: 'i', _id: 'x', _source })) },
});

test.each([
  ['array', (prefix: string) => Buffer.from(JSON.stringify(documents(prefix)))],
  ['response', (prefix: string) => Buffer.from(JSON.stringify(hitsOf(prefix)))],
  ['gzip', (prefix: string) => gzipSync(linesOf(prefix))],
  ['parquet', (prefix: string) => parquetOf(linesOf(prefix))],
  ['parquet-numbered', (prefix: string) => parquetOf(linesOf(prefix), ', 1 AS file_row_number')],
] as const)('a file of the form %s brings every name in as it is', async (prefix, make) => {
  const path = join(folder, prefix);
  await writeFile(path, await make(prefix));
  expect(await engine.importFile(path, context)).toMatchObject({
    rowsStored: hostilePayloads.length,
    rowsRejected: 0,
  });
  expectAll(await namesOf(engine, prefix));
});

test('names of live writes are stored as they are', async () => {
  const writes = hostilePayloads.map(({ text }, index) => ({
    id: `live-${index}`,
    atMs: Date.UTC(2026, 9, 2) + index,
    action: 'creation' as const,
    host: stored(text),
    user: stored(text),
    process: stored(text),
    path: `E:\\${stored(text)}`,
    sizeBytes: 1,
    device: 'serial:A1',
    busType: 'USB',
  }));
  await engine['evidence.append']({ writes, deviceEvents: [] }, context);
  expectAll(await namesOf(engine, 'live'));
});

const server = await testElasticsearch('plain');
test.skipIf('reason' in server)('names that a cluster answers with are read as they are', async () => {
  if ('reason' in server) return;
  const connection = await connectForTests(server);
  const prefix = 'hostile-names-';
  await makeDemoIndices(connection, { replace: true, prefix }, context.signal);
  // An index does not take a keyword of 32,000 letters, and neither does it keep half characters.
  const fits = (text: string) => Buffer.byteLength(text) < 8_000;
  const kept = documents('es').filter((_, index) => fits(hostilePayloads[index]?.text ?? ''));
  await loadDocuments(
    connection,
    kept.map((source) => ({ source })),
    context.signal,
    prefix,
  );
  const store = makeElasticStore(connection, { indices: demoIndices(prefix) });
  expectAll(await namesOf(store, 'es'), fits);
  await store.close();
});

/** What the command prints, in the table or as JSON. */
async function portside(...args: string[]): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await runCli(cliCommands, [...args, '--workspace', join(folder, 'workspace')], {
    stdout: stream,
    stderr: stream,
    signal: new AbortController().signal,
    version: '0.0.0',
    log: openLog(join(folder, 'logs'), 'cli'),
    openWorkspace: async () => ({ ...services, close: () => Promise.resolve() }),
  });
  return Buffer.concat(chunks).toString('utf8');
}

test('texts of a rule file, and of what the page writes into the journal, are listed without anything that steers', async () => {
  const path = join(folder, 'rules.ndjson');
  const rules = hostilePayloads.map(({ text }, index) => ({
    rule_id: `1f7d2b4e-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: text.slice(0, 200) || 'x',
    description: text.slice(0, 1_000),
    type: 'machine_learning',
    severity: 'low',
    risk_score: 21,
    interval: '15m',
    from: 'now-2h',
    anomaly_threshold: 75,
    machine_learning_job_id: ['ded_rare_process_writing_to_external_device'],
    tags: [text.slice(0, 100)],
  }));
  await writeFile(path, rules.map((rule) => JSON.stringify(rule)).join('\n'));
  expect(await portside('rule', 'import', path)).not.toMatch(steering);
  const names = (await portside('rule', 'list', '--json'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { name: string }).name);
  // Blanks around a name are not part of it.
  for (const rule of rules) expect(names.map((name) => stored(name).trim())).toContain(stored(rule.name).trim());
  expect(await portside('rule', 'list')).not.toMatch(steering);
  for (const { text } of hostilePayloads)
    await services.decisions.noteAct(`Source saved: ${stored(text).slice(0, 300)}`);
  expect(await portside('audit', 'list', '--limit', '1000')).not.toMatch(steering);
});

test('no link of another form leads anywhere', () => {
  for (const { text } of hostilePayloads)
    for (const link of [text, `portside://${text}`, `portside://finding/${text}`, `portside://case/${text}`])
      expect(parsePortsideLink(link)).toBeUndefined();
});

test('a notification shows names without what is hidden in them, on one line, and without markup', () => {
  for (const { text } of hostilePayloads) {
    const shown = notificationText(text);
    expect(shown).not.toMatch(steering);
    expect(shown).not.toMatch(/[<\n]/);
    expect(shown.length).toBeLessThanOrEqual(200);
  }
});
