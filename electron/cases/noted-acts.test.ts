import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import type { FileOutcome } from '../../shared/model/import-report.ts';
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

it('names many files by how many they are and by the hash of their hashes, and nothing where none was read', async () => {
  const textOf = engineActs['evidence.import-files'];
  const imported = (path: string, sha256: string) => ({ kind: 'imported', file: { path, sha256 } }) as never;
  const refused = { kind: 'failed', path: '/in/b', code: 'bad-input', message: 'No.' } as const;
  const hash = createHash('sha256').update('aa\nbb\n').digest('hex');
  const context = {} as never;
  const text = (outcomes: readonly FileOutcome[]) => textOf?.(outcomes, { paths: [] }, context);
  expect(text([imported('/in/a', 'aa'), refused, imported('/in/c', 'bb')])).toBe(
    `Evidence imported: 2 files, a to c; SHA-256 of their SHA-256, a line each: ${hash}`,
  );
  expect(text([refused, imported('/in/c', 'bb')])).toBe('Evidence imported: c');
  expect(text([refused])).toBeUndefined();
});
