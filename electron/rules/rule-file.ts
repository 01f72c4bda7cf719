import { parse as parseToml, TomlError } from 'smol-toml';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../shared/base/time.ts';
import { airdropSpikeJobs, volumeSpikeJobs } from '../../shared/model/built-in-rules.ts';
import { rareProcessJobs } from '../../shared/model/elastic-job.ts';
import { type Detection, type Rule, type RuleExceptionDraft, ruleSchema } from '../../shared/model/rule.ts';
import { ruleSeverities } from '../../shared/model/rule-severity.ts';
import { type ReadException, readKibanaException } from './kibana-exceptions.ts';

/** Largest file that is read. Elastic's longest rule has 40 KB; an export of all of its rules about 20 MB. */
export const maxRuleFileBytes = 64 * 1024 * 1024;
const maxTomlBytes = 1024 * 1024;
const maxRules = 5_000;

/** A rule that was not taken, and why. `line` is 1-based, for exports with a rule a line. */
export interface RefusedRule {
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly line?: number | undefined;
  readonly reason: string;
}

export interface ReadRules {
  readonly format: 'toml' | 'ndjson';
  readonly rules: readonly Rule[];
  readonly refused: readonly RefusedRule[];
  /** Exceptions of the file for rules that were taken. */
  readonly exceptions: readonly RuleExceptionDraft[];
  /** Exceptions of the file that were not taken, and why. */
  readonly leftOut: readonly {
    readonly name: string;
    readonly line?: number | undefined;
    readonly reason: string;
  }[];
  /** Lines of an export that are no rules: exception lists, connectors, the summary at the end. */
  readonly others: number;
}

/**
 * Reads a rule file of Elastic's: TOML as in their repository of detection rules, or the NDJSON that Kibana exports; an
 * export that was laid out as one JSON document is taken as well. The kind is told by the content. Fails with `rule-invalid`
 * where it is none of them; single bad rules of an export are refused one by one.
 */
