import { z } from 'zod';
import type { FindingRow } from './finding.ts';
import { type CollectedStep, type StepMark, triageSteps } from './triage.ts';

/**
 * A case as its journal tells it. The journal's entries are the only thing that is stored; everything else here is their
 * replay (`replayCase`). Entry kinds are past participles: they say what happened and are never changed.
 */

export const caseSeverities = ['low', 'medium', 'high', 'critical'] as const;
export const caseStatuses = ['open', 'in-progress', 'closed'] as const;
/** Traffic Light Protocol 2.0. */
export const tlpLabels = ['CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'] as const;
export const caseVerdicts = [
  'confirmed-exfiltration',
  'likely-exfiltration',
  'policy-violation',
  'false-positive',
  'inconclusive',
] as const;
export const falsePositiveClasses = ['backup', 'data-transfer', 'update', 'maintenance', 'user-transfer'] as const;
/** The seven response steps of the guide, in its order. */
export const responseSteps = [
  'isolate',
  'terminate',
  'forensics',
  'credentials',
  'escalate',
  'monitor',
  'policy',
] as const;

export type CaseSeverity = (typeof caseSeverities)[number];
export type CaseStatus = (typeof caseStatuses)[number];
export type TlpLabel = (typeof tlpLabels)[number];
export type CaseVerdict = (typeof caseVerdicts)[number];
export type FalsePositiveClass = (typeof falsePositiveClasses)[number];
export type ResponseStep = (typeof responseSteps)[number];

const line = z.string().max(1_000);
const text = z.string().max(20_000);
const name = z.string().max(256);
const findingId = z.string().max(128);
const instantMs = z.number().min(0).max(8.64e15);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const personSchema = z.strictObject({ name, role: name });

const taskSchema = z.strictObject({
  taskId: z.string().max(64),
  response: z.enum(responseSteps).optional(),
  title: line,
  owner: name.optional(),
  dueMs: instantMs.optional(),
});

/** A narrow exception that was accepted with a false positive: what it would hide, why, and until when. */
export const caseExceptionSchema = z.strictObject({
  hosts: z.array(name).max(100).optional(),
  users: z.array(name).max(100).optional(),
  processes: z.array(name).max(100).optional(),
  executables: z.array(line).max(100).optional(),
  publishers: z.array(name).max(100).optional(),
  hashes: z.array(z.string().max(128)).max(100).optional(),
  devices: z.array(line).max(100).optional(),
  expiresMs: instantMs,
  reason: text,
});
export type CaseException = z.infer<typeof caseExceptionSchema>;

/** Payloads of the entries that people make, by kind. What the program records by itself is not among them. */
export const caseChangeSchemas = {
  /** `aboutMs`: the moment of the evidence that the note is about, where it is about one. */
  'note.added': z.strictObject({ text: text.min(1), aboutMs: instantMs.optional() }),
  'step.marked': z.strictObject({
    findingId,
    step: z.enum(triageSteps),
    state: z.enum(['open', 'unremarkable', 'suspicious', 'not-applicable']),
    note: text,
  }),
  'verdict.given': z.strictObject({
    verdict: z.enum(caseVerdicts),
    confidence: z.enum(['low', 'medium', 'high']),
    text,
  }),
  'case.changed': z.strictObject({
    title: line.min(1).optional(),
    severity: z.enum(caseSeverities).optional(),
    status: z.enum(caseStatuses).optional(),
    tlp: z.enum(tlpLabels).optional(),
    tags: z.array(name).max(100).optional(),
    people: z.array(personSchema).max(100).optional(),
  }),
  'task.added': taskSchema,
  'task.changed': z.strictObject({
    taskId: z.string().max(64),
    state: z.enum(['open', 'in-progress', 'done', 'failed', 'not-needed']),
    result: text.optional(),
    owner: name.optional(),
    dueMs: instantMs.optional(),
  }),
  'consultation.recorded': z.strictObject({
    findingId,
    asked: name,
    role: name.optional(),
    askedAtMs: instantMs,
    how: name,
    question: text,
    answer: text,
    authorised: z.enum(['yes', 'no', 'unknown']),
    authorisedBy: name.optional(),
    purpose: text.optional(),
    untilMs: instantMs.optional(),
  }),
  'false-positive.judged': z.strictObject({
    findingId,
    class: z.enum(falsePositiveClasses),
    judgement: z.enum(['accepted', 'rejected', 'unclear']),
    reason: text,
    /** What spoke for and against it at that time, as sentences. */
    supporting: z.array(text).max(50),
    opposing: z.array(text).max(50),
    exception: caseExceptionSchema.optional(),
  }),
  'action.recorded': z.strictObject({
    response: z.enum(responseSteps),
    title: line,
    target: line,
    result: z.enum(['requested', 'done', 'failed', 'undone']),
    detail: text,
    reference: line.optional(),
  }),
} as const;

