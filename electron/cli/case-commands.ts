import { fail } from '../../shared/base/failure.ts';
import { formatIso } from '../../shared/base/format.ts';
import { parseTime } from '../../shared/base/time.ts';
import {
  type CaseChange,
  type CaseEntry,
  type CaseFile,
  type CaseSummary,
  caseSeverities,
  caseVerdicts,
} from '../../shared/model/case-file.ts';
import { triageSteps } from '../../shared/model/triage.ts';
import { oneOf, readOption } from './arguments.ts';
import { command, UsageError } from './command.ts';
import { toSpan } from './filters.ts';

const stepStates = ['open', 'unremarkable', 'suspicious', 'not-applicable'] as const;

function describeEntry({ seq, atMs, actor, text }: CaseEntry): string {
  return `${String(seq).padStart(4)}  ${formatIso(atMs)}  ${actor}: ${text}`;
}

function describeCase(file: CaseFile): string[] {
  return [
    `${file.id}  ${file.title}`,
    `  ${file.status}, ${file.severity}, TLP:${file.tlp}, opened by ${file.openedBy} ${formatIso(file.openedAtMs)}`,
    ...(file.verdict
      ? [`  verdict: ${file.verdict.verdict} (${file.verdict.confidence} confidence). ${file.verdict.text}`]
      : []),
    ...(file.damage ? [`  DAMAGED: ${file.damage}`] : []),
    ...file.findings.map(
      ({ finding }) =>
        `  finding ${finding.id}: ${finding.process} on ${finding.host}, score ${finding.score.toFixed(0)}`,
    ),
    ...file.sessions.map(
      ({ host, fromMs, toMs }) => `  live session on ${host}, ${formatIso(fromMs)} to ${formatIso(toMs)}`,
    ),
    ...file.tasks.map(
      ({ taskId, state, title, owner }) => `  ${taskId} ${state}: ${title}${owner === undefined ? '' : ` (${owner})`}`,
    ),
    ...file.exhibits.map(({ exhibit, title, name, bytes }) => `  ${exhibit}: ${title} (${name}, ${bytes} bytes)`),
    '',
    ...file.entries.map(describeEntry),
    `Head ${file.head}`,
  ];
}

export const caseOpenCommand = command({
  name: 'case open',
  operands: '',
  operandCount: [0, 0],
  summary: 'Opens a case from findings, or from what was captured live on a host, and freezes the evidence in it.',
  options: {
    finding: { type: 'string', multiple: true },
    host: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    note: { type: 'string', default: '' },
    title: { type: 'string' },
    severity: { type: 'string' },
  },
  async run({ values, output, signal, openServices }) {
    const findingIds = values.finding ?? [];
    const { host, note = '' } = values;
    const { fromMs, toMs } = toSpan(values);
    if (findingIds.length === 0 && host === undefined)
      throw new UsageError('case open needs --finding ID, or --host NAME --from TIME --to TIME for a live session.');
    if (host !== undefined && (fromMs === undefined || toMs === undefined))
      throw new UsageError('A live session needs --from TIME and --to TIME beside --host NAME.');
    const session =
      host === undefined || fromMs === undefined || toMs === undefined ? undefined : { host, fromMs, toMs, note };
    const severity = readOption(values.severity, oneOf('--severity', caseSeverities));
    const { cases } = await openServices();
    const opened = await cases.open(
      { findingIds, session, title: values.title, severity },
      { signal, emit: () => undefined },
    );
    await output.document(opened, () => describeCase(opened));
    return undefined;
  },
});

export const caseListCommand = command({
  name: 'case list',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the cases of the workspace, newest first.',
  options: {},
  async run({ output, openServices }) {
    const { cases } = await openServices();
    const list = output.list<CaseSummary>(
      [
        { title: 'id', text: (row) => row.id },
        { title: 'status', text: (row) => row.status },
        { title: 'severity', text: (row) => row.severity },
        { title: 'verdict', text: (row) => row.verdict },
        { title: 'opened', text: (row) => formatIso(row.openedAtMs) },
        { title: 'findings', text: (row) => row.findings, align: 'right' },
        { title: 'entries', text: (row) => row.entries, align: 'right' },
        { title: 'title', text: (row) => row.title, maxWidth: 80 },
        { title: 'damage', text: (row) => row.damage, maxWidth: 80 },
      ],
      'No case in this workspace. "portside case open --finding ID" opens one.',
    );
    for (const row of await cases.list()) await list.add(row);
    await list.end();
    return undefined;
  },
});

export const caseShowCommand = command({
  name: 'case show',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Shows a case with its journal.',
  options: {},
  async run({ operands, output, openServices }) {
    const { cases } = await openServices();
    const file = await cases.read(operands[0] ?? '');
    await output.document(file, () => describeCase(file));
    return undefined;
  },
});

export const caseNoteCommand = command({
  name: 'case note',
  operands: 'ID TEXT',
  operandCount: [1, 2],
  summary: "Adds a note to a case's journal.",
  options: { text: { type: 'string' }, about: { type: 'string' } },
  async run({ values, operands, output, openServices }) {
    const [id = '', text = values.text] = operands;
    if (!text) throw new UsageError('case note needs a text.');
    const aboutMs = readOption(values.about, (when) => parseTime(when, '--about'));
    const payload = { text, ...(aboutMs === undefined ? {} : { aboutMs }) };
    return record(id, { kind: 'note.added', payload }, openServices, output);
  },
});

