import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { assertExists } from '../../shared/base/assert.ts';
import { Failure } from '../../shared/base/failure.ts';
import type { Clock } from './clock.ts';
import {
  createJournal,
  failureOf,
  type JournalPlace,
  journalPath,
  openJournal,
  readJournalState,
} from './journal-file.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portside-journal-'));
  made.push(folder);
  return folder;
}

/** A clock that a test turns by hand. */
function handClock(startMs = Date.UTC(2026, 10, 19, 21)): Clock & { wall: number; monotonic: number } {
  return {
    wall: startMs,
    monotonic: 1000,
    wallMs() {
      return this.wall;
    },
    monotonicMs() {
      return this.monotonic;
    },
  };
}

async function freshJournal(clock: Clock = handClock()) {
  const place: JournalPlace & { id: string } = { folder: freshFolder(), kind: 'case', id: 'C-2026-0001' };
  const writer = { actor: 'r.osei', clock, lockWaitMs: 50 };
  await createJournal(place, writer, { kind: 'case.opened', payload: { title: 'A case' } });
  return { place, writer };
}

async function failureCode(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw error ?? new Error('did not fail');
  return error.code;
}

const note = (text: string) => ({ kind: 'note.added', payload: { text } });

describe('a journal on the disk', () => {
  it('keeps what was appended, in order, over openings', async () => {
    const { place, writer } = await freshJournal();
    const first = await openJournal(place, writer, 'The case');
    await Promise.all([first.append([note('a')]), first.append([note('b'), note('c')])]);
    await first.close();
    const second = await openJournal(place, writer, 'The case');
    await second.append([note('d')]);
    await second.close();
    const state = await readJournalState(place);
    expect(state.damage).toBeUndefined();
    expect(state.entries.map((entry) => [entry.seq, entry.kind])).toEqual([
      [1, 'case.opened'],
      [2, 'note.added'],
      [3, 'note.added'],
      [4, 'note.added'],
      [5, 'note.added'],
    ]);
  });

  it('mends a torn tail, keeps it aside and records it', async () => {
    const { place, writer } = await freshJournal();
    await appendFile(journalPath(place.folder), '{"seq":2,"at":"2026-');
    expect(failureOf(await readJournalState(place), 'The case')).toBeUndefined();
    const journal = await openJournal(place, writer, 'The case');
    await journal.append([note('after')]);
    await journal.close();
    const state = await readJournalState(place);
    expect(state.entries.map((entry) => entry.kind)).toEqual(['case.opened', 'journal.mended', 'note.added']);
    const { keptAs, bytes } = assertExists(state.entries[1], 'the second entry').payload as {
      keptAs: string;
      bytes: number;
    };
    expect([bytes, await readFile(join(place.folder, keptAs), 'utf8')]).toEqual([20, '{"seq":2,"at":"2026-']);
  });

  it('is read-only where anything else was changed, and says where', async () => {
    const { place, writer } = await freshJournal();
    const journal = await openJournal(place, writer, 'The case');
    await journal.append([note('a'), note('b')]);
    await journal.close();
    const path = journalPath(place.folder);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"text":"a"', '"text":"A"'));
    const state = await readJournalState(place);
    expect(state.entries).toHaveLength(1);
    expect(state.damage).toMatch(/^Entry 2 \(byte \d+\)/);
    expect(await failureCode(openJournal(place, writer, 'The case'))).toBe('case-damaged');
    expect(await readdir(place.folder)).not.toContain('journal.lock');
  });

  it('notices a tail that was cut at an entry', async () => {
    const { place, writer } = await freshJournal();
    const journal = await openJournal(place, writer, 'The case');
    await journal.append([note('a')]);
    await journal.append([note('b')]);
    await journal.close();
    const path = journalPath(place.folder);
    const lines = (await readFile(path, 'utf8')).split('\n');
    await truncate(path, Buffer.byteLength(`${lines.slice(0, 2).join('\n')}\n`));
    expect((await readJournalState(place)).damage).toContain('cut');
  });

  it('refuses to write after something else wrote', async () => {
    const { place, writer } = await freshJournal();
    const journal = await openJournal(place, writer, 'The case');
    await appendFile(journalPath(place.folder), 'x');
    expect(await failureCode(journal.append([note('a')]))).toBe('case-damaged');
    await journal.close();
  });

  it('lets one writer in, names it to the second, and still lets the second read', async () => {
    const { place, writer } = await freshJournal();
    const journal = await openJournal(place, writer, 'The case');
    const second = openJournal(place, writer, 'Case C-2026-0001');
    await expect(second).rejects.toThrow(
      `Case C-2026-0001 is being written by process ${process.pid} on ${hostname()}`,
    );
    expect((await readJournalState(place)).entries).toHaveLength(1);
    await journal.close();
    await (await openJournal(place, writer, 'The case')).close();
  });

  it.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, host: hostname(), since: 'x' }, 'open'],
    [
      'a new process with the old number',
      { pid: process.pid, host: hostname(), startedAt: '1', since: 'x' },
      process.platform === 'linux' ? 'open' : 'case-locked',
    ],
    ['another machine', { pid: 2 ** 22 + 1, host: 'elsewhere', since: 'x' }, 'case-locked'],
    ['a file nobody understands', 'garbage', 'case-locked'],
  ])('handles the lock of %s', async (_title, holder, expected) => {
    const { place, writer } = await freshJournal();
    await writeFile(join(place.folder, 'journal.lock'), JSON.stringify(holder));
    const opened = openJournal(place, writer, 'The case');
    if (expected === 'open') await (await opened).close();
    else expect(await failureCode(opened)).toBe(expected);
  });

  it('is taken over by exactly one of many that find a stale lock', async () => {
    const { place, writer } = await freshJournal();
    await writeFile(
      join(place.folder, 'journal.lock'),
      JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), since: 'x' }),
    );
    const all = Array.from({ length: 8 }, async (_, index) => {
      const journal = await openJournal(place, { ...writer, lockWaitMs: 20_000 }, 'The case');
      await journal.append([note(`${index}`)]);
      await journal.close();
    });
    await Promise.all(all);
    const state = await readJournalState(place);
    expect([state.damage, state.entries.length]).toEqual([undefined, 9]);
  });

  it('is made once by many that want to make it at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const place = { folder: join(freshFolder(), 'new'), kind: 'workspace' as const };
      const writer = { actor: 'x', clock: handClock(), lockWaitMs: 20_000 };
      const ids = Array.from({ length: 6 }, (_, at) => `w-${at}`);
      const made = await Promise.allSettled(
        ids.map((id) => createJournal({ ...place, id }, writer, { kind: 'workspace.opened', payload: {} })),
      );
      expect(made.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      const state = await readJournalState(place);
      expect([state.damage, state.entries.length]).toEqual([undefined, 1]);
    }
  });

  it('looks whole to whoever reads while it is written', async () => {
    const { place, writer } = await freshJournal();
    const journal = await openJournal(place, writer, 'The case');
    let isDone = false;
    const writing = (async () => {
      for (let at = 0; at < 60; at += 1) await journal.append([note('x'.repeat(at * 50))]);
      isDone = true;
    })();
    let reads = 0;
    while (!isDone) {
      expect((await readJournalState(place)).damage).toBeUndefined();
      reads += 1;
    }
    await writing;
    await journal.close();
    expect([reads > 5, (await readJournalState(place)).entries.length]).toEqual([true, 61]);
  });

  it('records a clock that was set, in either direction, and no ordinary passing of time', async () => {
    const clock = handClock();
    const { place, writer } = await freshJournal(clock);
    const journal = await openJournal(place, writer, 'The case');
    const pass = async (wallMs: number, monotonicMs: number) => {
      clock.wall += wallMs;
      clock.monotonic += monotonicMs;
      await journal.append([note('x')]);
    };
    await pass(60_000, 60_000);
    await pass(7_200_000, 7_200_000);
    await pass(7_200_000, 1_000);
    await pass(-3_600_000, 1_000);
    await pass(60_000, 60_000);
    await journal.close();
    const jumps = (await readJournalState(place)).entries.filter((entry) => entry.kind === 'clock.jumped');
    expect(jumps.map((entry) => (entry.payload as { direction: string }).direction)).toEqual(['forward', 'backward']);
  });

  it('says that there is none, and does not make one by opening', async () => {
    const folder = join(freshFolder(), 'none');
    expect(await failureCode(readJournalState({ folder, kind: 'case' }))).toBe('not-found');
    expect(
      await failureCode(openJournal({ folder, kind: 'case' }, { actor: 'x', clock: handClock() }, 'The case')),
    ).toBe('not-found');
    await mkdir(folder);
    expect(await stat(join(folder, 'journal.lock')).catch(() => 'absent')).toBe('absent');
  });
});

