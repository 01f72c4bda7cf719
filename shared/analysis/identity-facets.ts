import { formatCount } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import type { FacetDraft, ScoringScene } from './facet-draft.ts';
import { knownProgramsNamed, recognise } from './known-processes.ts';
import type { PortsideHistory } from './portside-history.ts';
import { type Subject, untrusted } from './portside-subject.ts';

/**
 * What the events say of the program's identity: who signed it, the name it was built with, its hash, what started it.
 * Each is compared with what is known of it alone, so that a part that the events lack says nothing, and one that has only
 * begun to be collected says little.
 */
export function identityFacets(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft[] {
  return [
    publisher(history, subject, scene),
    originalName(history, subject, scene),
    programHash(history, subject, scene),
    parentProcess(history, subject, scene),
  ];
}

export function learnIdentity(history: PortsideHistory, subject: Subject): void {
  const { session, name, signer, built, parent, keys } = subject;
  const { startMs, identity } = session;
  if (signer !== '') {
    if (history.see(keys.signer, startMs)) {
      history.addDistinct(keys.signerHosts);
    }
    if (history.see(keys.signed, startMs)) history.addDistinct(keys.signedHosts);
    if (history.see(keys.signedName, startMs)) history.addDistinct('signed-names');
    if (history.see(keys.signerName, startMs)) history.addDistinct(keys.signerNames);
  }
  if (built !== '') {
    if (history.see(keys.built, startMs)) history.addDistinct(keys.builtHosts);
    if (history.see(keys.builtName, startMs)) history.addDistinct('built-names');
    if (isRenamed(name, built) && history.see(keys.renamedName, startMs)) history.addDistinct('renamed-names');
  }
  if (identity.sha256 !== '') {
    if (history.see(keys.hashed, startMs)) history.addDistinct(keys.hashedHosts);
    if (history.see(keys.hash, startMs)) history.addDistinct(keys.hashes);
    if (history.see(keys.hashName, startMs)) {
      history.addDistinct(keys.hashNames);
    }
  }
  if (parent !== '') {
    if (history.see(keys.parent, startMs)) {
      history.addDistinct(keys.parentHosts);
      history.addDistinct(keys.parentPairs);
      history.addDistinct('parent-pairs');
    }
    if (history.see(keys.parented, startMs)) history.addDistinct(keys.parentedHosts);
  }
}

function publisher(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, signer, keys } = subject;
  const { process, executable, startMs, identity } = session;
  const signed = history.count(keys.signedHosts);
  const same = history.count(keys.signerHosts);
  const established = history.settledDays(keys.signer, startMs, scene.without);
  const names = history.count('signed-names') - Number(signed > 0);
  const alike = history.count(keys.signerNames) - Number(same > 0);
  const isUntrusted = signer === untrusted;
  // Whether another publisher signs what usually has this name, or nobody does where nearly all else is signed.
  const otherNats = signed > 0 ? -Math.log((same + 0.35) / (signed + 1)) : 0;
  const unsignedNats =
    isUntrusted && same === 0
      ? (-Math.log((alike + 1) / (names + 3)) * (names / (names + 10))) /
        (1 + history.settledDays(keys.hostProcess, startMs, scene.without))
      : 0;
  const isForeign =
    signer !== '' &&
    !isUntrusted &&
    // What hosts have run before is no longer news, and need not be looked up.
    same === 0 &&
    recognise({ process, executable: executable || undefined, publisher: identity.publisher, publisherTrusted: true })
      .kind === 'wrong-publisher';
  const nats = (Math.max(0, otherNats, unsignedNats, isForeign ? 3 : 0) * scene.trust) / (1 + established);
  const who = isUntrusted ? 'nobody that the system trusts' : identity.publisher;
  return {
    name: 'publisher',
    nats: signer === '' ? 0 : nats,
    describe: () => ({
      title: 'Publisher of the program',
      figure: signer === '' ? 'Not recorded' : isUntrusted ? 'No trusted signature' : identity.publisher,
      text:
        signer === ''
          ? 'The events do not say who signed the program, so nothing follows from it.'
          : `${process} was signed by ${who}; ${formatCount(same)} of ${countOf(signed, 'host')} that recorded a signature for this name ${same === 1 ? 'has' : 'have'} the same.`,
    }),
  };
}

