import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replayCase } from '../../shared/analysis/case-replay.ts';
import { volumeBucketMs } from '../../shared/analysis/report.ts';
import { eventsOf } from '../../shared/analysis/triage-scope.ts';
import { throwIfAborted } from '../../shared/base/failure.ts';
import { dayMs, hourMs } from '../../shared/base/time.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import { type CallContext, type InputOf, ignoreItems } from '../../shared/ipc/operation.ts';
import type { CaseSession, CaseState, Exhibit } from '../../shared/model/case-file.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { keepFile } from './case-folder.ts';
import type { Clock } from './clock.ts';
import type { OpenJournal } from './journal-file.ts';
import type { TriageQuestions } from './triage-collector.ts';

/** Most rows one frozen file takes; more are cut, and the exhibit says so. */
const maxFrozenRows = 500_000;
const pageRows = 1_000;

/** The name that the next exhibit of a case gets. */
export function nextExhibit(state: CaseState): string {
  return `E-${String(state.exhibits.length + 1).padStart(2, '0')}`;
}

/** Copies what the store knows about a finding or a live session into a case, each set as a file of its own. */
export interface Freezer {
  freezeFinding(
    journal: OpenJournal,
    folder: string,
    finding: FindingRow,
    context: CallContext<CaseProgress>,
  ): Promise<void>;
  freezeSession(
    journal: OpenJournal,
    folder: string,
    session: CaseSession,
    context: CallContext<CaseProgress>,
  ): Promise<void>;
}

interface FrozenSet {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly query: unknown;
  /** Yields rows page by page, and says whether there would have been more. */
  read(signal: AbortSignal): AsyncGenerator<readonly unknown[], boolean>;
  /** An empty file says something too, but only where silence means something. */
  readonly isKeptEmpty: boolean;
}

/** Freezes evidence from `questions`; `source` names where that is and is read at each exhibit. */
export function makeFreezer(options: {
  readonly questions: TriageQuestions;
  readonly source: () => string;
  readonly clock: Clock;
}): Freezer {
  const { questions, clock } = options;

  async function freeze(
    journal: OpenJournal,
    folder: string,
    owner: Pick<Exhibit, 'findingId' | 'sessionFromMs'>,
    set: FrozenSet,
    signal: AbortSignal,
  ): Promise<void> {
    const state = replayCase(journal.entries);
    if (!state) throw new Error('A case without its first entry cannot take evidence.');
    const exhibit = nextExhibit(state);
    const name = `${exhibit}-${set.name}.ndjson`;
    let rows = 0;
    let isCut = false;
    const takenAtMs = clock.wallMs();
    const kept = await keepFile(join(folder, 'evidence'), name, async (write) => {
      const pages = set.read(signal);
      for (let page = await pages.next(); ; page = await pages.next()) {
        throwIfAborted(signal);
        if (page.done) {
          isCut = page.value;
          return;
        }
        rows += page.value.length;
        await write(Buffer.from(page.value.map((row) => `${JSON.stringify(row)}\n`).join('')));
      }
    });
    if (rows === 0 && !set.isKeptEmpty) {
      await rm(join(folder, 'evidence', name), { force: true });
      return;
    }
    const payload: Exhibit = {
      exhibit,
      kind: 'evidence',
      name,
      title: set.title,
      ...kept,
      rows,
      isCut,
      question: set.question,
      query: set.query,
      source: options.source(),
      takenAtMs,
      ...owner,
    };
    await journal.append([{ kind: 'exhibit.added', actor: 'portside', payload }]);
  }

  async function freezeAll(
    sets: readonly FrozenSet[],
    owner: Pick<Exhibit, 'findingId' | 'sessionFromMs'>,
    journal: OpenJournal,
    folder: string,
    { signal, emit }: CallContext<CaseProgress>,
  ): Promise<void> {
    for (const set of sets) {
      emit({ text: `Freezing ${set.title}` });
      await freeze(journal, folder, owner, set, signal);
    }
  }

  return {
    freezeFinding: (journal, folder, finding, context) =>
      freezeAll(findingSets(questions, finding), { findingId: finding.id }, journal, folder, context),
    freezeSession: (journal, folder, session, context) =>
      freezeAll(sessionSets(questions, session), { sessionFromMs: session.fromMs }, journal, folder, context),
  };
}

type AskedQuery = Readonly<Record<string, unknown>> & { readonly limit?: number };

/** A set that is one answer. It is cut where it has as many rows as were asked for. */
function singleSet(
  name: string,
  title: string,
  question: string,
  query: AskedQuery,
  isKeptEmpty: boolean,
  ask: (signal: AbortSignal) => Promise<readonly unknown[]>,
): FrozenSet {
  return {
    name,
    title,
    question,
    query,
    isKeptEmpty,
    async *read(signal) {
      const rows = await ask(signal);
      yield rows;
      return typeof query.limit === 'number' && rows.length >= query.limit;
    },
  };
}

