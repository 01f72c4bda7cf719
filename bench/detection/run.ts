/** Runs a made-up company through the product's own path: activity → findings, scored with the past only. */
import { makeFindingScoring, type ScoredHour } from '../../shared/analysis/score-findings.ts';
import type { PortsideScorer, WriteSession } from '../../shared/analysis/write-session.ts';
import type { CompanyOptions } from '../../shared/demo/company.ts';
import { type DemoLabel, makeDemoEvents } from '../../shared/demo/demo-events.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { type ActivityChunk, activitySlotMs, type ProgramIdentity } from '../../shared/model/evidence-answer.ts';
import type { Finding } from '../../shared/model/finding.ts';

/** A finding with what it was in truth. */
export interface JudgedFinding {
  readonly finding: Finding;
  readonly isAttack: boolean;
  /** Kind of the attack, else the class of everyday work with most time in it. */
  readonly kind: string;
  readonly incident: string | undefined;
}

export interface CompanyRun {
  readonly options: CompanyOptions;
  readonly judged: readonly JudgedFinding[];
  readonly hours: readonly ScoredHour[];
  readonly labels: readonly DemoLabel[];
  readonly writes: number;
  /** Time of grouping and scoring alone. */
  readonly scoringMs: number;
}

export function runCompany(options: CompanyOptions, scorer: PortsideScorer): CompanyRun {
  const { days } = makeDemoEvents(options);
  const scoring = makeFindingScoring(scorer, 'bench');
  const pass = scoring.startPass(Number.POSITIVE_INFINITY);
  const findings: Finding[] = [];
  const hours: ScoredHour[] = [];
  const labels: DemoLabel[] = [];
  let writes = 0;
  let scoringMs = 0;
  let carried: WriteEvent[] = [];
  const feed = (events: WriteEvent[]) => {
    const chunk = toActivity(events);
    const startMs = performance.now();
    const scored = pass.add(chunk);
    scoringMs += performance.now() - startMs;
    findings.push(...scored.findings);
    hours.push(...scored.hours);
  };
  for (const day of days()) {
    labels.push(...day.labels);
    writes += day.writes.length;
    const events = [...carried, ...day.writes];
    // A slot must be fed whole.
    const lastSlotMs = Math.floor((events.at(-1)?.atMs ?? 0) / activitySlotMs) * activitySlotMs;
    carried = events.filter(({ atMs }) => atMs >= lastSlotMs);
    feed(events.filter(({ atMs }) => atMs < lastSlotMs));
  }
  feed(carried);
  const startMs = performance.now();
  const end = pass.finish();
  scoringMs += performance.now() - startMs;
  findings.push(...end.settled.findings, ...end.unsettled.findings);
  hours.push(...end.settled.hours, ...end.unsettled.hours);
  return { options, judged: judge(findings, labels), hours, labels, writes, scoringMs };
}

/** What the store's `activity.read` gives for these writes: counted actions, by slot. */
function toActivity(events: readonly WriteEvent[]): ActivityChunk {
  const rows = new Map<
    string,
    { event: WriteEvent; slotMs: number; events: number; bytes: number; firstMs: number; lastMs: number }
  >();
  for (const event of events) {
    if (event.action === 'rename') continue;
    const slotMs = Math.floor(event.atMs / activitySlotMs) * activitySlotMs;
    const key = `${slotMs}|${event.host}|${event.user}|${event.process}|${event.executable}|${event.device}|${event.publisher}|${event.publisherTrusted}|${event.processSha256}|${event.originalFileName}|${event.parentProcess}`;
    const row = rows.get(key);
    if (row) {
      row.events++;
      row.bytes += event.sizeBytes;
      row.lastMs = event.atMs;
    } else {
      rows.set(key, { event, slotMs, events: 1, bytes: event.sizeBytes, firstMs: event.atMs, lastMs: event.atMs });
    }
  }
  const sorted = [...rows.values()].sort((a, b) => a.slotMs - b.slotMs);
  const dictionary = (nameOf: (event: WriteEvent) => string) => {
    const numbers = new Map<string, number>();
    const index = Uint32Array.from(sorted, ({ event }) => {
      const name = nameOf(event);
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return number;
    });
    return { names: [...numbers.keys()], index };
  };
  const host = dictionary((event) => event.host);
  const user = dictionary((event) => event.user);
  const process = dictionary((event) => event.process);
  const executable = dictionary((event) => event.executable ?? '');
  const device = dictionary((event) => event.device);
  const identity = dictionary((event) =>
    JSON.stringify({
      publisher: event.publisher ?? '',
      publisherTrusted: String(event.publisherTrusted ?? ''),
      sha256: event.processSha256 ?? '',
      originalFileName: event.originalFileName ?? '',
      parentProcess: event.parentProcess ?? '',
    } satisfies ProgramIdentity),
  );
  return {
    hosts: host.names,
    users: user.names,
    processes: process.names,
    executables: executable.names,
    devices: device.names,
    identities: identity.names.map((text) => JSON.parse(text) as ProgramIdentity),
    slotMs: Float64Array.from(sorted, (row) => row.slotMs),
    hostIndex: host.index,
    userIndex: user.index,
    processIndex: process.index,
    executableIndex: executable.index,
    deviceIndex: device.index,
    identityIndex: identity.index,
    events: Float64Array.from(sorted, (row) => row.events),
    writtenBytes: Float64Array.from(sorted, (row) => row.bytes),
    firstMs: Float64Array.from(sorted, (row) => row.firstMs),
    lastMs: Float64Array.from(sorted, (row) => row.lastMs),
  };
}

const keyOf = (one: Pick<WriteSession, 'host' | 'user' | 'process' | 'device'>) =>
  JSON.stringify([one.host, one.user, one.process, one.device]);

/** Finds what each finding was: a finding is true where writes of an attack are in it. */
export function judge(findings: readonly Finding[], labels: readonly DemoLabel[]): JudgedFinding[] {
  const byKey = new Map<string, DemoLabel[]>();
  for (const label of labels) {
    const key = keyOf(label);
    const list = byKey.get(key);
    if (list) list.push(label);
    else byKey.set(key, [label]);
  }
  return findings.map((finding) => {
    const inside = (byKey.get(keyOf(finding)) ?? []).filter(
      (label) => label.startMs <= finding.endMs && label.endMs >= finding.startMs,
    );
    const longest = inside.reduce<DemoLabel | undefined>(
      (best, label) => (!best || label.endMs - label.startMs > best.endMs - best.startMs ? label : best),
      undefined,
    );
    const attack = inside.find(({ isAttack }) => isAttack);
    return {
      finding,
      isAttack: attack !== undefined,
      kind: attack?.kind ?? longest?.kind ?? 'unlabelled',
      incident: attack?.incident,
    };
  });
}
