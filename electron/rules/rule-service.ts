import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findingAlerts } from '../../shared/analysis/finding-alerts.ts';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { dayMs, hourMs } from '../../shared/base/time.ts';
import {
  type DetectionAlert,
  type ExceptionPreview,
  exceptionFields,
  type FindingSubject,
  type OwnRuleDraft,
  ownRuleSchema,
  type RaisedAlert,
  type Rule,
  type RuleException,
  type RuleExceptionDraft,
  type RuleRun,
  ruleExceptionDraftSchema,
  type WatchItem,
  type WatchItemDraft,
  watchItemDraftSchema,
} from '../../shared/model/rule.ts';
import { makeKeptList } from './kept-list.ts';
import { changeOwnRule, duplicateRule, makeOwnRule } from './own-rule.ts';
import { rememberAnswers } from './remembering-sources.ts';
import { findCandidates, type RuleSources } from './rule-candidates.ts';
import { makeExceptionMatcher } from './rule-exceptions.ts';
import { maxRuleFileBytes, type ReadRules, readRuleFile } from './rule-file.ts';
import { openRuleFolder, type RuleFolder } from './rule-folder.ts';
import { runRule } from './rule-run.ts';

/** Exceptions are tried on the alerts of this long. */
const previewMs = 30 * dayMs;
const previewExamples = 20;

/** After sleep or downtime runs look back at most this long. */
export const maxCatchUpMs = 24 * hourMs;

/** What the rules of one workspace raised at one moment. */
export interface RunAllOutcome {
  readonly executedAtMs: number;
  readonly candidates: number;
  readonly alerts: readonly DetectionAlert[];
  readonly known: number;
  readonly suppressed: number;
  readonly dropped: number;
  readonly warnings: readonly string[];
  readonly runs: readonly RuleRun[];
}

