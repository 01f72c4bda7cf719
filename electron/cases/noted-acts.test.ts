import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import { engineActs, ruleActs } from '../act-texts.ts';
import { makeRuleService } from '../rules/rule-service.ts';
import { noteActs } from './noted-acts.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-acts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const makeRules = () =>
  makeRuleService({ folder, sources: {} as never, actor: 'r.osei', isApproved: async () => false });

/** Methods of the rules that change nothing a person decided; a run keeps its own record. */
const leavesNoNote = [
  ...['rules', 'rule', 'run', 'runDue', 'nextDueMs', 'alerts', 'alertsOf', 'runs', 'exceptions', 'previewException'],
  'watchItems',
];

it('every method of the rules is noted, or known to change nothing', () => {
  expect([...Object.keys(ruleActs), ...leavesNoNote].sort()).toEqual(Object.keys(makeRules()).sort());
});

it('what was done is noted once it is done, and what failed is not', async () => {
  const notes: string[] = [];
  const rules = noteActs(makeRules(), ruleActs, async (text) => {
    notes.push(text);
  });
  const { id } = await rules.addException({ processes: ['backup.exe'], hosts: ['ws-1'], reason: 'nightly' });
  await rules.removeException(id);
  await expect(rules.removeException('none')).rejects.toThrow();
  await rules.addWatchItem({ kind: 'user', value: 'm.keller', note: 'leaves in May' });
  expect(await rules.exceptions()).toEqual([]);
  expect(notes).toEqual([
    'Exception added: processes backup.exe; hosts ws-1; until it is removed. nightly',
    `Exception removed: ${id}`,
    'Watched from now on: user m.keller. leaves in May',
  ]);
});

it('names a file without its folders, bounds what it writes, and ends with the failure of the note', async () => {
  const notes: string[] = [];
  const engine = { 'evidence.import': async () => ({}) as never };
  const noted = noteActs(engine as never as Record<string, never>, engineActs as never, async (text) => {
    notes.push(text);
    if (notes.length > 1) throw fail('disk-full', 'no room');
  }) as unknown as { 'evidence.import'(input: { path: string }): Promise<unknown> };
  await noted['evidence.import']({ path: `/home/somebody/${'x'.repeat(5_000)}` });
  expect(notes[0]).toMatch(/^Evidence imported: x{1,1990}$/);
  expect(notes[0]).toHaveLength(2_000);
  await expect(noted['evidence.import']({ path: '/b' })).rejects.toMatchObject({ code: 'disk-full' });
});