export type CaseChangeKind = keyof typeof caseChangeSchemas;
export type CaseChange = {
  [K in CaseChangeKind]: { readonly kind: K; readonly payload: z.infer<(typeof caseChangeSchemas)[K]> };
}[CaseChangeKind];

const changeSchemas = Object.entries(caseChangeSchemas).map(([kind, payload]) =>
  z.strictObject({ kind: z.literal(kind), payload }),
);
/** Parses a change from outside. */
export const caseChangeSchema = z.union(changeSchemas) as unknown as z.ZodType<CaseChange>;

/** A stretch of time on one machine that was captured live and is kept as it was. */
export const caseSessionSchema = z.strictObject({
  host: line.min(1),
  fromMs: instantMs,
  toMs: instantMs,
  /** What the capture says of itself: its method, gaps, marks. */
  note: text,
});
export type CaseSession = z.infer<typeof caseSessionSchema>;

/** What a case is opened with: findings, a live session, or both. */
export const caseOpeningSchema = z
  .strictObject({
    findingIds: z.array(findingId).max(200),
    session: caseSessionSchema.optional(),
    title: line.min(1).optional(),
    severity: z.enum(caseSeverities).optional(),
    tlp: z.enum(tlpLabels).optional(),
    tags: z.array(name).max(100).optional(),
  })
  .refine((opening) => opening.findingIds.length > 0 || opening.session !== undefined, {
    message: 'a case is opened from a finding or a live session',
  });
export type CaseOpening = z.infer<typeof caseOpeningSchema>;

/** Payload of the first entry, beside the journal's own format and id. Read loosely: old versions open. */
export const openedSchema = z.object({
  id: z.string(),
  title: z.string(),
  severity: z.enum(caseSeverities).catch('medium'),
  tlp: z.enum(tlpLabels).catch('AMBER'),
  tags: z.array(z.string()).catch([]),
  workspace: z.string().catch(''),
  version: z.string().catch(''),
});

/** Something kept in the case as a file of its own, named by the journal with its hash. */
export const exhibitSchema = z.object({
  /** `E-01`, in order of adding. */
  exhibit: z.string().regex(/^E-\d{2,4}$/),
  kind: z.enum(['evidence', 'attachment']),
  /** File name inside the case: ASCII, safe on every system. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/),
  title: z.string(),
  bytes: z.number().int().min(0),
  sha256,
  /** For evidence: rows (one JSON object a line), the question asked, and where. */
  rows: z.number().int().min(0).optional(),
  isCut: z.boolean().optional(),
  question: z.string().optional(),
  query: z.unknown().optional(),
  source: z.string().optional(),
  takenAtMs: z.number().optional(),
  findingId: z.string().optional(),
  /** Start of the live session it belongs to, where it is none of a finding. */
  sessionFromMs: z.number().optional(),
  /** For attachments: the name the file had, as it was. */
  originalName: z.string().optional(),
  note: z.string().optional(),
});
export type Exhibit = z.infer<typeof exhibitSchema>;

export interface CaseNote {
  readonly seq: number;
  /** When it was written. */
  readonly atMs: number;
  readonly actor: string;
  readonly text: string;
  /** The moment of the evidence that it is about. */
  readonly aboutMs?: number | undefined;
}

