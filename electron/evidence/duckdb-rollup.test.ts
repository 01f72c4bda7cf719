import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { appendEvents } from './duckdb-intake.ts';
import { makePlain } from './duckdb-plain-days.ts';
import { areRollupsWhole, compactRollups, rebuildRollups, rollupTables } from './duckdb-rollup.ts';
import { openEvidenceDatabase } from './duckdb-schema.ts';
import { makeDuckdbStore } from './duckdb-store.ts';
import { makeTestFolder } from './workspace-for-tests.ts';

const context = () => ignoreItems(new AbortController().signal);
const startMs = Date.UTC(2026, 10, 20);
const quarterMs = 900_000;
const dayMs = 86_400_000;

/** Times close to the edges of slots and days, where rollups end. */
const instant = fc
  .tuple(fc.constantFrom(0, 1, 2, 94, 95, 96, 97, 191, 192, 200), fc.constantFrom(-1, 0, 1, 400_000))
  .map(([slot, ms]) => startMs + slot * quarterMs + ms);

const arbitraryWrite = fc.record({
  atMs: instant,
  action: fc.constantFrom('creation', 'overwrite', 'modification', 'creation', 'modification', 'rename'),
  host: fc.constantFrom('PC-1', 'PC-2'),
  user: fc.constantFrom('ann', 'bob'),
  process: fc.constantFrom('a.exe', 'b.exe'),
  serial: fc.constantFrom('S1', 'S2'),
  path: fc.constantFrom('E:\\a', 'E:\\b', 'E:\\c', 'E:\\d'),
  extension: fc.constantFrom('docx', '.DOCX', 'pdf', undefined),
  sizeBytes: fc.integer({ min: 0, max: 9 }),
});