export function readRuleFile(text: string, name: string): ReadRules {
  if (text.length > maxRuleFileBytes) {
    throw fail('rule-invalid', `${name} is too large for a rule file (over ${maxRuleFileBytes / 1024 / 1024} MB).`);
  }
  const content = text.replace(/^\uFEFF/, '');
  if (content.trim() === '') throw fail('rule-invalid', `${name} is empty.`, expectedHint);
  // No text format has this character; files of other kinds nearly always do.
  if (content.includes('\0')) throw fail('rule-invalid', `${name} is no text.`, expectedHint);
  const document = readDocument(content);
  if (document) return readExport(document, name);
  return /^\s*\{/.test(content) ? readExport(linesOf(content), name) : readTomlRule(content, name);
}

const expectedHint = 'Give a .toml file of Elastic’s detection rules, or rules exported from Kibana as NDJSON.';

const nothing = { rules: [], refused: [], exceptions: [], leftOut: [], others: 0 } as const;

function readTomlRule(text: string, name: string): ReadRules {
  if (text.length > maxTomlBytes) throw fail('rule-invalid', `${name} is too large for a single rule (over 1 MB).`);
  let document: Record<string, unknown>;
  try {
    document = parseToml(text, { maxDepth: 32 });
  } catch (error) {
    throw fail(
      'rule-invalid',
      `${name} is not a rule: it is no JSON, and as TOML it cannot be read: ${tomlProblem(error)}.`,
      expectedHint,
      error,
    );
  }
  if (!isRecord(document.rule)) {
    throw fail('rule-invalid', `${name} has no [rule] table.`, 'A .toml file of Elastic’s detection rules has one.');
  }
  const outcome = toRule(
    document.rule,
    Object.keys(document).filter((key) => key !== 'rule' && key !== 'metadata'),
  );
  return 'refused' in outcome
    ? { ...nothing, format: 'toml', refused: [outcome.refused] }
    : { ...nothing, format: 'toml', rules: [outcome.rule] };
}

/** What is wrong, and where, without the part of the file that the parser quotes over several lines. */
function tomlProblem(error: unknown): string {
  const [what = ''] = messageOf(error).split('\n');
  const place = error instanceof TomlError ? `, in line ${error.line}, column ${error.column}` : '';
  return `${what.replace(/^Invalid TOML document: /, '').trim()}${place}`;
}

/** What stands in an export: objects, or lines that could not be read. */
interface ExportEntry {
  /** 1-based; absent in a list over several lines. */
  readonly line?: number | undefined;
  readonly value: unknown;
  /** Why it could not be read. */
  readonly problem?: string;
}

/** The entries of a text that as a whole is one JSON document over several lines: a rule, or a list of them. */
function readDocument(content: string): readonly ExportEntry[] | undefined {
  const text = content.trim();
  const [first = ''] = text.split('\n', 1);
  if (!/^[[{]/.test(text) || (text.startsWith('{') && isJson(first))) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((entry: unknown) => ({ value: entry })) : [{ line: 1, value }];
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function* linesOf(text: string): Iterable<ExportEntry> {
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue;
    const line = index + 1;
    try {
      yield { line, value: JSON.parse(content) };
    } catch (error) {
      yield { line, value: undefined, problem: `The line is not JSON: ${messageOf(error)}` };
    }
  }
}

/** What the objects of an export are: a rule, or what Kibana puts beside rules. */
type ExportedLine = 'rule' | 'exception-list' | 'exception' | 'connector' | 'summary';

function kindOf(value: Readonly<Record<string, unknown>>): ExportedLine {
  if (value.rule_id !== undefined) return 'rule';
  if (value.item_id !== undefined && value.list_id !== undefined) return 'exception';
  if (value.list_id !== undefined) return 'exception-list';
  if (value.attributes !== undefined) return 'connector';
  const isSummary = value.type === undefined && Object.keys(value).some((key) => /^exported_.*count$/.test(key));
  return isSummary ? 'summary' : 'rule';
}

function readExport(entries: Iterable<ExportEntry>, name: string): ReadRules {
  const rules: Rule[] = [];
  const refused: RefusedRule[] = [];
  const exceptions: { readonly line?: number | undefined; readonly read: ReadException }[] = [];
  const listsOf = new Map<string, readonly string[]>();
  let others = 0;
  let ruleLines = 0;
  for (const { line, value, problem } of entries) {
    if (problem !== undefined) {
      refused.push({ line, reason: problem });
      continue;
    }
    if (!isRecord(value)) {
      refused.push({ line, reason: line === undefined ? 'It is no JSON object.' : 'The line is no JSON object.' });
      continue;
    }
    const kind = kindOf(value);
    if (kind !== 'rule') {
      others++;
      if (kind === 'exception') exceptions.push({ line, read: readKibanaException(value) });
      const promised = kind === 'summary' ? value.exported_rules_count : undefined;
      if (typeof promised === 'number' && promised > ruleLines) {
        refused.push({ line, reason: `The file says that it holds ${promised} rules; ${ruleLines} are there.` });
      }
      continue;
    }
    ruleLines++;
    if (rules.length >= maxRules) {
      refused.push({ line, reason: `Only ${maxRules} rules of one file are taken.` });
      continue;
    }
    const outcome = toRule(value, []);
    if ('refused' in outcome) {
      refused.push({ ...outcome.refused, line });
    } else {
      rules.push(outcome.rule);
      listsOf.set(outcome.rule.id, listIds(value.exceptions_list));
    }
  }
  if (rules.length === 0 && refused.length === 0) {
    throw fail(
      'rule-invalid',
      `${name} holds no rule.`,
      'Export rules in Kibana: Security, Rules, Bulk actions, Export.',
    );
  }
  return { format: 'ndjson', rules, refused, others, ...assignExceptions(exceptions, listsOf) };
}

function listIds(lists: unknown): readonly string[] {
  return recordsOf(lists).flatMap(({ list_id }) => textOf(list_id) ?? []);
}

/** An exception holds for the rules that name its list, and for no other. */
function assignExceptions(
  exceptions: readonly { readonly line?: number | undefined; readonly read: ReadException }[],
  listsOf: ReadonlyMap<string, readonly string[]>,
): Pick<ReadRules, 'exceptions' | 'leftOut'> {
  const taken: RuleExceptionDraft[] = [];
  const leftOut: ReadRules['leftOut'][number][] = [];
  for (const { line, read } of exceptions) {
    const ruleIds = [...listsOf].flatMap(([id, lists]) => (lists.includes(read.listId) ? [id] : []));
    if ('reason' in read) leftOut.push({ name: read.name, line, reason: read.reason });
    else if (ruleIds.length === 0)
      leftOut.push({ name: read.name, line, reason: 'No rule that was taken names its list.' });
    else taken.push({ ...read.draft, ruleIds });
  }
  return { exceptions: taken, leftOut };
}

/** Fields that are taken over, or that only describe the file and its history. */
const understoodFields = new Set([
  'rule_id',
  'name',
  'description',
  'type',
  'severity',
  'risk_score',
  'interval',
  'from',
  'max_signals',
  'version',
  'tags',
  'references',
  'author',
  'false_positives',
  'license',
  'threat',
  'note',
  'setup',
  'enabled',
  'anomaly_threshold',
  'machine_learning_job_id',
  'new_terms',
  'new_terms_fields',
  'history_window_start',
  'to',
  // Of the stored object, not of the rule.
  'id',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'immutable',
  'revision',
  'rule_source',
  'execution_summary',
  '_version',
  'outcome',
  'alias_target_id',
  'alias_purpose',
]);

/** What Portside does in place of a field, or why it leaves it out. */
const reasons: Readonly<Record<string, string>> = {
  actions: 'Portside sends nothing to others; it shows alerts and can notify on this desktop.',
  alert_suppression: 'Alerts are not grouped by fields; the same thing is raised once.',
  exceptions_list:
    'Exceptions of these lists are taken where the file holds them and Portside can compare what they name; the others are listed.',
  index: 'Evidence comes from the store of the workspace.',
  data_view_id: 'Evidence comes from the store of the workspace.',
  query: 'Not run as a query: Portside looks for newly connected devices in its own way.',
  language: 'There is no query to run.',
  filters: 'Query filters are not applied.',
  investigation_fields: 'Alerts show the fields that Portside knows.',
  output_index: 'Alerts stay in the workspace.',
  related_integrations: 'Shown by the checks of the sources instead.',
  required_fields: 'Shown by the checks of the sources instead.',
  response_actions: 'Portside never acts on a host by itself.',
  risk_score_mapping: 'The risk score stays as it is.',
  severity_mapping: 'The severity stays as it is.',
  rule_name_override: 'The name stays as it is.',
  timestamp_override: 'Time is that of the event.',
  timestamp_override_fallback_disabled: 'Time is that of the event.',
  timeline_id: 'There are no timeline templates.',
  timeline_title: 'There are no timeline templates.',
  throttle: 'Notifications are not throttled.',
  building_block_type: 'Raised like any other rule.',
  meta: 'Settings of Kibana.',
  namespace: 'There is one place for alerts: the workspace.',
  saved_id: 'There is no saved query to run.',
};

/** What a file calls that which the model names otherwise. */
const fieldNames: Readonly<Record<string, string>> = {
  id: 'rule_id',
  riskScore: 'risk_score',
  maxAlerts: 'max_signals',
  intervalMs: 'interval',
  lookBackMs: 'from',
  authors: 'author',
  falsePositives: 'false_positives',
  guide: 'note',
};

type Outcome = { readonly rule: Rule } | { readonly refused: RefusedRule };

function toRule(fields: Readonly<Record<string, unknown>>, moreTables: readonly string[]): Outcome {
  const name = textOf(fields.name);
  const type = textOf(fields.type);
  const refuse = (reason: string): Outcome => ({ refused: { name: name === '' ? undefined : name, type, reason } });
  if (name === undefined || name === '') return refuse('It has no name.');
  if (type === undefined) return refuse('It has no type.');
  const id = textOf(fields.rule_id);
  if (id === undefined || id === '') return refuse('It has no rule_id.');
  const detection = toDetection(type, fields);
  if (typeof detection === 'string') return refuse(detection);
  const severity = ruleSeverities.find((known) => known === fields.severity);
  if (!severity)
    return refuse(
      `Its severity is ${JSON.stringify(fields.severity) ?? 'missing'}; known are ${ruleSeverities.join(', ')}.`,
    );
  const lookBackMs = fields.from === undefined ? 6 * minuteMs : dateMathMs(fields.from);
  if (lookBackMs === undefined) return refuse(`Its look-back ("from") cannot be read: ${JSON.stringify(fields.from)}.`);
  const intervalMs = fields.interval === undefined ? 5 * minuteMs : durationMs(fields.interval);
  if (intervalMs === undefined) return refuse(`Its interval cannot be read: ${JSON.stringify(fields.interval)}.`);
  const unsupported = [...Object.keys(fields).filter((field) => !understoodFields.has(field)), ...moreTables]
    .filter((field) => !isEmpty(fields[field]) || moreTables.includes(field))
    .map((field) => ({ field, reason: reasons[field] ?? 'Not known to Portside.' }));
  if (fields.to !== undefined && fields.to !== 'now') {
    unsupported.push({ field: 'to', reason: 'A run always looks up to its own moment.' });
  }
  if (detection.kind === 'anomaly-job' && detection.fallback === 'none') {
    unsupported.push({
      field: 'machine_learning_job_id',
      reason: 'Records of the job are looked at; where there are none, Portside has no score of its own for such data.',
    });
  }
  const rule = ruleSchema.safeParse({
    id,
    name,
    description: textOf(fields.description) ?? '',
    version: typeof fields.version === 'number' ? fields.version : 1,
    origin: 'imported',
    isEnabled: fields.enabled !== false,
    type,
    severity,
    riskScore: fields.risk_score ?? 0,
    intervalMs,
    lookBackMs,
    maxAlerts: fields.max_signals ?? 100,
    tags: textsOf(fields.tags),
    references: textsOf(fields.references),
    authors: textsOf(fields.author),
    falsePositives: textsOf(fields.false_positives),
    license: textOf(fields.license) ?? 'The file names no licence',
    threat: toThreat(fields.threat),
    guide: textOf(fields.note) ?? '',
    setup: textOf(fields.setup) ?? '',
    detection,
    unsupported,
  } satisfies Record<keyof Rule, unknown>);
  if (rule.success) return { rule: rule.data };
  const [issue] = rule.error.issues;
  const [field = 'content', ...inside] = issue?.path ?? [];
  const place = [fieldNames[String(field)] ?? String(field), ...inside].join('.');
  return refuse(`Its ${place} is not acceptable: ${issue?.message ?? 'unknown reason'}.`);
}

/** The detection, or the reason why Portside cannot run a rule of this type. */
function toDetection(type: string, fields: Readonly<Record<string, unknown>>): Detection | string {
  switch (type) {
    case 'machine_learning': {
      const jobIds =
        typeof fields.machine_learning_job_id === 'string'
          ? [fields.machine_learning_job_id]
          : textsOf(fields.machine_learning_job_id);
      if (jobIds.length === 0) return 'It names no machine_learning_job_id.';
      const threshold = fields.anomaly_threshold;
      if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 100))
        return 'Its anomaly_threshold is no number from 0 to 100.';
      const isOf = (jobs: readonly string[]) => jobIds.some((job) => jobs.includes(job));
      if (isOf(rareProcessJobs)) return { kind: 'anomaly-job', jobIds, threshold, fallback: 'score' };
      if (isOf(volumeSpikeJobs)) return { kind: 'anomaly-job', jobIds, threshold, fallback: 'volume' };
      if (isOf(airdropSpikeJobs)) {
        return { kind: 'anomaly-job', jobIds, threshold, fallback: 'volume', fallbackProcess: 'sharingd' };
      }
      // Records of any job can be read; there is nothing to stand in for a job about other data.
      return { kind: 'anomaly-job', jobIds, threshold, fallback: 'none' };
    }
    case 'new_terms':
      return toNewDevice(fields);
    default:
      return `Rules of type ${type} search events of their own; Portside runs machine_learning rules and new_terms rules about devices.`;
  }
}

function toNewDevice(fields: Readonly<Record<string, unknown>>): Detection | string {
  const nested = isRecord(fields.new_terms) ? fields.new_terms : {};
  const terms = textsOf(fields.new_terms_fields ?? nested.value);
  const [window] = Array.isArray(nested.history_window_start) ? nested.history_window_start : [];
  const historyMs = dateMathMs(fields.history_window_start ?? (isRecord(window) ? window.value : undefined));
  if (historyMs === undefined) return 'Its history_window_start cannot be read.';
  const query = textOf(fields.query) ?? '';
  if (terms.some((term) => term.startsWith('device.'))) {
    return {
      kind: 'new-device',
      newTo: terms.includes('host.id') || terms.includes('host.name') ? 'host' : 'everyone',
      historyMs,
      onlyMounts: true,
    };
  }
  if (terms.includes('registry.path') && /USBSTOR/i.test(query)) {
    return { kind: 'new-device', newTo: 'everyone', historyMs, onlyMounts: false };
  }
  return `It looks for new values of ${terms.join(', ') || 'no field'}; Portside runs new_terms rules about devices only.`;
}

function toThreat(value: unknown): Rule['threat'] {
  const technique = (item: Readonly<Record<string, unknown>>) => ({
    id: textOf(item.id) ?? '',
    name: textOf(item.name) ?? '',
    reference: textOf(item.reference),
  });
  return recordsOf(value).flatMap((threat) => {
    if (!isRecord(threat.tactic)) return [];
    return [
      {
        tactic: technique(threat.tactic),
        techniques: recordsOf(threat.technique).flatMap((item) => [
          technique(item),
          ...recordsOf(item.subtechnique).map(technique),
        ]),
      },
    ];
  });
}

const unitsMs: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs };

function durationMs(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^(\d{1,9})([smhdw])$/.exec(value.trim()) : null;
  const span = Number(match?.[1]) * (unitsMs[match?.[2] ?? ''] ?? Number.NaN);
  return span > 0 ? span : undefined;
}

/** `now-2h` as milliseconds before now. */
function dateMathMs(value: unknown): number | undefined {
  const match = typeof value === 'string' ? /^now-(\d{1,9}[smhdw])(?:\/[smhdw])?$/.exec(value.trim()) : null;
  return durationMs(match?.[1]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
