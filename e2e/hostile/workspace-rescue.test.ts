import { cp, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cliCommands } from '../../electron/cli/commands.ts';
import { runCli } from '../../electron/cli/run.ts';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { checkWorkspace, rebuildWorkspace, rescueWorkspace } from '../../electron/evidence/workspace-rescue.ts';
import { openLog } from '../../electron/platform/log.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { makeStory, writeEvents } from '../made-evidence.ts';
import { withEngine } from './with-engine.ts';

const { signal } = new AbortController();
const quiet = ignoreItems(signal) as never;
let root = '';
let workspace = '';
let database = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'portside-rescue-'));
  workspace = join(root, 'workspace');
  database = join(workspace, 'evidence.duckdb');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function importStory(): Promise<void> {
  const file = join(root, 'story.ndjson');
  await writeEvents(file);
  await withEngine(workspace, (engine) => engine['evidence.import']({ path: file }, quiet));
}

const readAll = (folder: string) =>
  withEngine(folder, async (engine) => ({
    processes: await engine['processes.list']({ filter: {}, sort: 'events', descending: true, limit: 1_000 }, quiet),
    devices: await engine['devices.list']({ filter: {}, limit: 1_000 }, quiet),
    writes: await engine['writes.page']({ filter: {}, withRenames: true, ascending: true, limit: 1_000 }, quiet),
  }));

