import { z } from 'zod';
import { dayMs, hourMs, minuteMs, secondMs } from '../base/time.ts';
import { type RuleSeverity, ruleSeverities } from './rule-severity.ts';

/** Where a rule comes from: shipped with Portside, imported from a file of Elastic's, or made in this workspace. */
export const ruleOrigins = ['built-in', 'imported', 'own'] as const;

const line = z.string().max(1_000);
const lines = z.array(line).max(1_000);
const longText = z.string().max(200_000);
const score = z.number().min(0).max(100);

const techniqueSchema = z.strictObject({ id: line, name: line, reference: line.optional() });

/** One MITRE ATT&CK tactic with its techniques; subtechniques stand beside their technique, by their dotted id. */
const threatSchema = z.strictObject({
  tactic: techniqueSchema,
  techniques: z.array(techniqueSchema).max(100),
});

/** Narrows what a rule looks at; values of one field mean any of them, fields are joined by "and". */
const subjectFilterSchema = z.strictObject({
  hosts: lines.optional(),
  users: lines.optional(),
  processes: lines.optional(),
  devices: lines.optional(),
});

/** How a rule finds its candidates. */
export const detectionSchema = z.discriminatedUnion('kind', [
  /** Records of anomaly jobs at or above the threshold; where the store has none of these jobs, Portside's own scores. */
  z.strictObject({
    kind: z.literal('anomaly-job'),
    jobIds: z.array(line).min(1).max(100),
    threshold: score,
    /**
     * What stands in where there are no records: findings at or above the threshold; those of them whose strongest reason
     * is volume; those of a process alone; or nothing.
     */
    fallback: z.enum(['score', 'volume', 'none']),
    /** Only this process, in the stand-in. */
    fallbackProcess: line.optional(),
  }),
  /** Devices that connect for the first time within the history. */
  z.strictObject({
    kind: z.literal('new-device'),
    /** New to this host, or new to all of them. */
    newTo: z.enum(['host', 'everyone']),
    historyMs: z.number().int().min(minuteMs),
    /** Only connections that a device event recorded. */
    onlyMounts: z.boolean(),
  }),
  /** Findings at or above a threshold of one of the two scores. */
  z.strictObject({
    kind: z.literal('finding-score'),
    score: z.enum(['portside', 'elastic']),
    threshold: score,
    filter: subjectFilterSchema,
  }),
  /** Whatever the watch list names, whenever it appears. */
  z.strictObject({ kind: z.literal('watch-list') }),
]);

/** A detection rule as data. Durations are in milliseconds; texts are Markdown where they are long. */
export const ruleSchema = z.strictObject({
  id: z.string().min(1).max(128),
  name: line.min(1),
  description: longText,
  version: z.number().int().min(1),
  origin: z.enum(ruleOrigins),
  isEnabled: z.boolean(),
  /** The type as Elastic names it: `machine_learning`, `new_terms`, or `portside` for what only Portside has. */
  type: line,
  severity: z.enum(ruleSeverities),
  riskScore: score,
  /** How often the rule runs. */
  intervalMs: z.number().int().min(secondMs),
  /** How far back from the moment of a run it looks. */
  lookBackMs: z.number().int().min(secondMs),
  /** Most alerts of one run; Elastic calls it `max_signals`. */
  maxAlerts: z.number().int().min(1).max(10_000),
  tags: lines,
  references: lines,
  authors: lines,
  falsePositives: z.array(longText).max(1_000),
  /** Licences, named: of the definition, and of the texts where it is another one. */
  license: line,
  threat: z.array(threatSchema).max(100),
  /** Investigation guide. */
  guide: longText,
  /** What the rule needs to work. */
  setup: longText,
  detection: detectionSchema,
  /** For an imported rule: what its file said that Portside does not do. */
  unsupported: z.array(z.strictObject({ field: line, reason: line })).max(1_000),
});

export type Rule = z.infer<typeof ruleSchema>;
export type Detection = z.infer<typeof detectionSchema>;

/** What a person enters to make or change a rule of their own: what it looks for, how it is told, when it runs. */
export const ownRuleSchema = z.strictObject({
  name: line.min(1),
  description: longText.default(''),
  severity: z.enum(ruleSeverities).default('medium'),
  intervalMs: z
    .number()
    .int()
    .min(minuteMs)
    .max(7 * dayMs)
    .default(15 * minuteMs),
  lookBackMs: z
    .number()
    .int()
    .min(minuteMs)
    .max(30 * dayMs)
    .default(2 * hourMs),
  maxAlerts: z.number().int().min(1).max(10_000).default(100),
  guide: longText.default(''),
  detection: detectionSchema
    .default({ kind: 'finding-score', score: 'portside', threshold: 75, filter: {} })
    .refine(({ kind }) => kind !== 'watch-list', { message: 'There is one watch list, and one rule about it.' }),
});
/** A rule of one's own with everything said. */
export type OwnRule = z.infer<typeof ownRuleSchema>;
/** The same as it is entered: what is left out is as usual. */
export type OwnRuleDraft = z.input<typeof ownRuleSchema>;