/** Runs of the kill test: a few by default, more where PORTSIDE_CRASH_RUNS asks for them. */
const crashRuns = Number(process.env.PORTSIDE_CRASH_RUNS ?? 6);

describe('a writer that is killed at any moment', () => {
  it(`loses no acknowledged entry in ${crashRuns} runs`, async () => {
    const { place } = await freshJournal();
    const script = `
      const { openJournal } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'journal-file.ts')).href)});
      const { systemClock } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, 'clock.ts')).href)});
      const journal = await openJournal(${JSON.stringify(place)}, { actor: 'child', clock: systemClock, lockWaitMs: 20000 }, 'The case');
      for (let at = 0; ; at += 1) {
        const [entry] = await journal.append([{ kind: 'note.added', payload: { text: 'x'.repeat((at * 977) % 9000) } }]);
        process.stdout.write(entry.seq + ' ' + entry.hash + '\\n');
      }`;
    let acknowledged = new Map<number, string>();
    for (let run = 0; run < crashRuns; run += 1) {
      const killAfter = 1 + ((run * 7919) % 23);
      const heard = await new Promise<Map<number, string>>((resolve, reject) => {
        const found = new Map<number, string>();
        const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let errors = '';
        child.stderr.on('data', (chunk) => {
          errors += String(chunk);
        });
        createInterface({ input: child.stdout }).on('line', (line) => {
          const [seq, hash] = line.split(' ');
          if (seq && hash?.length === 64) found.set(Number(seq), hash);
          if (found.size >= killAfter) child.kill('SIGKILL');
        });
        child.on('close', (_code, signal) => (signal === 'SIGKILL' ? resolve(found) : reject(new Error(errors))));
      });
      acknowledged = new Map([...acknowledged, ...heard]);
      const journal = await openJournal(
        place,
        { actor: 'parent', clock: handClock(Date.now()), lockWaitMs: 5_000 },
        'The case',
      );
      await journal.close();
      const state = await readJournalState(place);
      expect(state.damage).toBeUndefined();
      const kept = new Map(state.entries.map((entry) => [entry.seq, entry.hash]));
      for (const [seq, hash] of acknowledged) expect(kept.get(seq)).toBe(hash);
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(crashRuns);
  }, 600_000);
});