/** Runs statements on the bare file, as no part of the product does. */
async function tamper(sql: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(database);
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

/** Turns bytes of a stored block around. */
async function breakBlock(block: number): Promise<void> {
  const headerBytes = 3 * 4_096;
  const blockBytes = 262_144;
  const file = await open(database, 'r+');
  try {
    const bytes = Buffer.alloc(64);
    const at = headerBytes + block * blockBytes + 20_000;
    await file.read(bytes, 0, 64, at);
    await file.write(
      bytes.map((byte) => byte ^ 0xff),
      0,
      64,
      at,
    );
  } finally {
    await file.close();
  }
}

async function blockOf(table: string, column: string, rowGroup: number): Promise<number> {
  const rows = await tamper(
    `SELECT block_id FROM pragma_storage_info('${table}')
     WHERE column_name = '${column}' AND persistent AND block_id >= 0 AND row_group_id >= ${rowGroup} AND segment_type <> 'VALIDITY'
     ORDER BY row_group_id, start LIMIT 1`,
  );
  return Number(rows[0]?.block_id);
}

it('a whole file is said to be whole, is not changed, and what is rescued of it answers as before', async () => {
  await importStory();
  const before = await readAll(workspace);
  const bytes = await readFile(database);
  const health = await checkWorkspace(workspace, signal);
  expect(health).toMatchObject({
    ok: true,
    withLog: true,
    limits: { memory: expect.stringMatching(/iB$/), temporaryDisk: expect.stringMatching(/iB$/) },
  });
  expect(health.tables.every(({ rows, readableRows }) => rows === readableRows)).toBe(true);
  const out = join(root, 'rescued');
  const report = await rescueWorkspace(workspace, out, signal);
  expect((await readFile(database)).equals(bytes)).toBe(true);
  const files = report.tables.flatMap((table) => table.files);
  expect(new Set(await readdir(out))).toEqual(new Set([...files, 'rescue.json']));
  expect(JSON.parse(await readFile(join(out, 'rescue.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));

  const fresh = join(root, 'fresh');
  await withEngine(fresh, async (engine) => {
    for (const name of files.filter((file) => file.startsWith('writes-'))) {
      expect(await engine['evidence.import']({ path: join(out, name) }, quiet)).toMatchObject({ rowsRejected: 0 });
    }
  });
  expect(await readAll(fresh)).toEqual(before);
  await expect(rescueWorkspace(workspace, out, signal)).rejects.toMatchObject({ code: 'bad-input' });
}, 60_000);

it('of a file with a damaged block the rows around it are saved and counted, and can be imported', async () => {
  await withEngine(workspace, async (engine) => {
    const writes = Array.from({ length: 250_000 }, (_, row) => ({
      id: `m-${row}-${(row * 2_654_435_761) % 4_294_967_296}`,
      atMs: Date.UTC(2026, 10, 2) + row * 100,
      action: 'creation' as const,
      host: `h-${row % 7}`,
      user: 'u',
      process: `p-${row % 50}.exe`,
      path: `E:\\${row % 1_000}.txt`,
      sizeBytes: row,
      device: 'serial:S1',
      busType: 'USB',
    }));
    await engine['evidence.append']({ writes, deviceEvents: [] }, quiet);
  });
  await breakBlock(await blockOf('writes', 'id', 1));
  const health = await checkWorkspace(workspace, signal);
  expect(health.ok).toBe(false);
  const damaged = health.tables.find(({ table }) => table === 'writes');
  expect(damaged).toMatchObject({ rows: 250_000, problem: expect.stringContaining('damaged') });

  const out = join(root, 'rescued');
  const { tables } = await rescueWorkspace(workspace, out, signal);
  const writes = tables.find(({ table }) => table === 'writes');
  expect(writes?.readableRows).toBe(damaged?.readableRows);
  expect(writes?.readableRows).toBeGreaterThan(100_000);
  expect(writes?.readableRows).toBeLessThan(250_000);
  let stored = 0;
  await withEngine(join(root, 'fresh'), async (engine) => {
    for (const name of writes?.files ?? []) {
      stored += (await engine['evidence.import']({ path: join(out, name) }, quiet)).rowsStored;
    }
  });
  expect(stored).toBe(writes?.readableRows);
}, 120_000);

it('a rollup that lies is found and made anew from the writes, kept findings as well', async () => {
  await importStory();
  const before = await readAll(workspace);
  await tamper('UPDATE activity SET bytes = bytes + 1, events = events + 1');
  expect(await checkWorkspace(workspace, signal)).toMatchObject({ ok: false });
  const { writes } = await rebuildWorkspace(workspace);
  expect(await checkWorkspace(workspace, signal)).toMatchObject({ ok: true, counted: { writes, rolledUp: writes } });
  expect(await readAll(workspace)).toEqual(before);
  await withEngine(workspace, async (engine) => {
    const { rows } = await engine['findings.list']({ filter: {}, sort: 'score', descending: true, limit: 1 }, quiet);
    expect(rows).toHaveLength(1);
  });
}, 60_000);

it('a log that cannot be replayed is left out and said so', async () => {
  await importStory();
  const engine = await openWorkspaceEngine({ workspacePath: workspace });
  const copy = join(root, 'copy');
  try {
    const write = (id: string) => ({
      id,
      atMs: Date.UTC(2026, 10, 3),
      action: 'creation' as const,
      host: 'late',
      user: 'u',
      process: 'p.exe',
      path: `E:\\${id}.txt`,
      sizeBytes: 5,
      device: 'serial:S1',
      busType: 'USB',
    });
    for (const id of ['l-1', 'l-2', 'l-3']) {
      await engine['evidence.append']({ writes: [write(id)], deviceEvents: [] }, quiet);
    }
    // As a killed process leaves it: the last changes are in the log only.
    await cp(workspace, copy, { recursive: true });
  } finally {
    await engine.close();
  }
  const log = join(copy, 'evidence.duckdb.wal');
  const bytes = await readFile(log);
  const middle = Math.floor(bytes.length / 2);
  bytes.fill(0x5a, middle, middle + 200);
  await writeFile(log, bytes);
  const health = await checkWorkspace(copy, signal);
  expect(health).toMatchObject({ ok: false, withLog: false });
  expect(health.tables.every(({ rows, readableRows }) => rows === readableRows)).toBe(true);
  expect((await readFile(log)).equals(bytes)).toBe(true);
  const { withLog, tables } = await rescueWorkspace(copy, join(root, 'rescued'), signal);
  expect(withLog).toBe(false);
  expect(tables[0]?.readableRows).toBe(makeStory().filter(({ isExternal }) => isExternal).length);
});

it('a file whose head is gone, and none at all, are said', async () => {
  await importStory();
  const bytes = await readFile(database);
  await writeFile(database, Buffer.concat([Buffer.alloc(4_096 * 3, 1), bytes.subarray(4_096 * 3)]));
  await expect(checkWorkspace(workspace, signal)).rejects.toMatchObject({
    code: 'store-damaged',
    hint: expect.stringContaining('workspace rescue'),
  });
  await expect(checkWorkspace(join(root, 'nothing'), signal)).rejects.toMatchObject({ code: 'not-found' });
});

it('the commands say it for people and programs, with exit code 1 where something is damaged', async () => {
  await importStory();
  const run = async (...words: readonly string[]) => {
    let said = '';
    const sink = () =>
      new Writable({
        write(chunk, _encoding, done) {
          said += chunk;
          done();
        },
      });
    const code = await runCli(cliCommands, ['workspace', ...words, '--workspace', workspace], {
      stdout: sink(),
      stderr: sink(),
      signal,
      log: openLog(join(root, 'logs'), 'cli'),
      version: 'test',
      openWorkspace: () => Promise.reject(new Error('These commands open the file themselves.')),
    });
    return { code, said };
  };
  expect(await run('check')).toMatchObject({ code: 0, said: expect.stringMatching(/whole[\s\S]*memory/) });
  const out = join(root, 'rescued');
  const rescued = await run('rescue', '--out', out, '--json');
  expect(rescued.code).toBe(0);
  expect(JSON.parse(rescued.said)).toMatchObject({ folder: out, withLog: true });
  await tamper('UPDATE activity SET events = events + 1');
  expect(await run('check')).toMatchObject({ code: 1, said: expect.stringContaining('workspace rebuild') });
  expect(await run('rebuild')).toMatchObject({ code: 0, said: expect.stringContaining('made anew') });
  expect(await run('check', '--json')).toMatchObject({ code: 0 });
  expect(await run('rescue')).toMatchObject({ code: 2 });
}, 60_000);
