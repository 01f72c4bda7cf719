import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportCase } from '../../electron/cases/case-handlers.ts';
import { importFile } from '../../electron/evidence/duckdb-import.ts';
import { openEvidenceDatabase } from '../../electron/evidence/duckdb-schema.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { checkWorkspace } from '../../electron/evidence/workspace-rescue.ts';
import { writeFileAtomic } from '../../electron/platform/atomic-file.ts';
import { makeServices } from '../../electron/services.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { makeStory, toDocument, writeEvents } from '../made-evidence.ts';
import { withEngine } from './with-engine.ts';

const quiet = ignoreItems(new AbortController().signal) as never;

/** Whether this user may mount: the faults of a disk are tested on real ones, by root on Linux only. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0 && tryMount();

function tryMount(): boolean {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

function mount(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

let root = '';
let mounts: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'portside-faults-'));
  mounts = [];
});
afterEach(async () => {
  for (const place of mounts.reverse()) spawnSync('umount', ['--lazy', place]);
  await rm(root, { recursive: true, force: true });
});

async function story(): Promise<string> {
  const path = join(root, 'story.ndjson');
  await writeEvents(path);
  return path;
}

/** A file of as many writes, no two of which are alike. */
async function manyLines(count: number): Promise<string> {
  const path = join(root, 'many.ndjson');
  const [event] = makeStory().filter(({ isExternal }) => isExternal);
  if (!event) throw new Error('The story has no write to a device.');
  const lines = Array.from({ length: count }, (_, row) => {
    const digest = createHash('sha256').update(String(row)).digest('hex');
    const document = toDocument({ ...event, atMs: event.atMs + row, path: `E:\\${digest}.txt` }, row);
    return `${JSON.stringify(document)}\n`;
  });
  await writeFile(path, lines.join(''));
  return path;
}

const processes = (engine: WorkspaceEngine) =>
  engine['processes.list']({ filter: {}, sort: 'events', descending: true, limit: 100 }, quiet);

describe.runIf(canMount)('a disk that is full', () => {
  /** Fills what is left of the disk, but for `keepBytes`. */
  async function fill(disk: string, keepBytes: number): Promise<void> {
    const file = await open(join(disk, 'ballast'), 'w');
    try {
      const piece = Buffer.alloc(64 * 1024);
      for (;;) await file.write(piece);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      await file.close();
    }
    const { size } = await stat(join(disk, 'ballast'));
    await truncate(join(disk, 'ballast'), Math.max(0, size - keepBytes));
  }

  it('ends import, append, journal, settings and export with `disk-full`; nothing of before is lost, and room mends it', async () => {
    const disk = join(root, 'disk');
    await mkdir(disk);
    mount('-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk);
    mounts.push(disk);
    const file = await story();
    const workspace = join(disk, 'workspace');
    await withEngine(workspace, async (engine) => {
      await engine['evidence.import']({ path: file }, quiet);
      const before = await processes(engine);
      const { rows } = await engine['findings.list']({ filter: {}, sort: 'score', descending: true, limit: 1 }, quiet);
      const services = makeServices({ workspacePath: workspace, engine, version: 'test' });
      const { id } = await services.cases.open({ findingIds: [rows[0]?.id ?? ''] }, quiet);

      const many = Array.from({ length: 200_000 }, (_, row) => ({
        id: `m-${row}`,
        atMs: Date.UTC(2026, 10, 2) + row * 1_000,
        action: 'creation' as const,
        host: 'full',
        user: 'u',
        process: `p-${row % 50}.exe`,
        path: `E:\\${row}-${'x'.repeat(row % 90)}.txt`,
        sizeBytes: row,
        device: 'serial:S1',
        busType: 'USB',
      }));
      await fill(disk, 0);
      await expect(engine['evidence.append']({ writes: many, deviceEvents: [] }, quiet)).rejects.toMatchObject({
        code: 'disk-full',
      });
      await expect(services.decisions.decideDevice('serial:S1', 'approved', 'y'.repeat(5_000))).rejects.toMatchObject({
        code: 'disk-full',
      });
      await expect(
        services.cases.record(id, { kind: 'note.added', payload: { text: 'z'.repeat(9_000) } }),
      ).rejects.toMatchObject({ code: 'disk-full' });
      await expect(writeFileAtomic(join(workspace, 'settings.json'), 'x'.repeat(9_000))).rejects.toMatchObject({
        code: 'disk-full',
      });
      const target = join(disk, 'out.zip');
      await expect(exportCase(services.caseServices, id, { path: target }, quiet)).rejects.toMatchObject({
        code: 'disk-full',
      });
      await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });

      await rm(join(disk, 'ballast'));
      await services.cases.record(id, { kind: 'note.added', payload: { text: 'again' } });
      expect(await services.cases.verify(id)).toMatchObject({ ok: true });
      await services.decisions.decideDevice('serial:S1', 'approved', 'again');
      expect((await processes(engine)).rows).toEqual(before.rows);
    });
  });
});