function writesSet(
  questions: TriageQuestions,
  title: string,
  query: { readonly filter: EvidenceFilter; readonly withRenames: boolean; readonly ascending: boolean },
): FrozenSet {
  return {
    name: 'writes',
    title,
    question: 'writes.page',
    query,
    isKeptEmpty: true,
    async *read(signal) {
      let cursor: string | undefined;
      let rows = 0;
      do {
        const page = await questions['writes.page']({ ...query, limit: pageRows, cursor }, ignoreItems(signal));
        yield page.rows;
        rows += page.rows.length;
        cursor = page.nextCursor;
      } while (cursor !== undefined && rows < maxFrozenRows);
      return cursor !== undefined;
    },
  };
}

function sessionsSet(
  questions: TriageQuestions,
  name: string,
  title: string,
  query: InputOf<EvidenceOperations['sessions.list']>,
): FrozenSet {
  return singleSet(
    name,
    title,
    'sessions.list',
    query,
    true,
    async (signal) => (await questions['sessions.list'](query, ignoreItems(signal))).rows,
  );
}

function deviceEventsSet(
  questions: TriageQuestions,
  host: string,
  span: { readonly fromMs: number; readonly toMs: number },
): FrozenSet {
  const query = { host, ...span, limit: pageRows };
  return singleSet('device-events', `Device events of ${host}`, 'device-events.list', query, true, (signal) =>
    questions['device-events.list'](query, ignoreItems(signal)),
  );
}

function volumeSet(
  questions: TriageQuestions,
  host: string,
  span: { readonly fromMs: number; readonly toMs: number },
): FrozenSet {
  const query = {
    filter: { hosts: [host], ...span },
    bucketMs: volumeBucketMs,
    by: 'process' as const,
    maxKeys: 50,
  };
  return singleSet('volume', `Volume by process on ${host}, 5 minutes`, 'volumes.read', query, true, async (signal) => {
    const columns = await questions['volumes.read'](query, ignoreItems(signal));
    return [...columns.startMs].map((startMs, at) => ({
      startMs,
      process: columns.keys[columns.keyIndex[at] ?? 0] ?? '',
      writtenBytes: columns.writtenBytes[at] ?? 0,
      files: columns.files[at] ?? 0,
      events: columns.events[at] ?? 0,
    }));
  });
}

/** What of the store is kept with a case for each finding: enough to see and judge it without the store. */
function findingSets(questions: TriageQuestions, finding: FindingRow): readonly FrozenSet[] {
  const around = { fromMs: finding.startMs - 2 * hourMs, toMs: finding.endMs + 2 * hourMs };
  const day = { fromMs: finding.startMs - dayMs, toMs: finding.endMs + dayMs };
  const hosts = [finding.host];
  const alerts = { hosts, ...day, limit: pageRows };
  return [
    writesSet(questions, `Writes of ${finding.process} on ${finding.host}`, {
      filter: eventsOf(finding),
      withRenames: true,
      ascending: true,
    }),
    deviceEventsSet(questions, finding.host, day),
    sessionsSet(questions, 'device-history', 'Connections of the device on all hosts', {
      device: finding.device,
      toMs: finding.endMs + dayMs,
      limit: 10_000,
    }),
    sessionsSet(questions, 'connections', `Connections of all devices on ${finding.host}`, {
      hosts,
      ...around,
      limit: 10_000,
    }),
    volumeSet(questions, finding.host, around),
    singleSet('alerts', `Rule alerts on ${finding.host}`, 'alerts.list', alerts, false, (signal) =>
      questions['alerts.list'](alerts, ignoreItems(signal)),
    ),
    singleSet(
      'anomaly-records',
      `Anomaly records on ${finding.host}`,
      'anomaly-records.list',
      alerts,
      false,
      (signal) => questions['anomaly-records.list'](alerts, ignoreItems(signal)),
    ),
  ];
}

/** What is kept of a live session: everything that was captured on its machine while it went on. */
function sessionSets(questions: TriageQuestions, { host, fromMs, toMs }: CaseSession): readonly FrozenSet[] {
  const span = { fromMs, toMs: toMs + 1 };
  return [
    writesSet(questions, `All writes to devices on ${host}`, {
      filter: { hosts: [host], ...span },
      withRenames: true,
      ascending: true,
    }),
    deviceEventsSet(questions, host, span),
    sessionsSet(questions, 'connections', `Connections of all devices on ${host}`, {
      hosts: [host],
      ...span,
      limit: 10_000,
    }),
    volumeSet(questions, host, span),
  ];
}
