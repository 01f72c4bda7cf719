import { toAlertDocument } from '../../shared/analysis/alert-document.ts';
import type {
  DetectionAlert,
  ExceptionPreview,
  Rule,
  RuleException,
  RuleExceptionDraft,
} from '../../shared/model/rule.ts';
import type { ReadRules, RefusedRule } from './rule-file.ts';
import type { RuleService } from './rule-service.ts';

/**
 * What the commands `rule …`, `exception …` and `alert …` print with `--json`. The command line parses its arguments and
 * prints; what a command does is here.
 */

/** A line of `rule list`. */
export interface ListedRule {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly origin: Rule['origin'];
  readonly enabled: boolean;
  readonly severity: Rule['severity'];
  readonly riskScore: number;
  readonly intervalMs: number;
  readonly lookBackMs: number;
  readonly maxAlerts: number;
  readonly threshold?: number | undefined;
  readonly jobIds?: readonly string[] | undefined;
  readonly tags: readonly string[];
  readonly references: readonly string[];
  readonly authors: readonly string[];
  readonly license: string;
  readonly threat: Rule['threat'];
  readonly lastRunMs?: number | undefined;
}

export async function listRules(service: RuleService): Promise<readonly ListedRule[]> {
  const lastRuns = new Map<string, number>();
  for (const run of await service.runs({ limit: 5_000 })) {
    if (!lastRuns.has(run.ruleId)) lastRuns.set(run.ruleId, run.executedAtMs);
  }
  return (await service.rules()).map((rule) => ({ ...toListedRule(rule), lastRunMs: lastRuns.get(rule.id) }));
}

function toListedRule(rule: Rule): ListedRule {
  const { detection } = rule;
  return {
    id: rule.id,
    name: rule.name,
    type: rule.type,
    version: rule.version,
    origin: rule.origin,
    enabled: rule.isEnabled,
    severity: rule.severity,
    riskScore: rule.riskScore,
    intervalMs: rule.intervalMs,
    lookBackMs: rule.lookBackMs,
    maxAlerts: rule.maxAlerts,
    threshold: 'threshold' in detection ? detection.threshold : undefined,
    jobIds: detection.kind === 'anomaly-job' ? detection.jobIds : undefined,
    tags: rule.tags,
    references: rule.references,
    authors: rule.authors,
    license: rule.license,
    threat: rule.threat,
  };
}

/** What `rule import FILE` prints: what was understood and what was not. */
export interface ImportedRules {
  readonly path: string;
  readonly format: 'toml' | 'ndjson';
  readonly imported: readonly (ListedRule & { readonly unsupported: Rule['unsupported'] })[];
  readonly refused: readonly RefusedRule[];
  /** Exceptions of the file that were added, and those that were not, with the reason. */
  readonly exceptions: readonly RuleExceptionDraft[];
  readonly leftOut: ReadRules['leftOut'];
  /** Lines of an export that are no rules. */
  readonly others: number;
}

export async function importRules(service: RuleService, path: string): Promise<ImportedRules> {
  const read = await service.importFile(path);
  return {
    path,
    format: read.format,
    imported: read.rules.map((rule) => ({ ...toListedRule(rule), unsupported: rule.unsupported })),
    refused: read.refused,
    exceptions: read.exceptions,
    leftOut: read.leftOut,
    others: read.others,
  };
}

/** What `rule run [--at T]` prints. */
export interface RanRules {
  readonly executedAtMs: number;
  readonly candidates: number;
  /** New alerts: one that an earlier run raised is not among them. */
  readonly alerts: readonly DetectionAlert[];
  readonly known: number;
  readonly suppressed: number;
  readonly dropped: number;
  readonly warnings: readonly string[];
}

export async function runRules(
  service: RuleService,
  options: {
    readonly atMs?: number | undefined;
    readonly ruleIds?: readonly string[] | undefined;
    readonly lookBackMs?: number | undefined;
    readonly signal: AbortSignal;
  },
): Promise<RanRules> {
  const { executedAtMs, candidates, alerts, known, suppressed, dropped, warnings } = await service.run(options);
  return { executedAtMs, candidates, alerts, known, suppressed, dropped, warnings };
}

/** What `exception add …` prints: the exception as it is kept. */
export function addException(service: RuleService, draft: RuleExceptionDraft): Promise<RuleException> {
  return service.addException(draft);
}

/** What `exception list` prints, a line each. */
export async function listExceptions(
  service: RuleService,
  nowMs: number,
): Promise<readonly (RuleException & { readonly expired: boolean })[]> {
  return (await service.exceptions()).map((exception) => ({
    ...exception,
    expired: exception.expiresMs !== undefined && exception.expiresMs <= nowMs,
  }));
}

/** What `exception preview …` prints: how many past findings it would have hidden. */
export function previewException(
  service: RuleService,
  draft: RuleExceptionDraft,
  signal: AbortSignal,
): Promise<ExceptionPreview> {
  return service.previewException(draft, signal);
}

/** Alerts with the fields of Kibana's security alerts, newest first: for `alert list --ecs` and for exports. */
export async function alertDocuments(
  service: RuleService,
  span: { readonly fromMs?: number; readonly toMs?: number; readonly limit: number },
): Promise<readonly object[]> {
  const rules = new Map((await service.rules()).map((rule) => [rule.id, rule]));
  return (await service.alerts(span)).map((alert) => toAlertDocument(alert, rules.get(alert.ruleId)));
}
