import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { z } from 'zod';
import type { ChainedEntry } from '../../shared/analysis/journal.ts';
import type { DeviceDecision } from '../../shared/analysis/triage-device.ts';
import { Failure, fail } from '../../shared/base/failure.ts';
import { type CaseChange, type CaseEntry, type Consultation, caseChangeSchemas } from '../../shared/model/case-file.ts';
import type { EvidenceFacetName } from '../../shared/model/facet-name.ts';
import type { FindingState } from '../../shared/model/finding.ts';
import { type FindingVerdict, findingVerdictKinds } from '../../shared/model/finding-verdict.ts';
import { type StepMark, triageSteps } from '../../shared/model/triage.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  createJournal,
  type JournalPlace,
  journalHeadPath,
  journalPath,
  type NewEntry,
  openJournal,
  readJournalState,
} from './journal-file.ts';

/**
 * What people decided in a workspace, outside of any case: marks of triage steps, states of findings, approved and
 * blocked devices, and the heads of cases that left it. All of it is a hash-chained journal; the state is its replay.
 */
export interface Decisions {
  /** The newest mark of each step of a finding, in the guide's order. */
  marks(findingId: string): Promise<readonly StepMark[]>;
  /** Records a mark; it is on the disk when this returns. Ends with `changed-since` where the newest is not the expected one. */
  mark(
    findingId: string,
    mark: Pick<StepMark, 'step' | 'state' | 'note'>,
    expected?: Pick<StepMark, 'state' | 'note'>,
  ): Promise<StepMark>;
  /** Answers about a finding, oldest first. */
  consultations(findingId: string): Promise<readonly Consultation[]>;
  /** Records an answer; it is on the disk when this returns. */
  consult(consultation: ConsultationPayload): Promise<Consultation>;
  findingStates(): Promise<ReadonlyMap<string, FindingDecision>>;
  /** Sets all or, where one of them is not in the state that is expected of it, none: then it ends with `changed-since`. */
  setFindingStates(
    states: readonly ({ readonly id: string; readonly expected?: FindingDecision | undefined } & FindingDecision)[],
  ): Promise<void>;
  /** The verdicts that stand, by finding. */
  findingVerdicts(): Promise<ReadonlyMap<string, FindingVerdict>>;
  /** Records verdicts and what was taken back; on the disk when this returns. Later ones replace earlier ones on a finding. */
  judgeFindings(changes: readonly VerdictChange[], expected?: StandingVerdict): Promise<void>;
  deviceDecision(device: string): Promise<DeviceDecision | undefined>;
  deviceDecisions(): Promise<ReadonlyMap<string, DeviceVerdict>>;
  /** Approves or blocks a device, or takes that back with `undefined`. */
  decideDevice(
    device: string,
    decision: DeviceDecision | undefined,
    reason: string,
    expected?: DeviceDecision | 'none',
  ): Promise<DeviceVerdict | undefined>;
  /** Notes how far a case's journal reached when its head left the workspace, so that a cut tail is noticed later. */
  recordHead(head: CaseHead): Promise<void>;
  /** The noted heads of a case, oldest first. */
  heads(caseId: string): Promise<readonly CaseHead[]>;
  /** Notes what somebody did that is no decision of the kinds above: a rule changed, an exception made, evidence imported. */
  noteAct(text: string): Promise<void>;
  /** Everything that is on record, oldest first, and where the journal was damaged, if it was. */
  history(): Promise<{ readonly entries: readonly CaseEntry[]; readonly damage: string | undefined }>;
  /** Whether the device was approved, as of the last answer above: for places that cannot wait. */
  isApproved(device: string): boolean;
  /** Why the journal can no longer be written, if that is so; what was decided before still counts. */
  readonly damage: string | undefined;
}

export type ConsultationPayload = Extract<CaseChange, { readonly kind: 'consultation.recorded' }>['payload'];

/** What was recorded, without who recorded it and when: that is the entry's own. */
export function toConsultationPayload({ actor: _actor, atMs: _atMs, ...payload }: Consultation): ConsultationPayload {
  return payload;
}

export interface FindingDecision {
  readonly state: FindingState;
  readonly reason?: string | undefined;
}

/** A verdict as it is recorded: who and when is the entry's own. `none` takes back what stood. */
export type VerdictChange =
  | Omit<FindingVerdict, 'actor' | 'atMs'>
  | { readonly findingId: string; readonly verdict: 'none'; readonly note: string };

/** The verdict that must stand on each finding that is judged, by when it was given, or that none does. */
export type StandingVerdict = 'none' | { readonly atMs: number };

