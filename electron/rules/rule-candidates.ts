import { isVerdictFacet } from '../../shared/analysis/verdict-feedback.ts';
import { formatBytes } from '../../shared/base/format.ts';
import { sha256Hex } from '../../shared/base/sha-256.ts';
import { bucketStart, dayMs, type Span } from '../../shared/base/time.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import { type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import { airdropSpikeJobs, volumeSpikeJobs } from '../../shared/model/built-in-rules.ts';
import { rareProcessJobs } from '../../shared/model/elastic-job.ts';
import type { AnomalyRecord } from '../../shared/model/event.ts';
import type { DeviceSession } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import { maxPageRows } from '../../shared/model/page-limit.ts';
import type { DetectionAlert, Rule, RuleRun, WatchItem } from '../../shared/model/rule.ts';

/** The questions that rules ask. */
export type RuleSources = Pick<
  Handlers<EngineOperations>,
  'anomaly-records.list' | 'evidence.summary' | 'findings.list' | 'sessions.list' | 'terms.list' | 'writes.totals'
>;

/** What a rule would raise, with the writes that it is about. */
export interface Candidate {
  readonly alert: Omit<DetectionAlert, 'raisedMs'>;
  readonly evidence: EvidenceFilter;
}

export interface FoundCandidates {
  readonly source: RuleRun['source'];
  /** Highest score first, then oldest. */
  readonly candidates: readonly Candidate[];
  readonly warnings: readonly string[];
}

/** Most connections that one question gives. */
const maxSessions = 10_000;

/**
 * What reaches a rule's threshold among the things that became complete in the span: buckets of a job, findings (by
 * their last write), connections (by their start). So of spans that follow one another each thing falls into exactly one.
 */
export async function findCandidates(
  rule: Rule,
  span: Span,
  sources: RuleSources,
  watchItems: readonly WatchItem[],
  signal: AbortSignal,
): Promise<FoundCandidates> {
  const { detection } = rule;
  switch (detection.kind) {
    case 'anomaly-job': {
      const { jobIds, threshold, fallback, fallbackProcess } = detection;
      if (await hasRecords(jobIds, sources, signal)) {
        const records = await readRecords(jobIds, threshold, span, sources, signal);
        return sorted(
          'anomaly-records',
          records.map((record) => ofRecord(rule, record, threshold)),
        );
      }
      if (fallback === 'none') {
        return {
          source: 'anomaly-records',
          candidates: [],
          warnings: [
            `There are no records of ${jobIds.join(', ')}, and Portside has no score of its own for what that job looks at.`,
          ],
        };
      }
      const filter = { minScore: threshold, processes: fallbackProcess === undefined ? undefined : [fallbackProcess] };
      const findings = await readFindings(filter, span, sources, signal);
      const renamed = await otherNames(jobIds, sources, signal);
      const reached = fallback === 'volume' ? findings.filter(isMostlyVolume) : findings;
      const candidates = reached.map((finding) => ofFinding(rule, finding, finding.score));
      return { ...sorted('findings', candidates), warnings: renamed };
    }
    case 'finding-score': {
      const { filter, score, threshold } = detection;
      const asked: FindingFilter = score === 'portside' ? { ...filter, minScore: threshold } : filter;
      const findings = await readFindings(asked, span, sources, signal);
      const scoreOf = (finding: FindingRow) => (score === 'portside' ? finding.score : finding.elastic.score);
      return sorted(
        'findings',
        findings
          .filter((finding) => scoreOf(finding) >= threshold)
          .map((finding) => ofFinding(rule, finding, scoreOf(finding))),
      );
    }
    case 'new-device': {
      const sessions = await newSessions(detection, span, sources, signal);
      return {
        ...sorted(
          'connections',
          sessions.rows.map((session) => ofSession(rule, session, detection.newTo)),
        ),
        warnings: sessions.warnings,
      };
    }
    case 'watch-list':
      return findWatched(rule, span, sources, watchItems, signal);
  }
}

function sorted(source: FoundCandidates['source'], candidates: readonly Candidate[]): FoundCandidates {
  const order = [...candidates].sort(
    ({ alert: a }, { alert: b }) =>
      (b.score ?? 0) - (a.score ?? 0) || a.startMs - b.startMs || (a.id < b.id ? -1 : Number(a.id > b.id)),
  );
  return { source, candidates: order, warnings: [] };
}

