import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replayCase, summaryOf } from '../../shared/analysis/case-replay.ts';
import { responsePlan } from '../../shared/analysis/response-plan.ts';
import { Failure, fail, throwIfAborted } from '../../shared/base/failure.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import { type CallContext, ignoreItems } from '../../shared/ipc/operation.ts';
import type {
  CaseChange,
  CaseEntry,
  CaseFile,
  CaseOpening,
  CaseState,
  CaseSummary,
  CaseVerdict,
  Consultation,
  Exhibit,
  Verification,
} from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { StepMark } from '../../shared/model/triage.ts';
import { defaultTriageSettings, type TriageSettings } from '../../shared/model/triage-settings.ts';
import { toWriteFailure } from '../platform/atomic-file.ts';
import { keepFile } from './case-folder.ts';
import { verifyCase } from './case-verify.ts';
import { type Clock, systemClock } from './clock.ts';
import { currentActor, type Decisions, toConsultationPayload } from './decisions.ts';
import { makeFreezer, nextExhibit } from './frozen-evidence.ts';
import {
  createJournal,
  failureOf,
  type JournalPlace,
  journalPath,
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
  /**
   * Opens a case from findings or a live session: collects the findings' steps, takes over marks and consultations, freezes
   * evidence. A cancelled opening leaves nothing.
   */
  open(opening: CaseOpening, context: CallContext<CaseProgress>): Promise<CaseFile>;
  addFinding(id: string, findingId: string, context: CallContext<CaseProgress>): Promise<CaseFile>;
  /**
   * Records what a person says; on the disk when this returns. Ends with `case-locked`, `case-damaged`, and with
   * `changed-since` where the status was set again after the entry `expectedStatusSeq`.
   */
  record(id: string, change: CaseChange, expectedStatusSeq?: number): Promise<CaseEntry>;
  /** Copies a file into the case. The file may change later; the copy does not. */
  attach(id: string, path: string, note: string, signal: AbortSignal): Promise<CaseEntry>;
  /** The cases that hold a finding, newest first; damaged ones up to their last good entry. */
  holding(findingId: string): Promise<readonly CaseFile[]>;
  /** Takes a mark of a triage step over into every case that is not closed and holds the finding. */
  takeMark(findingId: string, mark: StepMark): Promise<void>;
  /** The same for an answer that somebody gave about the finding. */
  takeConsultation(consultation: Consultation): Promise<void>;
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
  /** Thresholds and lists of the checks, noted with what was collected by them. */
  readonly settings?: (() => Promise<TriageSettings>) | undefined;
  readonly actor?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Called after a verdict is on record, with the findings it is about. */
  readonly onVerdict?:
    | ((given: {
        readonly id: string;
        readonly findings: readonly FindingRow[];
        readonly verdict: CaseVerdict;
      }) => Promise<void>)
    | undefined;
}

const idPattern = /^C-\d{4}-\d{4,6}$/;
const maxAttachmentBytes = 4_000_000_000;

