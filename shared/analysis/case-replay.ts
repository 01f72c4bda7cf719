import { formatSpan, formatTime, utc } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shortText } from '../base/words.ts';
import {
  type CaseChangeKind,
  type CaseEntry,
  type CaseFinding,
  type CaseNote,
  type CaseSession,
  type CaseState,
  type CaseSummary,
  type CaseTask,
  caseChangeSchemas,
  caseSessionSchema,
  type Exhibit,
  exhibitSchema,
  openedSchema,
} from '../model/case-file.ts';
import type { FindingRow } from '../model/finding.ts';
import { type CollectedStep, type StepMark, triageSteps } from '../model/triage.ts';
import { falsePositiveTitles, responseTitles, stateTitles, stepTitles, verdictTitles } from './case-words.ts';
import type { ChainedEntry } from './journal.ts';

interface FindingParts {
  readonly finding: FindingRow;
  steps: Map<string, CollectedStep>;
  marks: Map<string, StepMark>;
  settings?: Readonly<Record<string, unknown>> | undefined;
}

/** What `finding.added` holds. Findings are written by Portside itself; only what is needed to find them is checked. */
function findingOf(payload: unknown): FindingRow | undefined {
  const finding = (payload as { readonly finding?: unknown } | undefined)?.finding as Partial<FindingRow> | undefined;
  return typeof finding?.id === 'string' && typeof finding.host === 'string' && typeof finding.startMs === 'number'
    ? (finding as FindingRow)
    : undefined;
}

function collectedOf(payload: unknown):
  | {
      readonly findingId: string;
      readonly steps: readonly CollectedStep[];
      readonly settings: Readonly<Record<string, unknown>> | undefined;
    }
  | undefined {
  const { findingId, steps, settings } = (payload ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof findingId !== 'string' || !Array.isArray(steps)) return undefined;
  const isRecord = typeof settings === 'object' && settings !== null && !Array.isArray(settings);
  return {
    findingId,
    steps: steps as CollectedStep[],
    settings: isRecord ? (settings as Readonly<Record<string, unknown>>) : undefined,
  };
}

/**
 * Replays a journal to the state of its case. Any prefix of a journal that has at least its first entry gives a valid
 * state. Entries of unknown kinds (from a later version of the same format) are listed but change nothing.
 */
