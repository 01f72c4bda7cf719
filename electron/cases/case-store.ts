import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replayCase, summaryOf } from '../../shared/analysis/case-replay.ts';
import { contradictionOf } from '../../shared/analysis/journal.ts';
import { responsePlan } from '../../shared/analysis/response-plan.ts';
import { eventsOf } from '../../shared/analysis/triage-scope.ts';
import { Failure, fail, throwIfAborted } from '../../shared/base/failure.ts';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import { type CallContext, ignoreItems } from '../../shared/ipc/operation.ts';
import type {
  CaseChange,
  CaseEntry,
  CaseFile,
  CaseOpening,
  CaseState,
  CaseSummary,
  Exhibit,
  Verification,
} from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { StepMark } from '../../shared/model/triage.ts';
import { toWriteFailure } from '../platform/atomic-file.ts';
import { type Clock, systemClock } from './clock.ts';
import { currentActor, type Decisions } from './decisions.ts';
import {
  createJournal,
  failureOf,
  type JournalPlace,
  type NewEntry,
  type OpenJournal,
  openJournal,
  readJournalState,
} from './journal-file.ts';
import { safeFileName } from './safe-name.ts';
import type { TriageCollector, TriageQuestions } from './triage-collector.ts';

/** Cases of a workspace: each a folder with its journal and its own copies of evidence, so that it outlives the store. */
export interface CaseStore {
  list(): Promise<readonly CaseSummary[]>;
  /** Ends with `not-found`, `case-too-new`, or `case-damaged` where not even the first entry can be read. */
  read(id: string): Promise<CaseFile>;
  /** Opens a case from findings: collects their steps, takes over marks, freezes evidence. A cancelled opening leaves nothing. */
  open(opening: CaseOpening, context: CallContext<CaseProgress>): Promise<CaseFile>;
  addFinding(id: string, findingId: string, context: CallContext<CaseProgress>): Promise<CaseFile>;
  /** Records what a person says; on the disk when this returns. Ends with `case-locked`, `case-damaged`. */
  record(id: string, change: CaseChange): Promise<CaseEntry>;
  /** Copies a file into the case. The file may change later; the copy does not. */
  attach(id: string, path: string, note: string, signal: AbortSignal): Promise<CaseEntry>;
  /** The cases that hold a finding, newest first; damaged ones up to their last good entry. */
  holding(findingId: string): Promise<readonly CaseFile[]>;
  /** Takes a mark of a triage step over into every case that is not closed and holds the finding. */
  takeMark(findingId: string, mark: StepMark): Promise<void>;
  /** Checks the chain, the noted heads, and every file of the case against the hash that the journal names. */
  verify(id: string): Promise<Verification>;
  /** Where an exhibit of a case lies. */
  exhibitPath(id: string, exhibit: Pick<Exhibit, 'kind' | 'name'>): string;
  place(id: string): JournalPlace;
}

export interface CaseStoreOptions {
  /** The workspace's `cases` folder. */
  readonly folder: string;
  readonly questions: TriageQuestions;
  readonly collector: TriageCollector;
  readonly decisions: Decisions;
  readonly workspaceName: string;
  /** Where evidence comes from, as exhibits name it: `Embedded store` or an Elasticsearch address. Read at each exhibit. */
  readonly source: string;
  readonly version: string;
  readonly actor?: string | undefined;
  readonly clock?: Clock | undefined;
}

const idPattern = /^C-\d{4}-\d{4,6}$/;
/** Most rows one frozen file takes; more are cut, and the exhibit says so. */
const maxFrozenRows = 500_000;
const pageRows = 1_000;
const maxAttachmentBytes = 4_000_000_000;