/**
 * Something not to be alerted on. Values of one field mean any of them, fields are joined by "and". Executables may hold
 * `*` for any text and compare without case, as Windows' paths do; all else compares exactly.
 */
export const ruleExceptionDraftSchema = z
  .strictObject({
    /** Rules it applies to; absent: all. */
    ruleIds: z.array(z.string().max(128)).min(1).max(1_000).optional(),
    processes: lines.min(1).optional(),
    executables: lines.min(1).optional(),
    publishers: lines.min(1).optional(),
    hashes: lines.min(1).optional(),
    users: lines.min(1).optional(),
    hosts: lines.min(1).optional(),
    devices: lines.min(1).optional(),
    reason: longText.min(1),
    /** From this moment on it no longer holds; absent: it holds until it is removed. */
    expiresMs: z.number().optional(),
  })
  .refine((draft) => exceptionFields.some((field) => draft[field] !== undefined), {
    message: 'An exception must name a process, path, publisher, hash, user, host or device.',
  });

/** What an exception can be about. */
export const exceptionFields = [
  'processes',
  'executables',
  'publishers',
  'hashes',
  'users',
  'hosts',
  'devices',
] as const;
export type ExceptionField = (typeof exceptionFields)[number];

export type RuleExceptionDraft = z.infer<typeof ruleExceptionDraftSchema>;

export type RuleException = RuleExceptionDraft & {
  readonly id: string;
  readonly author: string;
  readonly createdMs: number;
};

/** What an exception would have hidden. */
export interface ExceptionPreview {
  readonly fromMs: number;
  readonly toMs: number;
  /** Alerts and findings that the rules would have raised in the span without any exception. */
  readonly considered: number;
  /** Those of them that this exception would have hidden. */
  readonly hidden: number;
  /** Findings among what is hidden; two rules may raise the same one. */
  readonly hiddenFindings: number;
  /** The first of them, highest score first. */
  readonly examples: readonly DetectionAlert[];
}

/** A device, user, host or process whose next appearance is raised, however usual it is. */
export const watchItemDraftSchema = z.strictObject({
  kind: z.enum(['device', 'user', 'host', 'process']),
  value: line.min(1),
  note: longText.default(''),
});
export type WatchItemDraft = z.infer<typeof watchItemDraftSchema>;

export type WatchItem = WatchItemDraft & {
  readonly id: string;
  readonly author: string;
  readonly createdMs: number;
};

/** What a rule raised. Its id is derived from the rule and from what it is about: the same thing is raised once. */
export interface DetectionAlert {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly ruleVersion: number;
  readonly severity: RuleSeverity;
  readonly riskScore: number;
  /** What it is about, and where that is to be found. */
  readonly subject: { readonly kind: 'finding' | 'anomaly-record' | 'connection'; readonly id: string };
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly process?: string | undefined;
  readonly executable?: string | undefined;
  readonly device?: string | undefined;
  /** Span of what it is about; both inclusive. */
  readonly startMs: number;
  readonly endMs: number;
  /** The score that reached the threshold; absent for rules without one. */
  readonly score?: number | undefined;
  /** One sentence. */
  readonly reason: string;
  /** The moment of the run that raised it. */
  readonly raisedMs: number;
}

/** What of a finding says whether an alert is about it. */
export const findingSubjectSchema = z.strictObject({
  id: z.string().max(128),
  host: z.string().max(4_096),
  process: z.string().max(4_096),
  device: z.string().max(4_096),
  startMs: z.number(),
  endMs: z.number(),
});
export type FindingSubject = z.infer<typeof findingSubjectSchema>;

/** An alert as a finding shows it: which rule raised it, when, and for what. */
export interface RaisedAlert {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleName: string;
  readonly severity: RuleSeverity;
  readonly score?: number | undefined;
  readonly raisedMs: number;
  /** About the finding itself, about its process on its host in that time, or about the connection of its device. */
  readonly about: 'finding' | 'anomaly-record' | 'connection';
}

/** One run of one rule. */
export interface RuleRun {
  readonly ruleId: string;
  /** The moment that the run stands for; evidence from it on was not looked at. */
  readonly executedAtMs: number;
  readonly lookedBackToMs: number;
  readonly durationMs: number;
  /** What the candidates are: records of an anomaly job, Portside's findings, or connections of devices. */
  readonly source: 'anomaly-records' | 'findings' | 'connections';
  /** What reached the threshold, before exceptions, known alerts and the limit. */
  readonly candidates: number;
  /** New alerts. */
  readonly alerts: number;
  /** Candidates that an earlier run had raised already. */
  readonly known: number;
  /** Candidates hidden by exceptions. */
  readonly suppressed: number;
  /** New candidates beyond the limit: not raised. */
  readonly dropped: number;
  readonly warnings: readonly string[];
  /** Why the run failed; absent when it did not. */
  readonly failure?: string | undefined;
}