/** Whether the store has any record of one of the jobs, of whatever time: what a rule runs on must not change on its way. */
async function hasRecords(jobIds: readonly string[], sources: RuleSources, signal: AbortSignal): Promise<boolean> {
  const { anomalyRecords } = await sources['evidence.summary']({}, ignoreItems(signal));
  if (anomalyRecords === 0) return false;
  const records = await sources['anomaly-records.list']({ limit: maxPageRows }, ignoreItems(signal));
  if (records.some(({ jobId }) => jobIds.includes(jobId))) return true;
  // Other jobs fill the page: look on by time, in halves.
  if (records.length < maxPageRows) return false;
  const starts = records.map(({ bucketStartMs }) => bucketStartMs);
  return searchRecords(
    jobIds,
    { startMs: Math.min(...starts) - 3_650 * dayMs, endMs: Math.max(...starts) + dayMs },
    sources,
    signal,
  );
}

/** Whether nothing adds more points to a finding than its bytes; facets stand in the order of what they are about, not of points. */
function isMostlyVolume({ facets }: FindingRow): boolean {
  const bytes = facets.find(({ name }) => name === 'bytes')?.points ?? 0;
  return bytes > 0 && facets.every((facet) => facet.points <= bytes || isVerdictFacet(facet));
}

/** The names that Elastic has given to one job over time. */
const jobFamilies: readonly (readonly string[])[] = [rareProcessJobs, volumeSpikeJobs, airdropSpikeJobs];

/** A warning where the store has the rule's job under another name only: the rule would run on it if it named it. */
async function otherNames(jobIds: readonly string[], sources: RuleSources, signal: AbortSignal): Promise<string[]> {
  const others = jobFamilies
    .filter((family) => family.some((job) => jobIds.includes(job)))
    .flatMap((family) => family.filter((job) => !jobIds.includes(job)));
  if (others.length === 0 || !(await hasRecords(others, sources, signal))) return [];
  return [
    `There are no records of ${jobIds.join(', ')}, but of ${others.join(' or ')}, an older or newer name of the same job. Portside’s own scores stand in; a rule that names that job runs on its records.`,
  ];
}

async function searchRecords(
  jobIds: readonly string[],
  span: Span,
  sources: RuleSources,
  signal: AbortSignal,
): Promise<boolean> {
  const records = await sources['anomaly-records.list'](
    { fromMs: span.startMs, toMs: span.endMs, limit: maxPageRows },
    ignoreItems(signal),
  );
  if (records.some(({ jobId }) => jobIds.includes(jobId))) return true;
  const middleMs = Math.floor((span.startMs + span.endMs) / 2);
  if (records.length < maxPageRows || middleMs <= span.startMs) return false;
  return (
    (await searchRecords(jobIds, { startMs: span.startMs, endMs: middleMs }, sources, signal)) ||
    (await searchRecords(jobIds, { startMs: middleMs, endMs: span.endMs }, sources, signal))
  );
}

/** Records whose bucket ended in the span. */
async function readRecords(
  jobIds: readonly string[],
  threshold: number,
  span: Span,
  sources: RuleSources,
  signal: AbortSignal,
): Promise<AnomalyRecord[]> {
  async function read(startMs: number, endMs: number): Promise<AnomalyRecord[]> {
    const records = await sources['anomaly-records.list'](
      { fromMs: startMs, toMs: endMs, limit: maxPageRows },
      ignoreItems(signal),
    );
    const isCut = records.length >= maxPageRows && (records.at(-1)?.recordScore ?? 0) >= threshold;
    const middleMs = Math.floor((startMs + endMs) / 2);
    if (isCut && middleMs > startMs) return [...(await read(startMs, middleMs)), ...(await read(middleMs, endMs))];
    return [...records];
  }
  // Buckets are an hour long in the jobs that are known; a day is enough for any.
  const records = await read(span.startMs - dayMs, span.endMs);
  return records.filter((record) => {
    const endMs = record.bucketStartMs + record.bucketSpanMs;
    return (
      jobIds.includes(record.jobId) && record.recordScore >= threshold && endMs > span.startMs && endMs <= span.endMs
    );
  });
}

