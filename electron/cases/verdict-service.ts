import { isVerdictFacet, verdictOfCase } from '../../shared/analysis/verdict-feedback.ts';
import { Failure, fail } from '../../shared/base/failure.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import { type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import type { CaseVerdict } from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingVerdict, FindingVerdictKind } from '../../shared/model/finding-verdict.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Decisions, StandingVerdict, VerdictChange } from './decisions.ts';

export interface VerdictRequest {
  readonly findingId: string;
  readonly verdict: FindingVerdictKind;
  readonly note: string;
  /** Whether it counts after all evidence known now, or after the judged finding. */
  readonly since: 'now' | 'finding';
  /** From when a verdict that is put back counted; absent: as `since` says. */
  readonly countsFromMs?: number | undefined;
  /** What must stand now; else it ends with `changed-since`. */
  readonly expected?: StandingVerdict | undefined;
}

/** Verdicts on findings: in the journal of the workspace first, then in the engine, whose scores they move. */
export interface VerdictService {
  /** Ends with `not-found` where there is no such finding. */
  give(request: VerdictRequest, signal: AbortSignal): Promise<FindingVerdict>;
  /** Ends with `not-found` where no verdict stands. */
  takeBack(findingId: string, note: string, signal: AbortSignal, expected?: StandingVerdict): Promise<void>;
  /** A case's verdict is one on each of its findings; an inconclusive one takes back what the case said before. */
  takeCase(
    given: { readonly id: string; readonly findings: readonly FindingRow[]; readonly verdict: CaseVerdict },
    signal: AbortSignal,
  ): Promise<void>;
  /** Tells the engine the verdicts that stand: after it started, or for another engine. */
  restore(signal: AbortSignal): Promise<void>;
}

export function makeVerdictService(options: {
  readonly questions: Pick<Handlers<EngineOperations>, 'finding.read' | 'evidence.summary' | 'finding-verdicts.set'>;
  readonly decisions: Decisions;
  readonly clock?: Clock | undefined;
}): VerdictService {
  const { questions, decisions } = options;
  const clock = options.clock ?? systemClock;

  async function record(
    changes: readonly VerdictChange[],
    signal: AbortSignal,
    expected?: StandingVerdict,
  ): Promise<void> {
    if (changes.length === 0) return;
    await decisions.judgeFindings(changes, expected);
    // What is on record counts: an engine that is gone is told when it is back.
    await restore(signal).catch(ignoreFailure);
  }

  async function restore(signal: AbortSignal): Promise<void> {
    const verdicts = [...(await decisions.findingVerdicts()).values()];
    await questions['finding-verdicts.set']({ verdicts }, ignoreItems(signal));
  }

  /** The time from which all evidence is new: old evidence has its own "now". */
  async function knownUntilMs(signal: AbortSignal): Promise<number> {
    const { lastMs } = (await questions['evidence.summary']({}, ignoreItems(signal)).catch(ignoreFailure)) ?? {};
    return Math.min(clock.wallMs(), lastMs === undefined ? Number.POSITIVE_INFINITY : lastMs + 1);
  }

  return {
    async give({ findingId, verdict, note, since, countsFromMs: given, expected }, signal) {
      const finding = await questions['finding.read']({ id: findingId }, ignoreItems(signal));
      const countsFromMs = given ?? (since === 'finding' ? finding.endMs + 1 : await knownUntilMs(signal));
      await record([changeOf(finding, verdict, note, countsFromMs)], signal, expected);
      const standing = (await decisions.findingVerdicts()).get(findingId);
      if (!standing) throw fail('not-found', `The verdict on finding ${findingId} was taken back at the same moment.`);
      return standing;
    },

    async takeBack(findingId, note, signal, expected) {
      if (!(await decisions.findingVerdicts()).has(findingId)) {
        throw fail(
          'not-found',
          `There is no verdict on finding ${findingId} to take back.`,
          'The explanation of a score names the finding whose verdict moves it.',
        );
      }
      await record([{ findingId, verdict: 'none', note }], signal, expected);
    },

    async takeCase({ id, findings, verdict }, signal) {
      const kind = verdictOfCase[verdict];
      const standing = await decisions.findingVerdicts();
      if (kind === undefined) {
        const ofCase = [...standing.values()].filter(({ caseId }) => caseId === id);
        const note = `The verdict of case ${id} is now: ${verdict}`;
        return record(
          ofCase.map(({ findingId }) => ({ findingId, verdict: 'none', note })),
          signal,
        );
      }
      const countsFromMs = await knownUntilMs(signal);
      const changes = findings
        // What a case said before is not said again: it would count from later on.
        .filter((finding) => {
          const known = standing.get(finding.id);
          return known?.caseId !== id || known.verdict !== kind;
        })
        .map((finding) => ({ ...changeOf(finding, kind, '', countsFromMs), caseId: id }));
      await record(changes, signal);
    },

    restore,
  };
}

function ignoreFailure(error: unknown): undefined {
  if (error instanceof Failure) return undefined;
  throw error;
}

function changeOf(finding: FindingRow, verdict: FindingVerdictKind, note: string, countsFromMs: number) {
  const { id, host, process, executable, device, facets } = finding;
  const reasons = facets.filter((facet) => facet.points > 0 && !isVerdictFacet(facet));
  return {
    findingId: id,
    verdict,
    note,
    countsFromMs,
    host,
    process,
    ...(executable === undefined ? {} : { executable }),
    device,
    points: Object.fromEntries(reasons.map(({ name, points }) => [name, points])),
  };
}
