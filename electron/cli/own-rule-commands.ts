import { formatIso } from '../../shared/base/format.ts';
import { parseDuration } from '../../shared/base/time.ts';
import type { Detection, OwnRuleDraft, Rule, RuleRun } from '../../shared/model/rule.ts';
import { ruleSeverities } from '../../shared/model/rule-severity.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import { command, type OptionTable, type OptionValues, UsageError } from './command.ts';

/** The commands about rules of one's own and about what is done with rules: made, changed, copied, removed, run. */

const ownRuleOptions = {
  name: { type: 'string' },
  description: { type: 'string' },
  severity: { type: 'string' },
  score: { type: 'string' },
  threshold: { type: 'string' },
  host: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  process: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  every: { type: 'string' },
  'look-back': { type: 'string' },
  'max-alerts': { type: 'string' },
  guide: { type: 'string' },
} as const satisfies OptionTable;

type OwnRuleValues = OptionValues<typeof ownRuleOptions>;

function toDraft(values: OwnRuleValues, before: Rule | undefined): OwnRuleDraft {
  const name = values.name ?? before?.name;
  if (!name) throw new UsageError('A rule needs --name.');
  return {
    name,
    description: values.description ?? before?.description,
    severity: readOption(values.severity, oneOf('--severity', ruleSeverities)) ?? before?.severity,
    intervalMs: readOption(values.every, (text) => parseDuration(text, '--every')) ?? before?.intervalMs,
    lookBackMs: readOption(values['look-back'], (text) => parseDuration(text, '--look-back')) ?? before?.lookBackMs,
    maxAlerts: readOption(values['max-alerts'], wholeNumber('--max-alerts', 1, 10_000)) ?? before?.maxAlerts,
    guide: values.guide ?? before?.guide,
    detection: toDetection(values, before?.detection),
  };
}

function toDetection(values: OwnRuleValues, before: Detection | undefined): Detection {
  const threshold = readOption(values.threshold, wholeNumber('--threshold', 0, 100));
  const score = readOption(values.score, oneOf('--score', ['portside', 'elastic']));
  const filter = { hosts: values.host, users: values.user, processes: values.process, devices: values.device };
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (before && before.kind !== 'finding-score') {
    if (score !== undefined || isFiltered || (threshold !== undefined && !('threshold' in before))) {
      throw new UsageError(
        'The rule looks for something else than scores of findings: it takes none of these options.',
      );
    }
    return 'threshold' in before && threshold !== undefined ? { ...before, threshold } : before;
  }
  return {
    kind: 'finding-score',
    score: score ?? before?.score ?? 'portside',
    threshold: threshold ?? before?.threshold ?? 75,
    filter: isFiltered ? { ...before?.filter, ...defined(filter) } : (before?.filter ?? {}),
  };
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

const said = (what: string) => (rule: Rule) => [`${what}: ${rule.name} (${rule.id}, version ${rule.version})`];

export const ruleAddCommand = command({
  name: 'rule add',
  operands: '',
  operandCount: [0, 0],
  summary: 'Makes a rule of your own: findings at or above a threshold, of some hosts, users, processes or devices.',
  options: ownRuleOptions,
  async run({ values, output, openServices }) {
    const draft = toDraft(values, undefined);
    const { rules } = await openServices({ mayMake: true });
    const rule = await rules.makeRule(draft);
    await output.document(rule, () => said('made')(rule));
    return undefined;
  },
});

export const ruleChangeCommand = command({
  name: 'rule change',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Changes a rule of your own; what no option names stays.',
  options: ownRuleOptions,
  async run({ values, operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const before = await rules.rule(operands[0] ?? '');
    const rule = await rules.changeRule(before.id, toDraft(values, before));
    await output.document(rule, () => said('changed')(rule));
    return undefined;
  },
});

export const ruleDuplicateCommand = command({
  name: 'rule duplicate',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Makes a rule of your own out of any rule.',
  options: {},
  async run({ operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const rule = await rules.duplicateRule(operands[0] ?? '');
    await output.document(rule, () => said('made')(rule));
    return undefined;
  },
});

export const ruleRemoveCommand = command({
  name: 'rule remove',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Removes an imported or own rule; "rule restore" puts it back.',
  options: {},
  async run({ operands, output, openServices }) {
    const [id = ''] = operands;
    const { rules } = await openServices({ mayMake: true });
    await rules.removeRule(id);
    await output.document({ id, removed: true }, () => [`rule ${id} removed`]);
    return undefined;
  },
});

export const ruleRestoreCommand = command({
  name: 'rule restore',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Puts a removed rule back.',
  options: {},
  async run({ operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const rule = await rules.restoreRule(operands[0] ?? '');
    await output.document(rule, () => said('put back')(rule));
    return undefined;
  },
});

export const ruleRunsCommand = command({
  name: 'rule runs',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists when rules ran, how long, and what came of it, newest first.',
  options: { rule: { type: 'string' }, limit: { type: 'string' } },
  async run({ values, output, openServices }) {
    const limit = readOption(values.limit, wholeNumber('--limit', 1, 5_000)) ?? 100;
    const { rules } = await openServices({ mayMake: true });
    const list = output.list<RuleRun>(
      [
        { title: 'as of', text: (row) => formatIso(row.executedAtMs) },
        { title: 'ms', text: (row) => String(row.durationMs), align: 'right' },
        { title: 'candidates', text: (row) => String(row.candidates), align: 'right' },
        { title: 'new', text: (row) => String(row.alerts), align: 'right' },
        { title: 'known', text: (row) => String(row.known), align: 'right' },
        { title: 'hidden', text: (row) => String(row.suppressed), align: 'right' },
        { title: 'dropped', text: (row) => String(row.dropped), align: 'right' },
        { title: 'rule', text: (row) => row.ruleId },
        { title: 'said', text: (row) => row.failure ?? row.warnings.join(' '), maxWidth: 100 },
      ],
      'No rule has run yet.',
    );
    for (const row of await rules.runs({ limit, ruleId: values.rule })) await list.add(row);
    await list.end();
    return undefined;
  },
});

export const exceptionRestoreCommand = command({
  name: 'exception restore',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Puts a removed exception back, as it was.',
  options: {},
  async run({ operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const exception = await rules.restoreException(operands[0] ?? '');
    await output.document(exception, () => [`exception ${exception.id} put back`]);
    return undefined;
  },
});

export const watchListRestoreCommand = command({
  name: 'watch-list restore',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Puts something back on the watch list, as it was.',
  options: {},
  async run({ operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const item = await rules.restoreWatchItem(operands[0] ?? '');
    await output.document(item, () => [`${item.kind} ${item.value} is on the watch list again`]);
    return undefined;
  },
});