export interface DeviceVerdict {
  readonly decision: DeviceDecision;
  readonly reason: string;
  readonly actor: string;
  readonly atMs: number;
}

export interface CaseHead {
  readonly caseId: string;
  readonly entries: number;
  readonly hash: string;
  /** Why it was noted, such as `exported`. */
  readonly occasion: string;
}

const markPayload = z.object({
  findingId: z.string(),
  step: z.enum(triageSteps),
  state: z.enum(['open', 'unremarkable', 'suspicious', 'not-applicable']),
  note: z.string(),
});
const statePayload = z.object({
  id: z.string(),
  state: z.enum(['open', 'acknowledged', 'closed']),
  reason: z.string().optional(),
});
const verdictPayload = z.object({
  findingId: z.string(),
  verdict: z.enum(findingVerdictKinds),
  note: z.string(),
  countsFromMs: z.number(),
  caseId: z.string().optional(),
  host: z.string(),
  process: z.string(),
  executable: z.string().optional(),
  device: z.string(),
  points: z.record(z.string(), z.number()).transform((points) => points as Partial<Record<EvidenceFacetName, number>>),
});
const takenBackPayload = z.object({ findingId: z.string(), verdict: z.literal('none'), note: z.string() });
const devicePayload = z.object({
  device: z.string(),
  decision: z.enum(['approved', 'blocked', 'none']),
  reason: z.string(),
});
const headPayload = z.object({ caseId: z.string(), entries: z.number(), hash: z.string(), occasion: z.string() });

/** The replay of a workspace's journal. */
interface DecisionState {
  readonly marks: Map<string, Map<string, StepMark>>;
  readonly consultations: Map<string, Consultation[]>;
  readonly findings: Map<string, FindingDecision>;
  /** Who decided last about a finding. */
  readonly findingActors: Map<string, string>;
  readonly verdicts: Map<string, FindingVerdict>;
  readonly devices: Map<string, DeviceVerdict>;
  readonly heads: Map<string, CaseHead[]>;
}

function emptyState(): DecisionState {
  return {
    marks: new Map(),
    consultations: new Map(),
    findings: new Map(),
    findingActors: new Map(),
    verdicts: new Map(),
    devices: new Map(),
    heads: new Map(),
  };
}

/** Replays entries onto a state. Kinds and payloads this version does not know are passed over. */
function replay(state: DecisionState, entries: readonly ChainedEntry[]): void {
  for (const { kind, payload, actor, at } of entries) {
    const atMs = Date.parse(at);
    if (kind === 'step.marked') {
      const mark = markPayload.safeParse(payload).data;
      if (!mark) continue;
      const { findingId, ...rest } = mark;
      const ofFinding = state.marks.get(findingId) ?? new Map<string, StepMark>();
      state.marks.set(findingId, ofFinding.set(mark.step, { ...rest, actor, atMs }));
    } else if (kind === 'finding.decided') {
      const decided = statePayload.safeParse(payload).data;
      if (!decided) continue;
      state.findings.set(decided.id, { state: decided.state, reason: decided.reason });
      state.findingActors.set(decided.id, actor);
    } else if (kind === 'finding.judged') {
      const judged = z.union([verdictPayload, takenBackPayload]).safeParse(payload).data;
      if (judged?.verdict === 'none') state.verdicts.delete(judged.findingId);
      else if (judged) state.verdicts.set(judged.findingId, { ...judged, actor, atMs });
    } else if (kind === 'consultation.recorded') {
      const answer = caseChangeSchemas['consultation.recorded'].safeParse(payload).data;
      if (answer)
        state.consultations.set(answer.findingId, [
          ...(state.consultations.get(answer.findingId) ?? []),
          { ...answer, actor, atMs },
        ]);
    } else if (kind === 'device.decided') {
      const decided = devicePayload.safeParse(payload).data;
      if (!decided) continue;
      const { device, decision, reason } = decided;
      if (decision === 'none') state.devices.delete(device);
      else state.devices.set(device, { decision, reason, actor, atMs });
    } else if (kind === 'head.noted') {
      const head = headPayload.safeParse(payload).data;
      if (head) state.heads.set(head.caseId, [...(state.heads.get(head.caseId) ?? []), head]);
    }
  }
}

/**
 * Opens the decisions kept in `folder`; the journal is made with the first decision. Other processes may write to the
 * same journal: each question looks whether the file changed, each decision takes the lock for as long as it takes.
 */