const arbitraryFilter = fc.record(
  {
    fromMs: instant,
    toMs: instant,
    hosts: fc.subarray(['PC-1', 'PC-2'], { minLength: 1 }),
    processes: fc.subarray(['a.exe', 'b.exe'], { minLength: 1 }),
    devices: fc.subarray(['serial:S1', 'serial:S2'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);

function matches(write: WriteEvent, filter: EvidenceFilter): boolean {
  const isAny = (values: readonly string[] | undefined, value: string) =>
    values === undefined || values.includes(value);
  return (
    write.atMs >= (filter.fromMs ?? 0) &&
    write.atMs < (filter.toMs ?? Number.POSITIVE_INFINITY) &&
    isAny(filter.hosts, write.host) &&
    isAny(filter.processes, write.process) &&
    isAny(filter.devices, write.device)
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function groupBy(writes: readonly WriteEvent[], keyOf: (write: WriteEvent) => string): [string, WriteEvent[]][] {
  const groups = new Map<string, WriteEvent[]>();
  for (const write of writes) groups.set(keyOf(write), [...(groups.get(keyOf(write)) ?? []), write]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What single writes say, counted one by one. */
function figuresOf(writes: readonly WriteEvent[]) {
  const copies = groupBy(writes, ({ device, path }) => `${device} ${path}`);
  const lastSize = (group: readonly WriteEvent[]) => {
    const lastMs = Math.max(...group.map(({ atMs }) => atMs));
    return Math.max(...group.filter(({ atMs }) => atMs === lastMs).map(({ sizeBytes }) => sizeBytes));
  };
  return {
    events: writes.length,
    writtenBytes: sum(writes.map(({ sizeBytes }) => sizeBytes)),
    distinctBytes: sum(copies.map(([, group]) => lastSize(group))),
    files: new Set(writes.map(({ path }) => path)).size,
    first: writes.length > 0 ? Math.min(...writes.map(({ atMs }) => atMs)) : undefined,
    last: writes.length > 0 ? Math.max(...writes.map(({ atMs }) => atMs)) : undefined,
  };
}

const termOf = (write: WriteEvent) => (write.extension ?? '').replace(/^\.+/, '').toLowerCase();

async function withDatabase<T>(work: (database: DuckdbDatabase) => Promise<T>): Promise<T> {
  const folder = await makeTestFolder();
  const database = await openEvidenceDatabase(join(folder.path, 'evidence.duckdb'));
  try {
    return await work(database);
  } finally {
    await database.close();
    await folder.release();
  }
}

/** All that the rollups hold, added up. */
async function rolledUp(database: DuckdbDatabase) {
  return Promise.all([
    database.all(
      'SELECT slot_ms, stream, sum(events) AS n, sum(bytes) AS b, min(first_ms), max(last_ms) FROM activity GROUP BY ALL ORDER BY ALL',
    ),
    database.all(
      'SELECT day_ms, stream, sum(events) AS n, sum(bytes) AS b, min(first_ms), max(last_ms) FROM days GROUP BY ALL ORDER BY ALL',
    ),
    database.all(
      'SELECT day_ms, stream, extension, sum(events) AS n, sum(bytes) AS b, min(first_ms), max(last_ms) FROM extensions GROUP BY ALL ORDER BY ALL',
    ),
    database.all('SELECT hour_ms, stream, sum(events) AS n, sum(bytes) AS b FROM hours GROUP BY ALL ORDER BY ALL'),
    database.all('FROM plain_days ORDER BY ALL'),
    database.all(
      `SELECT kind, from_ms, to_ms, stream, extension, sum(events) AS n, sum(bytes) AS b FROM links GROUP BY ALL
       HAVING sum(events) <> 0 OR sum(bytes) <> 0 ORDER BY ALL`,
    ),
    database.all(
      `SELECT from_ms, to_ms, stream, extension, sum(events) AS n, sum(bytes) AS b FROM repeats GROUP BY ALL
       HAVING sum(events) <> 0 OR sum(bytes) <> 0 ORDER BY ALL`,
    ),
    database.all(
      'SELECT slot_ms, stream, sum(events) AS n, min(first_ms), max(last_ms) FROM renames GROUP BY ALL ORDER BY ALL',
    ),
    database.all('FROM shared ORDER BY ALL'),
  ]);
}

describe('the rollups', () => {
  it('tell what single writes tell, in whatever batches and order these came', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryWrite, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        fc.array(arbitraryFilter, { minLength: 3, maxLength: 3 }),
        // After which batch the days become plain, by their number: as spread-out writes make them.
        fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
        async (batches, filters, plainAfter) => {
          await withDatabase(async (database) => {
            const store = makeDuckdbStore(database);
            const all: WriteEvent[] = [];
            for (const batch of batches) {
              const writes = batch.map(
                ({ serial, extension, action, ...write }, index): WriteEvent => ({
                  ...write,
                  ...(extension === undefined ? {} : { extension }),
                  action: action as WriteEvent['action'],
                  id: `e-${all.length + index}`,
                  device: `serial:${serial}`,
                  deviceSerial: serial,
                  busType: 'usb',
                }),
              );
              await appendEvents(database, { writes, deviceEvents: [] });
              all.push(...writes);
              const isNow = (_batch: unknown, day: number) => plainAfter[day] === batches.indexOf(batch);
              const days = [startMs, startMs + dayMs, startMs + 2 * dayMs].filter(isNow);
              await database.transaction((session) => makePlain(session, days));
            }
            const spans = filters.map(({ fromMs, toMs }) => ({ fromMs, toMs }));
            for (const filter of [{}, ...filters, ...spans]) {
              const found = all.filter((write) => write.action !== 'rename' && matches(write, filter));
              const [totals] = await store['writes.totals']({ filters: [filter] }, context());
              const { first, last, ...figures } = figuresOf(found);
              expect(totals).toEqual({
                ...figures,
                renames: all.filter((write) => write.action === 'rename' && matches(write, filter)).length,
                firstMs: first,
                lastMs: last,
              });
              const programs = await store['processes.list'](
                { filter, sort: 'host', descending: false, limit: 100 },
                context(),
              );
              expect(
                programs.rows.map(({ host, process, executable: _executable, devices, users, ...row }) => ({
                  key: `${host} ${process}`,
                  of: { ...row, devices, users },
                })),
              ).toEqual(
                groupBy(found, ({ host, process }) => `${host} ${process}`).map(([key, group]) => {
                  const { first: firstSeenMs, last: lastSeenMs, ...rest } = figuresOf(group);
                  const devices = new Set(group.map(({ device }) => device)).size;
                  const users = new Set(group.map(({ user }) => user)).size;
                  return { key, of: { ...rest, firstSeenMs, lastSeenMs, devices, users } };
                }),
              );
              const { events: byHour } = await store['hours.read']({ filter, offsetMinutes: 60 }, context());
              const hourOf = ({ atMs }: WriteEvent) => (Math.floor(atMs / (4 * quarterMs)) + 1) % 24;
              expect(byHour).toEqual(
                byHour.map((_events, hour) => found.filter((write) => hourOf(write) === hour).length),
              );
              for (const field of ['extension', 'process', 'host', 'device', 'action'] as const) {
                const terms = await store['terms.list']({ field, filter, limit: 100 }, context());
                const named = groupBy(found, (write) => (field === 'extension' ? termOf(write) : write[field]));
                expect([...terms.rows].sort((a, b) => (a.value < b.value ? -1 : 1))).toEqual(
                  named
                    .filter(([value]) => value !== '')
                    .map(([value, group]) => {
                      const { events, writtenBytes, files, first: firstSeenMs, last: lastSeenMs } = figuresOf(group);
                      const hosts = new Set(group.map(({ host }) => host)).size;
                      return { value, events, writtenBytes, files, firstSeenMs, lastSeenMs, hosts };
                    }),
                );
              }
              for (const bucketMs of [quarterMs / 3, 4 * quarterMs, 7 * quarterMs, dayMs, 60_000]) {
                const volumes = await store['volumes.read']({ filter, bucketMs, by: 'process', maxKeys: 1 }, context());
                const [strongest] = groupBy(found, ({ process }) => process)
                  .map(([key, group]) => ({ key, bytes: figuresOf(group).writtenBytes }))
                  .sort((a, b) => b.bytes - a.bytes);
                const place = (write: WriteEvent) => (write.process === strongest?.key ? 0 : 1);
                const rows = groupBy(found, (write) =>
                  [String(Math.floor(write.atMs / bucketMs) * bucketMs).padStart(15, '0'), place(write)].join(' '),
                );
                expect([...volumes.files]).toEqual(rows.map(([, group]) => figuresOf(group).files));
                expect([...volumes.events]).toEqual(rows.map(([, group]) => group.length));
                expect([...volumes.writtenBytes]).toEqual(rows.map(([, group]) => figuresOf(group).writtenBytes));
              }
            }
            expect(await areRollupsWhole(database)).toBe(true);
            if (plainAfter.length === 0) {
              const kept = await rolledUp(database);
              await database.transaction(rebuildRollups);
              expect(kept).toEqual(await rolledUp(database));
            }
          });
        },
      ),
      { numRuns: 8 },
    );
  }, 120_000);

  it('are put together where live events left many rows per key, and tell the same', async () => {
    await withDatabase(async (database) => {
      for (let round = 0; round < 2; round++) {
        await database.run(
          `INSERT INTO activity SELECT ${startMs} + i % 3 * ${quarterMs}, 1, 1, i, ${startMs} + i, ${startMs} + i
           FROM range(${round * 4_000}, ${(round + 1) * 4_000}) r(i)`,
        );
        const before = await rolledUp(database);
        await compactRollups(database);
        expect(await rolledUp(database)).toEqual(before);
        expect(await database.all('SELECT count(*) AS rows FROM activity')).toEqual([{ rows: 3 }]);
      }
      // What was looked at is not looked at again.
      await database.run(`INSERT INTO activity SELECT ${startMs}, 1, 1, 1, 1, 1 FROM range(500)`);
      await compactRollups(database);
      expect(await database.all('SELECT count(*) AS rows FROM activity')).toEqual([{ rows: 503 }]);
    });
  });

  it.each(rollupTables)('are known to lack something of %s', async (table) => {
    await withDatabase(async (database) => {
      const write = (id: string, path: string, process: string): WriteEvent => ({
        id,
        path,
        atMs: startMs + Number(id),
        action: 'creation',
        host: 'PC',
        user: 'ann',
        process,
        sizeBytes: 1,
        device: 'serial:S1',
        deviceSerial: 'S1',
        busType: 'usb',
      });
      const writes = [
        write('1', 'once more', 'a.exe'),
        write('2', 'once more', 'a.exe'),
        write('3', 'shared', 'a.exe'),
        write('4', 'shared', 'b.exe'),
        { ...write('5', 'renamed', 'b.exe'), action: 'rename' as const },
        write(`${dayMs}`, 'the day after', 'a.exe'),
      ];
      await appendEvents(database, { writes, deviceEvents: [] });
      await database.transaction((session) => makePlain(session, [startMs]));
      expect(await areRollupsWhole(database)).toBe(true);
      await database.run(`DELETE FROM ${table}`);
      expect(await areRollupsWhole(database)).toBe(false);
      await database.run(`DROP TABLE ${table}`);
      expect(await areRollupsWhole(database)).toBe(false);
      await database.transaction(rebuildRollups);
      expect(await areRollupsWhole(database)).toBe(true);
    });
  });
});
