import { countOf } from '../base/words.ts';
import { identityParts } from '../model/evidence-answer.ts';
import type { EvidenceFacetName } from '../model/facet-name.ts';
import type { Facet } from '../model/finding.ts';
import { type FacetDraft, type ScoringScene, sceneOf } from './facet-draft.ts';
import { type Drafts, PortsideFacets } from './portside-facets.ts';
import { PortsideHistory } from './portside-history.ts';
import { type Subject, subjectOf } from './portside-subject.ts';
import { type PortsideWeights, portsideWeights } from './portside-weights.ts';
import { repetitionFacet } from './repetition-facet.ts';
import type { PortsideScorer, WriteSession } from './write-session.ts';

/** Names this version of the score: findings computed by another one are stale. */
export const portsideScoreVersion = 'portside-6';

/** Earlier days of a host, and of the fleet, below which a score is marked as one of a cold start. */
const enoughHostDays = 3;
const enoughFleetDays = 5;

/**
 * A scorer that has learned nothing. Only exact figures go in (events, event sums, times), so that the same evidence gets
 * the same score from every engine. Sessions that end at the same moment may be learned in any order.
 */
export function makePortsideScorer(weights: PortsideWeights = portsideWeights): PortsideScorer {
  const history = new PortsideHistory();
  const facets = new PortsideFacets(history);
  /** Sessions with the same end, learned together in an order of their own as soon as another one follows. */
  let waiting: WriteSession[] = [];
  let waitingAtCheckpoint: WriteSession[] = [];

  function settle(): void {
    if (waiting.length > 1) waiting.sort(byIdentity);
    for (const session of waiting) {
      const subject = subjectOf(session);
      const scene = sceneOf(history, subject);
      // A slow copy is small every day: what it adds up to later counts in full.
      const { ranked, sum } = weigh({ ...facets.drafts(subject, scene), excess: largeExcess }, weights);
      // One unusual thing has ordinary reasons; what is kept for later is what comes together.
      facets.learn(subject, scene, sum - (ranked[0]?.share ?? 0));
    }
    waiting = [];
  }

  /**
   * Repetition gives back what the last days took away, and no more: nothing scores higher for being done again than if
   * it were done for the first time.
   */
  function repeated(subject: Subject, scene: ScoringScene, sum: number): FacetDraft {
    const draft = repetitionFacet(history, subject, sum);
    const weight = weights.facets['weak-findings'];
    if (weight * (draft.nats - weights.everydayNats) <= 0) return draft;
    const afresh = weigh(facets.drafts(subject, { ...scene, without: 'recent' }), weights).sum;
    return { ...draft, nats: Math.min(draft.nats, weights.everydayNats + Math.max(0, afresh - sum) / weight) };
  }

  return {
    score(session) {
      settle();
      const subject = subjectOf(session);
      const scene = sceneOf(history, subject);
      const drafts = facets.drafts(subject, scene);
      const again = repeated(subject, scene, weigh(drafts, weights).sum);
      const { ranked, sum } = weigh({ ...drafts, drafts: [...drafts.drafts, again] }, weights);
      const score = 100 * (1 - Math.exp(-sum / weights.scaleNats));
      return {
        score,
        coldStart: coldStartOf(scene),
        facets: byMatter(ranked, weights).map(({ draft, evidence, share }): Facet => {
          const { title, figure, text } = draft.describe();
          return { name: draft.name, title, figure, text, evidence, points: sum > 0 ? (score * share) / sum : 0 };
        }),
      };
    },

    learn(session) {
      if (waiting[0] && waiting[0].endMs !== session.endMs) settle();
      waiting.push(session);
    },

    checkpoint() {
      waitingAtCheckpoint = [...waiting];
      history.checkpoint();
    },

    rollback() {
      history.rollback();
      facets.forget();
      waiting = waitingAtCheckpoint;
    },
  };
}

/** Deviations above the usual from which on all counts in full. */
const largeExcess = 1e3;

interface Weighed {
  readonly draft: FacetDraft;
  readonly evidence: number;
  /** What it adds to the sum. */
  readonly share: number;
}

