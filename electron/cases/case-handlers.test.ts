import { rmSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import type { CaseException } from '../../shared/model/case-file.ts';
import { makeCaseHandlers } from './case-handlers.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';
import { testFalsePositives } from './false-positive-collector.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function setUp(target?: (folder: string, name: string) => string | undefined) {
  const set = await makeCaseTestSet();
  made.push(set.folder);
  const exceptions: CaseException[] = [];
  let changes = 0;
  const tokens = new Map<string, string>();
  const handlers = makeCaseHandlers(
    {
      cases: set.store,
      decisions: set.decisions,
      loadKey: async () => set.key,
      version: '0.1.0',
      addException: async (exception) => {
        exceptions.push(exception);
      },
      testFalsePositives: (findingId, signal) => testFalsePositives(set.questions, {}, findingId, signal),
    },
    {
      takeFile: (token) => {
        const path = tokens.get(token);
        if (!path) throw fail('bad-input', 'Unknown file.');
        return path;
      },
      chooseTarget: async (name) => (target ? target(set.folder, name) : join(set.folder, name)),
      printPdf: async (html) => Buffer.from(`%PDF /CreationDate (D:20990101000000+00'00') ${html.length}`),
      onChange: () => {
        changes += 1;
      },
    },
  );
  return { set, handlers, exceptions, tokens, changes: () => changes };
}

describe('the window’s operations on cases', () => {
  it('open, record, attach, export and verify one, and tell that something changed', async () => {
    const { set, handlers, tokens, changes } = await setUp();
    const { id } = await handlers['case.open']({ findingIds: ['f-1'] }, quietCall);
    await handlers['case.record']({ id, change: { kind: 'note.added', payload: { text: 'n' } } }, quietCall);
    const attached = join(set.folder, 'a.txt');
    await writeFile(attached, 'a');
    tokens.set('t', attached);
    await handlers['case.attach']({ id, tokens: ['t'], note: '' }, quietCall);
    const exported = await handlers['case.export']({ id, isRedacted: false }, quietCall);
    expect(exported).toMatchObject({ path: join(set.folder, `${id}.zip`), files: expect.any(Number) });
    tokens.set('p', exported.path ?? '');
    expect(await handlers['package.verify']({ token: 'p' }, quietCall)).toMatchObject({ ok: true });
    const bytes = (await readFile(exported.path ?? '')).toString('latin1');
    expect(bytes).toContain("%PDF /CreationDate (D:20261119224000+00'00')");
    expect(await handlers['case.verify']({ id }, quietCall)).toMatchObject({ ok: true });
    expect((await handlers['case.report']({ id }, quietCall)).html).toContain(`Case ${id}`);
    expect((await handlers['cases.list']({}, quietCall)).map((one) => one.id)).toEqual([id]);
    expect(await set.decisions.heads(id)).toMatchObject([{ occasion: 'opened' }, { occasion: 'exported' }]);
    expect(changes()).toBe(4);
  });

  it('write nothing when the dialog was left, and no printed report when redacted', async () => {
    const left = await setUp(() => undefined);
    const { id } = await left.handlers['case.open']({ findingIds: ['f-1'] }, quietCall);
    expect(await left.handlers['case.export']({ id, isRedacted: false }, quietCall)).toEqual({ files: 0 });
    await expect(stat(join(left.set.folder, `${id}.zip`))).rejects.toThrow();
    const redacted = await setUp();
    await redacted.handlers['case.open']({ findingIds: ['f-1'] }, quietCall);
    const { path } = await redacted.handlers['case.export']({ id, isRedacted: true }, quietCall);
    expect((await readFile(path ?? '')).toString('latin1')).not.toContain('%PDF');
  });

  it('make an accepted exception hold, after it is on record, and no other', async () => {
    const { set, handlers, exceptions } = await setUp();
    const { id } = await handlers['case.open']({ findingIds: ['f-1'] }, quietCall);
    const [backup] = await handlers['false-positives.test']({ findingId: 'f-1' }, quietCall);
    expect(backup).toMatchObject({ class: 'backup', wouldHaveHidden: 1, hiddenFindings: [{ id: 'f-1' }] });
    const beat = backup?.checks.find((check) => check.id === 'false-positive.beat');
    expect(beat?.queries).toMatchObject([{ question: 'volumes.read', input: { by: 'device' } }]);
    const exception = {
      processes: ['rundll32.exe'],
      hosts: ['ws-042'],
      expiresMs: set.time.wall + 1,
      reason: 'by phone',
    };
    const judge = (judgement: 'accepted' | 'rejected') =>
      handlers['case.record'](
        {
          id,
          change: {
            kind: 'false-positive.judged',
            payload: {
              findingId: 'f-1',
              class: 'backup',
              judgement,
              reason: 'r',
              supporting: [],
              opposing: [],
              exception,
            },
          },
        },
        quietCall,
      );
    await judge('rejected');
    expect(exceptions).toEqual([]);
    await judge('accepted');
    expect(exceptions).toEqual([{ ...exception, reason: `by phone (${id})` }]);
    expect((await set.store.read(id)).falsePositives).toMatchObject([{ judgement: 'accepted', exception }]);
  });

  it('decide about devices and take it back', async () => {
    const { handlers } = await setUp();
    const decide = (decision: 'approved' | 'blocked' | undefined) =>
      handlers['devices.decide']({ device: 'serial:A', decision, reason: 'r' }, quietCall);
    expect(await decide('blocked')).toMatchObject([
      { device: 'serial:A', decision: 'blocked', reason: 'r', actor: 'r.osei' },
    ]);
    expect(await decide('approved')).toMatchObject([{ decision: 'approved' }]);
    expect(await decide(undefined)).toEqual([]);
    expect(await handlers['devices.decisions']({}, quietCall)).toEqual([]);
  });
});
