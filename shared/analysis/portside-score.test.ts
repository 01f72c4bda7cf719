import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { unknownIdentity } from '../model/evidence-answer.ts';
import { makePortsideScorer } from './portside-score.ts';
import type { PortsideVerdict, WriteSession } from './write-session.ts';

const startMs = Date.UTC(2026, 10, 2);

function session(change: Partial<WriteSession> & { readonly startMs: number }): WriteSession {
  return {
    host: 'ws-001',
    user: 'm.weber',
    process: 'explorer.exe',
    executable: 'C:\\Windows\\explorer.exe',
    identity: unknownIdentity,
    device: 'serial:AB12',
    endMs: change.startMs + 10 * minuteMs,
    writtenBytes: 20_000_000,
    events: 12,
    ...change,
  };
}

/** Everyday life on some hosts: each user copies at ten o'clock. */
function everyday(days: number, hosts = 8): WriteSession[] {
  const sessions: WriteSession[] = [];
  for (let day = 0; day < days; day++) {
    for (let host = 0; host < hosts; host++) {
      sessions.push(
        session({
          host: `ws-${host}`,
          user: `user-${host}`,
          device: `serial:${1000 + host}`,
          startMs: startMs + day * dayMs + 10 * hourMs + host * minuteMs,
          writtenBytes: 10_000_000 * (1 + ((day + host) % 4)),
          events: 8 + ((day * 3 + host) % 9),
        }),
      );
    }
  }
  return sessions;
}

function verdictAfter(history: readonly WriteSession[], of: WriteSession): PortsideVerdict {
  const scorer = makePortsideScorer();
  for (const one of [...history].sort((a, b) => a.endMs - b.endMs)) scorer.learn(one);
  return scorer.score(of);
}

const lateMs = startMs + 20 * dayMs;

/** Sessions of few hosts, users, programs and devices, so that they meet. */
const anySession = fc
  .record({
    host: fc.constantFrom('ws-0', 'ws-1', 'ws-2', 'lx-1'),
    user: fc.constantFrom('user-0', 'user-1', 'SYSTEM', 'root'),
    program: fc.constantFrom(
      ['explorer.exe', 'C:\\Windows\\explorer.exe'],
      ['svch0st.exe', 'C:\\ProgramData\\svch0st.exe'],
      ['certutil.exe', 'C:\\Windows\\System32\\certutil.exe'],
      ['rsync', '/usr/bin/rsync'],
      ['notes', '/tmp/notes'],
      ['', ''],
    ),
    identity: fc.record({
      publisher: fc.constantFrom('', 'Microsoft Windows', 'Code Sector'),
      publisherTrusted: fc.constantFrom('', 'true', 'false'),
      sha256: fc.constantFrom('', 'aa'.repeat(32), 'bb'.repeat(32)),
      originalFileName: fc.constantFrom('', 'EXPLORER.EXE', 'rclone.exe', 'CertUtil.exe.mui'),
      parentProcess: fc.constantFrom('', 'explorer.exe', 'cmd.exe', 'EXCEL.EXE'),
    }),
    device: fc.constantFrom('serial:1000', 'serial:1001', 'serial:6&1', 'model:general|flash|e:'),
    minute: fc.integer({ min: 0, max: 25 * 24 * 60 }),
    minutes: fc.integer({ min: 0, max: 180 }),
    writtenBytes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1e12 })),
    events: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(
    ({ host, user, program, identity, device, minute, minutes, writtenBytes, events }): WriteSession => ({
      host,
      user,
      process: program[0] ?? '',
      executable: program[1] ?? '',
      identity,
      device,
      startMs: startMs + minute * minuteMs,
      endMs: startMs + (minute + minutes) * minuteMs,
      writtenBytes,
      events,
    }),
  );