/** What a facet is about. */
const matters: Readonly<Record<EvidenceFacetName, string>> = {
  'process-on-host': 'program',
  'fleet-prevalence': 'program',
  'executable-path': 'program',
  masquerade: 'program',
  'living-off-the-land': 'program',
  publisher: 'program',
  'original-name': 'program',
  'program-hash': 'program',
  'parent-process': 'program',
  'device-new': 'device',
  'hour-of-user': 'hour',
  'user-on-host': 'account',
  bytes: 'volume',
  files: 'volume',
  'weak-findings': 'days',
  rhythm: 'rhythm',
};

/** Weighs facets: each counts by its rank in evidence, the last ones nothing. They come back with the strongest first. */
function weigh({ drafts, excess }: Drafts, weights: PortsideWeights): { ranked: readonly Weighed[]; sum: number } {
  const { ordinaryAmount, halfExcess, everydayNats } = weights;
  const large = excess ** 2 / (excess ** 2 + halfExcess ** 2);
  const evidenceOf = ({ name, nats }: FacetDraft) => {
    const ordinary = ordinaryAmount[matters[name]] ?? 1;
    return weights.facets[name] * Math.max(0, nats - everydayNats) * (ordinary + (1 - ordinary) * large);
  };
  const weighed = drafts.map((draft) => ({ draft, evidence: evidenceOf(draft) }));
  const volumes = weighed
    .filter(({ draft }) => matters[draft.name] === 'volume')
    .sort((a, b) => b.evidence - a.evidence);
  for (const lesser of volumes.slice(1)) lesser.evidence *= weights.lesserSize;
  const ranked = weighed
    .sort((a, b) => b.evidence - a.evidence || (a.draft.name < b.draft.name ? -1 : 1))
    .map(({ draft, evidence }, rank) => ({ draft, evidence, share: evidence * (weights.ranks[rank] ?? 0) }));
  return { ranked, sum: ranked.reduce((total, { share }) => total + share, 0) };
}

/**
 * Puts weighed facets in order by matter, the most telling first, and inside a matter the strongest first: five things
 * about one program are one reason.
 */
function byMatter(ranked: readonly Weighed[], { telling, furtherReasons }: PortsideWeights): readonly Weighed[] {
  const strengths = new Map<string, number>();
  // The strongest of a matter comes first and counts in full.
  for (const { draft, evidence } of ranked) {
    const matter = matters[draft.name];
    const before = strengths.get(matter);
    strengths.set(matter, before === undefined ? evidence : before + furtherReasons * evidence);
  }
  const strengthOf = ({ draft }: Weighed) =>
    (strengths.get(matters[draft.name]) ?? 0) * (telling[matters[draft.name]] ?? 1);
  return [...ranked].sort((a, b) => strengthOf(b) - strengthOf(a) || matterOrder(a, b));
}

/** Keeps the order by evidence inside a matter, and matters of equal sums apart. */
function matterOrder(a: Weighed, b: Weighed): number {
  const [left, right] = [matters[a.draft.name], matters[b.draft.name]];
  return left === right ? 0 : left < right ? -1 : 1;
}

function coldStartOf(scene: ScoringScene): string | undefined {
  if (scene.fleetDays < enoughFleetDays) {
    return `Not enough history: only ${countOf(scene.fleetDays, 'earlier day')} of writes are known, from all hosts together, so most things are new. Unusual things score lower than they will later.`;
  }
  if (scene.hostDays < enoughHostDays) {
    return `Not enough history: this host wrote to external devices on only ${countOf(scene.hostDays, 'earlier day')}, so what is usual on it is taken from other hosts.`;
  }
  return undefined;
}

function byIdentity(a: WriteSession, b: WriteSession): number {
  if (a.startMs !== b.startMs) return a.startMs - b.startMs;
  for (const name of ['host', 'user', 'process', 'device', 'executable'] as const) {
    if (a[name] !== b[name]) return a[name] < b[name] ? -1 : 1;
  }
  for (const part of identityParts) {
    if (a.identity[part] !== b.identity[part]) return a.identity[part] < b.identity[part] ? -1 : 1;
  }
  return a.writtenBytes - b.writtenBytes || a.events - b.events;
}
