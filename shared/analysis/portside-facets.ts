import { formatCount } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import { deviceFacet } from './device-facet.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { identityFacets, learnIdentity } from './identity-facets.ts';
import { Disguises, masquerade } from './masquerade-facet.ts';
import { commonNameHosts, logAverage, logBytes, logFiles, type PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';
import { executablePath, isTool, livingOffTheLand, prevalenceFacets } from './program-facets.ts';
import { sizeFacets } from './size-facets.ts';
import { gapKeys, gapOf, hourFacet, hourKeys, userOnHost } from './user-facets.ts';

export interface Drafts {
  readonly drafts: readonly FacetDraft[];
  /** See `Sizes`. */
  readonly excess: number;
}

/** What a session is compared by, and what is kept of it for the next. */
export class PortsideFacets {
  private readonly history: PortsideHistory;
  private readonly disguises: Disguises;

  constructor(history: PortsideHistory) {
    this.history = history;
    this.disguises = new Disguises(history);
  }

  /** To be called when the history was taken back. */
  forget(): void {
    this.disguises.forget();
  }

  /** All facets of a session but that of repetition, which needs their sum. */
  drafts(subject: Subject, scene: ScoringScene): Drafts {
    const { history } = this;
    const sizes = sizeFacets(history, subject, scene);
    const drafts = [
      ...prevalenceFacets(history, subject, scene),
      deviceFacet(history, subject, scene),
      hourFacet(history, subject, scene),
      ...sizes.drafts,
      executablePath(history, subject, scene),
      masquerade(history, subject, scene, this.disguises),
      livingOffTheLand(history, subject, scene),
      userOnHost(history, subject, scene),
      ...identityFacets(history, subject, scene),
      rhythm(subject, scene),
    ];
    return { drafts, excess: sizes.excess };
  }

  /** `nats`: how unusual the session was, for the days to come. */
  learn(subject: Subject, scene: ScoringScene, nats: number): void {
    const { history } = this;
    const { session, name, oddPlace, keys } = subject;
    const { executable, startMs } = session;
    history.see('fleet', startMs);
    if (history.see(keys.host, startMs)) history.addDistinct('hosts');
    const daysOfUser = history.days(keys.user);
    history.see(keys.user, startMs);
    if (!scene.isCommonAccount && history.days(keys.user) > daysOfUser) history.addDistinct('user-days');
    const isOther = history.count(keys.userHosts) > 0;
    if (history.see(keys.hostProcess, startMs)) {
      history.addDistinct(keys.processHosts);
      history.addDistinct('process-pairs');
      if (history.count(keys.processHosts) === 1) history.addDistinct('process-names');
      if (history.count(keys.processHosts) === commonNameHosts) history.addCommonName(name);
      history.addFirstHost(keys.processFirstHosts, startMs);
    }
    if (history.see(keys.userProcess, startMs)) history.addDistinct(keys.processUsers);
    if (history.see(keys.hostDevice, startMs)) history.addDistinct(keys.deviceHosts);
    history.see(keys.userDevice, startMs);
    if (history.see(keys.userHost, startMs)) {
      history.addDistinct(keys.userHosts);
      if (isOther && !scene.isCommonAccount) {
        history.addDistinct('moves');
        history.addDistinct(keys.userMoves);
        history.addDistinct(keys.hostMoves);
      }
    }
    if (executable !== '') {
      if (history.see(keys.place, startMs)) {
        history.addDistinct(keys.placeHosts);
      }
      if (oddPlace && history.see(keys.oddPlace, startMs)) history.addDistinct(keys.oddPlaceHosts);
    }
    learnIdentity(history, subject);
    if (isTool(name)) history.see(keys.tool, startMs);
    if (!scene.isCommonAccount) {
      const gap = gapOf(history, subject);
      if (gap) for (const key of gapKeys(startMs, gap.density)) history.addGap(key, gap.hours);
      history.addStart(keys.userStarts, startMs);
    }
    for (const key of hourKeys(subject, scene)) history.addHour(key, startMs);
    const accounts = scene.isCommonAccount ? 'services' : 'people';
    for (const key of keys.bytes[accounts].all) history.addSize(key, logBytes(session));
    for (const key of keys.files[accounts].all) history.addSize(key, logFiles(session));
    for (const key of keys.averages[accounts]) history.addSize(key, logAverage(session));
    history.addStart(keys.starts, startMs);
    if (nats > 0) {
      history.addWeak(keys.weakDevice, startMs, nats);
      history.addWeak(keys.weakProcess, startMs, nats);
    }
  }
}

/** Adds no points: says when size and hour count less. */
function rhythm({ session: { process } }: Subject, { beat }: ScoringScene): FacetDraft {
  return {
    name: 'rhythm',
    nats: 0,
    describe: () => ({
      title: 'Rhythm',
      figure: beat.runs > 0 ? `${beat.onBeat} of ${countOf(beat.runs, 'run')} at this time` : 'No earlier run',
      text:
        beat.runs === 0
          ? `${process} did not write from this host to this device before.`
          : `${formatCount(beat.onBeat)} of the last ${countOf(beat.runs, 'run')} of ${process} from this host to this device began within 45 minutes of this time of day.${beat.isSteady ? ' Size and hour count less for it.' : ''}`,
    }),
  };
}