export interface RunAllOptions {
  /** The moment to stand for; absent: now. */
  readonly atMs?: number | undefined;
  /** Only these rules, also where they are switched off; absent: all that are switched on. */
  readonly ruleIds?: readonly string[] | undefined;
  /** Look-back instead of the rules' own. */
  readonly lookBackMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The detection rules of one workspace. Changes are on the disk when their functions return. */
export interface RuleService {
  rules(): Promise<readonly Rule[]>;
  /** Fails with `not-found`. */
  rule(id: string): Promise<Rule>;
  /**
   * Imports a rule file of Elastic's: see `readRuleFile`. Rules with a known id are replaced; exceptions that are there
   * already, with the same content, are not added again.
   */
  importFile(path: string): Promise<ReadRules>;
  makeRule(draft: OwnRuleDraft): Promise<Rule>;
  /** Changes a rule of one's own; its version goes up by one. Ends with `changed-since` where it has another than expected. */
  changeRule(id: string, draft: OwnRuleDraft, expectedVersion?: number): Promise<Rule>;
  /** Makes a rule of one's own out of any rule. */
  duplicateRule(id: string): Promise<Rule>;
  removeRule(id: string, expectedVersion?: number): Promise<void>;
  /** Puts one of the last hundred removed rules back. Fails with `not-found`. */
  restoreRule(id: string): Promise<Rule>;
  setEnabled(id: string, isEnabled: boolean): Promise<Rule>;
  /** Runs rules once, one after the other, and keeps what they raise. */
  run(options: RunAllOptions): Promise<RunAllOutcome>;
  /** Runs what is due since its last run, catching up on what was missed, within bounds. */
  runDue(signal: AbortSignal): Promise<RunAllOutcome>;
  /** When `runDue` has something to do next. */
  nextDueMs(): Promise<number>;
  /** Alerts raised in the span, newest first; of all rules, or of one. */
  alerts(span: {
    readonly fromMs?: number;
    readonly toMs?: number;
    readonly ruleId?: string;
    readonly limit: number;
  }): Promise<readonly DetectionAlert[]>;
  /** Per finding the alerts about it, newest first. */
  alertsOf(findings: readonly FindingSubject[]): Promise<readonly (readonly RaisedAlert[])[]>;
  /** Runs, newest first; of all rules, or of one; of all moments, or of one. */
  runs(asked: {
    readonly limit: number;
    readonly ruleId?: string | undefined;
    readonly executedAtMs?: number | undefined;
    /** Only runs with candidates, warnings or a failure. */
    readonly isNotable?: boolean | undefined;
  }): Promise<readonly RuleRun[]>;
  exceptions(): Promise<readonly RuleException[]>;
  addException(draft: RuleExceptionDraft): Promise<RuleException>;
  /** Fails with `not-found`. */
  removeException(id: string): Promise<void>;
  /** Puts one of the last hundred removed exceptions back. Fails with `not-found`. */
  restoreException(id: string): Promise<RuleException>;
  /** What an exception would have hidden in the 30 days up to the last evidence (or to now, where that is earlier). */
  previewException(draft: RuleExceptionDraft, signal: AbortSignal): Promise<ExceptionPreview>;
  watchItems(): Promise<readonly WatchItem[]>;
  addWatchItem(draft: WatchItemDraft): Promise<WatchItem>;
  removeWatchItem(id: string): Promise<void>;
  restoreWatchItem(id: string): Promise<WatchItem>;
}

export interface RuleServiceOptions {
  /** The workspace's `rules` folder. */
  readonly folder: string;
  readonly sources: RuleSources;
  /** Who is at the keyboard, for exceptions and the watch list. */
  readonly actor: string;
  /** Whether a device was approved: its connections are nothing new. */
  readonly isApproved: (device: string) => Promise<boolean>;
  readonly now?: () => number;
  readonly monotonicMs?: () => number;
}

export function makeRuleService(options: RuleServiceOptions): RuleService {
  const now = options.now ?? Date.now;
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  let opening: Promise<RuleFolder> | undefined;
  const memory = rememberAnswers(options.sources);
  let running: Promise<unknown> = Promise.resolve();
  let knownAlerts: Set<string> | undefined;
  let alertsOfFindings:
    | { readonly entries: readonly DetectionAlert[]; readonly found: ReturnType<typeof findingAlerts> }
    | undefined;
  const entered = { author: options.actor, now };

  const folder = () => {
    opening ??= openRuleFolder(options.folder);
    // A folder that could not be read may be readable later.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };

  /** One run at a time: what one raises the next one knows. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = running.then(work);
    running = turn.catch(() => undefined);
    return turn;
  }

  async function findRule(id: string): Promise<Rule> {
    const rule = (await folder()).rules.find((known) => known.id === id);
    if (!rule) throw fail('not-found', `There is no rule ${id}.`, 'The list of rules shows those that there are.');
    return rule;
  }

  async function keepRule(rule: Rule): Promise<Rule> {
    await (await folder()).putRule(rule);
    return findRule(rule.id);
  }

  const exceptions = makeKeptList<RuleExceptionDraft, RuleException>({
    ...entered,
    noun: 'exception',
    async read() {
      const { settings } = await folder();
      return { entries: settings.exceptions, removed: settings.removedExceptions };
    },
    write: async (kept, removed) =>
      (await folder()).changeSettings({ exceptions: [...kept], removedExceptions: [...removed] }),
  });
  const watchItems = makeKeptList<WatchItemDraft, WatchItem>({
    ...entered,
    noun: 'entry',
    async read() {
      const { settings } = await folder();
      return { entries: settings.watchItems, removed: settings.removedWatchItems };
    },
    write: async (kept, removed) =>
      (await folder()).changeSettings({ watchItems: [...kept], removedWatchItems: [...removed] }),
  });

  async function runAll(
    rules: readonly Rule[],
    atMs: number,
    lookBackOf: (rule: Rule) => { readonly lookBackMs?: number | undefined; readonly warning?: string | undefined },
    signal: AbortSignal,
  ): Promise<RunAllOutcome> {
    const opened = await folder();
    knownAlerts ??= new Set(opened.alerts.entries.map(({ id }) => id));
    const known = knownAlerts;
    const sources = rules.length > 0 ? await memory.forRun(signal) : options.sources;
    const runs: RuleRun[] = [];
    const alerts: DetectionAlert[] = [];
    for (const rule of rules) {
      const { lookBackMs, warning } = lookBackOf(rule);
      const outcome = await runRule({
        rule,
        atMs,
        lookBackMs,
        sources,
        exceptions: opened.settings.exceptions,
        watchItems: opened.settings.watchItems,
        isKnown: (id) => known.has(id),
        isApproved: options.isApproved,
        monotonicMs,
        signal,
      });
      const run =
        warning === undefined ? outcome.run : { ...outcome.run, warnings: [warning, ...outcome.run.warnings] };
      await opened.alerts.append(outcome.alerts);
      for (const { id } of outcome.alerts) known.add(id);
      await opened.runs.append([run]);
      runs.push(run);
      alerts.push(...outcome.alerts);
    }
    const sum = (figure: 'candidates' | 'known' | 'suppressed' | 'dropped') =>
      runs.reduce((total, run) => total + run[figure], 0);
    const nameOf = (id: string) => rules.find((rule) => rule.id === id)?.name ?? id;
    return {
      executedAtMs: atMs,
      candidates: sum('candidates'),
      alerts,
      known: sum('known'),
      suppressed: sum('suppressed'),
      dropped: sum('dropped'),
      warnings: [
        ...opened.problems,
        ...runs.flatMap((run) => [
          ...run.warnings.map((warning) => `${nameOf(run.ruleId)}: ${warning}`),
          ...(run.failure === undefined ? [] : [`${nameOf(run.ruleId)} failed: ${run.failure}`]),
        ]),
      ],
      runs,
    };
  }

  return {
    rules: async () => (await folder()).rules,
    rule: findRule,

    async importFile(path) {
      const read = readRuleFile(await readRuleText(path), basename(path));
      const opened = await folder();
      for (const rule of read.rules) await opened.putRule(rule);
      const known = new Set(opened.settings.exceptions.map(contentOf));
      const added = read.exceptions.filter((draft) => !known.has(contentOf(draft)));
      for (const draft of added) await exceptions.add(draft);
      return { ...read, exceptions: added };
    },

    makeRule: async (draft) => keepRule(makeOwnRule(parse(ownRuleSchema, draft, 'The rule'), options.actor)),

    async changeRule(id, draft, expectedVersion) {
      const rule = await findRule(id);
      checkVersion(rule, expectedVersion);
      return keepRule(changeOwnRule(rule, parse(ownRuleSchema, draft, 'The rule')));
    },

    async duplicateRule(id) {
      return keepRule(duplicateRule(await findRule(id), options.actor));
    },

    async removeRule(id, expectedVersion) {
      if (expectedVersion !== undefined) checkVersion(await findRule(id), expectedVersion);
      await (await folder()).removeRule(id);
    },

    async restoreRule(id) {
      await (await folder()).restoreRule(id);
      return findRule(id);
    },

    async setEnabled(id, isEnabled) {
      await findRule(id);
      const opened = await folder();
      await opened.changeSettings({ enabled: { ...opened.settings.enabled, [id]: isEnabled } });
      return findRule(id);
    },

    run: ({ atMs = now(), ruleIds, lookBackMs, signal }) =>
      inTurn(async () => {
        const all = (await folder()).rules;
        const rules = ruleIds ? await Promise.all(ruleIds.map(findRule)) : all.filter(({ isEnabled }) => isEnabled);
        return runAll(rules, atMs, () => ({ lookBackMs }), signal);
      }),

    runDue: (signal) =>
      inTurn(async () => {
        const opened = await folder();
        const atMs = now();
        const lastRunMs = { ...opened.settings.lastRunMs };
        const due = opened.rules.filter(
          // A clock that was set back makes a rule due as well.
          (rule) =>
            rule.isEnabled &&
            !(atMs >= (lastRunMs[rule.id] ?? 0) && atMs < (lastRunMs[rule.id] ?? 0) + rule.intervalMs),
        );
        if (due.length === 0) return runAll([], atMs, () => ({}), signal);
        const outcome = await runAll(due, atMs, (rule) => catchUp(rule, lastRunMs[rule.id], atMs), signal);
        for (const run of outcome.runs) {
          // A run that failed is due again with the next turn, and then looks back over both.
          if (run.failure === undefined) lastRunMs[run.ruleId] = atMs;
        }
        await opened.changeSettings({ lastRunMs });
        return outcome;
      }),

    async nextDueMs() {
      const { rules, settings } = await folder();
      const due = rules
        .filter(({ isEnabled }) => isEnabled)
        .map((rule) => (settings.lastRunMs[rule.id] ?? 0) + rule.intervalMs);
      return Math.min(...due, now() + hourMs);
    },

    async alerts({ fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, ruleId, limit }) {
      const { alerts } = await folder();
      return alerts.entries
        .filter(({ raisedMs }) => raisedMs >= fromMs && raisedMs < toMs)
        .filter((alert) => ruleId === undefined || alert.ruleId === ruleId)
        .slice(-limit)
        .reverse();
    },

    async alertsOf(findings) {
      const { entries } = (await folder()).alerts;
      if (alertsOfFindings?.entries !== entries) alertsOfFindings = { entries, found: findingAlerts(entries) };
      const { found } = alertsOfFindings;
      return findings.map((finding) => found.of(finding));
    },

    async runs({ limit, ruleId, executedAtMs, isNotable = false }) {
      const { runs } = await folder();
      return runs.entries
        .filter((run) => ruleId === undefined || run.ruleId === ruleId)
        .filter((run) => executedAtMs === undefined || run.executedAtMs === executedAtMs)
        .filter((run) => !isNotable || run.candidates > 0 || run.warnings.length > 0 || run.failure !== undefined)
        .slice(-limit)
        .reverse();
    },

    exceptions: async () => (await folder()).settings.exceptions,
    addException: async (draft) => exceptions.add(parse(ruleExceptionDraftSchema, draft, 'The exception')),
    removeException: (id) => exceptions.remove(id),
    restoreException: (id) => exceptions.restore(id),

    async previewException(draft, signal) {
      const exception = parse(ruleExceptionDraftSchema, draft, 'The exception');
      const { rules, settings } = await folder();
      const { lastMs } = await options.sources['evidence.summary']({}, { signal, emit: () => undefined });
      const toMs = Math.min(now(), (lastMs ?? now()) + 1);
      const span = { startMs: toMs - previewMs, endMs: toMs };
      const matcher = makeExceptionMatcher(options.sources);
      const hidden: DetectionAlert[] = [];
      let considered = 0;
      for (const rule of rules) {
        if (!rule.isEnabled || rule.detection.kind === 'watch-list') continue;
        const { candidates } = await findCandidates(rule, span, options.sources, settings.watchItems, signal);
        considered += candidates.length;
        for (const candidate of candidates) {
          // Whether it has expired by now says nothing about what it would have hidden.
          if (await matcher.isHidden({ ...exception, expiresMs: undefined }, candidate, toMs, signal)) {
            hidden.push({ ...candidate.alert, raisedMs: toMs });
          }
        }
      }
      hidden.sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
      return {
        fromMs: span.startMs,
        toMs,
        considered,
        hidden: hidden.length,
        hiddenFindings: new Set(hidden.flatMap(({ subject }) => (subject.kind === 'finding' ? [subject.id] : []))).size,
        examples: hidden.slice(0, previewExamples),
      };
    },

    watchItems: async () => (await folder()).settings.watchItems,

    addWatchItem: async (draft) => watchItems.add(parse(watchItemDraftSchema, draft, 'The entry')),
    removeWatchItem: (id) => watchItems.remove(id),
    restoreWatchItem: (id) => watchItems.restore(id),
  };
}

/** What is taken back or changed is what the person saw. */
function checkVersion(rule: Rule, expected: number | undefined): void {
  if (expected === undefined || rule.version === expected) return;
  throw fail('changed-since', `${rule.name} was changed in the meantime: it has version ${rule.version} now.`);
}

/** What an exception says, without who entered it when. */
function contentOf(exception: RuleExceptionDraft): string {
  return JSON.stringify([
    exceptionFields.map((field) => exception[field]),
    exception.ruleIds,
    exception.reason,
    exception.expiresMs,
  ]);
}

/** After a pause a run looks back over it, up to a bound, and says so. */
function catchUp(rule: Rule, lastRunMs: number | undefined, atMs: number): { lookBackMs?: number; warning?: string } {
  if (lastRunMs === undefined || lastRunMs > atMs) return {};
  const missedMs = atMs - lastRunMs - rule.intervalMs;
  if (missedMs < rule.intervalMs) return {};
  const wantedMs = atMs - lastRunMs + rule.lookBackMs;
  const lookBackMs = Math.max(Math.min(wantedMs, maxCatchUpMs), rule.lookBackMs);
  const from = new Date(atMs - lookBackMs).toISOString();
  const since = new Date(lastRunMs).toISOString();
  const warning =
    lookBackMs < wantedMs
      ? `The rule had not run since ${since}. This run looked back to ${from}; what is older was not looked at.`
      : `The rule had not run since ${since}. This run looked back to ${from} and caught up.`;
  return { lookBackMs, warning };
}

async function readRuleText(path: string): Promise<string> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw fail('bad-input', `${path} is a folder.`, 'Give rule files: several at once may be given.');
    }
    if (found.size > maxRuleFileBytes) throw fail('rule-invalid', `${path} is too large for a rule file.`);
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code === 'string' && code.startsWith('E')) {
      throw fail('not-found', `${path} cannot be read: ${messageOf(error)}.`, 'Give the path of a rule file.', error);
    }
    throw error;
  }
}

/** Parses what somebody entered; what is wrong with it ends with `bad-input`. */
function parse<T>(
  schema: {
    safeParse(
      value: unknown,
    ):
      | { success: true; data: T }
      | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
  },
  value: unknown,
  what: string,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fail(
    'bad-input',
    `${what} is not acceptable: ${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
  );
}

/** The folder of rules inside a workspace. */
export function ruleFolderOf(workspacePath: string): string {
  return join(workspacePath, 'rules');
}