export function replayCase(entries: readonly ChainedEntry[]): CaseState | undefined {
  const [first, ...rest] = entries;
  const opened = first && first.kind === 'case.opened' ? openedSchema.safeParse(first.payload).data : undefined;
  if (!first || !opened) return undefined;
  let header: Pick<CaseState, 'title' | 'severity' | 'status' | 'tlp' | 'tags' | 'people'> = {
    title: opened.title,
    severity: opened.severity,
    status: 'open',
    tlp: opened.tlp,
    tags: opened.tags,
    people: [{ name: first.actor, role: 'lead' }],
  };
  const findings = new Map<string, FindingParts>();
  const sessions: CaseSession[] = [];
  const exhibits: Exhibit[] = [];
  const notes: CaseNote[] = [];
  const tasks = new Map<string, CaseTask>();
  const consultations: CaseState['consultations'][number][] = [];
  const falsePositives = new Map<string, CaseState['falsePositives'][number]>();
  const actions: CaseState['actions'][number][] = [];
  let verdict: CaseState['verdict'];

  for (const entry of rest) {
    const { kind, payload, actor, seq } = entry;
    const atMs = Date.parse(entry.at);
    if (kind === 'finding.added') {
      const finding = findingOf(payload);
      if (finding && !findings.has(finding.id))
        findings.set(finding.id, { finding, steps: new Map(), marks: new Map() });
      continue;
    }
    if (kind === 'steps.collected') {
      const collected = collectedOf(payload);
      const parts = collected && findings.get(collected.findingId);
      for (const step of collected?.steps ?? []) parts?.steps.set(step.step, step);
      if (parts && collected?.settings) parts.settings = collected.settings;
      continue;
    }
    if (kind === 'session.added') {
      const session = caseSessionSchema.safeParse(payload).data;
      if (session) sessions.push(session);
      continue;
    }
    if (kind === 'exhibit.added') {
      const exhibit = exhibitSchema.safeParse(payload).data;
      if (exhibit) exhibits.push(exhibit);
      continue;
    }
    const change = changeOf(kind, payload);
    if (!change) continue;
    switch (change.kind) {
      case 'note.added':
        notes.push({ seq, atMs, actor, ...change.payload });
        break;
      case 'step.marked': {
        const { findingId, ...mark } = change.payload;
        findings.get(findingId)?.marks.set(mark.step, { ...mark, actor, atMs });
        break;
      }
      case 'verdict.given':
        verdict = { ...change.payload, atMs, actor };
        if (header.status === 'open') header = { ...header, status: 'in-progress' };
        break;
      case 'case.changed':
        header = { ...header, ...withoutAbsent(change.payload) };
        break;
      case 'task.added':
        if (!tasks.has(change.payload.taskId))
          tasks.set(change.payload.taskId, { ...change.payload, state: 'open', atMs, actor });
        break;
      case 'task.changed': {
        const task = tasks.get(change.payload.taskId);
        if (task) tasks.set(task.taskId, { ...task, ...withoutAbsent(change.payload), atMs, actor });
        break;
      }
      case 'consultation.recorded':
        consultations.push({ ...change.payload, atMs, actor });
        break;
      case 'false-positive.judged':
        falsePositives.set(`${change.payload.findingId} ${change.payload.class}`, { ...change.payload, atMs, actor });
        break;
      case 'action.recorded':
        actions.push({ ...change.payload, atMs, actor });
        break;
    }
  }
  const last = entries.at(-1) ?? first;
  return {
    id: opened.id,
    ...header,
    workspace: opened.workspace,
    version: opened.version,
    openedBy: first.actor,
    openedAtMs: Date.parse(first.at),
    changedAtMs: Date.parse(last.at),
    findings: [...findings.values()].map(toCaseFinding),
    sessions,
    exhibits,
    notes,
    tasks: [...tasks.values()],
    consultations,
    falsePositives: [...falsePositives.values()],
    actions,
    verdict,
    entries: entries.map(toCaseEntry),
    head: last.hash,
  };
}

function toCaseFinding({ finding, steps, marks, settings }: FindingParts): CaseFinding {
  return {
    ...(settings ? { settings } : {}),
    finding,
    steps: triageSteps.map((step) => steps.get(step)).filter((step) => step !== undefined),
    marks: triageSteps.map((step) => marks.get(step)).filter((mark) => mark !== undefined),
  };
}

type ParsedChange = {
  [K in CaseChangeKind]: { readonly kind: K; readonly payload: ReturnType<(typeof caseChangeSchemas)[K]['parse']> };
}[CaseChangeKind];

function changeOf(kind: string, payload: unknown): ParsedChange | undefined {
  if (!Object.hasOwn(caseChangeSchemas, kind)) return undefined;
  const parsed = caseChangeSchemas[kind as CaseChangeKind].safeParse(payload);
  return parsed.success ? ({ kind, payload: parsed.data } as ParsedChange) : undefined;
}

