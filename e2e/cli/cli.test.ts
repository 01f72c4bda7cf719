import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MadeEvent, makeRandom, toDocument } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

/**
 * The built command line on evidence made here, against sums computed here: nothing of the product takes part in what it
 * is compared with.
 */

const startMs = Date.UTC(2026, 9, 1);
const hosts = ['ws-001', 'ws-002', 'srv-7'];
const processes = ['explorer.exe', 'robocopy.exe', 'python.exe', 'rundll32.exe'];
const counted = ['creation', 'overwrite', 'modification'];

function makeEvents(count: number): MadeEvent[] {
  const random = makeRandom(7);
  return Array.from({ length: count }, (_, index) => {
    const host = hosts[random(hosts.length)] ?? '';
    return {
      atMs: startMs + index * 61_000 + random(60_000),
      action: [...counted, 'rename', 'deletion'][random(5)] ?? '',
      host,
      user: `user-${random(4)}`,
      process: processes[random(processes.length)] ?? '',
      path: `E:\\share\\folder ${random(7)}\\file-${random(200)}.docx`,
      size: random(5_000_000),
      serial: `SN${random(3)}`,
      isExternal: random(10) > 0,
    };
  });
}

const events = makeEvents(3_000);
const writes = events.filter((event) => event.isExternal && counted.includes(event.action));
const sum = (list: readonly MadeEvent[]) => list.reduce((total, { size }) => total + size, 0);

