import { withQueries } from '../../shared/analysis/check-queries.ts';
import { falsePositiveTests, runsOf } from '../../shared/analysis/false-positives.ts';
import { answered } from '../../shared/analysis/triage-answer.ts';
import { scopeOf } from '../../shared/analysis/triage-scope.ts';
import { dayMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { CaseException, CaseState } from '../../shared/model/case-file.ts';
import { activitySlotMs } from '../../shared/model/evidence-answer.ts';
import { type FalsePositiveTest, mostHiddenShown } from '../../shared/model/false-positive.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { defaultTriageSettings } from '../../shared/model/triage-settings.ts';
import {
  makeAsking,
  makeTriageCollector,
  mapAnswer,
  readSample,
  type TriageBackground,
  type TriageQuestions,
} from './triage-collector.ts';

/** What is known about a finding from cases: an answer of a consultation, a ticket. */
export interface FalsePositiveBackground extends TriageBackground {
  readonly casesOf?: ((findingId: string) => Promise<readonly CaseState[]>) | undefined;
}

/** Most findings of the past that a preview of an exception looks at. */
const maxPreviewed = 5_000;

/** Runs the five tests of innocent explanations for a finding. Ends with `not-found` for an unknown one. */
export async function testFalsePositives(
  questions: TriageQuestions,
  background: FalsePositiveBackground,
  findingId: string,
  signal: AbortSignal,
): Promise<readonly FalsePositiveTest[]> {
  const settings = (await background.settings?.()) ?? defaultTriageSettings;
  const finding = await questions['finding.read']({ id: findingId }, ignoreItems(signal));
  const asking = makeAsking(questions, signal);
  const { history, past } = scopeOf(finding, settings);
  const ofName = { ...history, processes: [finding.process] };
  const onHost = { ...ofName, hosts: [finding.host] };
  const roundAbout = {
    fromMs: finding.startMs - 3 * dayMs,
    toMs: finding.endMs + 3 * dayMs,
    processes: [finding.process],
  };
  const itUsers = settings.itAccounts;
  const collector = makeTriageCollector(questions, background);
  const [steps, sample, slots, userDays, hostDays, rolled, deviceTotals, itTotals, decision, cases, answers] =
    await Promise.all([
      collector.collect(findingId, { signal, emit: () => undefined }),
      readSample(finding, asking),
      asking.ask('volumes.read', { filter: onHost, bucketMs: activitySlotMs, by: 'device', maxKeys: 50 }),
      asking.ask('volumes.read', { filter: { ...ofName, users: [finding.user] }, bucketMs: dayMs, maxKeys: 1 }),
      asking.ask('volumes.read', { filter: onHost, bucketMs: dayMs, maxKeys: 1 }),
      asking.terms('host', roundAbout),
      asking.ask('writes.totals', { filters: [{ ...past, devices: [finding.device] }] }),
      itUsers.length === 0
        ? Promise.resolve(answered([]))
        : asking.ask('writes.totals', { filters: [{ ...past, devices: [finding.device], users: [...itUsers] }] }),
      background.deviceDecision?.(finding.device),
      background.casesOf?.(findingId) ?? [],
      background.consultations?.(findingId) ?? [],
    ]);
  const consultation = [...answers, ...cases.flatMap((state) => state.consultations)]
    .filter((one) => one.findingId === findingId)
    .sort((left, right) => left.atMs - right.atMs)
    .at(-1);
  const ticket = cases
    .flatMap((state) => state.actions)
    .map((action) => action.reference)
    .find((reference) => reference !== undefined);
  const figures = {
    runs: mapAnswer(slots, (columns) =>
      runsOf(
        [...columns.startMs].map((startMs, at) => ({
          startMs,
          writtenBytes: columns.writtenBytes[at] ?? 0,
          device: columns.keys[columns.keyIndex[at] ?? 0] ?? '',
        })),
      ),
    ),
    daysOfUser: mapAnswer(userDays, (columns) => columns.startMs.length),
    daysOnHost: mapAnswer(hostDays, (columns) => columns.startMs.length),
    rolledOutHosts: rolled,
    deviceKnownToIt: mapAnswer(itTotals, ([row]) => (row?.events ?? 0) > 0),
    deviceSeenBefore: mapAnswer(deviceTotals, ([row]) => (row?.events ?? 0) > 0),
    decision: answered(decision),
    sample: mapAnswer(sample, ({ rows }) => rows),
    steps,
    authorised: consultation?.authorised,
    authorisedUntilMs: consultation?.untilMs,
    ticket,
  };
  return Promise.all(
    falsePositiveTests(finding, figures, settings).map(async (test) => ({
      ...test,
      checks: withQueries(test.checks, figures),
      ...(await previewHidden(questions, test.exception, signal)),
    })),
  );
}

/** The findings so far that an exception covers. Publisher and hash are not in findings, so they do not narrow these. */
async function previewHidden(
  questions: TriageQuestions,
  exception: CaseException,
  signal: AbortSignal,
): Promise<{ readonly wouldHaveHidden: number; readonly hiddenFindings: readonly FindingRow[] }> {
  const { hosts, users, processes, devices, executables } = exception;
  const paths = executables && new Set(executables.map((path) => path.toLowerCase()));
  let hidden = 0;
  const shown: FindingRow[] = [];
  let seen = 0;
  let cursor: string | undefined;
  do {
    const page = await questions['findings.list'](
      { filter: { hosts, users, processes, devices }, sort: 'score', descending: true, limit: 1_000, cursor },
      ignoreItems(signal),
    );
    const covered = page.rows.filter((row) => !paths || paths.has((row.executable ?? '').toLowerCase()));
    hidden += covered.length;
    shown.push(...covered.slice(0, mostHiddenShown - shown.length));
    seen += page.rows.length;
    cursor = page.nextCursor;
  } while (cursor !== undefined && seen < maxPreviewed);
  return { wouldHaveHidden: hidden, hiddenFindings: shown };
}