export function makeCaseStore(options: CaseStoreOptions): CaseStore {
  const { folder, decisions } = options;
  const clock = options.clock ?? systemClock;
  const writer = { actor: options.actor ?? currentActor(), clock };
  const place = (id: string): JournalPlace & { readonly id: string } => {
    if (!idPattern.test(id)) throw fail('bad-input', `"${id}" is no case id.`, 'A case id reads like C-2026-0001.');
    return { folder: join(folder, id), kind: 'case', id };
  };
  const freezer = makeFreezer({ questions: options.questions, source: () => options.source, clock });
  const readSettings = async () => (await options.settings?.()) ?? defaultTriageSettings;
  /** What the journals said when they were last read; a journal only grows, so its size and time tell whether it did. */
  const known = new Map<string, { readonly stamp: string; readonly listed: ListedCase | undefined }>();

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

  /** What the list says of a case; read again only where its journal changed. */
  async function listed(id: string): Promise<ListedCase | undefined> {
    const found = await stat(journalPath(place(id).folder)).catch(() => undefined);
    const stamp = found ? `${found.ino}:${found.size}:${found.mtimeMs}` : 'none';
    const before = known.get(id);
    if (before?.stamp === stamp) return before.listed;
    const state = await readJournalState(place(id)).catch((error: unknown) => {
      // A folder without a journal is an opening that ended before its first entry: no case.
      if (error instanceof Failure && error.code === 'not-found') return undefined;
      throw error;
    });
    const replayed = state && replayCase(state.entries);
    const answer: ListedCase | undefined = !state
      ? undefined
      : replayed
        ? {
            summary: summaryOf(replayed, state.damage),
            findingIds: new Set(replayed.findings.map(({ finding }) => finding.id)),
          }
        : {
            summary: unreadable(
              id,
              failureOf(state, `Case ${id}`)?.message ?? `Case ${id} has no readable first entry.`,
            ),
            findingIds: new Set(),
          };
    known.set(id, { stamp, listed: answer });
    return answer;
  }

  /** All cases, newest first. */
  async function listAll(): Promise<readonly ListedCase[]> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => idPattern.test(name)).sort();
    const cases: ListedCase[] = [];
    for (const id of names.reverse()) {
      const one = await listed(id);
      if (one) cases.push(one);
    }
    return cases;
  }

  /** Writes an entry into every case that holds the finding and can still be written to. */
  async function appendToHolding(findingId: string, entry: NewEntry): Promise<void> {
    for (const { summary, findingIds } of await listAll()) {
      if (!findingIds.has(findingId) || summary.status === 'closed' || summary.damage !== undefined) continue;
      await within(summary.id, (journal) => journal.append([entry]));
    }
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
    const consultations = await decisions.consultations(finding.id);
    await journal.append([
      { kind: 'finding.added', payload: { finding } },
      {
        kind: 'steps.collected',
        actor: 'portside',
        payload: { findingId: finding.id, steps, settings: await readSettings() },
      },
      ...marks.map(
        ({ step, state, note, actor }): NewEntry => ({
          kind: 'step.marked',
          actor,
          payload: { findingId: finding.id, step, state, note },
        }),
      ),
      ...consultations.map(
        (consultation): NewEntry => ({
          kind: 'consultation.recorded',
          actor: consultation.actor,
          payload: toConsultationPayload(consultation),
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
      return (await listAll()).map(({ summary }) => summary);
    },

    async open(opening, context) {
      const { signal } = context;
      const findings: FindingRow[] = [];
      for (const id of [...new Set(opening.findingIds)])
        findings.push(await options.questions['finding.read']({ id }, ignoreItems(signal)));
      const best = [...findings].sort((left, right) => right.score - left.score)[0];
      const { session } = opening;
      if (!best && !session) throw fail('bad-input', 'A case is opened from at least one finding or a live session.');
      if (session && session.toMs < session.fromMs) throw fail('bad-input', 'The live session ends before it begins.');
      const id = await reserveId();
      try {
        await createJournal(place(id), writer, {
          kind: 'case.opened',
          payload: {
            title:
              opening.title ??
              (best ? titleOf(findings, best) : `Live session on ${session?.host ?? ''}`.slice(0, 1000)),
            severity: opening.severity ?? severityOf(best),
            tlp: opening.tlp ?? 'AMBER',
            tags: opening.tags ?? ['T1052.001'],
            workspace: options.workspaceName,
            version: options.version,
          },
        });
        await within(id, async (journal) => {
          for (const finding of findings) await addFindingTo(journal, id, finding, context);
          if (session) {
            await journal.append([{ kind: 'session.added', payload: session }]);
            await freezer.freezeSession(journal, join(folder, id), session, context);
          }
          throwIfAborted(signal);
          await journal.append(
            responsePlan(findings, session?.host).map((payload) => ({
              kind: 'task.added',
              actor: 'portside',
              payload,
            })),
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

    async record(id, change, expectedStatusSeq) {
      let findings: readonly FindingRow[] = [];
      const entry = await within(id, async (journal, state) => {
        checkChange(state, change);
        const newest = journal.entries.findLast(
          ({ kind, payload }) => kind === 'case.changed' && (payload as { status?: unknown }).status !== undefined,
        );
        if (expectedStatusSeq !== undefined && newest?.seq !== expectedStatusSeq) {
          throw fail(
            'changed-since',
            `The status of case ${id} was set again${newest ? ` by ${newest.actor}` : ''} in the meantime.`,
            'Look at the case, and decide anew.',
          );
        }
        findings = state.findings.map(({ finding }) => finding);
        await journal.append([{ kind: change.kind, payload: change.payload }]);
        return replayCase(journal.entries)?.entries.at(-1);
      });
      if (!entry) throw new Error('The entry just written is missing.');
      if (change.kind === 'verdict.given') {
        await noteHead(id, 'verdict');
        await options.onVerdict?.({ id, findings, verdict: change.payload.verdict });
      }
      // The finding shows the same mark wherever it is looked at, with a case or without.
      if (change.kind === 'step.marked') {
        const { findingId, step, state, note } = change.payload;
        await decisions.mark(findingId, { step, state, note });
      }
      if (change.kind === 'consultation.recorded') await decisions.consult(change.payload);
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
      for (const { summary, findingIds } of await listAll())
        if (findingIds.has(findingId)) found.push(await read(summary.id));
      return found;
    },

    takeMark: (findingId, { step, state, note }) =>
      appendToHolding(findingId, { kind: 'step.marked', payload: { findingId, step, state, note } }),

    takeConsultation: (consultation) =>
      appendToHolding(consultation.findingId, {
        kind: 'consultation.recorded',
        payload: toConsultationPayload(consultation),
      }),

    verify: async (id) => verifyCase(place(id), await decisions.heads(id)),
  };
}

/** A case as the list knows it. */
interface ListedCase {
  readonly summary: CaseSummary;
  readonly findingIds: ReadonlySet<string>;
}

function severityOf(best: FindingRow | undefined): CaseSummary['severity'] {
  if (!best) return 'low';
  return best.score >= 75 ? 'high' : best.score >= 50 ? 'medium' : 'low';
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
