import { formatBytes } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { logAverage, logBytes, logFiles, type PortsideHistory, type SizeExpectation } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';
import type { WriteSession } from './write-session.ts';

/** Sizes are expected around this before anything is known: wide, so that little follows from it. */
const priorBytes = { mean: Math.log(20e6), deviation: 2.6 };
const priorFiles = { mean: Math.log(12), deviation: 1.6 };

/** Two sizes of one habit differ by this much at least (deviation of the logarithm). */
const leastDeviation = 0.75;

/** Beyond these nats a size grows more unusual by the logarithm only, and how fast. */
const tailNats = 5.6;
const tailGrowthNats = 2;

/** Amounts of this size count half of what they would if they were large. */
const smallBytes = 20e6;
const smallWrites = 20;

const priorAverage = { mean: Math.log(1e6), deviation: 2 };

/** How much smaller the average write is than usual, in deviations, before it says something, and what it says then. */
const ordinarySmallness = 0.5;
const smallnessWeight = 0.8;

export interface Sizes {
  readonly drafts: readonly FacetDraft[];
  /** Deviations by which bytes or writes lie above the usual, whichever are further; 0 where neither does. */
  readonly excess: number;
}

/** Bytes and writes against what this program, and this user, usually write. */
export function sizeFacets(history: PortsideHistory, subject: Subject, scene: ScoringScene): Sizes {
  const { session, keys } = subject;
  const { isCommonAccount, beat } = scene;
  const averages = history.expectSize(isCommonAccount ? keys.averages.services : keys.averages.people, priorAverage);
  const smallness = smallnessWeight * Math.max(0, -standardised(logAverage(session), averages) - ordinarySmallness);
  let excess = 0;
  const make = (kind: 'bytes' | 'files'): FacetDraft => {
    const sizes = isCommonAccount ? keys[kind].services : keys[kind].people;
    const log = kind === 'bytes' ? logBytes(session) : logFiles(session);
    const prior = kind === 'bytes' ? priorBytes : priorFiles;
    const byProcess = history.expectSize(sizes.byProcess, prior);
    const byUser = history.expectSize(sizes.byUser, prior);
    const processCount = history.expectSize(sizes.byProcess.slice(0, 2), prior).count;
    // Services do not have a size of their own: what they run has.
    const expectation: SizeExpectation = isCommonAccount
      ? byProcess
      : processCount < 5
        ? byUser
        : standardised(log, byProcess) < standardised(log, byUser)
          ? byProcess
          : byUser;
    const above = standardised(log, expectation);
    excess = Math.max(excess, above);
    // Many writes that are also smaller than usual are a folder of small files, not a large one.
    const boost = kind === 'files' ? Math.min(Math.max(0, above), smallness) : 0;
    const z = above + boost;
    const usual = Math.exp(expectation.mean);
    const factor = Math.exp(log - expectation.mean);
    return {
      name: kind,
      nats: z <= 0 ? 0 : surprise(z) * weightOfAmount(kind, session) * scene.trust * (beat.isSteady ? 0.4 : 1),
      describe: () => {
        const amount = kind === 'bytes' ? formatBytes(session.writtenBytes) : countOf(session.events, 'write');
        const expected = kind === 'bytes' ? formatBytes(usual) : countOf(Math.max(1, Math.round(usual)), 'write');
        const times =
          factor >= 1.5 ? `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} times the usual` : 'usual';
        return {
          title: kind === 'bytes' ? 'Bytes' : 'Number of writes',
          figure: `${amount}, ${times}`,
          text: `${amount}${kind === 'bytes' ? ' (event sum)' : ''} in this session; ${expected} ${kind === 'bytes' || Math.round(usual) === 1 ? 'is' : 'are'} usual, going by earlier sessions of this user and program.${boost > 0.5 ? ` They are ${formatBytes(Math.exp(logAverage(session)))} each on average, smaller than usual.` : ''}${kind === 'bytes' && excess < 1 ? ' What else is odd counts less with so ordinary an amount.' : ''}`,
        };
      },
    };
  };
  return { drafts: [make('bytes'), make('files')], excess };
}

function standardised(log: number, { mean, deviation }: SizeExpectation): number {
  return (log - mean) / Math.max(leastDeviation, deviation);
}

/** Nats of a size this far above the expected one: sizes have heavy tails, so far out they grow slowly. */
function surprise(z: number): number {
  const nats = Math.log1p(Math.exp(1.7 * z)) - Math.LN2;
  return nats <= tailNats ? nats : tailNats + tailGrowthNats * Math.log1p((nats - tailNats) / tailGrowthNats);
}

/** 0 … 1: however unusual, a few megabytes or a few writes take little away. */
function weightOfAmount(kind: 'bytes' | 'files', session: WriteSession): number {
  const amount = kind === 'bytes' ? session.writtenBytes / smallBytes : session.events / smallWrites;
  return amount / (1 + amount);
}
