import { type FindingScoring, makeFindingScoring, type ScoredEvidence } from '../../shared/analysis/score-findings.ts';
import type { PortsideScorer } from '../../shared/analysis/write-session.ts';
import { fail, isCancelled } from '../../shared/base/failure.ts';
import { bucketStart, hourMs } from '../../shared/base/time.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import type { FindingOperations } from '../../shared/ipc/finding-operations.ts';
import { type CallContext, type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import {
  activitySlotMs,
  type EvidenceSummary,
  type Page,
  type ProcessRow,
} from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { ElasticScore, FindingRow } from '../../shared/model/finding.ts';
import { maxPageRows } from '../../shared/model/page-limit.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import { activityPieces } from './activity-pieces.ts';
import type { CachedFinding, FindingCache } from './duckdb-finding-cache.ts';
import type { ProcessCounter } from './process-counter.ts';
import { type SharedWork, shareWork } from './shared-work.ts';
import type { EvidenceStore } from './store.ts';

/** Evidence of the last hours may still get older company (agents report late): it is scored anew each time. */
const movingMs = 6 * hourMs;

/** Rounds after which a question is answered although evidence keeps coming in. */
const maxRounds = 3;

/** Findings written to the cache at once: few, as their explanations are long and are garbage right after. */
const batchFindings = 500;
/** Hours written to the cache at once. */
const batchHours = 25_000;

const nothing: ScoredEvidence = { findings: [], hours: [] };

/** Most filters of one `writes.totals`. */
const maxTotals = 500;

/** Figures of listed findings that are kept. */
const keptTotals = 100_000;

/** Events that one page of processes counts at most, where they are counted for what is shown; and rows that it has at least. */
const mostCountedEvents = 30_000;
const leastCounted = 10;

/** Lists of scored processes kept for their next pages. */
const keptProcessLists = 4;

/** Of a summary what scoring goes by. */
export type EvidenceState = Pick<EvidenceSummary, 'writes' | 'firstMs' | 'lastMs' | 'revision'>;

type RefreshProgress = { readonly doneSlots: number; readonly totalSlots: number };

export interface FindingIndexOptions {
  readonly store: Pick<EvidenceStore, 'activity.read' | 'writes.totals' | 'processes.list'>;
  /** What there is now: it is looked at before every answer, so it must cost little. */
  readonly readState: (signal: AbortSignal) => Promise<EvidenceState>;
  /** Where exact figures of processes are dear: they are asked for what is shown only. */
  readonly processes?: ProcessCounter | undefined;
  readonly cache: FindingCache;
  /** Makes a scorer that has learned nothing. */
  readonly makeScorer: () => PortsideScorer;
  /** Changes whenever the same evidence would get other scores; what an older one computed is stale. */
  readonly scoring: string;
  readonly ruleId: string;
  readonly now: () => number;
}

/**
 * Answers the finding questions over any evidence store. Findings are computed when they are asked for and the evidence
 * has changed: only what is newer, where only newer evidence came, else all of it. Questions asked meanwhile wait for the
 * same work, which ends when the last of them is aborted; what was final by then is kept.
 */
export function makeFindingIndex(
  options: FindingIndexOptions,
): Handlers<FindingOperations> & Pick<Handlers<EngineOperations>, 'finding-verdicts.set' | 'raised-alerts.tell'> {
  const { store, cache, now } = options;
  let scoring: FindingScoring | undefined;
  /** Counted writes that are in no activity. */
  let unseenWrites = 0;
  /** What the cache was computed from; undefined: look it up. */
  let stamp: string | undefined;
  let refreshing: SharedWork<RefreshProgress, void> | undefined;
  /** Exact figures of findings that were listed, as long as they hold: writes of settled findings do not change. */
  const totals = new Map<string, { readonly files: number; readonly distinctBytes: number }>();
  let unsettledIds: readonly string[] = [];
  /** Which alerts the cache was told of. */
  let alertsKey: string | undefined;
  let processLists: { readonly key: string; readonly work: SharedWork<never, readonly ScoredProcessRow[]> }[] = [];

  /** Figures of rows of kept lists, where they are counted for what is shown only. */
  const countedProcesses = new WeakMap<ScoredProcessRow, ProcessRow>();

  const stampOf = (summary: EvidenceState) => `${options.scoring}/${summary.revision}`;

  /** Brings the cache up to the evidence as it was when this was called, or a little later. */
  async function refresh(context: CallContext<RefreshProgress>): Promise<void> {
    for (let round = 0; ; ) {
      const summary = await options.readState(context.signal);
      stamp ??= await cache.readStamp();
      // Work that was under way may have begun before the newest evidence came; but nobody runs after it for ever.
      if (stamp === stampOf(summary) || round === maxRounds) return;
      refreshing ??= shareWork(
        (shared) => bringUp(summary, shared),
        () => {
          refreshing = undefined;
        },
      );
      try {
        await refreshing.join(context);
        round++;
      } catch (error) {
        // Given up by others in the moment in which this one joined: begin again.
        if (!isCancelled(error) || context.signal.aborted) throw error;
      }
    }
  }

  async function bringUp(before: EvidenceState, context: CallContext<RefreshProgress>): Promise<void> {
    stamp = '';
    if (scoring) {
      const settledEvents = scoring.settledEvents;
      const { events, finish } = await runPass(scoring, before, context);
      const seen = settledEvents + events + unseenWrites;
      if (seen === before.writes) return finish(before);
      const after = await options.readState(context.signal);
      if (seen === after.writes) return finish(after);
    }
    // Nothing to build on, or older evidence came too: from the start.
    scoring = undefined;
    await cache.clear();
    totals.clear();
    const fresh = makeFindingScoring(options.makeScorer(), options.ruleId);
    scoring = fresh;
    const start = await options.readState(context.signal);
    const { events, finish } = await runPass(fresh, start, context);
    const end = await options.readState(context.signal);
    // Writes that no activity tells of, such as ones without a process, must not look like older evidence next time.
    unseenWrites = end.revision === start.revision ? start.writes - events : 0;
    // Where evidence came in meanwhile, the next question sees a newer revision and goes on from here.
    await finish(start);
  }

  async function runPass(current: FindingScoring, summary: EvidenceState, context: CallContext<RefreshProgress>) {
    const { signal, emit } = context;
    const fromMs = current.settledMs;
    const firstMs = fromMs ?? summary.firstMs ?? 0;
    const totalSlots = Math.max(Math.ceil(((summary.lastMs ?? firstMs) - firstMs) / activitySlotMs), 1);
    const pass = current.startPass(bucketStart(now() - movingMs, hourMs));
    let batch: ScoredEvidence = nothing;
    let writing: Promise<void> = Promise.resolve();
    let isBroken = false;
    /** Waits for the write before: one goes on beside the scoring, no more. */
    const write = async (isLast = false) => {
      for (const part of partsOf(batch)) {
        await writing;
        writing = cache.append(part);
        // The same rejection is met where `writing` is awaited.
        writing.catch(() => undefined);
      }
      batch = nothing;
      if (isLast) await writing;
    };
    try {
      for await (const piece of activityPieces(store, summary, fromMs, signal)) {
        isBroken = true;
        batch = together([batch, pass.add(piece)]);
        isBroken = false;
        if (batch.findings.length >= batchFindings || batch.hours.length >= batchHours) await write();
        const doneSlots = Math.ceil(((piece.slotMs.at(-1) ?? firstMs) - firstMs) / activitySlotMs);
        emit({ doneSlots: Math.min(Math.max(doneSlots, 0), totalSlots), totalSlots });
      }
    } catch (error) {
      // What is final stays so: the scoring has passed it, and would not give it again.
      const isWritten = await write(true).then(
        () => true,
        () => false,
      );
      if (isBroken || !isWritten) scoring = undefined;
      throw error;
    }
    const end = pass.finish();
    batch = together([batch, end.settled]);
    try {
      await write(true);
    } catch (error) {
      scoring = undefined;
      throw error;
    }
    return {
      events: end.events,
      async finish(of: EvidenceState) {
        await cache.finishRefresh(end.unsettled, stampOf(of));
        for (const id of unsettledIds) totals.delete(id);
        unsettledIds = end.unsettled.findings.map(({ id }) => id);
        for (const id of unsettledIds) totals.delete(id);
        stamp = stampOf(of);
        emit({ doneSlots: totalSlots, totalSlots });
      },
    };
  }

  /** Adds the figures that only the evidence knows exactly. */
  async function withTotals(findings: readonly CachedFinding[], signal: AbortSignal): Promise<FindingRow[]> {
    if (totals.size > keptTotals) totals.clear();
    const missing = findings.filter(({ id }) => !totals.has(id));
    for (let at = 0; at < missing.length; at += maxTotals) {
      const part = missing.slice(at, at + maxTotals);
      const answers = await store['writes.totals']({ filters: part.map(evidenceOf) }, ignoreItems(signal));
      for (const [index, { id }] of part.entries()) {
        const { files, distinctBytes } = answers[index] ?? { files: 0, distinctBytes: 0 };
        totals.set(id, { files, distinctBytes });
      }
    }
    return findings.map((finding) => ({ ...finding, ...(totals.get(finding.id) ?? { files: 0, distinctBytes: 0 }) }));
  }

  /** The list that all pages of one question share: it ends early only when the last one that waits for it is aborted. */
  async function sharedProcessList(
    filter: EvidenceFilter,
    isCounted: boolean,
    signal: AbortSignal,
  ): Promise<readonly ScoredProcessRow[]> {
    const listKey = JSON.stringify([stamp, filter, isCounted]);
    for (;;) {
      const known = processLists.find((list) => list.key === listKey);
      const work = known?.work ?? startProcessList(listKey, filter, isCounted);
      try {
        return await work.join({ signal, emit: () => undefined });
      } catch (error) {
        // Others may go on waiting for what this caller was aborted in.
        if (signal.aborted && !work.isGivenUp()) throw error;
        processLists = processLists.filter((list) => list.work !== work);
        // Given up by others in the moment in which this one joined: begin again.
        if (!work.isGivenUp() || !isCancelled(error) || signal.aborted) throw error;
      }
    }
  }

  function startProcessList(
    listKey: string,
    filter: EvidenceFilter,
    isCounted: boolean,
  ): SharedWork<never, readonly ScoredProcessRow[]> {
    const work = shareWork<never, readonly ScoredProcessRow[]>(
      (shared) => scoredProcesses(filter, isCounted, shared.signal),
      () => undefined,
    );
    processLists = [{ key: listKey, work }, ...processLists].slice(0, keptProcessLists);
    return work;
  }

  async function scoredProcesses(
    filter: EvidenceFilter,
    isCounted: boolean,
    signal: AbortSignal,
  ): Promise<readonly ScoredProcessRow[]> {
    const [processes, rarities, hours] = await Promise.all([
      isCounted ? allProcesses(filter, signal) : (options.processes?.groups(filter, signal) ?? []),
      cache.processRarities(filter, signal),
      cache.highestHours(filter, signal),
    ]);
    const rarityOf = new Map(rarities.map((row) => [key(row.host, row.process, row.executable), row.score]));
    const elasticOf = new Map(hours.map((row) => [key(row.host, row.process), row.elastic]));
    return processes.map((row) => ({
      ...row,
      rarity: rarityOf.get(key(row.host, row.process, row.executable ?? '')) ?? 0,
      elastic: elasticOf.get(key(row.host, row.process)) ?? unknownElastic,
    }));
  }

  /** Adds the figures of rows of one list that were not counted yet. */
  async function countedRows(
    filter: EvidenceFilter,
    rows: readonly ScoredProcessRow[],
    signal: AbortSignal,
  ): Promise<readonly ScoredProcessRow[]> {
    const open = rows.filter((row) => !countedProcesses.has(row));
    const figures = open.length > 0 ? await options.processes?.count(filter, open, signal) : [];
    for (const [index, row] of open.entries()) {
      const figure = figures?.[index];
      if (figure) countedProcesses.set(row, figure);
    }
    return rows.map((row) => ({ ...row, ...countedProcesses.get(row) }));
  }

  async function allProcesses(filter: EvidenceFilter, signal: AbortSignal): Promise<ProcessRow[]> {
    const rows: ProcessRow[] = [];
    let cursor: string | undefined;
    do {
      const page: Page<ProcessRow> = await store['processes.list'](
        { filter, sort: 'process', descending: false, limit: maxPageRows, cursor },
        ignoreItems(signal),
      );
      rows.push(...page.rows);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return rows;
  }

  return {
    'findings.list': async (input, { signal }) => {
      await refresh({ signal, emit: () => undefined });
      const page = await cache.list(input, signal);
      return { ...page, rows: await withTotals(page.rows, signal) };
    },

    'finding-groups.list': async (input, { signal }) => {
      await refresh({ signal, emit: () => undefined });
      return cache.groups(input, signal);
    },

    'finding.read': async ({ id }, { signal }) => {
      await refresh({ signal, emit: () => undefined });
      const finding = await cache.read(id);
      const [row] = finding ? await withTotals([finding], signal) : [];
      if (!row)
        throw fail('not-found', `There is no finding ${id}.`, 'The list of findings shows those that there are.');
      return row;
    },

    'scored-processes.list': async (input, { signal }) => {
      await refresh({ signal, emit: () => undefined });
      const isCounted = options.processes === undefined || isCountedFigure(input.sort);
      const page = pageOf(await sharedProcessList(input.filter, isCounted, signal), input);
      if (isCounted) return page;
      const shown = page.rows.slice(0, rowsToCount(page.rows));
      const nextCursor =
        shown.length < page.rows.length ? String(Number(input.cursor ?? 0) + shown.length) : page.nextCursor;
      return { ...page, rows: await countedRows(input.filter, shown, signal), nextCursor };
    },

    'scores.refresh': async (_input, context) => {
      await refresh(context);
      return { findings: await cache.count(), revision: stamp ?? '' };
    },

    'raised-alerts.tell': async ({ key: told, part }) => {
      if (part) {
        alertsKey = undefined;
        await cache.tellAlerts(part.alerts, part.isFirst);
        if (part.isLast) alertsKey = told;
      }
      return { isKnown: alertsKey === told };
    },

    'finding-states.set': async ({ states }) => {
      await cache.setStates(states, now());
      return {};
    },

    'finding-verdicts.set': async ({ verdicts }) => {
      await cache.setVerdicts(verdicts);
      processLists = [];
      return {};
    },
  };
}

/** The writes that a finding is about. */
export function evidenceOf(
  finding: Pick<FindingRow, 'host' | 'user' | 'process' | 'device' | 'startMs' | 'endMs'>,
): EvidenceFilter {
  return {
    fromMs: finding.startMs,
    toMs: finding.endMs + 1,
    hosts: [finding.host],
    users: [finding.user],
    processes: [finding.process],
    devices: [finding.device],
  };
}

/** For a process that no hour knows: it cannot be where the cache is up to the evidence. */
const unknownElastic: ElasticScore = {
  probability: 1,
  score: 0,
  ceiling: 0,
  processHours: 0,
  isFirstOccurrence: false,
};

function key(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** What is to be written, in parts that the cache takes at once. */
function* partsOf({ findings, hours }: ScoredEvidence): Generator<ScoredEvidence> {
  for (let part = 0; part * batchFindings < findings.length || part * batchHours < hours.length; part++) {
    yield {
      findings: findings.slice(part * batchFindings, (part + 1) * batchFindings),
      hours: hours.slice(part * batchHours, (part + 1) * batchHours),
    };
  }
}

function together(parts: readonly ScoredEvidence[]): ScoredEvidence {
  return { findings: parts.flatMap((part) => part.findings), hours: parts.flatMap((part) => part.hours) };
}

/**
 * How many of the rows are counted for one page: the first ones are to be seen soon, so that a page ends early where its rows
 * stand for many events.
 */
function rowsToCount(rows: readonly ProcessRow[]): number {
  let events = 0;
  const end = rows.findIndex((row, index) => {
    events += row.events;
    return index + 1 >= leastCounted && events > mostCountedEvents;
  });
  return end < 0 ? rows.length : end + 1;
}

/** Whether all rows must be counted to be put in this order. */
function isCountedFigure(sort: ProcessQuestion['sort']): boolean {
  return sort === 'files' || sort === 'distinctBytes' || sort === 'devices' || sort === 'users';
}

type ProcessQuestion = Parameters<Handlers<FindingOperations>['scored-processes.list']>[0];

/** Keeps what is looked for, sorts it (ties by host, process, executable) and cuts the page that the cursor, a row number, starts. */
function pageOf(rows: readonly ScoredProcessRow[], question: ProcessQuestion): Page<ScoredProcessRow> {
  const start = question.cursor === undefined ? 0 : Number(question.cursor);
  if (!Number.isSafeInteger(start) || start < 0) {
    throw fail('bad-input', 'The cursor is not one that a page of processes gave.', 'Ask for the first page again.');
  }
  const value = (row: ScoredProcessRow) => (question.sort === 'elastic' ? row.elastic.score : row[question.sort]);
  const sign = question.descending ? -1 : 1;
  const needle = question.contains?.toLowerCase() ?? '';
  const isMeant = (row: ScoredProcessRow) =>
    [row.process, row.executable, row.host].some((text) => text?.toLowerCase().includes(needle));
  const sorted = rows
    .filter(isMeant)
    .sort(
      (a, b) =>
        sign * compare(value(a), value(b)) ||
        compare(a.host, b.host) ||
        compare(a.process, b.process) ||
        compare(a.executable ?? '', b.executable ?? ''),
    );
  const end = start + question.limit;
  return {
    rows: sorted.slice(start, end),
    total: sorted.length,
    nextCursor: end < sorted.length ? String(end) : undefined,
  };
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
