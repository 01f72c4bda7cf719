import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makePortsideScorer } from '../../shared/analysis/portside-score.ts';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import type { FindingOperations } from '../../shared/ipc/finding-operations.ts';
import { type InputOf, ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { openFindingCache } from './duckdb-finding-cache.ts';
import { appendEvents } from './duckdb-intake.ts';
import { openEvidenceDatabase } from './duckdb-schema.ts';
import { makeDuckdbStore } from './duckdb-store.ts';
import { makeFindingIndex } from './finding-index.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';
import { makeTestWrite } from './write-for-tests.ts';

const startMs = Date.UTC(2026, 8, 1);
const context = ignoreItems(new AbortController().signal);

const opened: { engine: WorkspaceEngine; folder: string }[] = [];

async function openEngine(now = () => startMs + 60 * dayMs): Promise<{ engine: WorkspaceEngine; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'portside-findings-'));
  const engine = await openWorkspaceEngine({ workspacePath: folder, now });
  const entry = { engine, folder };
  opened.push(entry);
  return entry;
}

afterEach(async () => {
  for (const { engine, folder } of opened.splice(0)) {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** A month of everyday writes of a few hosts, the same every time. */
function everyday(days = 20): WriteEvent[] {
  const writes: WriteEvent[] = [];
  for (let day = 0; day < days; day++) {
    for (const [index, host] of ['alpha', 'beta', 'gamma'].entries()) {
      for (const hour of [9, 11, 14]) {
        const atMs = startMs + day * dayMs + hour * hourMs + index * minuteMs;
        writes.push(
          makeTestWrite(atMs, { host, user: `user-${index}`, path: `E:\\${day}-${hour}.txt`, sizeBytes: 1000 + day }),
        );
        writes.push(
          makeTestWrite(atMs + 5 * minuteMs, {
            host,
            user: `user-${index}`,
            process: 'backup.exe',
            executable: 'C:\\b.exe',
          }),
        );
      }
    }
  }
  return writes;
}

const incident = () =>
  [0, 10, 30].map((minute) =>
    makeTestWrite(startMs + 15 * dayMs + 23 * hourMs + minute * minuteMs, {
      process: 'rclone.exe',
      executable: 'C:\\Users\\kim\\rclone.exe',
      device: 'serial:BB22',
      deviceSerial: 'BB22',
      path: `F:\\secret-${minute % 20}.zip`,
      sizeBytes: 5_000_000 + minute,
    }),
  );

type ListInput = InputOf<FindingOperations['findings.list']>;

function list(engine: WorkspaceEngine, change: Partial<ListInput> = {}) {
  return engine['findings.list']({ filter: {}, sort: 'score', descending: true, limit: 1000, ...change }, context);
}

async function append(engine: WorkspaceEngine, writes: readonly WriteEvent[]) {
  await engine.append({ writes, deviceEvents: [] });
}

describe('findings', () => {
  it('of an empty store are none', async () => {
    const { engine } = await openEngine();
    expect(await list(engine)).toEqual({ rows: [], total: 0, nextCursor: undefined });
    expect(await engine['scores.refresh']({}, context)).toMatchObject({ findings: 0 });
    await expect(engine['finding.read']({ id: 'F-000000000000' }, context)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('carry scores, and the exact figures of their writes', async () => {
    const { engine } = await openEngine();
    await append(engine, [...everyday(), ...incident()]);
    const { rows, total } = await list(engine);
    expect(total).toBe(3 * 20 * 6 + 1);
    const [best] = rows;
    expect(best).toMatchObject({
      host: 'alpha',
      user: 'kim',
      process: 'rclone.exe',
      executable: 'C:\\Users\\kim\\rclone.exe',
      device: 'serial:BB22',
      startMs: startMs + 15 * dayMs + 23 * hourMs,
      endMs: startMs + 15 * dayMs + 23 * hourMs + 30 * minuteMs,
      events: 3,
      writtenBytes: 15_000_040,
      // The second path was written again twenty minutes later: its last size counts.
      files: 2,
      distinctBytes: 5_000_000 + 5_000_030,
      state: 'open',
      elastic: { isFirstOccurrence: true },
    });
    expect(best?.score).toBeGreaterThan(40);
    expect(await engine['finding.read']({ id: best?.id ?? '' }, context)).toEqual(best);
  });

  it('are filtered, sorted and paged without loss, whatever comes in between', async () => {
    const { engine } = await openEngine();
    await append(engine, [...everyday(), ...incident()]);
    const all = await list(engine);
    for (const sort of ['score', 'startMs', 'writtenBytes', 'elastic'] as const) {
      for (const descending of [true, false]) {
        const whole = await list(engine, { sort, descending });
        const value = (row: (typeof whole.rows)[number]) => (sort === 'elastic' ? row.elastic.score : row[sort]);
        const sorted = [...all.rows].sort(
          (a, b) =>
            (descending ? value(b) - value(a) : value(a) - value(b)) || b.startMs - a.startMs || (a.id < b.id ? -1 : 1),
        );
        expect(whole.rows.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
        const paged: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await list(engine, { sort, descending, limit: 150, cursor });
          expect(page.total).toBe(all.total);
          paged.push(...page.rows.map(({ id }) => id));
          cursor = page.nextCursor;
        } while (cursor !== undefined);
        expect(paged).toEqual(whole.rows.map(({ id }) => id));
      }
    }
    const ids = async (filter: ListInput['filter']) => (await list(engine, { filter })).rows.map(({ id }) => id).sort();
    const matching = (test: (row: (typeof all.rows)[number]) => boolean) =>
      all.rows
        .filter(test)
        .map(({ id }) => id)
        .sort();
    const fromMs = startMs + 15 * dayMs + 23 * hourMs + 5 * minuteMs;
    expect(await ids({ hosts: ['beta', 'gamma'] })).toEqual(matching(({ host }) => host !== 'alpha'));
    expect(await ids({ users: ['kim'] })).toEqual(matching(({ user }) => user === 'kim'));
    expect(await ids({ text: 'RCLONE' })).toEqual(matching(({ process }) => process === 'rclone.exe'));
    expect(await ids({ fromMs, toMs: fromMs + 1 })).toEqual(matching(({ process }) => process === 'rclone.exe'));
    expect(await ids({ minScore: 30 })).toEqual(matching(({ score }) => score >= 30));
    expect(await ids({ devices: [] })).toEqual([]);
    await expect(list(engine, { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('are the same however the evidence came in, and however often it was asked for meanwhile', async () => {
    const writes = [...everyday(12), ...incident()].sort((a, b) => a.atMs - b.atMs);
    const { engine: whole } = await openEngine();
    await append(whole, writes);
    const expected = await list(whole);
    // The clock stands in the middle of the evidence: some of it is settled, the rest still moves.
    let nowMs = 0;
    const { engine: piecewise } = await openEngine(() => nowMs);
    for (let at = 0; at < writes.length; at += 31) {
      await append(piecewise, writes.slice(at, at + 31));
      nowMs = writes[Math.min(at + 31, writes.length) - 1]?.atMs ?? 0;
      await list(piecewise, { limit: 1 });
    }
    expect(await list(piecewise)).toEqual(expected);
    const { engine: backwards } = await openEngine();
    for (let at = writes.length; at > 0; at -= 97) {
      await append(backwards, writes.slice(Math.max(at - 97, 0), at));
      await list(backwards, { limit: 1 });
    }
    expect(await list(backwards)).toEqual(expected);
  });

  it('and what was decided about them outlive a restart, without being computed again', async () => {
    const { engine, folder } = await openEngine();
    await append(engine, [...everyday(5), ...incident()]);
    const before = await list(engine);
    const [first, second, third] = before.rows;
    await engine['finding-states.set'](
      {
        states: [
          { id: first?.id ?? '', state: 'closed', reason: 'approved copy' },
          { id: second?.id ?? '', state: 'acknowledged', reason: 'not kept: it is not closed' },
          { id: 'F-ffffffffffff', state: 'closed' },
        ],
      },
      context,
    );
    await engine.close();
    opened.splice(0);
    const again = await openWorkspaceEngine({ workspacePath: folder, now: () => startMs + 60 * dayMs });
    opened.push({ engine: again, folder });
    const items: unknown[] = [];
    await again['scores.refresh']({}, { signal: context.signal, emit: (item) => items.push(item) });
    expect(items).toEqual([]);
    const after = await list(again);
    expect(after.rows.slice(0, 3)).toEqual([
      { ...first, state: 'closed', closedReason: 'approved copy' },
      { ...second, state: 'acknowledged' },
      third,
    ]);
    expect((await list(again, { filter: { states: ['closed'] } })).rows.map(({ id }) => id)).toEqual([first?.id]);
    expect((await list(again, { filter: { states: ['open'] } })).total).toBe(before.total - 2);
    // Older evidence makes all findings anew; the decisions stay.
    await append(again, [makeTestWrite(startMs - dayMs)]);
    const anew = await list(again);
    expect(anew.total).toBe(before.total + 1);
    expect(anew.rows.find(({ id }) => id === first?.id)).toMatchObject({
      state: 'closed',
      closedReason: 'approved copy',
    });
  });

  it('tell of their progress, and are computed once for all who ask', async () => {
    const { engine } = await openEngine();
    await append(engine, everyday());
    const items: { doneSlots: number; totalSlots: number }[] = [];
    const aborted = new AbortController();
    const gaveUp = engine['scores.refresh']({}, { signal: aborted.signal, emit: () => undefined });
    const both = Promise.all([
      engine['scores.refresh']({}, { signal: context.signal, emit: (item) => items.push(item) }),
      list(engine),
    ]);
    aborted.abort();
    await expect(gaveUp).rejects.toMatchObject({ code: 'cancelled' });
    const [refreshed, listed] = await both;
    expect(refreshed.findings).toBe(listed.total);
    expect(items.at(-1)).toEqual({ doneSlots: items.at(-1)?.totalSlots, totalSlots: expect.any(Number) });
  });

  it('that nobody waits for any more are given up, and taken up again', async () => {
    const { engine } = await openEngine();
    await append(engine, [...everyday(), ...incident()]);
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const asked = engine['scores.refresh']({}, { signal: controller.signal, emit: () => controller.abort() });
      if (round % 2 === 0) controller.abort();
      await asked.catch((error: unknown) => expect(error).toMatchObject({ code: 'cancelled' }));
    }
    const { engine: plain } = await openEngine();
    await append(plain, [...everyday(), ...incident()]);
    expect((await list(engine)).rows.map(({ id, score }) => [id, score])).toEqual(
      (await list(plain)).rows.map(({ id, score }) => [id, score]),
    );
  });
});

it('a question knows all that was stored before it was asked, also while other questions are answered', async () => {
  const { engine } = await openEngine();
  const days = everyday(6);
  const asked: Promise<void>[] = [];
  for (let at = 0; at < days.length; at += 20) {
    await append(engine, days.slice(at, at + 20));
    const last = days[Math.min(at + 20, days.length) - 1];
    const question = list(engine, { filter: { fromMs: last?.atMs ?? 0, hosts: [last?.host ?? ''] } });
    asked.push(question.then(({ rows }) => expect(rows.map(({ process }) => process)).toContain(last?.process)));
  }
  await Promise.all(asked);
});

describe('scored processes', () => {
  it('go on being computed for those who wait when the one who asked first is aborted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portside-findings-'));
    const database = await openEvidenceDatabase(join(folder, 'evidence.duckdb'));
    try {
      await appendEvents(database, { writes: everyday(3), deviceEvents: [] });
      const store = makeDuckdbStore(database);
      const first = new AbortController();
      const cancelledFirst = new Promise((resolve) => first.signal.addEventListener('abort', resolve));
      let questions = 0;
      let summaries = 0;
      let isReady = false;
      const index = makeFindingIndex({
        store: {
          ...store,
          'processes.list': async (input, call) => {
            questions++;
            await cancelledFirst;
            return store['processes.list'](input, call);
          },
        },
        readState: async (signal) => {
          const summary = await store['evidence.summary']({}, ignoreItems(signal));
          if (++summaries === 2 && isReady) setImmediate(() => first.abort());
          return summary;
        },
        cache: await openFindingCache(database),
        makeScorer: makePortsideScorer,
        scoring: 'test',
        ruleId: 'portside',
        now: () => startMs + 60 * dayMs,
      });
      await index['scores.refresh']({}, context);
      summaries = 0;
      isReady = true;
      const question = { filter: {}, sort: 'rarity', descending: true, limit: 100 } as const;
      const asked = index['scored-processes.list'](question, ignoreItems(first.signal));
      const waiting = index['scored-processes.list'](question, context);
      await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
      expect((await waiting).total).toBe(6);
      expect(questions).toBe(1);
    } finally {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('carry the highest scores of the span, sortable over all rows', async () => {
    const { engine } = await openEngine();
    await append(engine, [...everyday(), ...incident()]);
    const scored = (change: Partial<InputOf<FindingOperations['scored-processes.list']>> = {}) =>
      engine['scored-processes.list']({ filter: {}, sort: 'rarity', descending: true, limit: 100, ...change }, context);
    const findings = (await list(engine)).rows;
    const { rows, total } = await scored();
    expect(total).toBe(7);
    expect(rows[0]).toMatchObject({
      host: 'alpha',
      process: 'rclone.exe',
      events: 3,
      elastic: { isFirstOccurrence: true },
    });
    for (const row of rows) {
      const own = findings.filter(({ host, process }) => host === row.host && process === row.process);
      expect(row.rarity).toBe(Math.max(...own.map(({ score }) => score)));
      expect(row.elastic.score).toBe(Math.max(...own.map(({ elastic }) => elastic.score)));
    }
    const paged = await scored({ limit: 3 });
    const rest = await scored({ limit: 3, cursor: paged.nextCursor });
    expect([...paged.rows, ...rest.rows]).toEqual(rows.slice(0, 6));
    // In a span without the incident nothing of it counts.
    const early = await scored({ filter: { toMs: startMs + 10 * dayMs } });
    expect(early.rows.map(({ process }) => process)).not.toContain('rclone.exe');
    expect((await scored({ sort: 'host', descending: false })).rows[0]?.host).toBe('alpha');
    for (const sort of ['distinctBytes', 'users', 'devices'] as const) {
      const values = (await scored({ sort })).rows.map((row) => row[sort]);
      expect(values).toEqual([...values].sort((a, b) => b - a));
    }
    const found = await scored({ contains: 'RCLONE' });
    expect(found).toMatchObject({ total: 1, rows: [{ process: 'rclone.exe' }] });
    const onAlpha = rows.filter(({ host }) => host === 'alpha');
    expect((await scored({ contains: 'Alph' })).rows).toEqual(onAlpha);
    expect((await scored({ contains: 'alph', limit: 1 })).total).toBe(onAlpha.length);
    expect(await scored({ contains: '%' })).toMatchObject({ total: 0, rows: [] });
    await expect(scored({ cursor: '-1' })).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('of a store in which figures are dear are counted page by page, in the same order', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portside-findings-'));
    const database = await openEvidenceDatabase(join(folder, 'evidence.duckdb'));
    try {
      const writes = Array.from({ length: 90 }, (_, index) =>
        makeTestWrite(startMs + index * minuteMs, { process: `p${index % 45}.exe`, path: `E:\\${index}` }),
      );
      await appendEvents(database, { writes, deviceEvents: [] });
      const store = makeDuckdbStore(database);
      const all = async (filter: EvidenceFilter) =>
        (
          await store['processes.list'](
            { filter, sort: 'process', descending: false, limit: 1_000 },
            ignoreItems(new AbortController().signal),
          )
        ).rows;
      let counted = 0;
      const options = {
        store,
        readState: (signal: AbortSignal) => store['evidence.summary']({}, ignoreItems(signal)),
        cache: await openFindingCache(database),
        makeScorer: makePortsideScorer,
        scoring: 'test',
        ruleId: 'portside',
        now: () => startMs + 60 * dayMs,
      };
      const plain = makeFindingIndex(options);
      const dear = makeFindingIndex({
        ...options,
        processes: {
          // As many events as a large store has, and nothing that was counted.
          groups: async (filter) =>
            (await all(filter)).map((row) => ({ ...row, events: row.events * 50_000, files: 0, users: 0, devices: 0 })),
          count: async (filter, rows) => {
            counted += rows.length;
            const known = await all(filter);
            return rows.map((row) => known.find((one) => one.process === row.process) ?? row);
          },
        },
      });
      const question = { filter: {}, sort: 'rarity', descending: true, limit: 1_000 } as const;
      const whole = await plain['scored-processes.list'](question, context);
      const first = await dear['scored-processes.list'](question, context);
      expect([first.rows.length, first.total, counted]).toEqual([10, 45, 10]);
      const rows = [...first.rows];
      for (let cursor = first.nextCursor; cursor; ) {
        const next = await dear['scored-processes.list']({ ...question, cursor }, context);
        rows.push(...next.rows);
        cursor = next.nextCursor;
      }
      expect(rows).toEqual(whole.rows);
      // The same page again counts nothing again; what is sorted by is counted for all.
      await dear['scored-processes.list'](question, context);
      expect(counted).toBe(45);
      const byFiles = await dear['scored-processes.list']({ ...question, sort: 'files' }, context);
      expect(byFiles.rows.length).toBe(45);
    } finally {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