export function makeCaseStore(options: CaseStoreOptions): CaseStore {
  const { folder, decisions } = options;
  const clock = options.clock ?? systemClock;
  const writer = { actor: options.actor ?? currentActor(), clock };
  const place = (id: string): JournalPlace & { readonly id: string } => {
    if (!idPattern.test(id)) throw fail('bad-input', `"${id}" is no case id.`, 'A case id reads like C-2026-0001.');
    return { folder: join(folder, id), kind: 'case', id };
  };
  const freezer = makeFreezer(options, clock);

  async function read(id: string): Promise<CaseFile> {
    const state = await readJournalState(place(id)).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'not-found')
        throw fail('not-found', `There is no case ${id} in this workspace.`, 'List the cases to see their ids.');
      throw error;
    });
    const replayed = replayCase(state.entries);
    if (!replayed || state.end.kind === 'too-new')
      throw failureOf(state, `Case ${id}`) ?? fail('case-damaged', `Case ${id} has no readable first entry.`);
    return { ...replayed, damage: state.damage };
  }

  async function within<T>(id: string, use: (journal: OpenJournal, state: CaseState) => Promise<T>): Promise<T> {
    const journal = await openJournal(place(id), writer, `Case ${id}`).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'not-found')
        throw fail('not-found', `There is no case ${id} in this workspace.`, 'List the cases to see their ids.');
      throw error;
    });
    try {
      const state = replayCase(journal.entries);
      if (!state) throw fail('case-damaged', `Case ${id} has no readable first entry.`);
      return await use(journal, state);
    } finally {
      await journal.close();
    }
  }

  async function noteHead(id: string, occasion: string): Promise<void> {
    const { entries, head } = await read(id);
    await decisions.recordHead({ caseId: id, entries: entries.length, hash: head, occasion });
  }

  /** The next free id of this year, reserved by making its folder. */
  async function reserveId(): Promise<string> {
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw toWriteFailure(folder, error);
    });
    const prefix = `C-${new Date(clock.wallMs()).getUTCFullYear()}-`;
    const taken = (await readdir(folder))
      .filter((name) => idPattern.test(name) && name.startsWith(prefix))
      .map((name) => Number(name.slice(prefix.length)));
    for (let number = Math.max(0, ...taken) + 1; ; number += 1) {
      const id = `${prefix}${String(number).padStart(4, '0')}`;
      try {
        await mkdir(join(folder, id));
        return id;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
          throw toWriteFailure(folder, error);
      }
    }
  }

  async function addFindingTo(
    journal: OpenJournal,
    id: string,
    finding: FindingRow,
    context: CallContext<CaseProgress>,
  ): Promise<void> {
    context.emit({ text: `Collecting the steps of ${finding.process} on ${finding.host}` });
    const steps = await options.collector.collect(finding.id, { signal: context.signal, emit: () => undefined });
    const marks = await decisions.marks(finding.id);
    await journal.append([
      { kind: 'finding.added', payload: { finding } },
      { kind: 'steps.collected', actor: 'portside', payload: { findingId: finding.id, steps } },
      ...marks.map(
        ({ step, state, note, actor }): NewEntry => ({
          kind: 'step.marked',
          actor,
          payload: { findingId: finding.id, step, state, note },
        }),
      ),
    ]);
    await freezer.freezeFinding(journal, join(folder, id), finding, context);
  }

  return {
    place,
    read,
    exhibitPath: (id, exhibit) =>
      join(place(id).folder, exhibit.kind === 'evidence' ? 'evidence' : 'attachments', exhibit.name),

    async list() {
      const names = await readdir(folder).catch(() => []);
      const found: CaseSummary[] = [];
      for (const id of names
        .filter((name) => idPattern.test(name))
        .sort()
        .reverse()) {
        const state = await readJournalState(place(id)).catch((error: unknown) => {
          // A folder without a journal is an opening that ended before its first entry: no case.
          if (error instanceof Failure && error.code === 'not-found') return undefined;
          throw error;
        });
        if (!state) continue;
        const replayed = replayCase(state.entries);
        const failure = failureOf(state, `Case ${id}`);
        if (replayed) found.push(summaryOf(replayed, state.damage));
        else found.push(unreadable(id, failure?.message ?? `Case ${id} has no readable first entry.`));
      }
      return found;
    },

    async open(opening, context) {
      const { signal } = context;
      const findings: FindingRow[] = [];
      for (const id of [...new Set(opening.findingIds)])
        findings.push(await options.questions['finding.read']({ id }, ignoreItems(signal)));
      const best = [...findings].sort((left, right) => right.score - left.score)[0];
      if (!best) throw fail('bad-input', 'A case is opened from at least one finding.');
      const id = await reserveId();
      try {
        await createJournal(place(id), writer, {
          kind: 'case.opened',
          payload: {
            title: opening.title ?? titleOf(findings, best),
            severity: opening.severity ?? (best.score >= 75 ? 'high' : best.score >= 50 ? 'medium' : 'low'),
            tlp: opening.tlp ?? 'AMBER',
            tags: opening.tags ?? ['T1052.001'],
            workspace: options.workspaceName,
            version: options.version,
          },
        });
        await within(id, async (journal) => {
          for (const finding of findings) await addFindingTo(journal, id, finding, context);
          throwIfAborted(signal);
          await journal.append(
            responsePlan(findings).map((payload) => ({ kind: 'task.added', actor: 'portside', payload })),
          );
        });
      } catch (error) {
        // Never acknowledged, so nobody counts on it.
        await rm(join(folder, id), { recursive: true, force: true });
        throw error;
      }
      await noteHead(id, 'opened');
      return read(id);
    },

    async addFinding(id, findingId, context) {
      const finding = await options.questions['finding.read']({ id: findingId }, ignoreItems(context.signal));
      await within(id, async (journal, state) => {
        if (state.findings.some((one) => one.finding.id === findingId))
          throw fail('bad-input', `Case ${id} holds this finding already.`);
        await addFindingTo(journal, id, finding, context);
      });
      return read(id);
    },

    async record(id, change) {
      const entry = await within(id, async (journal, state) => {
        checkChange(state, change);
        await journal.append([{ kind: change.kind, payload: change.payload }]);
        return replayCase(journal.entries)?.entries.at(-1);
      });
      if (!entry) throw new Error('The entry just written is missing.');
      if (change.kind === 'verdict.given') await noteHead(id, 'verdict');
      // The finding shows the same mark wherever it is looked at, with a case or without.
      if (change.kind === 'step.marked') {
        const { findingId, step, state, note } = change.payload;
        await decisions.mark(findingId, { step, state, note });
      }
      return entry;
    },

    async attach(id, path, note, signal) {
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) throw fail('bad-input', `${path} is no file that can be attached.`);
      if (found.size > maxAttachmentBytes)
        throw fail(
          'store-too-large',
          `${path} has ${found.size} bytes; a case takes files up to ${maxAttachmentBytes}.`,
        );
      const entry = await within(id, async (journal, state) => {
        const exhibit = nextExhibit(state);
        const originalName = basename(path);
        const name = `${exhibit}-${safeFileName(originalName)}`;
        const { bytes, sha256 } = await keepFile(join(place(id).folder, 'attachments'), name, async (write) => {
          for await (const chunk of createReadStream(path, { signal })) await write(chunk as Uint8Array);
        });
        const payload: Exhibit = {
          exhibit,
          kind: 'attachment',
          name,
          title: originalName,
          originalName,
          bytes,
          sha256,
          note,
          takenAtMs: clock.wallMs(),
        };
        await journal.append([{ kind: 'exhibit.added', payload }]);
        return replayCase(journal.entries)?.entries.at(-1);
      });
      if (!entry) throw new Error('The entry just written is missing.');
      return entry;
    },

    async holding(findingId) {
      const found: CaseFile[] = [];
      for (const { id, entries } of await this.list()) {
        const file = entries > 0 ? await read(id) : undefined;
        if (file?.findings.some((one) => one.finding.id === findingId)) found.push(file);
      }
      return found;
    },

    async takeMark(findingId, { step, state, note }) {
      for (const { id, status, damage } of await this.holding(findingId)) {
        if (status === 'closed' || damage !== undefined) continue;
        await within(id, (journal) =>
          journal.append([{ kind: 'step.marked', payload: { findingId, step, state, note } }]),
        );
      }
    },

    async verify(id) {
      const state = await readJournalState(place(id)).catch((error: unknown) => {
        if (error instanceof Failure && error.code === 'not-found')
          throw fail('not-found', `There is no case ${id} in this workspace.`);
        throw error;
      });
      const problems: string[] = [];
      if (state.damage !== undefined) problems.push(`journal.ndjson: ${state.damage}`);
      if (state.end.kind === 'torn')
        problems.push(
          `journal.ndjson: the last ${state.end.bytes} bytes (from byte ${state.end.offset}) are a write that was cut off.`,
        );
      if (state.end.kind === 'too-new')
        problems.push(`journal.ndjson: written by a newer version (format ${state.end.format}).`);
      if (state.isHeadMissing)
        problems.push('journal.head is missing: whether the end was cut cannot be told from it.');
      for (const head of await decisions.heads(id)) {
        const contradiction = contradictionOf(state, head);
        if (contradiction) problems.push(`journal.ndjson: ${contradiction} (noted when it was ${head.occasion})`);
      }
      const replayed = replayCase(state.entries);
      const known = new Map<string, Exhibit>();
      for (const exhibit of replayed?.exhibits ?? [])
        known.set(`${exhibit.kind === 'evidence' ? 'evidence' : 'attachments'}/${exhibit.name}`, exhibit);
      let files = 1;
      for (const [name, exhibit] of known) {
        const hashed = await hashFile(join(place(id).folder, name));
        if (hashed === undefined) problems.push(`${name} is missing.`);
        else if (hashed.sha256 !== exhibit.sha256 || hashed.bytes !== exhibit.bytes)
          problems.push(`${name} was changed: its SHA-256 is not the one in the journal.`);
        files += 1;
      }
      for (const kind of ['evidence', 'attachments']) {
        for (const name of await readdir(join(place(id).folder, kind)).catch(() => []))
          if (!known.has(`${kind}/${name}`) && !name.endsWith('.part'))
            problems.push(`${kind}/${name} is not named in the journal.`);
      }
      return { ok: problems.length === 0, entries: state.entries.length, files, problems, head: state.head };
    },
  };
}

