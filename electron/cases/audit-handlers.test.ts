import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { makeAuditHandlers } from './audit-handlers.ts';
import { type Decisions, makeDecisions } from './decisions.ts';
import { journalPath } from './journal-file.ts';

let folder = '';
let decisions: Decisions;
const list = (input: { contains?: string; limit: number; cursor?: string }) =>
  makeAuditHandlers(decisions)['audit.list'](input, ignoreItems(new AbortController().signal));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-audit-'));
  decisions = makeDecisions({ folder, actor: 'r.osei' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a workspace in which nothing was done has no entry and nothing wrong', async () => {
  expect(await list({ limit: 10 })).toEqual({ rows: [], total: 0, entries: 0 });
});

test('pages go from the newest to the first entry without a gap, and a text is found in who and what', async () => {
  for (let act = 1; act <= 6; act += 1) await decisions.noteAct(`Rule switched ${act % 2 ? 'on' : 'off'}: rule ${act}`);
  const seqs: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(cursor === undefined ? { limit: 3 } : { limit: 3, cursor });
    expect(page).toMatchObject({ total: 7, entries: 7 });
    expect(page.damage).toBeUndefined();
    seqs.push(...page.rows.map(({ seq }) => seq));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(seqs).toEqual([7, 6, 5, 4, 3, 2, 1]);

  const off = await list({ limit: 10, contains: ' SWITCHED OFF ' });
  expect(off.rows.map(({ text }) => text)).toEqual([6, 4, 2].map((act) => `Rule switched off: rule ${act}`));
  expect(off).toMatchObject({ total: 3, entries: 7 });
  expect((await list({ limit: 10, contains: 'r.osei' })).total).toBe(7);
});

test('what the program noted by itself is a sentence too', async () => {
  let wallMs = Date.UTC(2026, 10, 20);
  const own = join(folder, 'jumping');
  const jumping = makeDecisions({
    folder: own,
    actor: 'r.osei',
    clock: { wallMs: () => wallMs, monotonicMs: () => 1 },
  });
  await jumping.noteAct('first');
  wallMs -= 86_400_000;
  await jumping.noteAct('second');
  const { rows } = await makeAuditHandlers(jumping)['audit.list'](
    { limit: 10, contains: 'clock of this computer' },
    ignoreItems(new AbortController().signal),
  );
  expect(rows.map(({ actor }) => actor)).toEqual(['portside']);
});

test('a changed entry is named, and only the entries before it are listed', async () => {
  const path = journalPath(folder);
  await writeFile(path, (await readFile(path, 'utf8')).replace('rule 3', 'rule 9'));
  const page = await list({ limit: 10 });
  expect(page.damage).toMatch(/Entry 4/);
  expect(page.rows.map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect(page.entries).toBe(3);
});