export type CaseTask = z.infer<typeof taskSchema> & {
  readonly state: 'open' | 'in-progress' | 'done' | 'failed' | 'not-needed';
  readonly result?: string | undefined;
  readonly atMs: number;
  readonly actor: string;
};

type Recorded<K extends CaseChangeKind> = z.infer<(typeof caseChangeSchemas)[K]> & {
  readonly atMs: number;
  readonly actor: string;
};

/** An answer that somebody gave about a finding, with who wrote it down and when. */
export type Consultation = Recorded<'consultation.recorded'>;

/** A finding in a case, with what was collected about it and decided on its steps. */
export interface CaseFinding {
  readonly finding: FindingRow;
  readonly steps: readonly CollectedStep[];
  readonly marks: readonly StepMark[];
  /** Thresholds and lists that the steps were collected with; absent in cases of older versions. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** An entry of a journal, of a case or a workspace, as lists show it. */
export interface CaseEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  /** One sentence of what happened. */
  readonly text: string;
  readonly hash: string;
}

/** The replay of a case's journal. */
export interface CaseState {
  readonly id: string;
  readonly title: string;
  readonly severity: CaseSeverity;
  readonly status: CaseStatus;
  readonly tlp: TlpLabel;
  readonly tags: readonly string[];
  readonly people: readonly { readonly name: string; readonly role: string }[];
  readonly workspace: string;
  /** Version of Portside that opened the case. */
  readonly version: string;
  readonly openedBy: string;
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  readonly findings: readonly CaseFinding[];
  /** Live sessions whose evidence is kept, in order of adding. */
  readonly sessions: readonly CaseSession[];
  readonly exhibits: readonly Exhibit[];
  readonly notes: readonly CaseNote[];
  readonly tasks: readonly CaseTask[];
  readonly consultations: readonly Consultation[];
  /** The newest judgement of each finding and class. */
  readonly falsePositives: readonly Recorded<'false-positive.judged'>[];
  readonly actions: readonly Recorded<'action.recorded'>[];
  readonly verdict?: Recorded<'verdict.given'> | undefined;
  readonly entries: readonly CaseEntry[];
  /** Hash of the last entry: what to compare with a printed one. */
  readonly head: string;
}

/** A case as the window and the command line show it. */
export interface CaseFile extends CaseState {
  /** What is wrong with the journal on the disk, with its place; undefined where the chain holds. A damaged case is read-only. */
  readonly damage?: string | undefined;
}

/** A line of the list of cases. A case whose journal cannot be read at all has only its id and the problem. */
export interface CaseSummary {
  readonly id: string;
  readonly title: string;
  readonly severity: CaseSeverity;
  readonly status: CaseStatus;
  readonly tlp: TlpLabel;
  readonly verdict?: CaseVerdict | undefined;
  readonly openedBy: string;
  readonly openedAtMs: number;
  readonly changedAtMs: number;
  readonly findings: number;
  readonly exhibits: number;
  readonly entries: number;
  readonly head: string;
  readonly damage?: string | undefined;
}

/** What stands in a package that verifies. A redacted one names nobody: it tells its case and its date only. */
export interface PackageContents {
  readonly caseId: string;
  readonly isRedacted: boolean;
  readonly changedAtMs: number;
  /** Version of Portside that wrote it. */
  readonly portside: string;
  readonly title?: string | undefined;
  readonly openedBy?: string | undefined;
  readonly openedAtMs?: number | undefined;
  readonly verdict?: { readonly verdict: CaseVerdict; readonly text: string; readonly actor: string } | undefined;
  /** The first hundred findings. */
  readonly findings?:
    | readonly { readonly process: string; readonly host: string; readonly score: number }[]
    | undefined;
  readonly exhibits?: number | undefined;
}

/** What `verify` found, for a package or a case on the disk. */
export interface Verification {
  readonly ok: boolean;
  readonly entries: number;
  readonly files: number;
  /** Each problem as a sentence with its place. */
  readonly problems: readonly string[];
  /** What was checked, and with which key, where a signature was. */
  readonly head?: string | undefined;
  readonly keyFingerprint?: string | undefined;
  /** What is in a package; only of one that verifies. */
  readonly contents?: PackageContents | undefined;
}