export function makeDecisions(options: {
  readonly folder: string;
  readonly actor?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly makeId?: (() => string) | undefined;
}): Decisions {
  const { folder } = options;
  const writer = { actor: options.actor ?? currentActor(), clock: options.clock ?? systemClock };
  const makeId = options.makeId ?? (() => crypto.randomUUID());
  const place: JournalPlace = { folder, kind: 'workspace' };
  let known: { readonly stamp: string; readonly state: DecisionState } | undefined;
  let damage: string | undefined;

  async function stampOf(): Promise<string> {
    const found = await stat(journalPath(folder)).catch(() => undefined);
    return found ? `${found.ino}:${found.size}:${found.mtimeMs}` : 'none';
  }

  async function current(): Promise<DecisionState> {
    const stamp = await stampOf();
    if (known?.stamp === stamp) return known.state;
    const state = emptyState();
    if (stamp !== 'none') {
      const reading = await readJournalState(place);
      damage = reading.damage;
      replay(state, reading.entries);
    }
    known = { stamp, state };
    return state;
  }

  /** `check` sees what holds while nobody else can write; where it throws, nothing is written. */
  async function append(
    entries: readonly NewEntry[],
    check?: (state: DecisionState) => void,
  ): Promise<readonly ChainedEntry[]> {
    if ((await stampOf()) === 'none') await createQuietly();
    const journal = await openJournal(place, writer, 'The journal of this workspace');
    try {
      if (check) {
        const state = emptyState();
        replay(state, journal.entries);
        check(state);
      }
      return await journal.append(entries);
    } finally {
      await journal.close();
    }
  }

  /** Another process may make the journal at the same moment; whoever comes second uses that one. */
  async function createQuietly(): Promise<void> {
    try {
      await createJournal({ ...place, id: makeId() }, writer, { kind: 'workspace.opened', payload: {} });
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'bad-input') throw error;
    }
  }

  return {
    async marks(findingId) {
      const ofFinding = (await current()).marks.get(findingId);
      return triageSteps.map((step) => ofFinding?.get(step)).filter((mark) => mark !== undefined);
    },
    async mark(findingId, { step, state, note }, expected) {
      const check =
        expected &&
        (({ marks }: DecisionState) => {
          const now = marks.get(findingId)?.get(step);
          if (now?.state !== expected.state || now.note !== expected.note) {
            throw changedSince('This step was decided', now?.actor);
          }
        });
      const [entry] = await append([{ kind: 'step.marked', payload: { findingId, step, state, note } }], check);
      return { step, state, note, actor: writer.actor, atMs: Date.parse(entry?.at ?? '') };
    },
    async consultations(findingId) {
      return (await current()).consultations.get(findingId) ?? [];
    },
    async consult(consultation) {
      const [entry] = await append([{ kind: 'consultation.recorded', payload: consultation }]);
      return { ...consultation, actor: writer.actor, atMs: Date.parse(entry?.at ?? '') };
    },
    async findingStates() {
      return (await current()).findings;
    },
    async setFindingStates(states) {
      if (states.length === 0) return;
      const expecting = states.filter(({ expected }) => expected !== undefined);
      const check = ({ findings, findingActors }: DecisionState) => {
        for (const { id, expected } of expecting) {
          const now = findings.get(id) ?? { state: 'open' };
          if (now.state !== expected?.state || now.reason !== expected.reason) {
            throw changedSince(`Finding ${id} was decided`, findingActors.get(id), `it is ${now.state} now`);
          }
        }
      };
      await append(
        states.map(({ expected: _expected, ...payload }) => ({ kind: 'finding.decided', payload })),
        expecting.length > 0 ? check : undefined,
      );
    },
    async findingVerdicts() {
      return (await current()).verdicts;
    },
    async judgeFindings(changes, expected) {
      if (changes.length === 0) return;
      const check =
        expected &&
        (({ verdicts }: DecisionState) => {
          for (const { findingId } of changes) {
            const now = verdicts.get(findingId);
            if (now?.atMs !== (expected === 'none' ? undefined : expected.atMs)) {
              throw changedSince(`Finding ${findingId} was judged`, now?.actor, now && `it is ${now.verdict} now`);
            }
          }
        });
      await append(
        changes.map((payload) => ({ kind: 'finding.judged', payload })),
        check,
      );
    },
    async deviceDecision(device) {
      return (await current()).devices.get(device)?.decision;
    },
    async deviceDecisions() {
      return (await current()).devices;
    },
    async decideDevice(device, decision, reason, expected) {
      const check =
        expected &&
        (({ devices }: DecisionState) => {
          const now = devices.get(device);
          const is = now?.decision ?? 'none';
          if (is !== expected) {
            throw changedSince(
              `${device} was decided about`,
              now?.actor,
              now ? `it is ${is} now` : 'nothing holds now',
            );
          }
        });
      await append([{ kind: 'device.decided', payload: { device, decision: decision ?? 'none', reason } }], check);
      return (await current()).devices.get(device);
    },
    async recordHead(head) {
      await append([{ kind: 'head.noted', payload: head }]);
    },
    async heads(caseId) {
      return (await current()).heads.get(caseId) ?? [];
    },
    async noteAct(text) {
      await append([{ kind: 'act.noted', payload: { text } }]);
    },
    async history() {
      if ((await stampOf()) === 'none') {
        const isHeadLeft = (await stat(journalHeadPath(folder)).catch(() => undefined)) !== undefined;
        return {
          entries: [],
          damage: isHeadLeft ? 'The journal is gone; the note of its head is still there.' : undefined,
        };
      }
      const reading = await readJournalState(place);
      const withoutHead = reading.isHeadMissing
        ? 'The note of its head (journal.head) is gone: a cut end could not be noticed.'
        : undefined;
      return { entries: reading.entries.map(toHistory), damage: reading.damage ?? withoutHead };
    },
    isApproved: (device) => known?.state.devices.get(device)?.decision === 'approved',
    get damage() {
      return damage;
    },
  };
}