/** Findings whose last write lies in the span. */
async function readFindings(
  filter: FindingFilter,
  span: Span,
  sources: RuleSources,
  signal: AbortSignal,
): Promise<FindingRow[]> {
  const findings: FindingRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await sources['findings.list'](
      {
        filter: { ...filter, fromMs: span.startMs, toMs: span.endMs },
        sort: 'score',
        descending: true,
        limit: maxPageRows,
        cursor,
      },
      ignoreItems(signal),
    );
    findings.push(...page.rows.filter(({ endMs }) => endMs >= span.startMs && endMs < span.endMs));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return findings;
}

function startOf(session: DeviceSession): number {
  return session.connectedMs ?? session.firstActivityMs;
}

function endOf(session: DeviceSession): number {
  return Math.max(session.lastActivityMs, session.disconnectedMs ?? 0);
}

/** Connections that began in the span, of a device that was not seen in the history before. */
async function newSessions(
  detection: Extract<Rule['detection'], { kind: 'new-device' }>,
  span: Span,
  sources: RuleSources,
  signal: AbortSignal,
): Promise<{ rows: DeviceSession[]; warnings: string[] }> {
  const rows: DeviceSession[] = [];
  const warnings: string[] = [];
  const identity = ({ device, host }: DeviceSession) =>
    detection.newTo === 'host' ? JSON.stringify([device, host]) : device;
  // Whole days: neighbouring runs then ask the same, and the answer may be remembered.
  const toMs = bucketStart(span.endMs - 1, dayMs) + dayMs;
  const lastSeenMs = new Map<string, number>();
  /** Those of the start at which the part before ended: they come again with the next part. */
  let atBorder = new Set<string>();
  let fromMs = bucketStart(span.startMs, dayMs) - detection.historyMs;
  for (let borderMs = Number.NEGATIVE_INFINITY; ; ) {
    const answer = await sources['sessions.list']({ fromMs, toMs, limit: maxSessions }, ignoreItems(signal));
    const part = [...answer.rows].sort((a, b) => startOf(a) - startOf(b));
    for (const session of part) {
      const beginMs = startOf(session);
      if (beginMs < borderMs || (beginMs === borderMs && atBorder.has(keyOf(session)))) continue;
      const known = lastSeenMs.get(identity(session));
      const isNew = known === undefined || known < beginMs - detection.historyMs;
      const isRecorded = session.source === 'events' && session.connectedMs !== undefined;
      const isAsked = beginMs >= span.startMs && beginMs < span.endMs;
      if (isNew && isAsked && (isRecorded || !detection.onlyMounts)) rows.push(session);
      lastSeenMs.set(identity(session), Math.max(known ?? 0, endOf(session)));
    }
    const last = part.at(-1);
    if (!answer.isCut || !last) break;
    // What began before the last of this part has been seen; all else still touches the time from there on.
    const lastMs = startOf(last);
    if (lastMs <= borderMs) {
      warnings.push(
        `More than ${maxSessions} connections lasted at ${new Date(lastMs).toISOString()}: the later ones were not looked at.`,
      );
      break;
    }
    borderMs = lastMs;
    fromMs = Math.max(fromMs, lastMs);
    atBorder = new Set(part.filter((session) => startOf(session) === lastMs).map(keyOf));
  }
  return { rows, warnings };
}

function keyOf({ device, host, source, volume }: DeviceSession): string {
  return JSON.stringify([device, host, source, volume]);
}

async function findWatched(
  rule: Rule,
  span: Span,
  sources: RuleSources,
  items: readonly WatchItem[],
  signal: AbortSignal,
): Promise<FoundCandidates> {
  const candidates: Candidate[] = [];
  for (const item of items) {
    const filter: FindingFilter = { [`${item.kind === 'process' ? 'processe' : item.kind}s`]: [item.value] };
    // What began before somebody asked for it is no next appearance.
    const fromMs = Math.max(span.startMs, item.createdMs);
    if (fromMs >= span.endMs) continue;
    const findings = await readFindings(filter, { startMs: fromMs, endMs: span.endMs }, sources, signal);
    const said = `${item.kind} ${item.value} is on the watch list${item.note === '' ? '' : ` (${item.note})`}`;
    for (const finding of findings) candidates.push(ofFinding(rule, finding, undefined, said, item.id));
    if (item.kind !== 'device' && item.kind !== 'host') continue;
    const connectionsOf = item.kind === 'device' ? { device: item.value } : { hosts: [item.value] };
    const { rows } = await sources['sessions.list'](
      { ...connectionsOf, fromMs, toMs: span.endMs, limit: maxSessions },
      ignoreItems(signal),
    );
    for (const session of rows) {
      const beginMs = startOf(session);
      if (session.source === 'events' && beginMs >= fromMs && beginMs < span.endMs) {
        candidates.push(ofSession(rule, session, 'host', said, item.id));
      }
    }
  }
  return sorted('findings', candidates);
}

