import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { openDuckdb } from './duckdb-database.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';
import { testFolder } from './workspace-for-tests.ts';

const context = () => ignoreItems(new AbortController().signal);

const write: WriteEvent = {
  id: 'e',
  atMs: Date.UTC(2026, 10, 19),
  action: 'creation',
  host: 'PC',
  user: 'ann',
  process: 'p.exe',
  path: 'E:\\a',
  sizeBytes: 1,
  device: 'serial:S1',
  deviceSerial: 'S1',
  busType: 'Usb',
};

/** Runs statements on the database file of a workspace, as nobody but a test may. */
async function tamper(workspacePath: string, sql: string): Promise<void> {
  const database = await openDuckdb(join(workspacePath, 'evidence.duckdb'));
  await database.run(sql);
  await database.close();
}

async function use<T>(workspacePath: string, work: (engine: WorkspaceEngine) => Promise<T>): Promise<T> {
  const engine = await openWorkspaceEngine({ workspacePath });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

describe('openWorkspaceEngine', () => {
  it('keeps evidence and revision over a restart, and tells stores apart', async () => {
    const folder = await testFolder();
    const [first, second] = await Promise.all(
      ['a', 'b'].map((name) =>
        use(join(folder, name), async (engine) => {
          await engine.append({ writes: [write], deviceEvents: [] });
          return engine['evidence.summary']({}, context());
        }),
      ),
    );
    expect(first?.revision).not.toBe(second?.revision);
    expect(await use(join(folder, 'a'), (engine) => engine['evidence.summary']({}, context()))).toEqual(first);
    expect(first).toMatchObject({ writes: 1, devices: 1 });
  });

  it('changes the revision with the evidence only', async () => {
    await use(await testFolder(), async (engine) => {
      const revision = async () => (await engine['evidence.summary']({}, context())).revision;
      const empty = await revision();
      await engine.append({ writes: [write], deviceEvents: [] });
      const one = await revision();
      expect(one).not.toBe(empty);
      await engine.append({ writes: [write], deviceEvents: [] });
      expect(await revision()).toBe(one);
      await engine.append({
        writes: [],
        deviceEvents: [{ id: 'm', atMs: 1e12, kind: 'mount', host: 'PC', device: 'serial:S1' }],
      });
      expect(await revision()).not.toBe(one);
    });
  });

  it('says which process has the workspace open', async () => {
    const folder = await testFolder();
    await use(folder, () => Promise.resolve());
    const program = `import('@duckdb/node-api').then(async ({ DuckDBInstance }) => {
      globalThis.kept = await DuckDBInstance.create(process.argv[1]);
      console.log('open');
      setInterval(() => undefined, 1000);
    });`;
    const other = spawn(process.execPath, ['-e', program, join(folder, 'evidence.duckdb')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(other.stdout, 'data');
      await expect(openWorkspaceEngine({ workspacePath: folder })).rejects.toMatchObject({
        code: 'workspace-in-use',
        message: expect.stringContaining(`process ${other.pid}`),
        hint: expect.stringContaining('--workspace'),
      });
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    await use(folder, (engine) => engine.append({ writes: [write], deviceEvents: [] }));
  });

  it('is not opened twice in one process', async () => {
    const folder = await testFolder();
    await use(folder, async () => {
      await expect(openWorkspaceEngine({ workspacePath: folder })).rejects.toMatchObject({
        code: 'workspace-in-use',
        message: expect.stringContaining(`process ${process.pid}`),
      });
    });
    await use(folder, () => Promise.resolve());
  });

  it.each([
    ['garbage', 'hello world, this is no database'.repeat(1_000)],
    ['a torn head', `${'\0'.repeat(8)}DUCK`],
  ])('says that a file of %s is damaged, and the way out', async (_name, content) => {
    const folder = await testFolder();
    await writeFile(join(folder, 'evidence.duckdb'), content);
    await expect(openWorkspaceEngine({ workspacePath: folder })).rejects.toMatchObject({
      code: 'store-damaged',
      hint: expect.stringContaining('import the evidence again'),
    });
  });

  it('opens a file that a killed process left empty', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'evidence.duckdb'), '');
    await use(folder, (engine) => engine.append({ writes: [write], deviceEvents: [] }));
  });

  it('refuses a file of a newer version', async () => {
    const folder = await testFolder();
    await use(folder, () => Promise.resolve());
    await tamper(folder, "UPDATE meta SET value = '99' WHERE key = 'schema'");
    await expect(openWorkspaceEngine({ workspacePath: folder })).rejects.toMatchObject({ code: 'store-refused' });
  });

  it('says that a folder cannot be written', async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(openWorkspaceEngine({ workspacePath: join(folder, 'file', 'below') })).rejects.toMatchObject({
      code: 'workspace-unwritable',
    });
  });

  it.each([
    ['lacks rows', 'DELETE FROM activity WHERE slot_ms > 0'],
    ['is not there', 'DROP TABLE days'],
    [
      'was made by version 1',
      "DROP TABLE days; DROP TABLE repeats; DROP TABLE shared; DROP TABLE renames; UPDATE meta SET value = '1' WHERE key = 'schema'",
    ],
  ])('makes rollups anew where one %s', async (_name, sql) => {
    const folder = await testFolder();
    const ask = async (engine: WorkspaceEngine) => ({
      devices: await engine['devices.list']({ filter: {}, limit: 10 }, context()),
      totals: await engine['writes.totals']({ filters: [{}] }, context()),
    });
    const before = await use(folder, async (engine) => {
      const again = { ...write, id: 'f', atMs: write.atMs + 5e6 };
      await engine.append({ writes: [write, again, { ...again, id: 'g', host: 'PC-2' }], deviceEvents: [] });
      return ask(engine);
    });
    await tamper(folder, sql);
    expect(await use(folder, ask)).toEqual(before);
    expect(await use(folder, ask)).toEqual(before);
  });

  it('clears away what a killed import left', async () => {
    const folder = await testFolder();
    await mkdir(join(folder, 'import-AbC123'));
    await writeFile(join(folder, 'import-AbC123', 'plain'), 'x');
    const { readdir } = await import('node:fs/promises');
    await use(folder, async () => {
      expect(await readdir(folder)).not.toContain('import-AbC123');
    });
  });

  it.each([0, 1, 2, 5])('ends what is under way when it is closed (after %i turns)', async (turns) => {
    const engine = await openWorkspaceEngine({ workspacePath: await testFolder() });
    const many = Array.from({ length: 20_000 }, (_value, index) => ({
      ...write,
      id: `e-${index}`,
      path: `E:\\${index}`,
    }));
    await engine.append({ writes: many, deviceEvents: [] });
    // Most of these still wait for their connection when the store is closed.
    const asked = Array.from({ length: 20 }, () =>
      engine['processes.list']({ filter: {}, sort: 'files', descending: true, limit: 5 }, context()).then(
        () => 'answered',
        (error: { code?: string }) => error.code,
      ),
    );
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await engine.close();
    for (const fate of await Promise.all(asked)) expect(['answered', 'store-unreachable']).toContain(fate);
    await expect(engine['evidence.summary']({}, context())).rejects.toMatchObject({ code: 'store-unreachable' });
  });

  it('interrupts an aborted question at once, while others go on', async () => {
    await use(await testFolder(), async (engine) => {
      const many = Array.from({ length: 50_000 }, (_value, index) => ({
        ...write,
        id: `e-${index}`,
        atMs: write.atMs + index * 60_000,
        path: `E:\\folder\\${index}`,
      }));
      await engine.append({ writes: many, deviceEvents: [] });
      const abort = new AbortController();
      // Each filter reads all events: hundreds of them take seconds.
      const slow = engine['writes.totals'](
        { filters: Array.from({ length: 300 }, (_value, index) => ({ pathContains: `${index}` })) },
        ignoreItems(abort.signal),
      );
      const failed = expect(slow).rejects.toMatchObject({ code: 'cancelled' });
      const other = engine['evidence.summary']({}, context());
      await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      await failed;
      expect((await other).writes).toBe(50_000);
      expect((await engine['evidence.summary']({}, context())).writes).toBe(50_000);
    });
  });
});