function unreadable(id: string, damage: string): CaseSummary {
  return {
    id,
    title: 'Cannot be read',
    severity: 'medium',
    status: 'open',
    tlp: 'AMBER',
    openedBy: '',
    openedAtMs: 0,
    changedAtMs: 0,
    findings: 0,
    exhibits: 0,
    entries: 0,
    head: '',
    damage,
  };
}

/** Refuses changes that name something the case does not have: they would be entries without effect. */
function checkChange(state: CaseState, { kind, payload }: CaseChange): void {
  if (kind === 'step.marked' || kind === 'consultation.recorded' || kind === 'false-positive.judged') {
    if (!state.findings.some((one) => one.finding.id === payload.findingId))
      throw fail('not-found', `Case ${state.id} does not hold the finding ${payload.findingId}.`);
  }
  if (kind === 'task.changed' && !state.tasks.some((task) => task.taskId === payload.taskId))
    throw fail('not-found', `Case ${state.id} has no task ${payload.taskId}.`);
  if (kind === 'task.added' && state.tasks.some((task) => task.taskId === payload.taskId))
    throw fail('bad-input', `Case ${state.id} has a task ${payload.taskId} already.`);
  if (
    kind === 'false-positive.judged' &&
    payload.judgement === 'accepted' &&
    payload.opposing.length > 0 &&
    payload.reason.trim() === ''
  )
    throw fail(
      'bad-input',
      'Evidence speaks against this explanation.',
      'Say in the reason why it is accepted all the same.',
    );
}