describe.runIf(canMount)('a disk that has no room for a checkpoint', () => {
  it('ends the hold on the file, which is said; the same engine opens it again by itself once there is room', async () => {
    const disk = join(root, 'disk');
    await mkdir(disk);
    mount('-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk);
    mounts.push(disk);
    await withEngine(join(disk, 'workspace'), async (engine) => {
      const mostEvents = 14_000;
      let stored = 0;
      /** Adds events with long paths until the log beside the file is to be put into it. */
      const fill = async () => {
        for (let from = 0; from < mostEvents; from += 500) {
          const writes = Array.from({ length: 500 }, (_, row) => ({
            id: `m-${from + row}`,
            atMs: Date.UTC(2026, 10, 2) + (from + row) * 1_000,
            action: 'creation' as const,
            host: 'full',
            user: 'u',
            process: 'p.exe',
            path: `E:\\${randomBytes(1_500).toString('hex')}`,
            sizeBytes: 1,
            device: 'serial:S1',
            busType: 'USB',
          }));
          stored += (await engine['evidence.append']({ writes, deviceEvents: [] }, quiet)).stored;
        }
      };
      await expect(fill()).rejects.toMatchObject({ code: 'disk-full', message: expect.stringContaining('checkpoint') });
      const before = stored;
      const full = { code: 'disk-full', hint: expect.stringMatching(/room/) };
      const byItself = { ...full, hint: expect.stringContaining('opened again by itself') };
      await expect(processes(engine)).rejects.toMatchObject(byItself);
      // Opened again without room it may answer, or not yet; what it took is there either way.
      for (let asked = 0; asked < 3; asked += 1) {
        const answer = await processes(engine).catch((error: unknown) => error);
        if (answer instanceof Error) expect(answer).toMatchObject(full);
        else expect(answer).toMatchObject({ rows: [{ process: 'p.exe' }] });
      }
      mount('-o', 'remount,size=300m', disk);
      await expect.poll(() => processes(engine).then(({ rows }) => rows.length, String), { timeout: 10_000 }).toBe(1);
      expect((await engine['evidence.summary']({}, quiet)).writes).toBeGreaterThanOrEqual(before);
      await fill();
      expect((await engine['evidence.summary']({}, quiet)).writes).toBe(mostEvents);
    });
    expect(await checkWorkspace(join(disk, 'workspace'), new AbortController().signal)).toMatchObject({ ok: true });
  }, 60_000);
});

describe.runIf(canMount)('a disk that fills up in an import', () => {
  it('ends it with `disk-full`; what was there stays, the store is whole, and with room the same file is taken in', async () => {
    const disk = join(root, 'disk');
    await mkdir(disk);
    mount('-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk);
    mounts.push(disk);
    const workspace = join(disk, 'workspace');
    const [first, many] = [await story(), await manyLines(120_000)];
    const before = await withEngine(workspace, async (engine) => {
      await engine['evidence.import']({ path: first }, quiet);
      const rows = await processes(engine);
      // Where already the checkpoint finds no room, nothing can be asked until there is some, and that is said.
      await expect(engine['evidence.import']({ path: many }, quiet)).rejects.toMatchObject({
        code: 'disk-full',
        hint: expect.stringContaining('room'),
      });
      const after = await processes(engine).catch((error: unknown) => error);
      if (after instanceof Error) {
        expect(after).toMatchObject({ code: 'disk-full', hint: expect.stringContaining('room') });
      } else expect(after).toEqual(rows);
      return rows;
    });
    expect(await checkWorkspace(workspace, new AbortController().signal)).toMatchObject({ ok: true });
    mount('-o', 'remount,size=300m', disk);
    await withEngine(workspace, async (engine) => {
      const mended = await processes(engine);
      // A commit that was in the log when the checkpoint failed is there, whole; importing it again adds nothing twice.
      const isStored = mended.rows.length !== before.rows.length || mended.rows[0]?.events !== before.rows[0]?.events;
      if (!isStored) expect(mended).toEqual(before);
      expect(await engine['evidence.import']({ path: many }, quiet)).toMatchObject({
        rowsRejected: 0,
        rowsStored: isStored ? 0 : expect.any(Number),
      });
    });
  }, 60_000);
});

describe('an engine that runs out of memory', () => {
  it('ends import and question with a failure that says so, goes on working, and takes the file in with room', async () => {
    const file = await manyLines(120_000);
    const database = await openEvidenceDatabase(join(root, 'workspace', 'evidence.duckdb'));
    try {
      const failed = expect.objectContaining({
        code: expect.stringMatching(/^(?:store-too-large|disk-full)$/),
        hint: expect.stringMatching(/./),
      });
      // The limit is chosen when the first import begins, and kept for those beside it.
      await database.importing(async () => {
        await database.run("SET GLOBAL memory_limit = '24MB'; SET GLOBAL max_temp_directory_size = '1MB'");
        await expect(importFile(database, file, quiet)).rejects.toEqual(failed);
        await expect(
          database.all('SELECT list(i::VARCHAR || $1) AS big FROM range(3000000) r(i)', ['x'.repeat(100)]),
        ).rejects.toEqual(failed);
      });
      expect(await database.all('SELECT CAST(count(*) AS DOUBLE) AS rows FROM writes')).toEqual([{ rows: 0 }]);
      await database.run("SET GLOBAL max_temp_directory_size = '1GB'");
      expect(await importFile(database, file, quiet)).toMatchObject({ rowsStored: 120_000, rowsRejected: 0 });
    } finally {
      await database.close();
    }
  }, 60_000);
});

describe.runIf(canMount)('a folder that may only be read', () => {
  it('is said when the workspace is opened', async () => {
    const workspace = join(root, 'workspace');
    await withEngine(workspace, (engine) => engine['evidence.append']({ writes: [], deviceEvents: [] }, quiet));
    mount('--bind', workspace, workspace);
    mounts.push(workspace);
    mount('-o', 'remount,ro,bind', workspace);
    await expect(openWorkspaceEngine({ workspacePath: workspace })).rejects.toMatchObject({
      code: 'workspace-unwritable',
      hint: expect.stringContaining('folder'),
    });
    await expect(writeFileAtomic(join(workspace, 'settings.json'), 'x')).rejects.toMatchObject({
      code: 'workspace-unwritable',
    });
  });
});

describe('a damaged database', () => {
  /** What the engine says of the file, in a process of its own: damage may end that natively. */
  const look = `
    const { openWorkspaceEngine } = await import(process.argv[1]);
    try {
      const engine = await openWorkspaceEngine({ workspacePath: process.argv[2] });
      const context = { signal: new AbortController().signal, emit() {} };
      const { rows } = await engine['processes.list']({ filter: {}, sort: 'events', descending: true, limit: 100 }, context);
      await engine['writes.page']({ filter: {}, withRenames: true, ascending: false, limit: 1000 }, context);
      console.log(JSON.stringify({ rows }));
      await engine.close();
    } catch (error) {
      console.log(JSON.stringify({ code: error?.code ?? 'bug', message: String(error?.message), hint: error?.hint }));
    }
    process.exit(0);`;

  interface Said {
    readonly rows?: unknown;
    readonly code?: string;
    readonly message?: string;
    readonly hint?: string;
  }

  /** An answer must be the one of before; a refusal must tell a way out. */
  function fate(said: Said, right: string): string {
    if (said.code !== undefined) return said.hint ? said.code : `${said.code} without a hint: ${said.message}`;
    return JSON.stringify(said.rows) === right ? 'right' : 'wrong';
  }

  function whatIsSaid(workspace: string): Said {
    const module = new URL('../../electron/evidence/workspace-engine.ts', import.meta.url).href;
    const { stdout, status, signal, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', look, module, workspace],
      { encoding: 'utf8' },
    );
    const line = stdout.trim().split('\n').at(-1);
    return line ? JSON.parse(line) : { code: 'died', message: `${status} ${signal} ${stderr}` };
  }

  async function whole(): Promise<{ workspace: string; path: string; bytes: Buffer }> {
    const workspace = join(root, 'workspace');
    const file = await story();
    await withEngine(workspace, (engine) => engine['evidence.import']({ path: file }, quiet));
    const path = join(workspace, 'evidence.duckdb');
    return { workspace, path, bytes: await readFile(path) };
  }

  it('with bytes flipped or the end cut off is refused with a way out, or answers as before', async () => {
    const { workspace, path, bytes } = await whole();
    const right = JSON.stringify(whatIsSaid(workspace).rows);
    expect(right).toContain('host');
    const outcomes: string[] = [];
    for (const part of [0.002, 0.1, 0.3, 0.5, 0.7, 0.9]) {
      const at = Math.floor(bytes.length * part);
      const flipped = Buffer.from(bytes);
      for (let index = at; index < at + 64; index += 1) flipped[index] = (flipped[index] ?? 0) ^ 0xff;
      await writeFile(path, flipped);
      await rm(`${path}.wal`, { force: true });
      const said = whatIsSaid(workspace);
      outcomes.push(`flipped at ${part}: ${fate(said, right)}`);
    }
    for (const part of [0.25, 0.6, 0.95]) {
      await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * part)));
      await rm(`${path}.wal`, { force: true });
      const said = whatIsSaid(workspace);
      outcomes.push(`cut at ${part}: ${fate(said, right)}`);
    }
    for (const outcome of outcomes) expect(outcome).toMatch(/: (?:right|store-damaged)$/);
    expect(outcomes.filter((outcome) => outcome.endsWith('store-damaged')).length).toBeGreaterThan(3);
  }, 120_000);
});
