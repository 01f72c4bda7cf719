import { exceptionWords } from '../../shared/analysis/exception-words.ts';
import { Failure } from '../../shared/base/failure.ts';
import { formatIso } from '../../shared/base/format.ts';
import { dayMs, parseDuration, parseTime } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { DetectionAlert, Rule, RuleException, RuleExceptionDraft, WatchItem } from '../../shared/model/rule.ts';
import {
  addException,
  alertDocuments,
  type ImportedRules,
  importRules,
  type ListedRule,
  listExceptions,
  listRules,
  previewException,
  runRules,
} from '../rules/rule-commands.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import { command, type OptionTable, type OptionValues, UsageError } from './command.ts';
import { toSpan } from './filters.ts';

const exitFailed = 1;

const alertColumns = [
  { title: 'raised', text: (row: DetectionAlert) => formatIso(row.raisedMs) },
  { title: 'severity', text: (row: DetectionAlert) => row.severity },
  { title: 'score', text: (row: DetectionAlert) => row.score?.toFixed(0), align: 'right' },
  { title: 'rule', text: (row: DetectionAlert) => row.ruleName },
  { title: 'what', text: (row: DetectionAlert) => row.reason, maxWidth: 120 },
  { title: 'id', text: (row: DetectionAlert) => row.id },
] as const;

