import { type FacetDraft, others, type ScoringScene } from './facet-draft.ts';
import { keyOf, type PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';
import { catalogueLikenessOf, type Disguise, disguiseOf, likenessOf } from './program-place.ts';

/** Names that imitate others. */
export function masquerade(
  history: PortsideHistory,
  subject: Subject,
  scene: ScoringScene,
  disguises: Disguises,
): FacetDraft {
  const { session, keys } = subject;
  const { process, startMs } = session;
  const disguise = disguises.of(subject);
  const hosts = history.count(keys.processHosts);
  const placeHosts = others(history, keys.placeHosts, history.days(keys.place));
  const established = history.settledDays(keys.place, startMs, scene.without);
  return {
    name: 'masquerade',
    nats: disguise ? disguise.nats / (1 + established + placeHosts) : 0,
    describe: () => ({
      title: 'Name of the program',
      figure: disguise?.figure ?? 'Imitates no other',
      text:
        disguise?.text ??
        `The name ${process} imitates none of the system programs nor of those that ${hosts > 0 ? 'other' : 'many'} hosts run.`,
    }),
  };
}

/** What programs imitate, as it was found out: a name is compared with each common one once. */
export class Disguises {
  private readonly history: PortsideHistory;
  private readonly disguises = new Map<string, Disguise | undefined>();
  private readonly catalogueLikenesses = new Map<string, Disguise | undefined>();
  /** How far a name was compared with the common ones, and the first that it is like. */
  private readonly likenesses = new Map<string, { compared: number; disguise: Disguise | undefined }>();

  constructor(history: PortsideHistory) {
    this.history = history;
  }

  /** To be called when the history was taken back: its common names may come in another order now. */
  forget(): void {
    this.likenesses.clear();
  }

  of({ session: { process, executable }, name }: Subject): Disguise | undefined {
    const key = keyOf(process, executable);
    let disguise = this.disguises.get(key);
    if (disguise === undefined && !this.disguises.has(key)) {
      disguise = disguiseOf(process, executable) ?? this.catalogueLikeness(name);
      this.disguises.set(key, disguise);
    }
    return disguise ?? this.likeness(name);
  }

  private catalogueLikeness(name: string): Disguise | undefined {
    let likeness = this.catalogueLikenesses.get(name);
    if (likeness === undefined && !this.catalogueLikenesses.has(name)) {
      likeness = catalogueLikenessOf(name);
      this.catalogueLikenesses.set(name, likeness);
    }
    return likeness;
  }

  private likeness(name: string): Disguise | undefined {
    const { commonNames } = this.history;
    let known = this.likenesses.get(name);
    // What was taken back may come again in another order.
    if (!known || known.compared > commonNames.length) {
      known = { compared: 0, disguise: undefined };
      this.likenesses.set(name, known);
    }
    for (; known.disguise === undefined && known.compared < commonNames.length; known.compared++) {
      known.disguise = likenessOf(name, commonNames[known.compared] ?? '');
    }
    return known.disguise;
  }
}