let folder = '';
let workspace = '';
const portside = (...args: string[]) => runPortside(args, { configFolder: folder });
const inWorkspace = (...args: string[]) => portside(...args, '--workspace', workspace, '--json');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-cli-'));
  workspace = join(folder, 'workspace');
  const lines = events.map((event, index) => JSON.stringify(toDocument(event, index)));
  // The same event twice, a torn line and a byte-order mark: as files really are.
  await writeFile(join(folder, 'events.ndjson'), `\ufeff${lines.join('\r\n')}\r\n${lines[0]}\r\n{"torn": `);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('on imported evidence', () => {
  test('import counts every row, and a second import stores nothing', async () => {
    const first = await inWorkspace('import', join(folder, 'events.ndjson'));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const [file] = (JSON.parse(first.stdout) as { files: Record<string, unknown>[] }).files;
    const renames = events.filter((event) => event.isExternal && event.action === 'rename').length;
    expect(file).toMatchObject({
      path: join(folder, 'events.ndjson'),
      format: 'ndjson',
      rowsRead: events.length + 2,
      rowsStored: writes.length + renames,
      rowsRejected: 1,
    });
    expect(file?.rejected).toMatchObject([{ line: events.length + 2, reason: expect.stringMatching(/./) }]);
    const again = await inWorkspace('import', join(folder, 'events.ndjson'));
    expect((JSON.parse(again.stdout) as { files: object[] }).files).toMatchObject([{ rowsStored: 0, rowsRejected: 1 }]);
    // Of a folder all files, whatever is wrong with one of them.
    await mkdir(join(folder, 'small'));
    const text = await readFile(join(folder, 'events.ndjson'), 'utf8');
    for (const name of ['a', 'c']) await writeFile(join(folder, 'small', name), `${text.split('\n')[0]}\n`);
    await writeFile(join(folder, 'small', 'b'), 'no evidence');
    const small = await inWorkspace('import', join(folder, 'small'));
    expect({ code: small.code, failure: JSON.parse(small.stderr) }).toMatchObject({
      code: 1,
      failure: { failure: { code: 'bad-input', message: expect.stringContaining(join('small', 'b')) } },
    });
    expect((JSON.parse(small.stdout) as { files: object[] }).files).toMatchObject([
      { path: join(folder, 'small', 'a'), rowsRead: 1, rowsStored: 0 },
      { path: join(folder, 'small', 'c'), rowsRead: 1, rowsStored: 0 },
    ]);
  });

  test('processes sum to the byte and the event, with scores', async () => {
    const { code, stdout, stderr } = await inWorkspace('processes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const expected = hosts
      .flatMap((host) => processes.map((process) => ({ host, process })))
      .map(({ host, process }) => {
        const own = writes.filter((event) => event.host === host && event.process === process);
        const lastSizes = new Map(own.map((event) => [`${event.serial}\0${event.path}`, event.size]));
        return {
          host,
          process,
          writtenBytes: sum(own),
          distinctBytes: [...lastSizes.values()].reduce((total, size) => total + size, 0),
          files: new Set(own.map((event) => event.path)).size,
          events: own.length,
          devices: new Set(own.map((event) => event.serial)).size,
          users: new Set(own.map((event) => event.user)).size,
          firstSeenMs: Math.min(...own.map(({ atMs }) => atMs)),
          lastSeenMs: Math.max(...own.map(({ atMs }) => atMs)),
        };
      });
    const rows = jsonLines(stdout);
    expect(rows).toHaveLength(expected.length);
    for (const row of expected) {
      const found = rows.find(({ host, process }) => host === row.host && process === row.process);
      expect(found).toMatchObject(row);
      expect(found?.rarity).toBeGreaterThanOrEqual(0);
      expect(Object.keys(found?.elastic as object)).toEqual(
        expect.arrayContaining(['probability', 'score', 'ceiling']),
      );
    }
  });

  test.each([
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['1s', 1_000],
  ])('volumes of %s buckets conserve bytes and events', async (bucket, bucketMs) => {
    const { code, stdout } = await inWorkspace('volumes', '--bucket', bucket, '--by', 'host');
    expect(code).toBe(0);
    const rows = jsonLines(stdout) as { startMs: number; key: string; writtenBytes: number; events: number }[];
    for (const host of hosts) {
      const own = writes.filter((event) => event.host === host);
      const found = rows.filter(({ key }) => key === host);
      expect(found.reduce((total, row) => total + row.writtenBytes, 0)).toBe(sum(own));
      expect(found.reduce((total, row) => total + row.events, 0)).toBe(own.length);
    }
    expect(rows.every(({ startMs }) => startMs % bucketMs === 0)).toBe(true);
    const one = rows[0];
    const inBucket = writes.filter(
      (event) => event.host === one?.key && Math.floor(event.atMs / bucketMs) * bucketMs === one.startMs,
    );
    expect(one).toMatchObject({ writtenBytes: sum(inBucket), events: inBucket.length });
  });

  test('filters narrow, and pages of writes join without gap or double', async () => {
    const fromMs = startMs + 6 * 3_600_000;
    const own = writes.filter(
      (event) => event.host === 'ws-002' && event.atMs >= fromMs && event.process !== 'python.exe',
    );
    const filter = ['--host', 'ws-002', '--from', new Date(fromMs).toISOString()];
    for (const process of processes) if (process !== 'python.exe') filter.push('--process', process);
    const all = await inWorkspace('writes', ...filter);
    const rows = jsonLines(all.stdout);
    expect(rows.map(({ atMs }) => atMs)).toEqual(own.map(({ atMs }) => atMs).sort((a, b) => b - a));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(own.length);

    const paged: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await inWorkspace('writes', ...filter, '--limit', '40', ...(cursor ? ['--cursor', cursor] : []));
      paged.push(...jsonLines(page.stdout).map(({ id }) => id));
      cursor = jsonLines(page.stderr)[0]?.nextCursor as string | undefined;
    } while (cursor);
    expect(paged).toEqual(rows.map(({ id }) => id));
  });

  test('devices, their approval, and connections inferred from writes', async () => {
    const devices = jsonLines((await inWorkspace('devices')).stdout);
    expect(devices.map(({ id }) => id).sort()).toEqual(['serial:SN0', 'serial:SN1', 'serial:SN2']);
    expect(devices).toMatchObject(devices.map(() => ({ approved: false, busType: expect.stringMatching(/usb/i) })));
    const approved = await inWorkspace('devices', 'approve', 'serial:SN1', '--reason', 'issued by IT');
    expect(JSON.parse(approved.stdout)).toMatchObject({ id: 'serial:SN1', approved: true, reason: 'issued by IT' });
    const after = jsonLines((await inWorkspace('devices')).stdout);
    expect(after.filter((device) => device.approved).map(({ id }) => id)).toEqual(['serial:SN1']);
    const sessions = jsonLines((await inWorkspace('sessions', '--device', 'serial:SN0')).stdout);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions) expect(session).toMatchObject({ device: 'serial:SN0', source: 'inferred' });
  });

  test('findings come best first with their reasons, and one of them as a page', async () => {
    const findings = jsonLines((await inWorkspace('findings')).stdout);
    expect(findings.length).toBeGreaterThan(0);
    const scores = findings.map(({ score }) => Number(score));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const total = findings.reduce((bytes, { writtenBytes }) => bytes + Number(writtenBytes), 0);
    expect(total).toBe(sum(writes));
    const best = findings[0] ?? {};
    for (const facet of best.facets as object[]) {
      expect(facet).toMatchObject({ name: expect.any(String), evidence: expect.any(Number), text: expect.any(String) });
    }
    const page = await portside('finding', String(best.id), '--html', '--workspace', workspace);
    expect(page.code).toBe(0);
    expect(page.stdout).toContain(String(best.process));
    const limited = jsonLines((await inWorkspace('findings', '--limit', '2', '--host', 'srv-7')).stdout);
    expect(limited.map(({ host }) => host)).toEqual(['srv-7', 'srv-7']);
  });

  test('people get a table, and a reader who has enough is no failure', async () => {
    const table = await portside('processes', '--workspace', workspace);
    expect(table.code).toBe(0);
    expect(table.stdout.split('\n')[0]).toMatch(/^rarity +elastic +host +process/);
    const cut = await runPortside(['writes', '--json', '--workspace', workspace], {
      configFolder: folder,
      cancelAfterFirstOutput: true,
    });
    expect(cut.code).toBe(0);
  });
});

test('failures and bad usage have their exit codes, in the asked form', async () => {
  const missing = await inWorkspace('import', join(folder, 'nowhere.ndjson'));
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.stderr)).toMatchObject({
    failure: { code: expect.any(String), message: expect.any(String) },
  });
  const unknown = await inWorkspace('finding', 'no-such-id');
  expect(unknown.code).toBe(1);
  expect(JSON.parse(unknown.stderr)).toMatchObject({ failure: { code: 'not-found' } });
  for (const args of [
    ['nonsense'],
    ['writes', '--nonsense'],
    ['writes', '--from', 'yesterday'],
    ['volumes', '--bucket', '0m'],
    ['import'],
  ]) {
    const run = await portside(...args);
    expect({ args, code: run.code, stdout: run.stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(run.stderr).toContain('Usage: portside');
  }
  const noWorkspace = await portside('findings', '--workspace', join(folder, 'typo'));
  expect(noWorkspace.code).toBe(1);
  expect(noWorkspace.stderr).toContain(join(folder, 'typo'));
});

test('help lists what there is', async () => {
  const { code, stdout } = await portside('--help');
  expect(code).toBe(0);
  for (const name of ['import', 'processes', 'volumes', 'devices', 'sessions', 'writes', 'findings']) {
    expect(stdout).toContain(`  ${name} `);
  }
});