function isRenamed(name: string, built: string): boolean {
  const stem = (file: string) => file.replace(/\.(?:exe|dll|com|scr)$/, '');
  const [shown, made] = [stem(name), stem(built)];
  return (
    shown !== made && !(made.length >= 4 && shown.length >= 4 && (shown.startsWith(made) || made.startsWith(shown)))
  );
}

function originalName(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, name, built, keys } = subject;
  const { process, startMs, identity } = session;
  const renamed = built !== '' && name !== '' && isRenamed(name, built);
  const hosts = history.count(keys.builtHosts);
  const names = history.count('built-names');
  const strange = history.count('renamed-names');
  const isTool = knownProgramsNamed(built.endsWith('.exe') ? built : `${built}.exe`).length > 0;
  const isRun = history.count(keys.hostsOfBuilt) > 0;
  const established = history.settledDays(keys.built, startMs, scene.without);
  const plainNats = (-Math.log((strange + 1) / (names + 3)) * names) / (names + 10);
  const nats = renamed ? Math.max(isTool ? 5.5 : isRun ? 4 : 0, Math.min(3, plainNats * 0.8)) : 0;
  return {
    name: 'original-name',
    nats: (nats * scene.trust) / (1 + established + hosts),
    describe: () => ({
      title: 'Name it was built with',
      figure: built === '' ? 'Not recorded' : identity.originalFileName,
      text:
        built === ''
          ? 'The events do not say which name the program was built with, so nothing follows from it.'
          : renamed
            ? `${process} was built as ${identity.originalFileName}${isTool ? ', a known program' : ''}, and ran under another name; ${countOf(hosts, 'host')} ran it so before.`
            : `${process} was built as ${identity.originalFileName}: its name was not changed.`,
    }),
  };
}

function programHash(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, keys } = subject;
  const { process, startMs, identity } = session;
  const { sha256 } = identity;
  const hosts = history.count(keys.hashedHosts);
  const hashes = history.count(keys.hashes);
  const days = history.settledDays(keys.hash, startMs, scene.without);
  const isNew = history.days(keys.hash) === 0;
  const others = history.count(keys.hashNames) - Number(!isNew);
  // Programs that many hosts run in few builds: one that only this host has is odd. Updates come as new builds too.
  const newNats = isNew && hosts > 0 ? Math.min(3, -Math.log((hashes + 0.5) / (hosts + 2))) : 0;
  const nats = Math.max(0, newNats, others > 0 ? 3 / (1 + days) : 0);
  return {
    name: 'program-hash',
    nats: sha256 === '' ? 0 : nats * scene.trust,
    describe: () => ({
      title: 'Hash of the program',
      figure:
        sha256 === ''
          ? 'Not recorded'
          : others > 0
            ? 'Known under another name'
            : isNew
              ? 'New to the fleet'
              : `Seen on ${countOf(history.days(keys.hash), 'day')}`,
      text:
        sha256 === ''
          ? 'The events have no hash of the program, so nothing follows from it.'
          : others > 0
            ? `The same file ran under ${countOf(others, 'other name')} before.`
            : `${countOf(hashes, 'build')} of ${process} ${hashes === 1 ? 'is' : 'are'} known from ${countOf(hosts, 'host')}; ${isNew ? 'this one was not seen before' : 'this one is among them'}.`,
    }),
  };
}

function parentProcess(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, parent, keys } = subject;
  const { process, startMs, identity } = session;
  const hosts = history.count(keys.parentedHosts);
  const same = history.count(keys.parentHosts);
  const pairs = history.count('parent-pairs');
  const share = (history.count(keys.parentPairs) + 0.5) / (pairs + 1);
  const established = history.settledDays(keys.parent, startMs, scene.without);
  const expected = (same + 3 * share) / (hosts + 3);
  const nats = (Math.min(5, -Math.log(Math.min(1, expected))) * pairs) / (pairs + 40);
  return {
    name: 'parent-process',
    nats: parent === '' ? 0 : (nats * scene.trust) / (1 + established),
    describe: () => ({
      title: 'What started the program',
      figure: parent === '' ? 'Not recorded' : identity.parentProcess,
      text:
        parent === ''
          ? 'The events do not say what started the program, so nothing follows from it.'
          : `${process} was started by ${identity.parentProcess}, as on ${formatCount(same)} of ${countOf(hosts, 'host')} for which that is recorded; ${formatCount(history.count(keys.parentPairs))} of ${countOf(pairs, 'known pair')} of host and program had this parent.`,
    }),
  };
}