/** What somebody wants to take back is not what holds any more. */
function changedSince(what: string, by: string | undefined, now?: string): Failure {
  const who = by === undefined ? '' : ` by ${by}`;
  return fail(
    'changed-since',
    `${what} again${who} in the meantime${now === undefined ? '' : `: ${now}`}.`,
    'Look at it, and decide anew.',
  );
}

function toHistory({ seq, at, actor, kind, payload, hash }: ChainedEntry): CaseEntry {
  return { seq, atMs: Date.parse(at), actor, kind, text: textOf(kind, payload), hash };
}

const actPayload = z.object({ text: z.string() });

/** The sentence for a payload that is of this form. */
function sentence<T>(schema: z.ZodType<T>, toText: (payload: T) => string): (payload: unknown) => string | undefined {
  return (payload) => {
    const known = schema.safeParse(payload);
    return known.success ? toText(known.data) : undefined;
  };
}

const sentences = new Map<string, (payload: unknown) => string | undefined>([
  ['workspace.opened', () => 'The journal of the workspace was begun'],
  ['clock.jumped', () => 'The clock of this computer jumped since the entry before'],
  ['journal.mended', () => 'A torn end of this journal was cut off and kept beside it'],
  [
    'step.marked',
    sentence(markPayload, ({ findingId, step, state }) => `Finding ${findingId}: step ${step} marked ${state}`),
  ],
  [
    'finding.decided',
    sentence(statePayload, ({ id, state, reason }) => `Finding ${id}: ${state}${reason ? `. ${reason}` : ''}`),
  ],
  [
    'finding.judged',
    sentence(z.union([verdictPayload, takenBackPayload]), (judged) =>
      judged.verdict === 'none'
        ? `Finding ${judged.findingId}: verdict taken back${judged.note ? `. ${judged.note}` : ''}`
        : `Finding ${judged.findingId}: judged ${judged.verdict}${judged.caseId === undefined ? '' : ` with case ${judged.caseId}`}, for findings from ${new Date(judged.countsFromMs).toISOString()} on${judged.note ? `. ${judged.note}` : ''}`,
    ),
  ],
  [
    'device.decided',
    sentence(devicePayload, ({ device, decision, reason }) => {
      const what = decision === 'none' ? 'decision taken back' : decision;
      return `Device ${device}: ${what}${reason ? `. ${reason}` : ''}`;
    }),
  ],
  [
    'head.noted',
    sentence(
      headPayload,
      ({ caseId, occasion, entries, hash }) => `Case ${caseId}: ${occasion}, ${entries} entries, head ${hash}`,
    ),
  ],
  [
    'consultation.recorded',
    sentence(
      caseChangeSchemas['consultation.recorded'],
      ({ findingId, asked, authorised }) => `Finding ${findingId}: ${asked} was asked; authorised: ${authorised}`,
    ),
  ],
  ['act.noted', sentence(actPayload, ({ text }) => text)],
]);

/** One sentence for an entry; the bare kind where it was written by a newer version. */
function textOf(kind: string, payload: unknown): string {
  return sentences.get(kind)?.(payload) ?? kind;
}

/** The name of the account that runs Portside: whom the journal names where nobody else is given. */
export function currentActor(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