export const caseStepCommand = command({
  name: 'case step',
  operands: 'ID STEP',
  operandCount: [2, 2],
  summary: `Records what was decided about an investigation step: ${triageSteps.join(', ')}.`,
  options: { state: { type: 'string' }, note: { type: 'string', default: '' }, finding: { type: 'string' } },
  async run({ values, operands, output, openServices }) {
    const [id = '', stepText = ''] = operands;
    const step = oneOf('STEP', triageSteps)(stepText);
    const state = readOption(values.state, oneOf('--state', stepStates));
    if (!state) throw new UsageError(`case step needs --state: ${stepStates.join(', ')}.`);
    const findingId = values.finding ?? (await onlyFinding(id, openServices));
    return record(
      id,
      { kind: 'step.marked', payload: { findingId, step, state, note: values.note ?? '' } },
      openServices,
      output,
    );
  },
});

export const caseVerdictCommand = command({
  name: 'case verdict',
  operands: 'ID VERDICT',
  operandCount: [2, 2],
  summary: `Gives a case's verdict: ${caseVerdicts.join(', ')}.`,
  options: { confidence: { type: 'string', default: 'medium' }, text: { type: 'string', default: '' } },
  async run({ values, operands, output, openServices }) {
    const [id = '', verdictText = ''] = operands;
    const verdict = oneOf('VERDICT', caseVerdicts)(verdictText);
    const confidence = oneOf('--confidence', ['low', 'medium', 'high'])(values.confidence ?? 'medium');
    return record(
      id,
      { kind: 'verdict.given', payload: { verdict, confidence, text: values.text ?? '' } },
      openServices,
      output,
    );
  },
});

export const caseConsultCommand = command({
  name: 'case consult',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Records who was asked about a finding, when and how, the answer, and whether it was authorised.',
  options: {
    asked: { type: 'string' },
    role: { type: 'string' },
    how: { type: 'string', default: 'by phone' },
    at: { type: 'string' },
    question: { type: 'string', default: '' },
    answer: { type: 'string' },
    authorised: { type: 'string', default: 'unknown' },
    by: { type: 'string' },
    purpose: { type: 'string' },
    until: { type: 'string' },
    finding: { type: 'string' },
  },
  async run({ values, operands, output, openServices }) {
    const [id = ''] = operands;
    const { asked, answer } = values;
    if (!asked || !answer) throw new UsageError('case consult needs --asked NAME and --answer TEXT.');
    const authorised = oneOf('--authorised', ['yes', 'no', 'unknown'])(values.authorised ?? 'unknown');
    const askedAtMs = readOption(values.at, (text) => parseTime(text, '--at')) ?? Date.now();
    const untilMs = readOption(values.until, (text) => parseTime(text, '--until'));
    const findingId = values.finding ?? (await onlyFinding(id, openServices));
    return record(
      id,
      {
        kind: 'consultation.recorded',
        payload: {
          findingId,
          asked,
          role: values.role,
          askedAtMs,
          how: values.how ?? '',
          question: values.question ?? '',
          answer,
          authorised,
          authorisedBy: values.by,
          purpose: values.purpose,
          untilMs,
        },
      },
      openServices,
      output,
    );
  },
});

const taskStates = ['open', 'in-progress', 'done', 'failed', 'not-needed'] as const;

export const caseTaskCommand = command({
  name: 'case task',
  operands: 'ID TASK',
  operandCount: [2, 2],
  summary: 'Changes a task of a case, such as R-1: its state, owner, due date and result.',
  options: {
    state: { type: 'string' },
    owner: { type: 'string' },
    due: { type: 'string' },
    result: { type: 'string' },
  },
  async run({ values, operands, output, openServices }) {
    const [id = '', taskId = ''] = operands;
    const state = readOption(values.state, oneOf('--state', taskStates));
    const dueMs = readOption(values.due, (text) => parseTime(text, '--due'));
    const { tasks } = await (await openServices()).cases.read(id);
    const before = tasks.find((task) => task.taskId === taskId);
    if (!before)
      throw fail('not-found', `Case ${id} has no task ${taskId}.`, tasks.map((task) => task.taskId).join(', '));
    return record(
      id,
      {
        kind: 'task.changed',
        payload: { taskId, state: state ?? before.state, owner: values.owner, dueMs, result: values.result },
      },
      openServices,
      output,
    );
  },
});

type OpenServices = Parameters<typeof caseShowCommand.run>[0]['openServices'];
type Output = Parameters<typeof caseShowCommand.run>[0]['output'];

async function record(id: string, change: CaseChange, openServices: OpenServices, output: Output): Promise<undefined> {
  const { cases } = await openServices();
  const entry = await cases.record(id, change);
  await output.document(entry, () => [describeEntry(entry)]);
  return undefined;
}

/** The finding of a case that has one; a case with several asks for `--finding`. */
async function onlyFinding(id: string, openServices: OpenServices): Promise<string> {
  const { findings } = await (await openServices()).cases.read(id);
  const [first, second] = findings;
  if (!first || second) {
    throw fail('bad-input', `Case ${id} has ${findings.length} findings.`, 'Name one with --finding ID.');
  }
  return first.finding.id;
}
