import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketStart, hourMs, minuteMs } from '../base/time.ts';
import { type ActivityChunk, activitySlotMs, unknownIdentity } from '../model/evidence-answer.ts';
import { type Finding, findingGapMs } from '../model/finding.ts';
import { type FindingScoring, findingId, makeFindingScoring, type ScoredEvidence } from './score-findings.ts';
import type { PortsideScorer, WriteSession } from './write-session.ts';

interface Write {
  readonly atMs: number;
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly executable: string;
  readonly device: string;
  readonly publisher: string;
  readonly sizeBytes: number;
}

const startMs = Date.UTC(2026, 10, 1);

function write(minute: number, change: Partial<Write> = {}): Write {
  return {
    atMs: startMs + minute * minuteMs,
    host: 'alpha',
    user: 'kim',
    process: 'robocopy.exe',
    executable: 'C:\\Windows\\robocopy.exe',
    device: 'serial:1',
    publisher: '',
    sizeBytes: 10,
    ...change,
  };
}

/** The activity rows of writes, unordered inside a slot. */
function rowsOf(writes: readonly Write[]) {
  const rows = new Map<
    string,
    { slotMs: number; write: Write; events: number; bytes: number; first: number; last: number }
  >();
  for (const item of writes) {
    const slotMs = bucketStart(item.atMs, activitySlotMs);
    const key = JSON.stringify([
      slotMs,
      item.host,
      item.user,
      item.process,
      item.executable,
      item.device,
      item.publisher,
    ]);
    const row = rows.get(key) ?? { slotMs, write: item, events: 0, bytes: 0, first: item.atMs, last: item.atMs };
    row.events++;
    row.bytes += item.sizeBytes;
    row.first = Math.min(row.first, item.atMs);
    row.last = Math.max(row.last, item.atMs);
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => a.slotMs - b.slotMs);
}

function chunkOf(rows: ReturnType<typeof rowsOf>): ActivityChunk {
  const dictionary = (field: 'host' | 'user' | 'process' | 'executable' | 'device' | 'publisher') => {
    const names = [...new Set(rows.map((row) => row.write[field]))];
    return { names, index: Uint32Array.from(rows, (row) => names.indexOf(row.write[field])) };
  };
  const [host, user, process] = [dictionary('host'), dictionary('user'), dictionary('process')];
  const [executable, device, publisher] = [dictionary('executable'), dictionary('device'), dictionary('publisher')];
  return {
    hosts: host.names,
    users: user.names,
    processes: process.names,
    executables: executable.names,
    devices: device.names,
    identities: publisher.names.map((name) => ({ ...unknownIdentity, publisher: name })),
    slotMs: Float64Array.from(rows, (row) => row.slotMs),
    hostIndex: host.index,
    userIndex: user.index,
    processIndex: process.index,
    executableIndex: executable.index,
    deviceIndex: device.index,
    identityIndex: publisher.index,
    events: Float64Array.from(rows, (row) => row.events),
    writtenBytes: Float64Array.from(rows, (row) => row.bytes),
    firstMs: Float64Array.from(rows, (row) => row.first),
    lastMs: Float64Array.from(rows, (row) => row.last),
  };
}

const memoryOf = (session: WriteSession) => `${findingId(session)}/${session.identity.publisher}`;

/** A scorer whose answer is exactly what it was taught: any breach of the contract's order shows in a score. */
function makeRecordingScorer(): PortsideScorer {
  let learned: string[] = [];
  let kept: string[] | undefined;
  return {
    score: () => ({ score: learned.length, coldStart: [...learned].sort().join(' '), facets: [] }),
    learn: (session) => learned.push(memoryOf(session)),
    checkpoint() {
      kept = [...learned];
    },
    rollback() {
      learned = kept ?? [];
    },
  };
}

function makeScoring(): FindingScoring {
  return makeFindingScoring(makeRecordingScorer(), 'rule');
}