function withoutAbsent<T extends object>(patch: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function toCaseEntry(entry: ChainedEntry): CaseEntry {
  return {
    seq: entry.seq,
    atMs: Date.parse(entry.at),
    actor: entry.actor,
    kind: entry.kind,
    text: entryText(entry),
    hash: entry.hash,
  };
}

/** What an entry says happened, in one sentence. Texts from outside are made visible and cut. */
export function entryText({ kind, payload }: Pick<ChainedEntry, 'kind' | 'payload'>): string {
  const said = (text: string) => visibleText(shortText(text, 500));
  if (kind === 'case.opened') return `Case opened: ${said(openedSchema.safeParse(payload).data?.title ?? '')}.`;
  if (kind === 'finding.added') {
    const finding = findingOf(payload);
    return finding
      ? `Finding added: ${said(finding.process)} on ${said(finding.host)}, score ${Math.round(finding.score)}.`
      : 'Finding added.';
  }
  if (kind === 'session.added') {
    const session = caseSessionSchema.safeParse(payload).data;
    return session
      ? `Live session added: ${said(session.host)}, ${formatSpan(session.fromMs, session.toMs, utc, { seconds: true })} UTC.`
      : 'Live session added.';
  }
  if (kind === 'steps.collected') {
    const checks = (collectedOf(payload)?.steps ?? []).reduce((sum, step) => sum + (step.checks?.length ?? 0), 0);
    return `Investigation steps collected: ${countOf(checks, 'check')}.`;
  }
  if (kind === 'exhibit.added') {
    const exhibit = exhibitSchema.safeParse(payload).data;
    if (!exhibit) return 'Exhibit added.';
    return exhibit.kind === 'evidence'
      ? `Evidence frozen as ${exhibit.exhibit}: ${said(exhibit.title)}, ${countOf(exhibit.rows ?? 0, 'row')}${exhibit.isCut ? ' (cut)' : ''}.`
      : `File attached as ${exhibit.exhibit}: ${said(exhibit.originalName ?? exhibit.name)}.`;
  }
  if (kind === 'journal.mended') return 'A write that was cut off was set aside; nothing acknowledged was in it.';
  if (kind === 'clock.jumped')
    return 'The clock of the computer was set; times before and after are on different clocks.';
  const change = changeOf(kind, payload);
  if (!change) return `Entry of the kind ${said(kind)}.`;
  switch (change.kind) {
    case 'note.added': {
      const { aboutMs, text } = change.payload;
      return aboutMs === undefined
        ? said(text)
        : `About ${formatTime(aboutMs, utc, { seconds: true, year: true })} UTC: ${said(text)}`;
    }
    case 'step.marked':
      return `${stepTitles[change.payload.step]}: ${stateTitles[change.payload.state].toLowerCase()}${change.payload.note ? `. ${said(change.payload.note)}` : '.'}`;
    case 'verdict.given':
      return `${verdictTitles[change.payload.verdict]}, confidence ${change.payload.confidence}${change.payload.text ? `. ${said(change.payload.text)}` : '.'}`;
    case 'case.changed':
      return `Changed: ${Object.entries(withoutAbsent(change.payload))
        .map(
          ([key, value]) =>
            `${key} ${said(typeof value === 'string' ? value : Array.isArray(value) ? `(${value.length})` : '')}`,
        )
        .join(', ')}.`;
    case 'task.added':
      return `Task added: ${said(change.payload.title)}${change.payload.owner ? `, for ${said(change.payload.owner)}` : ''}.`;
    case 'task.changed':
      return `Task ${said(change.payload.taskId)} is ${change.payload.state.replace('-', ' ')}${change.payload.result ? `: ${said(change.payload.result)}` : '.'}`;
    case 'consultation.recorded':
      return `${said(change.payload.asked)} was asked (${said(change.payload.how)}); authorised: ${change.payload.authorised}. ${said(change.payload.answer)}`;
    case 'false-positive.judged':
      return `${falsePositiveTitles[change.payload.class]}: ${change.payload.judgement}. ${said(change.payload.reason)}`;
    case 'action.recorded':
      return `${responseTitles[change.payload.response]}, ${said(change.payload.target)}: ${change.payload.result}. ${said(change.payload.title)}`;
  }
}

/** The line of a case in a list. */
export function summaryOf(state: CaseState, damage?: string): CaseSummary {
  return {
    id: state.id,
    title: state.title,
    severity: state.severity,
    status: state.status,
    tlp: state.tlp,
    verdict: state.verdict?.verdict,
    openedBy: state.openedBy,
    openedAtMs: state.openedAtMs,
    changedAtMs: state.changedAtMs,
    findings: state.findings.length,
    exhibits: state.exhibits.length,
    entries: state.entries.length,
    head: state.head,
    damage,
  };
}
