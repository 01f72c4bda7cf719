import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDecisions } from './decisions.ts';
import { journalPath } from './journal-file.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshDecisions() {
  const folder = mkdtempSync(join(tmpdir(), 'portside-decisions-'));
  made.push(folder);
  const clock = { wallMs: () => 1_800_000_000_000, monotonicMs: () => 5 };
  return {
    folder,
    open: (actor = 'r.osei') => makeDecisions({ folder: join(folder, 'decisions'), actor, clock, makeId: () => 'w-1' }),
  };
}

describe('decisions', () => {
  it('writes nothing before something was decided', async () => {
    const { folder, open } = freshDecisions();
    expect(await open().marks('f1')).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the newest mark of each step, in the order of the guide, over restarts', async () => {
    const { open } = freshDecisions();
    const first = open();
    await first.mark('f1', { step: 'user', state: 'suspicious', note: 'late' });
    await first.mark('f1', { step: 'process', state: 'suspicious', note: 'odd' });
    await first.mark('f2', { step: 'process', state: 'unremarkable', note: '' });
    const mark = await first.mark('f1', { step: 'process', state: 'unremarkable', note: 'known tool' });
    expect(mark).toEqual({
      step: 'process',
      state: 'unremarkable',
      note: 'known tool',
      actor: 'r.osei',
      atMs: 1_800_000_000_000,
    });
    expect((await open().marks('f1')).map((one) => [one.step, one.note])).toEqual([
      ['process', 'known tool'],
      ['user', 'late'],
    ]);
  });

  it('keeps states of findings, devices and noted heads', async () => {
    const { open } = freshDecisions();
    const decisions = open();
    await decisions.setFindingStates([
      { id: 'f1', state: 'closed', reason: 'backup' },
      { id: 'f2', state: 'acknowledged' },
    ]);
    await decisions.setFindingStates([{ id: 'f1', state: 'open' }]);
    await decisions.decideDevice('serial:A', 'approved', 'issued by IT');
    await decisions.decideDevice('serial:B', 'blocked', 'lost');
    await decisions.decideDevice('serial:B', undefined, 'found');
    await decisions.recordHead({ caseId: 'C-2026-0001', entries: 3, hash: 'ab', occasion: 'exported' });
    const again = open();
    expect(Object.fromEntries(await again.findingStates())).toEqual({
      f1: { state: 'open' },
      f2: { state: 'acknowledged' },
    });
    expect([await again.deviceDecision('serial:A'), await again.deviceDecision('serial:B')]).toEqual([
      'approved',
      undefined,
    ]);
    expect(again.isApproved('serial:A')).toBe(true);
    expect(await again.heads('C-2026-0001')).toHaveLength(1);
  });

  it('sees what another process wrote, and both lose nothing', async () => {
    const { open } = freshDecisions();
    const [window, commandLine] = [open('window'), open('cli')];
    await Promise.all([
      ...Array.from({ length: 10 }, (_, at) => window.mark('f1', { step: 'data', state: 'open', note: `w${at}` })),
      ...Array.from({ length: 10 }, (_, at) => commandLine.mark('f2', { step: 'data', state: 'open', note: `c${at}` })),
    ]);
    expect([(await window.marks('f2')).length, (await commandLine.marks('f1')).length]).toEqual([1, 1]);
  });

  it('takes nothing back that somebody decided anew, and says who', async () => {
    const { folder } = freshDecisions();
    let wallMs = 1_800_000_000_000;
    const clock = { wallMs: () => wallMs++, monotonicMs: () => wallMs };
    const [mine, theirs] = ['r.osei', 'm.lund'].map((actor) =>
      makeDecisions({ folder: join(folder, 'decisions'), actor, clock, makeId: () => 'w-1' }),
    );
    if (!mine || !theirs) throw new Error('Somebody is missing.');
    const byOther = { code: 'changed-since', message: expect.stringContaining('again by m.lund in the meantime') };
    const judged = { findingId: 'f1', countsFromMs: 0, host: 'h', process: 'p', device: 'd', points: {} };

    await mine.setFindingStates([{ id: 'f1', state: 'closed', reason: 'backup' }]);
    const expected = { state: 'closed', reason: 'backup' } as const;
    await theirs.setFindingStates([{ id: 'f1', state: 'acknowledged' }]);
    await expect(
      mine.setFindingStates([
        { id: 'f2', state: 'closed' },
        { id: 'f1', state: 'open', expected },
      ]),
    ).rejects.toMatchObject(byOther);
    expect(Object.fromEntries(await mine.findingStates())).toEqual({ f1: { state: 'acknowledged' } });

    await mine.mark('f1', { step: 'data', state: 'suspicious', note: 'n' });
    await theirs.mark('f1', { step: 'data', state: 'unremarkable', note: 'n' });
    await expect(
      mine.mark('f1', { step: 'data', state: 'open', note: '' }, { state: 'suspicious', note: 'n' }),
    ).rejects.toMatchObject(byOther);

    await mine.judgeFindings([{ ...judged, verdict: 'benign', note: '' }], 'none');
    const given = (await mine.findingVerdicts()).get('f1')?.atMs ?? 0;
    await theirs.judgeFindings([{ ...judged, verdict: 'malicious', note: '' }]);
    await expect(
      mine.judgeFindings([{ findingId: 'f1', verdict: 'none', note: '' }], { atMs: given }),
    ).rejects.toMatchObject(byOther);
    expect((await mine.findingVerdicts()).get('f1')?.verdict).toBe('malicious');

    await mine.decideDevice('serial:A', 'approved', 'issued by IT');
    await theirs.decideDevice('serial:A', 'blocked', 'lost');
    await expect(mine.decideDevice('serial:A', undefined, '', 'approved')).rejects.toMatchObject(byOther);
    // What is still as it was left is taken back.
    await theirs.decideDevice('serial:A', undefined, '', 'blocked');
    await theirs.setFindingStates([{ id: 'f1', state: 'open', expected: { state: 'acknowledged' } }]);
    expect(await mine.deviceDecision('serial:A')).toBeUndefined();
    expect((await mine.findingStates()).get('f1')).toEqual({ state: 'open' });
  });

  it('still answers from a damaged journal, and refuses to write on', async () => {
    const { folder, open } = freshDecisions();
    await open().mark('f1', { step: 'data', state: 'suspicious', note: 'kept' });
    await open().mark('f1', { step: 'data', state: 'open', note: 'changed later' });
    const path = journalPath(join(folder, 'decisions'));
    await writeFile(path, (await readFile(path, 'utf8')).replace('changed later', 'Changed later'));
    const decisions = open();
    expect((await decisions.marks('f1'))[0]?.note).toBe('kept');
    expect(decisions.damage).toContain('Entry 3');
    await expect(decisions.mark('f1', { step: 'data', state: 'open', note: '' })).rejects.toMatchObject({
      code: 'case-damaged',
    });
  });

  it('tells of a journal that is gone, of a head that is gone, and of a cut end', async () => {
    const { folder, open } = freshDecisions();
    const place = join(folder, 'decisions');
    expect(await open().history()).toEqual({ entries: [], damage: undefined });
    await open().noteAct('Evidence imported: a.ndjson');
    await open().noteAct('Rule removed: r-1');
    const whole = await readFile(journalPath(place), 'utf8');
    const { entries, damage } = await open().history();
    expect(damage).toBeUndefined();
    expect(entries.map(({ text }) => text).slice(1)).toEqual(['Evidence imported: a.ndjson', 'Rule removed: r-1']);

    const lines = whole.trimEnd().split('\n');
    await writeFile(journalPath(place), `${lines.slice(0, -1).join('\n')}\n`);
    expect((await open().history()).damage).toBeDefined();
    await rm(journalPath(place));
    expect(await open().history()).toEqual({ entries: [], damage: expect.stringMatching(/gone/) });
    await writeFile(journalPath(place), whole);
    expect((await open().history()).damage).toBeUndefined();
    await rm(join(place, 'journal.head'));
    expect((await open().history()).damage).toMatch(/journal\.head/);
  });
});
