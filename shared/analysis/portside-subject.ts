import { keyOf } from './portside-history.ts';
import { type OddPlace, oddPlaceOf, placePattern } from './program-place.ts';
import type { WriteSession } from './write-session.ts';

/**
 * A session with the names that its facets compare and the keys that the history knows them by. A session is looked at when
 * it is scored and again when it is learned; making its some sixty keys anew each time was a third of the work.
 */
export interface Subject {
  readonly session: WriteSession;
  /** Name of the process in lower case. */
  readonly name: string;
  /** `placePattern` of the executable. */
  readonly place: string;
  readonly oddPlace: OddPlace | undefined;
  /** Who signed the program, `untrusted` where nobody did that the system trusts; empty where the events do not say. */
  readonly signer: string;
  /** The name the program was built with, as far as it tells programs apart; empty where the events do not say. */
  readonly built: string;
  /** Name of the parent in lower case; empty where the events do not say. */
  readonly parent: string;
  readonly keys: SubjectKeys;
}

export type SubjectKeys = ReturnType<typeof keysOf>;

export const untrusted = 'untrusted';

const subjects = new WeakMap<WriteSession, Subject>();

export function subjectOf(session: WriteSession): Subject {
  let subject = subjects.get(session);
  if (!subject) {
    const { process, executable, identity } = session;
    const names = {
      session,
      name: process.toLowerCase(),
      place: placePattern(executable),
      oddPlace: oddPlaceOf(executable),
      signer: identity.publisherTrusted === 'false' ? untrusted : identity.publisher.toLowerCase(),
      built: identity.originalFileName
        .trim()
        .toLowerCase()
        .replace(/\.mui$/, ''),
      parent: identity.parentProcess.toLowerCase(),
    };
    subject = { ...names, keys: keysOf(names) };
    subjects.set(session, subject);
  }
  return subject;
}

function keysOf({ session, name, place, oddPlace, signer, built, parent }: Omit<Subject, 'keys'>) {
  const { host, user, process, device, identity } = session;
  const { sha256 } = identity;
  return {
    host: keyOf('host', host),
    user: keyOf('user', user),
    userHosts: keyOf('user-hosts', user),
    userHost: keyOf('user-host', user, host),
    userMoves: keyOf('user-moves', user),
    hostMoves: keyOf('host-moves', host),
    userStarts: keyOf('user-starts', user),
    hostProcess: keyOf('host-process', host, name),
    processHosts: keyOf('process-hosts', name),
    processFirstHosts: keyOf('process-first-hosts', name),
    userProcess: keyOf('user-process', user, name),
    hostDevice: keyOf('host-device', host, device),
    deviceHosts: keyOf('device-hosts', device),
    userDevice: keyOf('user-device', user, device),
    place: keyOf('place', name, place, host),
    placeHosts: keyOf('place-hosts', name, place),
    oddPlace: keyOf('odd-place', oddPlace?.kind ?? '', host),
    oddPlaceHosts: keyOf('odd-place-hosts', oddPlace?.kind ?? ''),
    tool: keyOf('tool', user),
    starts: keyOf('starts', host, name, device),
    weakDevice: keyOf('weak-device', user, device),
    weakProcess: keyOf('weak-process', user, process),
    hoursOfServices: [
      keyOf('hours', 'services'),
      keyOf('hours', 'host', user, host),
      keyOf('hours', 'habit', host, user, name),
    ],
    hoursOfPeople: [keyOf('hours', 'people'), keyOf('hours', 'user', user), keyOf('hours', 'habit', host, user, name)],
    bytes: sizeKeys('bytes', session, name),
    files: sizeKeys('files', session, name),
    averages: {
      services: [keyOf('averages', 'services'), keyOf('averages', 'process', name)],
      people: [keyOf('averages', 'people'), keyOf('averages', 'user', user)],
    },
    processUsers: keyOf('process-users', name),
    signer: keyOf('signer', name, signer, host),
    signerHosts: keyOf('signer-hosts', name, signer),
    signed: keyOf('signed', name, host),
    signedHosts: keyOf('signed-hosts', name),
    signedName: keyOf('signed-name', name),
    signerName: keyOf('signer-name', signer, name),
    signerNames: keyOf('signer-names', signer),
    built: keyOf('built', name, built, host),
    builtHosts: keyOf('built-hosts', name, built),
    builtName: keyOf('built-name', name),
    renamedName: keyOf('renamed-name', name),
    hostsOfBuilt: keyOf('process-hosts', built),
    hashed: keyOf('hashed', name, host),
    hashedHosts: keyOf('hashed-hosts', name),
    hash: keyOf('hash', name, sha256),
    hashes: keyOf('hashes', name),
    hashName: keyOf('hash-name', sha256, name),
    hashNames: keyOf('hash-names', sha256),
    parent: keyOf('parent', name, parent, host),
    parentHosts: keyOf('parent-hosts', name, parent),
    parentPairs: keyOf('parent-pairs', parent),
    parented: keyOf('parented', name, host),
    parentedHosts: keyOf('parented-hosts', name),
  };
}

/** Keys of sizes, from wide to narrow, by the program and by the user; of services and of people apart. */
function sizeKeys(kind: string, { host, user }: WriteSession, name: string) {
  const process = keyOf(kind, 'process', name);
  const own = keyOf(kind, 'user', user);
  const habit = keyOf(kind, 'habit', host, user, name);
  const of = (root: string) => ({
    byProcess: [root, process, habit],
    byUser: [root, own, habit],
    /** Each key once. */
    all: [root, process, habit, own],
  });
  return { services: of(keyOf(kind, 'services')), people: of(keyOf(kind, 'people')) };
}
