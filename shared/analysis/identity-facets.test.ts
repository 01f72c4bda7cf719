import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { type ProgramIdentity, unknownIdentity } from '../model/evidence-answer.ts';
import type { FacetName } from '../model/facet-name.ts';
import { makePortsideScorer } from './portside-score.ts';
import type { WriteSession } from './write-session.ts';

const startMs = Date.UTC(2026, 10, 2);
const names: readonly FacetName[] = ['publisher', 'original-name', 'program-hash', 'parent-process'];
const everyday: ProgramIdentity = {
  publisher: 'Acme Tools GmbH',
  publisherTrusted: 'true',
  sha256: 'aa'.repeat(32),
  originalFileName: 'acmecopy.exe',
  parentProcess: 'explorer.exe',
};

function session(day: number, host: number, change: Partial<WriteSession>): WriteSession {
  const atMs = startMs + day * dayMs + 10 * hourMs + host * minuteMs;
  return {
    host: `ws-${host}`,
    user: `user-${host}`,
    process: 'acmecopy.exe',
    executable: 'C:\\Program Files\\Acme\\acmecopy.exe',
    identity: everyday,
    device: `serial:${1000 + host}`,
    startMs: atMs,
    endMs: atMs + 10 * minuteMs,
    writtenBytes: 20_000_000,
    events: 12,
    ...change,
  };
}

/** Evidence of the four facets for a session after three weeks on 12 hosts, each of which runs several programs. */
function evidenceOf(of: Partial<WriteSession>, history: ProgramIdentity = everyday) {
  const scorer = makePortsideScorer();
  for (let day = 0; day < 21; day++) {
    for (let host = 0; host < 12; host++) {
      for (const process of ['acmecopy.exe', 'acmesync.exe', 'acmepack.exe', `own${host}.exe`]) {
        scorer.learn(
          session(day, host, {
            process,
            identity: { ...history, originalFileName: history.originalFileName && process },
          }),
        );
      }
    }
  }
  const { facets } = scorer.score(session(25, 3, of));
  return Object.fromEntries(names.map((name) => [name, facets.find((facet) => facet.name === name)?.evidence]));
}

const nothing = { publisher: 0, 'original-name': 0, 'program-hash': 0, 'parent-process': 0 };

describe('The facets of a program’s identity', () => {
  it('say nothing of what is as always', () => {
    expect(evidenceOf({})).toEqual(nothing);
  });

  it('say nothing where the events lack the identity, of a known program and of a new one', () => {
    expect(evidenceOf({ identity: unknownIdentity })).toEqual(nothing);
    expect(evidenceOf({ process: 'never.exe', identity: unknownIdentity })).toEqual(nothing);
  });

  it('say nothing where identities were never collected before', () => {
    expect(evidenceOf({}, unknownIdentity)).toEqual(nothing);
    expect(
      evidenceOf({ process: 'never.exe', identity: { ...everyday, originalFileName: 'never.exe' } }, unknownIdentity),
    ).toEqual(nothing);
  });

  it('see another publisher, and none, for a known name', () => {
    for (const change of [{ publisher: 'Brightpath Ltd' }, { publisher: '', publisherTrusted: 'false' }]) {
      expect(evidenceOf({ identity: { ...everyday, ...change } }).publisher).toBeGreaterThan(1);
    }
  });

  it('see a renamed tool', () => {
    const renamed = evidenceOf({ process: 'svcmon.exe', identity: { ...everyday, originalFileName: 'rclone.exe' } });
    expect(renamed['original-name']).toBeGreaterThan(3);
  });

  it('see a file that ran under another name before, and a new build', () => {
    expect(evidenceOf({ process: 'svcmon.exe' })['program-hash']).toBeGreaterThan(0);
    expect(evidenceOf({ identity: { ...everyday, sha256: 'bb'.repeat(32) } })['program-hash']).toBeGreaterThan(0);
  });

  it('see a parent that never started the program', () => {
    expect(evidenceOf({ identity: { ...everyday, parentProcess: 'EXCEL.EXE' } })['parent-process']).toBeGreaterThan(
      0.5,
    );
  });
});