function titleOf(findings: readonly FindingRow[], best: FindingRow): string {
  const rest = findings.length > 1 ? ` and ${findings.length - 1} more` : '';
  return `${best.process} to a removable device, ${best.host}${rest}`.slice(0, 1000);
}

function nextExhibit(state: CaseState): string {
  return `E-${String(state.exhibits.length + 1).padStart(2, '0')}`;
}

async function hashFile(path: string): Promise<{ readonly bytes: number; readonly sha256: string } | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes a file whole or not at all, hashing what is written. It is on the disk before its entry names it. */
async function keepFile(
  folder: string,
  name: string,
  produce: (write: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const path = join(folder, name);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await mkdir(folder, { recursive: true });
    const handle = await open(`${path}.part`, 'w', 0o600);
    try {
      await produce(async (chunk) => {
        await handle.writeFile(chunk);
        hash.update(chunk);
        bytes += chunk.length;
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.part`, path);
  } catch (error) {
    await rm(`${path}.part`, { force: true }).catch(() => undefined);
    throw toWriteFailure(path, error);
  }
  return { bytes, sha256: hash.digest('hex') };
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

function makeFreezer(options: CaseStoreOptions, clock: Clock) {
  const { questions } = options;
  async function freeze(
    journal: OpenJournal,
    folder: string,
    findingId: string,
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
      source: options.source,
      takenAtMs,
      findingId,
    };
    await journal.append([{ kind: 'exhibit.added', actor: 'portside', payload }]);
  }

  return {
    async freezeFinding(
      journal: OpenJournal,
      folder: string,
      finding: FindingRow,
      { signal, emit }: CallContext<CaseProgress>,
    ): Promise<void> {
      const sets = frozenSetsOf(questions, finding);
      for (const set of sets) {
        emit({ text: `Freezing ${set.title}` });
        await freeze(journal, folder, finding.id, set, signal);
      }
    },
  };
}

/** What of the store is kept with a case for each finding: enough to see and judge it without the store. */
function frozenSetsOf(questions: TriageQuestions, finding: FindingRow): readonly FrozenSet[] {
  const writes = { filter: eventsOf(finding), withRenames: true, ascending: true };
  const around = { fromMs: finding.startMs - 2 * hourMs, toMs: finding.endMs + 2 * hourMs };
  const day = { fromMs: finding.startMs - dayMs, toMs: finding.endMs + dayMs };
  const host = [finding.host];
  const deviceEvents = {
    host: finding.host,
    fromMs: finding.startMs - dayMs,
    toMs: finding.endMs + dayMs,
    limit: pageRows,
  };
  const history = { device: finding.device, toMs: finding.endMs + dayMs, limit: 10_000 };
  const sessions = { hosts: host, ...around, limit: 10_000 };
  const volumes = { filter: { hosts: host, ...around }, bucketMs: 5 * minuteMs, by: 'process' as const, maxKeys: 50 };
  const alerts = { hosts: host, ...day, limit: pageRows };
  const single = (
    name: string,
    title: string,
    question: string,
    query: Readonly<Record<string, unknown>>,
    isKeptEmpty: boolean,
    ask: (signal: AbortSignal) => Promise<readonly unknown[]>,
  ): FrozenSet => ({
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
  });
  return [
    {
      name: 'writes',
      title: `Writes of ${finding.process} on ${finding.host}`,
      question: 'writes.page',
      query: writes,
      isKeptEmpty: true,
      async *read(signal) {
        let cursor: string | undefined;
        let rows = 0;
        do {
          const page = await questions['writes.page']({ ...writes, limit: pageRows, cursor }, ignoreItems(signal));
          yield page.rows;
          rows += page.rows.length;
          cursor = page.nextCursor;
        } while (cursor !== undefined && rows < maxFrozenRows);
        return cursor !== undefined;
      },
    },
    single('device-events', `Device events of ${finding.host}`, 'device-events.list', deviceEvents, true, (signal) =>
      questions['device-events.list'](deviceEvents, ignoreItems(signal)),
    ),
    single(
      'device-history',
      'Connections of the device on all hosts',
      'sessions.list',
      history,
      true,
      async (signal) => (await questions['sessions.list'](history, ignoreItems(signal))).rows,
    ),
    single(
      'connections',
      `Connections of all devices on ${finding.host}`,
      'sessions.list',
      sessions,
      true,
      async (signal) => (await questions['sessions.list'](sessions, ignoreItems(signal))).rows,
    ),
    single(
      'volume',
      `Volume by process on ${finding.host}, 5 minutes`,
      'volumes.read',
      volumes,
      true,
      async (signal) => {
        const columns = await questions['volumes.read'](volumes, ignoreItems(signal));
        return [...columns.startMs].map((startMs, at) => ({
          startMs,
          process: columns.keys[columns.keyIndex[at] ?? 0] ?? '',
          writtenBytes: columns.writtenBytes[at] ?? 0,
          files: columns.files[at] ?? 0,
          events: columns.events[at] ?? 0,
        }));
      },
    ),
    single('alerts', `Rule alerts on ${finding.host}`, 'alerts.list', alerts, false, (signal) =>
      questions['alerts.list'](alerts, ignoreItems(signal)),
    ),
    single('anomaly-records', `Anomaly records on ${finding.host}`, 'anomaly-records.list', alerts, false, (signal) =>
      questions['anomaly-records.list'](alerts, ignoreItems(signal)),
    ),
  ];
}
