import { formatCount } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import { deviceFacet } from './device-facet.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { identityFacets, learnIdentity } from './identity-facets.ts';
import { Disguises, masquerade } from './masquerade-facet.ts';
import { commonNameHosts, logBytes, logFiles, type PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';
import { executablePath, isTool, livingOffTheLand, prevalenceFacets } from './program-facets.ts';
import { sizeFacets } from './size-facets.ts';
import { hourFacet, hourKeys, userOnHost } from './user-facets.ts';

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
  drafts(subject: Subject, scene: ScoringScene): FacetDraft[] {
    const { history } = this;
    return [
      ...prevalenceFacets(history, subject, scene),
      deviceFacet(history, subject, scene),
      hourFacet(history, subject, scene),
      ...sizeFacets(history, subject, scene),
      executablePath(history, subject, scene),
      masquerade(history, subject, scene, this.disguises),
      livingOffTheLand(history, subject, scene),
      userOnHost(history, subject, scene),
      ...identityFacets(history, subject, scene),
      rhythm(subject, scene),
    ];
  }

  /** `nats`: how unusual the session was, for the days to come. */
  learn(subject: Subject, scene: ScoringScene, nats: number): void {
    const { history } = this;
    const { session, name, oddPlace, keys } = subject;
    const { executable, startMs } = session;
    history.see('fleet', startMs);
    if (history.see(keys.host, startMs)) history.addDistinct('hosts');
    history.see(keys.user, startMs);
    if (history.see(keys.hostProcess, startMs)) {
      history.addDistinct(keys.processHosts);
      history.addDistinct('process-pairs');
      if (history.count(keys.processHosts) === 1) history.addDistinct('process-names');
      if (history.count(keys.processHosts) === commonNameHosts) history.addCommonName(name);
      history.addFirstHost(keys.processFirstHosts, startMs);
    }
    history.see(keys.userProcess, startMs);
    if (history.see(keys.hostDevice, startMs)) history.addDistinct(keys.deviceHosts);
    history.see(keys.userDevice, startMs);
    if (history.see(keys.userHost, startMs)) {
      history.addDistinct(keys.userHosts);
      history.addDistinct(keys.hostUsers);
    }
    if (executable !== '') {
      if (history.see(keys.place, startMs)) {
        history.addDistinct(keys.placeHosts);
      }
      if (oddPlace && history.see(keys.oddPlace, startMs)) history.addDistinct(keys.oddPlaceHosts);
    }
    learnIdentity(history, subject);
    if (isTool(name)) history.see(keys.tool, startMs);
    for (const key of hourKeys(subject, scene)) history.addHour(key, startMs);
    const accounts = scene.isCommonAccount ? 'services' : 'people';
    for (const key of keys.bytes[accounts].all) history.addSize(key, logBytes(session));
    for (const key of keys.files[accounts].all) history.addSize(key, logFiles(session));
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