/** The stable id of an alert: of its rule and of what it is about, so that the same thing is raised once. */
export function alertId(ruleId: string, subject: DetectionAlert['subject'], more = ''): string {
  return `A-${sha256Hex(JSON.stringify([ruleId, subject.kind, subject.id, more])).slice(0, 16)}`;
}

function ofRule(rule: Rule, subject: DetectionAlert['subject'], more?: string) {
  return {
    id: alertId(rule.id, subject, more),
    ruleId: rule.id,
    ruleName: rule.name,
    ruleVersion: rule.version,
    severity: rule.severity,
    riskScore: rule.riskScore,
    subject,
  };
}

function ofRecord(rule: Rule, record: AnomalyRecord, threshold: number): Candidate {
  const endMs = record.bucketStartMs + record.bucketSpanMs;
  const what = record.process ?? 'A process';
  return {
    alert: {
      ...ofRule(rule, { kind: 'anomaly-record', id: record.id }),
      host: record.host,
      process: record.process,
      startMs: record.bucketStartMs,
      endMs: endMs - 1,
      score: record.recordScore,
      reason: `${what}${record.host === undefined ? '' : ` on ${record.host}`}: a record of ${record.jobId} scored ${Math.floor(record.recordScore)}, the threshold is ${threshold}.`,
    },
    evidence: {
      fromMs: record.bucketStartMs,
      toMs: endMs,
      hosts: record.host === undefined ? undefined : [record.host],
      processes: record.process === undefined ? undefined : [record.process],
    },
  };
}

function ofFinding(
  rule: Rule,
  finding: FindingRow,
  score: number | undefined,
  said?: string,
  more?: string,
): Candidate {
  const wrote = `${finding.process} wrote ${formatBytes(finding.writtenBytes)} to ${finding.device} on ${finding.host} as ${finding.user}`;
  const [first] = finding.facets;
  const { unmovedScore } = finding;
  const isMoved = unmovedScore !== undefined && score === finding.score;
  const scored = `score ${Math.floor(score ?? 0)}${isMoved ? ` (${Math.floor(unmovedScore)} without verdicts)` : ''}`;
  const why = said ?? (first ? `${scored}, first for this: ${first.title}, ${first.figure}` : scored);
  return {
    alert: {
      ...ofRule(rule, { kind: 'finding', id: finding.id }, more),
      host: finding.host,
      user: finding.user,
      process: finding.process,
      executable: finding.executable,
      device: finding.device,
      startMs: finding.startMs,
      endMs: finding.endMs,
      score,
      reason: `${wrote}: ${why}.`,
    },
    evidence: {
      fromMs: finding.startMs,
      toMs: finding.endMs + 1,
      hosts: [finding.host],
      users: [finding.user],
      processes: [finding.process],
      devices: [finding.device],
    },
  };
}

function ofSession(
  rule: Rule,
  session: DeviceSession,
  newTo: 'host' | 'everyone',
  said?: string,
  more?: string,
): Candidate {
  const startMs = startOf(session);
  const what = session.source === 'events' ? 'was connected to' : 'was first written to on';
  return {
    alert: {
      ...ofRule(rule, { kind: 'connection', id: JSON.stringify([session.device, session.host, startMs]) }, more),
      host: session.host,
      device: session.device,
      startMs,
      endMs: endOf(session),
      reason: `${session.device} ${what} ${session.host}: ${said ?? (newTo === 'host' ? 'new to this host' : 'new to all hosts')}.`,
    },
    evidence: { fromMs: startMs, toMs: endOf(session) + 1, hosts: [session.host], devices: [session.device] },
  };
}