describe("Portside's score", () => {
  it('is from 0 to 100, and the points of all facets sum to it', () => {
    fc.assert(
      fc.property(fc.array(anySession, { maxLength: 40 }), anySession, (history, one) => {
        const { score, facets } = verdictAfter(history, one);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(facets.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(score, 9);
        expect(new Set(facets.map(({ name }) => name)).size).toBe(16);
        for (const { evidence, points, title, figure, text } of facets) {
          expect(evidence).toBeGreaterThanOrEqual(0);
          expect(points).toBeGreaterThanOrEqual(0);
          expect([title, figure, text].join(' ')).not.toMatch(/NaN|undefined|Infinity/);
          expect(text.endsWith('.')).toBe(true);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('does not rise when there is more history just like the session', () => {
    fc.assert(
      fc.property(
        fc.array(anySession, { maxLength: 30 }),
        anySession,
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (history, of, runs, recent) => {
          const later = { ...of, startMs: of.startMs + 30 * dayMs, endMs: of.endMs + 30 * dayMs };
          const base = [...everyday(28), ...history];
          const same = Array.from({ length: runs }, (_, run) => {
            const backMs = (recent ? run + 1 : 29 - run) * dayMs;
            return { ...of, startMs: later.startMs - backMs, endMs: later.endMs - backMs };
          });
          const before = verdictAfter(base, later).score;
          expect(verdictAfter([...base, ...same], later).score).toBeLessThanOrEqual(before + 1e-9);
        },
      ),
      { numRuns: 70 },
    );
  });

  it('does not depend on the order of sessions that end together', () => {
    fc.assert(
      fc.property(
        fc.array(anySession, { minLength: 2, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        anySession,
        (sessions, randoms, one) => {
          const together = sessions.map((each) => ({ ...each, endMs: lateMs }));
          const shuffled = together
            .map((each) => ({ each, at: randoms.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
          expect(verdictAfter(shuffled, one)).toEqual(verdictAfter(together, one));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes back exactly what was learned on trial', () => {
    const sessions = fc.array(anySession, { maxLength: 20 });
    fc.assert(
      fc.property(sessions, sessions, anySession, (early, late, one) => {
        const byEnd = (a: WriteSession, b: WriteSession) => a.endMs - b.endMs;
        const kept = [...early].sort(byEnd);
        const tried = late
          .map((each) => ({ ...each, startMs: each.startMs + 30 * dayMs, endMs: each.endMs + 30 * dayMs }))
          .sort(byEnd);
        const scorer = makePortsideScorer();
        for (const each of kept) scorer.learn(each);
        scorer.checkpoint();
        for (const each of tried) {
          scorer.score(each);
          scorer.learn(each);
        }
        scorer.rollback();
        expect(scorer.score(one)).toEqual(verdictAfter(kept, one));
        for (const each of tried) scorer.learn(each);
        expect(scorer.score(one)).toEqual(verdictAfter([...kept, ...tried], one));
      }),
      { numRuns: 60 },
    );
  });

  it('says so where the history is short, and scores lower there', () => {
    const odd = session({
      process: 'rclone.exe',
      executable: 'C:\\Tools\\rclone.exe',
      host: 'ws-1',
      user: 'user-1',
      device: 'serial:9',
      startMs: startMs + 2 * dayMs,
    });
    const early = verdictAfter(everyday(2), odd);
    const late = verdictAfter(everyday(20), { ...odd, startMs: lateMs, endMs: lateMs + hourMs });
    expect(early.coldStart).toMatch(/Not enough history: only 2 earlier days/);
    expect(late.coldStart).toBeUndefined();
    expect(early.score).toBeLessThan(late.score);
    expect(
      verdictAfter(everyday(20), { ...odd, host: 'new', startMs: lateMs, endMs: lateMs + hourMs }).coldStart,
    ).toMatch(/this host wrote to external devices on only 0 earlier days/);
  });

  it('names what is odd about each kind of case first', () => {
    const history = everyday(20);
    const of = (change: Partial<WriteSession>, hour = 10) =>
      verdictAfter(
        history,
        session({ host: 'ws-1', user: 'user-1', device: 'serial:1001', startMs: lateMs + hour * hourMs, ...change }),
      );
    const first = (verdict: PortsideVerdict) => verdict.facets[0]?.name;
    expect(of({}).score).toBeLessThan(20);
    expect(first(of({ process: 'svch0st.exe', executable: 'C:\\ProgramData\\svch0st.exe' }))).toBe('masquerade');
    expect(first(of({ device: 'serial:NEW' }))).toBe('device-new');
    expect(first(of({}, 2))).toBe('hour-of-user');
    expect(first(of({ writtenBytes: 80e9 }))).toBe('bytes');
    expect(first(of({ events: 6_000 }))).toBe('files');
    expect(first(of({ host: 'ws-2', device: 'serial:1002' }))).toBe('user-on-host');
    expect(of({ process: 'svch0st.exe', executable: 'C:\\ProgramData\\svch0st.exe' }).score).toBeGreaterThan(75);
    expect(of({ process: 'explorеr.exe', executable: 'C:\\Users\\user-1\\explorеr.exe' }).facets[0]?.name).toBe(
      'masquerade',
    );
  });

  it('lets other reasons count less where no more than usual was written, and says so', () => {
    const toNewDevice = (writtenBytes: number) =>
      verdictAfter(
        everyday(20),
        session({ host: 'ws-1', user: 'user-1', device: 'serial:NEW', startMs: lateMs, writtenBytes }),
      );
    const [small, large] = [toNewDevice(5e6), toNewDevice(9e9)];
    const of = (verdict: PortsideVerdict, name: string) => verdict.facets.find((facet) => facet.name === name);
    expect(of(small, 'device-new')?.evidence).toBeLessThan((of(large, 'device-new')?.evidence ?? 0) * 0.7);
    expect(of(small, 'bytes')?.text).toMatch(/counts less with so ordinary an amount\.$/);
    expect(of(large, 'bytes')?.text).not.toMatch(/so ordinary an amount/);
  });

  it('sees many small files before the new device they go to', () => {
    const many = (writtenBytes: number) =>
      verdictAfter(
        everyday(20),
        session({
          host: 'ws-1',
          user: 'user-1',
          device: 'serial:NEW',
          startMs: lateMs + 10 * hourMs,
          events: 900,
          writtenBytes,
        }),
      ).facets;
    const [small, ordinary] = [many(8e6), many(900e6)];
    expect(small[0]?.name).toBe('files');
    expect(small[0]?.text).toMatch(/They are 8\.\d+ kB each on average, smaller than usual\./);
    expect(small[0]?.evidence).toBeGreaterThan(ordinary.find(({ name }) => name === 'files')?.evidence ?? 100);
  });

  it('asks how often people take up another host', () => {
    const visit = (user: number, day: number) =>
      session({
        host: `ws-${(user + day) % 8}`,
        user: `user-${user}`,
        device: `serial:${1000 + user}`,
        startMs: startMs + day * dayMs + 10 * hourMs,
      });
    const moving = [
      ...everyday(1),
      ...Array.from({ length: 19 }, (_, day) => [2, 3, 4, 5].map((user) => visit(user, day + 1))).flat(),
    ];
    const foreign = session({ host: 'ws-7', user: 'user-1', device: 'serial:1001', startMs: lateMs + 10 * hourMs });
    const reason = (history: readonly WriteSession[]) =>
      verdictAfter(history, foreign).facets.find(({ name }) => name === 'user-on-host');
    const [settled, roaming] = [reason(everyday(20)), reason([...everyday(20), ...moving])];
    expect(settled?.evidence).toBeGreaterThan((roaming?.evidence ?? 0) * 1.3);
    expect(settled?.text).toMatch(
      /^user-1 never wrote from this host before, but did from 1 other host; .* below 0\.1 % of days\.$/,
    );
  });

  it('goes by the hours of the last days where shifts rotate', () => {
    const shifts = Array.from({ length: 26 }, (_, day) =>
      Array.from({ length: 9 }, (_, user) => {
        const shiftHour = [6, 14, 22][(user + Math.floor(day / 7)) % 3] ?? 6;
        return session({
          host: `ws-${user}`,
          user: `user-${user}`,
          device: `serial:${1000 + user}`,
          startMs: startMs + day * dayMs + (shiftHour + ((day * 5 + user) % 7)) * hourMs,
        });
      }),
    ).flat();
    const at = (hour: number) =>
      verdictAfter(
        shifts,
        session({ host: 'ws-0', user: 'user-0', device: 'serial:1000', startMs: startMs + 26 * dayMs + hour * hourMs }),
      ).facets.find(({ name }) => name === 'hour-of-user');
    // In the fourth week of this user the shift is the first one again.
    expect(at(9)?.evidence).toBeLessThan(0.1);
    expect(at(20)?.evidence).toBeGreaterThan((at(9)?.evidence ?? 0) + 0.2);
    expect(at(20)?.figure).toMatch(/^\d hours or more from the hours of the last days$/);
  });

  it('finds a program odd under another account than the few that run it everywhere', () => {
    const service = Array.from({ length: 20 }, (_, day) =>
      Array.from({ length: 8 }, (_, host) =>
        session({
          host: `ws-${host}`,
          user: 'SYSTEM',
          process: 'indexer',
          executable: '/usr/libexec/indexer',
          device: `serial:${1000 + host}`,
          startMs: startMs + day * dayMs + 11 * hourMs + host * minuteMs,
        }),
      ),
    ).flat();
    const of = (user: string) =>
      verdictAfter(
        [...everyday(20), ...service],
        session({
          host: 'ws-1',
          user,
          process: 'indexer',
          executable: '/usr/libexec/indexer',
          device: 'serial:1001',
          startMs: lateMs + 11 * hourMs,
        }),
      ).facets.find(({ name }) => name === 'living-off-the-land');
    expect(of('SYSTEM')?.evidence).toBe(0);
    expect(of('user-1')?.evidence).toBeGreaterThan(0);
    expect(of('user-1')?.figure).toBe('Run by 1 account on 8 hosts');
  });

  it('tells by program and device what comes back over several days', () => {
    const copy = (day: number, device: string) =>
      session({
        host: 'ws-1',
        user: 'user-1',
        process: 'copier.exe',
        executable: 'C:\\Users\\user-1\\copier.exe',
        device,
        startMs: startMs + day * dayMs + 22 * hourMs,
      });
    const reason = (devices: readonly string[]) => {
      const copies = devices.map((device, at) => copy(16 + at, device));
      const verdict = verdictAfter([...everyday(20), ...copies], copy(20, devices.at(-1) ?? ''));
      return verdict.facets.find(({ name }) => name === 'weak-findings');
    };
    const same = reason(['serial:X1', 'serial:X1', 'serial:X1']);
    expect(same?.figure).toBe('3 unusual days with copier.exe to this device in 14 days');
    expect(same?.text).toBe(
      'user-1 wrote with copier.exe to this device in an unusual way on 3 days of the 14 days before.',
    );
    expect(reason(['serial:X1', 'serial:X2', 'serial:X3'])?.figure).toBe('3 unusual days with copier.exe in 14 days');
  });

  it('counts a program less while it is rolled out over many hosts', () => {
    const program = { process: 'agent.exe', executable: 'C:\\Program Files\\Agent\\agent.exe' };
    const of = session({
      ...program,
      host: 'ws-7',
      user: 'user-7',
      device: 'serial:1007',
      startMs: lateMs + 12 * hourMs,
    });
    const rollout = [1, 2, 3, 4, 5].map((host) =>
      session({
        ...program,
        host: `ws-${host}`,
        user: `user-${host}`,
        device: `serial:${1000 + host}`,
        startMs: lateMs + host * hourMs,
      }),
    );
    const alone = verdictAfter(everyday(20), of);
    const rolledOut = verdictAfter([...everyday(20), ...rollout], of);
    expect(rolledOut.score).toBeLessThan(alone.score / 2);
    expect(rolledOut.facets.find(({ name }) => name === 'process-on-host')?.text).toMatch(
      /new on 5 hosts within 72 hours/,
    );
  });

  it('lets size and hour count less for a backup on its beat', () => {
    const backup = (day: number, change: Partial<WriteSession> = {}) =>
      session({
        process: 'wbengine.exe',
        executable: 'C:\\Windows\\System32\\wbengine.exe',
        user: 'SYSTEM',
        device: 'serial:WD',
        host: 'ws-1',
        startMs: startMs + day * dayMs + 21 * hourMs,
        ...change,
      });
    const history = [...everyday(20), ...Array.from({ length: 19 }, (_, day) => backup(day))];
    const onBeat = verdictAfter(history, backup(20, { writtenBytes: 2e9 }));
    const offBeat = verdictAfter(
      history,
      backup(20, { writtenBytes: 2e9, startMs: lateMs + 3 * hourMs, endMs: lateMs + 4 * hourMs }),
    );
    expect(onBeat.score).toBeLessThan(offBeat.score);
    expect(onBeat.facets.find(({ name }) => name === 'rhythm')?.figure).toBe('16 of 16 runs at this time');
  });
});
