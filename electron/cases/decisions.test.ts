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