export const ruleListCommand = command({
  name: 'rule list',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the detection rules.',
  options: {},
  async run({ output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const list = output.list<ListedRule>(
      [
        { title: 'name', text: (row) => row.name },
        { title: 'on', text: (row) => (row.enabled ? 'on' : 'off') },
        { title: 'type', text: (row) => row.type },
        { title: 'severity', text: (row) => row.severity },
        { title: 'threshold', text: (row) => row.threshold, align: 'right' },
        { title: 'origin', text: (row) => row.origin },
        { title: 'last run', text: (row) => (row.lastRunMs === undefined ? undefined : formatIso(row.lastRunMs)) },
        { title: 'id', text: (row) => row.id },
      ],
      'There are no rules.',
    );
    for (const row of await listRules(rules)) await list.add(row);
    await list.end();
    return undefined;
  },
});

export const ruleShowCommand = command({
  name: 'rule show',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Shows a rule with its guide and what it needs.',
  options: {},
  async run({ operands, output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const rule = await rules.rule(operands[0] ?? '');
    await output.document(rule, () => linesOf(rule));
    return undefined;
  },
});

function linesOf(rule: Rule): readonly string[] {
  const { detection } = rule;
  const listed = (title: string, values: readonly string[]) =>
    values.length > 0 ? [`${title}: ${values.join(', ')}`] : [];
  // A long text is printed line by line: within a line what cannot be seen is shown by its code.
  const written = (text: string) => (text.trim() === '' ? [] : ['', ...text.trim().split(/\r?\n/)]);
  return [
    `${rule.name} (${rule.id}, version ${rule.version}, ${rule.origin}, ${rule.isEnabled ? 'on' : 'off'})`,
    `type ${rule.type}${'threshold' in detection ? `, threshold ${detection.threshold}` : ''}`,
    ...listed('jobs', detection.kind === 'anomaly-job' ? detection.jobIds : []),
    `severity ${rule.severity}, risk ${rule.riskScore}, every ${rule.intervalMs / 60_000} min over the last ${rule.lookBackMs / 60_000} min, at most ${rule.maxAlerts} alerts`,
    ...listed(
      'MITRE ATT&CK',
      rule.threat.flatMap(({ tactic, techniques }) => [tactic, ...techniques].map(({ id, name }) => `${id} ${name}`)),
    ),
    ...listed('tags', rule.tags),
    ...listed('authors', rule.authors),
    `licence: ${rule.license}`,
    ...rule.references.map((reference) => `see ${reference}`),
    ...rule.falsePositives.map((text) => `often instead: ${text}`),
    ...written(rule.description),
    ...written(rule.guide),
    ...written(rule.setup),
    ...(rule.unsupported.length > 0 ? [''] : []),
    ...rule.unsupported.map(({ field, reason }) => `not done: ${field}: ${reason}`),
  ];
}

export const ruleImportCommand = command({
  name: 'rule import',
  operands: 'FILE…',
  operandCount: [1, 10_000],
  summary: "Imports rule files of Elastic's: .toml of their repository, or rules exported from Kibana.",
  options: {},
  async run({ operands, output, openServices, reportFailure }) {
    const { rules } = await openServices({ mayMake: true });
    let isAllTaken = true;
    for (const path of operands) {
      try {
        const report = await importRules(rules, path);
        await output.document(report, () => importLines(report));
        if (report.imported.length === 0) isAllTaken = false;
      } catch (error) {
        // One bad file does not keep the others out.
        if (!(error instanceof Failure)) throw error;
        reportFailure(error);
        isAllTaken = false;
      }
    }
    return isAllTaken ? undefined : exitFailed;
  },
});

function importLines(report: ImportedRules): readonly string[] {
  const inLine = (line: number | undefined) => (line === undefined ? '' : ` in line ${line}`);
  return [
    ...report.imported.flatMap((rule) => [
      `imported: ${rule.name} (${rule.id})`,
      ...rule.unsupported.map(({ field, reason }) => `  not done: ${field}: ${reason}`),
    ]),
    ...report.refused.map(({ name, line, reason }) => `refused: ${name ?? 'a rule'}${inLine(line)}: ${reason}`),
    ...report.exceptions.map((exception) => `exception: ${exceptionWords(exception)}`),
    ...report.leftOut.map(({ name, line, reason }) => `exception left out: ${name}${inLine(line)}: ${reason}`),
  ];
}

export const ruleRunCommand = command({
  name: 'rule run',
  operands: '',
  operandCount: [0, 0],
  summary: 'Runs the rules once, as of now or of any moment, and keeps what they raise.',
  options: { at: { type: 'string' }, rule: { type: 'string', multiple: true }, 'look-back': { type: 'string' } },
  async run({ values, output, signal, openServices, say }) {
    const atMs = readOption(values.at, (text) => parseTime(text, '--at'));
    const lookBackMs = readOption(values['look-back'], (text) => parseDuration(text, '--look-back'));
    const { rules, verdicts, engine } = await openServices();
    await verdicts.restore(signal);
    const report = await runRules(rules, { atMs, lookBackMs, ruleIds: values.rule, signal });
    const { lastMs } = await engine['evidence.summary']({}, ignoreItems(signal));
    if (report.candidates === 0 && atMs === undefined && lastMs !== undefined && lastMs < report.executedAtMs - dayMs) {
      const newest = formatIso(lastMs);
      say(
        `The newest evidence is of ${newest}. "portside rule run --at ${newest} --look-back 30d" looks at what came before.`,
      );
    }
    await output.document(report, () => [
      `As of ${formatIso(report.executedAtMs)}: ${report.candidates} candidates, ${report.alerts.length} new alerts, ${report.known} raised before, ${report.suppressed} hidden by exceptions, ${report.dropped} beyond the limit`,
      ...report.alerts.map(
        ({ ruleName, score, reason }) => `  ${score?.toFixed(0).padStart(3) ?? '  –'}  ${ruleName}: ${reason}`,
      ),
      ...report.warnings.map((warning) => `warning: ${warning}`),
    ]);
    return undefined;
  },
});

function switchCommand(name: string, isEnabled: boolean) {
  return command({
    name,
    operands: 'ID',
    operandCount: [1, 1],
    summary: `Switches a rule ${isEnabled ? 'on' : 'off'}.`,
    options: {},
    async run({ operands, output, openServices }) {
      const { rules } = await openServices({ mayMake: true });
      const rule = await rules.setEnabled(operands[0] ?? '', isEnabled);
      await output.document(rule, () => [`${rule.name}: ${rule.isEnabled ? 'on' : 'off'}`]);
      return undefined;
    },
  });
}

export const ruleOnCommand = switchCommand('rule on', true);
export const ruleOffCommand = switchCommand('rule off', false);

const exceptionOptions = {
  process: { type: 'string', multiple: true },
  path: { type: 'string', multiple: true },
  publisher: { type: 'string', multiple: true },
  hash: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  host: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  rule: { type: 'string', multiple: true },
  reason: { type: 'string' },
  expires: { type: 'string' },
} as const satisfies OptionTable;

function toDraft(values: OptionValues<typeof exceptionOptions>, usualReason: string | undefined): RuleExceptionDraft {
  const fields = {
    processes: values.process,
    executables: values.path,
    publishers: values.publisher,
    hashes: values.hash,
    users: values.user,
    hosts: values.host,
    devices: values.device,
  };
  if (Object.values(fields).every((value) => value === undefined)) {
    throw new UsageError('An exception needs --process, --path, --publisher, --hash, --user, --host or --device.');
  }
  const reason = values.reason ?? usualReason;
  if (!reason) throw new UsageError('An exception needs --reason.');
  const expiresMs = readOption(values.expires, (text) => parseTime(text, '--expires'));
  return { ...fields, ruleIds: values.rule, reason, expiresMs };
}

export const exceptionAddCommand = command({
  name: 'exception add',
  operands: '',
  operandCount: [0, 0],
  summary: 'Keeps rules from raising something: any of the values of each option, all options together.',
  options: exceptionOptions,
  async run({ values, output, openServices }) {
    const draft = toDraft(values, undefined);
    const { rules } = await openServices({ mayMake: true });
    const exception = await addException(rules, draft);
    await output.document(exception, () => [`exception ${exception.id} by ${exception.author}: ${exception.reason}`]);
    return undefined;
  },
});

export const exceptionListCommand = command({
  name: 'exception list',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the exceptions, also those that have expired.',
  options: {},
  async run({ output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const list = output.list<RuleException & { readonly expired: boolean }>(
      [
        { title: 'id', text: (row) => row.id },
        { title: 'hides', text: exceptionWords, maxWidth: 80 },
        { title: 'reason', text: (row) => row.reason },
        { title: 'author', text: (row) => row.author },
        {
          title: 'expires',
          text: (row) =>
            row.expiresMs === undefined ? 'never' : `${formatIso(row.expiresMs)}${row.expired ? ' (expired)' : ''}`,
        },
      ],
      'There are no exceptions.',
    );
    for (const row of await listExceptions(rules, Date.now())) await list.add(row);
    await list.end();
    return undefined;
  },
});

export const exceptionRemoveCommand = command({
  name: 'exception remove',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Removes an exception.',
  options: {},
  async run({ operands, output, openServices }) {
    const [id = ''] = operands;
    const { rules } = await openServices({ mayMake: true });
    await rules.removeException(id);
    await output.document({ id, removed: true }, () => [`exception ${id} removed`]);
    return undefined;
  },
});

export const exceptionPreviewCommand = command({
  name: 'exception preview',
  operands: '',
  operandCount: [0, 0],
  summary: 'Says what an exception would have hidden in the last 30 days of evidence.',
  options: exceptionOptions,
  async run({ values, output, signal, openServices }) {
    const draft = toDraft(values, 'preview');
    const { rules } = await openServices();
    const preview = await previewException(rules, draft, signal);
    await output.document(preview, () => [
      `It would have hidden ${preview.hiddenFindings} findings (${preview.hidden} of ${preview.considered} alerts) from ${formatIso(preview.fromMs)} to ${formatIso(preview.toMs)}`,
      ...preview.examples.map(({ score, reason }) => `  ${score?.toFixed(0).padStart(3) ?? '  –'}  ${reason}`),
    ]);
    return undefined;
  },
});

export const alertsCommand = command({
  name: 'alerts',
  operands: '',
  operandCount: [0, 0],
  summary: "Lists what the rules raised, newest first; with --ecs as documents with the fields of Kibana's alerts.",
  options: { from: { type: 'string' }, to: { type: 'string' }, limit: { type: 'string' }, ecs: { type: 'boolean' } },
  async run({ values, output, openServices }) {
    const limit = readOption(values.limit, wholeNumber('--limit', 1, 1_000_000)) ?? 1_000;
    const asked = { ...toSpan(values), limit };
    const { rules } = await openServices();
    if (values.ecs) {
      for (const document of await alertDocuments(rules, asked)) await output.raw(`${JSON.stringify(document)}\n`);
      return undefined;
    }
    const list = output.list<DetectionAlert>(alertColumns, 'No rule raised anything. "portside rule run" runs them.');
    for (const row of await rules.alerts(asked)) await list.add(row);
    await list.end();
    return undefined;
  },
});

const watchKinds = ['device', 'user', 'host', 'process'] as const;

export const watchListAddCommand = command({
  name: 'watch-list add',
  operands: 'KIND VALUE',
  operandCount: [2, 2],
  summary: 'Raises the next appearance of a device, user, host or process, however usual it is.',
  options: { note: { type: 'string', default: '' } },
  async run({ values, operands, output, openServices }) {
    const [kind = '', value = ''] = operands;
    const draft = { kind: oneOf('KIND', watchKinds)(kind), value, note: values.note ?? '' };
    const { rules } = await openServices({ mayMake: true });
    const item = await rules.addWatchItem(draft);
    await output.document(item, () => [`${item.kind} ${item.value} is on the watch list (${item.id})`]);
    return undefined;
  },
});

export const watchListCommand = command({
  name: 'watch-list',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists what is on the watch list.',
  options: {},
  async run({ output, openServices }) {
    const { rules } = await openServices({ mayMake: true });
    const list = output.list<WatchItem>(
      [
        { title: 'kind', text: (row) => row.kind },
        { title: 'value', text: (row) => row.value },
        { title: 'note', text: (row) => row.note },
        { title: 'author', text: (row) => row.author },
        { title: 'since', text: (row) => formatIso(row.createdMs) },
        { title: 'id', text: (row) => row.id },
      ],
      'The watch list is empty.',
    );
    for (const row of await rules.watchItems()) await list.add(row);
    await list.end();
    return undefined;
  },
});

export const watchListRemoveCommand = command({
  name: 'watch-list remove',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Takes something off the watch list.',
  options: {},
  async run({ operands, output, openServices }) {
    const [id = ''] = operands;
    const { rules } = await openServices({ mayMake: true });
    await rules.removeWatchItem(id);
    await output.document({ id, removed: true }, () => [`entry ${id} removed`]);
    return undefined;
  },
});