/** One pass over everything from where the scoring stands. */
function pass(scoring: FindingScoring, writes: readonly Write[], settleBeforeMs = Number.POSITIVE_INFINITY, cut = 1e9) {
  const rows = rowsOf(writes).filter((row) => scoring.settledMs === undefined || row.slotMs >= scoring.settledMs);
  const current = scoring.startPass(settleBeforeMs);
  const settled: ScoredEvidence[] = [];
  for (let at = 0; at < rows.length; at += cut) settled.push(current.add(chunkOf(rows.slice(at, at + cut))));
  const last = current.finish();
  settled.push(last.settled);
  return {
    settled: { findings: settled.flatMap((part) => part.findings), hours: settled.flatMap((part) => part.hours) },
    unsettled: last.unsettled,
    events: last.events,
  };
}

function all(result: ReturnType<typeof pass>) {
  return { findings: [...result.settled.findings, ...result.unsettled.findings], hours: hoursOf(result) };
}

function hoursOf(result: ReturnType<typeof pass>) {
  return [...result.settled.hours, ...result.unsettled.hours].sort(
    (a, b) => a.hourMs - b.hourMs || (a.host + a.process < b.host + b.process ? -1 : 1),
  );
}

const writes = fc
  .array(
    fc.record({
      minute: fc.oneof(
        fc.nat(60 * 24),
        fc.nat(60 * 12).map((third) => third * 3),
      ),
      host: fc.constantFrom('alpha', 'beta'),
      user: fc.constantFrom('kim', 'lee'),
      process: fc.constantFrom('a.exe', 'b.exe'),
      executable: fc.constantFrom('', 'x', 'y'),
      device: fc.constantFrom('serial:1', 'serial:2'),
      publisher: fc.constantFrom('', 'One Ltd', 'Two Ltd'),
      sizeBytes: fc.nat(1000),
    }),
    { maxLength: 60 },
  )
  .map((items) => items.map(({ minute, ...change }) => write(minute, change)));

/** The definition itself, event by event. */
function sessionsByDefinition(items: readonly Write[]): WriteSession[] {
  const byKey = new Map<string, Write[]>();
  for (const item of [...items].sort((a, b) => a.atMs - b.atMs)) {
    const key = JSON.stringify([item.host, item.user, item.process, item.device]);
    byKey.set(key, [...(byKey.get(key) ?? []), item]);
  }
  return [...byKey.values()].flatMap((ordered) => {
    const groups: Write[][] = [];
    for (const item of ordered) {
      const last = groups.at(-1)?.at(-1);
      if (last && item.atMs - last.atMs < findingGapMs) groups.at(-1)?.push(item);
      else groups.push([item]);
    }
    return groups.map((group): WriteSession => {
      const first = group[0] ?? write(0);
      const counts = ['', 'x', 'y'].map((name) => group.filter((item) => item.executable === name).length);
      const publishers = ['One Ltd', 'Two Ltd'].map(
        (name) => [name, group.filter((item) => item.publisher === name).length] as const,
      );
      const publisher = publishers.reduce((best, next) => (next[1] > best[1] ? next : best), ['', 0] as const)[0];
      return {
        identity: { ...unknownIdentity, publisher },
        ...{ host: first.host, user: first.user, process: first.process, device: first.device },
        executable: ['', 'x', 'y'][counts.indexOf(Math.max(...counts))] ?? '',
        startMs: first.atMs,
        endMs: group.at(-1)?.atMs ?? 0,
        writtenBytes: group.reduce((sum, item) => sum + item.sizeBytes, 0),
        events: group.length,
      };
    });
  });
}

