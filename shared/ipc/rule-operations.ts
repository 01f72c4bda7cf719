import { z } from 'zod';
import {
  type DetectionAlert,
  type ExceptionPreview,
  findingSubjectSchema,
  ownRuleSchema,
  type RaisedAlert,
  type Rule,
  type RuleException,
  type RuleExceptionDraft,
  type RuleRun,
  ruleExceptionDraftSchema,
  type WatchItem,
  watchItemDraftSchema,
} from '../model/rule.ts';
import { operation } from './operation.ts';

const id = z.string().min(1).max(128);
const expectedVersion = z.number().int().optional();
const nothing = z.strictObject({});
type Done = Record<string, never>;

/** A rule with when it last ran and what came of that. */
export interface RuleRow extends Rule {
  readonly lastRun?: RuleRun | undefined;
}

/** What became of a rule file. */
export interface RuleImport {
  readonly format: 'toml' | 'ndjson';
  readonly imported: readonly Rule[];
  readonly refused: readonly {
    readonly name?: string | undefined;
    readonly type?: string | undefined;
    readonly line?: number | undefined;
    readonly reason: string;
  }[];
  /** Exceptions of the file that were added for these rules. */
  readonly exceptions: readonly RuleExceptionDraft[];
  /** Exceptions of the file that were not, and why. */
  readonly leftOut: readonly {
    readonly name: string;
    readonly line?: number | undefined;
    readonly reason: string;
  }[];
  /** Lines of an export that are no rules. */
  readonly others: number;
}

/** What a run of rules raised; sums over the rules that ran. */
export interface RuleOutcome {
  readonly executedAtMs: number;
  readonly candidates: number;
  /** New alerts, by rule, highest score first. */
  readonly alerts: readonly DetectionAlert[];
  readonly known: number;
  readonly suppressed: number;
  readonly dropped: number;
  readonly warnings: readonly string[];
  readonly runs: readonly RuleRun[];
}

/** The detection rules of the workspace: what they are, what they raised, what they are not to raise. */
export const ruleOperations = {
  /** All rules: built-in first, then by name. */
  'rules.list': operation(nothing).returns<readonly RuleRow[]>(),

  /** Imports a rule file of Elastic's that the person chose or dropped. Fails with `rule-invalid` where it is none. */
  'rules.import': operation(z.strictObject({ token: z.string().max(64) })).returns<RuleImport>(),

  /** Lets the person choose rule files; none where they changed their mind. */
  'rules.choose': operation(nothing).returns<{ readonly tokens: readonly string[] }>(),

  /** Makes a rule of one's own. */
  'rules.make': operation(z.strictObject({ rule: ownRuleSchema })).returns<Rule>(),

  /**
   * Changes a rule of one's own; its version goes up by one. Fails with `not-found`, with `bad-input` for others, and with
   * `changed-since` where another version than the expected one is there by now.
   */
  'rules.change': operation(z.strictObject({ id, rule: ownRuleSchema, expectedVersion })).returns<Rule>(),

  /** Makes a rule of one's own out of any rule but the watch list. */
  'rules.duplicate': operation(z.strictObject({ id })).returns<Rule>(),

  /** Removes an imported or own rule. Fails with `not-found`; a built-in rule can only be switched off (`bad-input`). */
  'rules.remove': operation(z.strictObject({ id, expectedVersion })).returns<Done>(),

  /** Puts a removed rule back. Fails with `not-found` where it is none of the last hundred. */
  'rules.restore': operation(z.strictObject({ id })).returns<Rule>(),

  'rules.switch': operation(z.strictObject({ id, isEnabled: z.boolean() })).returns<Rule>(),

  /** Runs the named rules, or all that are switched on, as of a moment (absent: now), and keeps what they raise. */
  'rules.run': operation(
    z.strictObject({
      ruleIds: z.array(id).max(1_000).optional(),
      atMs: z.number().optional(),
      /** Look-back instead of the rules' own. */
      lookBackMs: z.number().min(1_000).optional(),
    }),
  ).returns<RuleOutcome>(),

  /** Runs, newest first; of all rules, or of one; of all moments, or of one. */
  'rule-runs.list': operation(
    z.strictObject({
      limit: z.number().int().min(1).max(1_000),
      ruleId: id.optional(),
      executedAtMs: z.number().optional(),
      /** Only runs with candidates, warnings or a failure. */
      isNotable: z.boolean().optional(),
    }),
  ).returns<readonly RuleRun[]>(),

  /** Alerts that the rules raised in the span, newest first. */
  'detection-alerts.list': operation(
    z.strictObject({
      ruleId: id.optional(),
      fromMs: z.number().optional(),
      toMs: z.number().optional(),
      limit: z.number().int().min(1).max(1_000),
    }),
  ).returns<readonly DetectionAlert[]>(),

  /** Per finding the alerts that rules raised about it, newest first. */
  'finding-alerts.list': operation(z.strictObject({ findings: z.array(findingSubjectSchema).max(1_000) })).returns<
    readonly (readonly RaisedAlert[])[]
  >(),

  /** Emits what each turn of the schedule raised, where that is something; ends only when aborted. */
  'detection-alerts.watch': operation(nothing).emits<readonly DetectionAlert[]>().returns<never>(),

  'exceptions.list': operation(nothing).returns<readonly RuleException[]>(),
  'exceptions.add': operation(z.strictObject({ exception: ruleExceptionDraftSchema })).returns<RuleException>(),
  'exceptions.remove': operation(z.strictObject({ id })).returns<Done>(),

  /** Puts a removed exception back, as it was. Fails with `not-found` where it is none of the last hundred. */
  'exceptions.restore': operation(z.strictObject({ id })).returns<RuleException>(),

  /** What the exception would have hidden in the 30 days up to the last evidence. */
  'exceptions.preview': operation(z.strictObject({ exception: ruleExceptionDraftSchema })).returns<ExceptionPreview>(),

  'watch-list.list': operation(nothing).returns<readonly WatchItem[]>(),
  'watch-list.add': operation(z.strictObject({ item: watchItemDraftSchema })).returns<WatchItem>(),
  'watch-list.remove': operation(z.strictObject({ id })).returns<Done>(),
  'watch-list.restore': operation(z.strictObject({ id })).returns<WatchItem>(),
} as const;

export type RuleOperations = typeof ruleOperations;