describe('findings of activity', () => {
  it('are the writes of one host, user, process and device less than an hour apart, each scored with its past only', () => {
    fc.assert(
      fc.property(writes, (items) => {
        const sessions = sessionsByDefinition(items);
        const { findings } = all(pass(makeScoring(), items));
        expect(findings.length).toBe(sessions.length);
        const byId = new Map(findings.map((finding) => [finding.id, finding]));
        for (const session of sessions) {
          const past = sessions.filter((other) => other.endMs < session.startMs).map(memoryOf);
          const { executable, identity: _identity, ...figures } = session;
          expect(byId.get(findingId(session))).toMatchObject({
            ...figures,
            ruleId: 'rule',
            executable: executable === '' ? undefined : executable,
            coldStart: past.sort().join(' '),
          });
        }
      }),
    );
  });

  it('do not depend on chunks, on the order inside a slot, nor on when hours were settled', () => {
    fc.assert(
      fc.property(
        writes,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(26), { maxLength: 5 }),
        fc.nat(),
        (items, cut, stops, seed) => {
          const expected = all(pass(makeScoring(), items));
          const shuffled = [...items].sort(
            (a, b) => ((a.sizeBytes * 31 + seed) % 17) - ((b.sizeBytes * 31 + seed) % 17),
          );
          const scoring = makeScoring();
          const settled: Finding[] = [];
          const hours: ReturnType<typeof hoursOf> = [];
          for (const stop of stops) {
            // Evidence up to a moment, of which only some is settled: the rest is fed again.
            const endMs = startMs + stop * hourMs;
            const known = shuffled.filter((item) => item.atMs < endMs + 30 * minuteMs);
            const settleBeforeMs = endMs - hourMs;
            if (scoring.settledMs !== undefined && scoring.settledMs > settleBeforeMs) continue;
            const settledBefore = scoring.settledEvents;
            const part = pass(scoring, known, settleBeforeMs, cut);
            settled.push(...part.settled.findings);
            hours.push(...part.settled.hours);
            expect([...settled, ...part.unsettled.findings]).toEqual(all(pass(makeScoring(), known)).findings);
            expect(settledBefore + part.events).toBe(known.length);
          }
          const last = pass(scoring, shuffled, Number.POSITIVE_INFINITY, cut);
          expect([...settled, ...last.settled.findings, ...last.unsettled.findings]).toEqual(expected.findings);
          const key = (hour: { hourMs: number; host: string; process: string }) =>
            `${hour.hourMs} ${hour.host} ${hour.process}`;
          expect([...hours, ...hoursOf(last)].sort((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(
            [...expected.hours].sort((a, b) => (key(a) < key(b) ? -1 : 1)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('carry the elastic score of their highest hour', () => {
    // Many hours of one process, then another one that writes on into an hour where it is less rare.
    const past = Array.from({ length: 400 }, (_, hour) => write(hour * 60));
    const rare = [400, 401, 402].flatMap((hour) =>
      [0, 20, 40].map((minute) => write(hour * 60 + minute, { process: 'rclone.exe' })),
    );
    const { findings, hours } = all(pass(makeScoring(), [...past, ...rare]));
    const finding = findings.find(({ process }) => process === 'rclone.exe');
    const scores = hours.filter(({ process }) => process === 'rclone.exe').map(({ elastic }) => elastic);
    expect(scores.length).toBe(3);
    expect(finding?.elastic).toEqual(scores.reduce((best, score) => (score.score > best.score ? score : best)));
    expect(finding?.elastic.isFirstOccurrence).toBe(true);
  });

  it('of an abandoned pass are taken up where it had settled', () => {
    const items = Array.from({ length: 50 }, (_, index) => write(index * 70, { process: `p${index % 7}` }));
    const scoring = makeScoring();
    const abandoned = scoring.startPass(Number.POSITIVE_INFINITY);
    const settled = abandoned.add(chunkOf(rowsOf(items).slice(0, 20)));
    const rest = pass(scoring, items);
    expect([...settled.findings, ...rest.settled.findings, ...rest.unsettled.findings]).toEqual(
      all(pass(makeScoring(), items)).findings,
    );
    expect(scoring.settledEvents).toBe(50);
  });

  it('refuse activity that goes back in time', () => {
    const current = makeScoring().startPass(0);
    current.add(chunkOf(rowsOf([write(120)])));
    expect(() => current.add(chunkOf(rowsOf([write(0)])))).toThrow('out of order');
  });
});

describe('findingId', () => {
  it('is a stable short hash that keeps its parts apart', () => {
    const id = (host: string, user: string) => findingId({ host, user, process: 'p', device: 'd', startMs: 1 });
    expect(id('a', 'b')).toMatch(/^F-[0-9a-f]{12}$/);
    expect(id('a', 'b')).toBe(id('a', 'b'));
    expect(id('a,"b', 'c')).not.toBe(id('a', 'b","c'));
  });
});
