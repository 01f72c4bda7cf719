import { afterEach, beforeEach, expect, test } from 'vitest';
import { dayMs, hourMs } from '../shared/base/time.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import type { WriteEvent } from '../shared/model/event.ts';
import type { FindingRow } from '../shared/model/finding.ts';
import { makeVerdictHandlers } from './cases/verdict-handlers.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './evidence/workspace-engine.ts';
import { testFolder } from './evidence/workspace-for-tests.ts';
import { makeTestWrite } from './evidence/write-for-tests.ts';
import { makeServices, type Services } from './services.ts';

const startMs = Date.UTC(2026, 8, 1);
const quiet = ignoreItems(new AbortController().signal);

/** A copy to a stick, at night, with a tool that nobody else has. */
function copy(day: number, change: Partial<WriteEvent> = {}): WriteEvent {
  return makeTestWrite(startMs + day * dayMs + 23 * hourMs, {
    process: 'copier.exe',
    executable: 'C:\\Users\\kim\\copier.exe',
    path: 'F:\\drawings.zip',
    sizeBytes: 60_000_000,
    device: 'serial:BB22',
    deviceSerial: 'BB22',
    ...change,
  });
}

/** What hosts do every day. */
const everyday = (days: number): WriteEvent[] =>
  Array.from({ length: days }, (_, day) =>
    ['alpha', 'beta', 'gamma'].flatMap((host, index) =>
      [9, 14].map((hour) =>
        copy(day, {
          atMs: startMs + day * dayMs + hour * hourMs + index,
          host,
          user: `user-${index}`,
          process: 'explorer.exe',
          executable: 'C:\\Windows\\explorer.exe',
          path: 'E:\\a.txt',
          sizeBytes: 1_000,
          device: 'serial:AA11',
          deviceSerial: 'AA11',
        }),
      ),
    ),
  ).flat();

let engine: WorkspaceEngine;
let services: Services;
let changes = 0;
const handlers = () => makeVerdictHandlers(services.verdicts, () => changes++);

beforeEach(async () => {
  const workspacePath = await testFolder();
  engine = await openWorkspaceEngine({ workspacePath, now: () => startMs + 60 * dayMs });
  services = makeServices({ workspacePath, engine, version: '0.1.0' });
  changes = 0;
  await engine.append({ writes: [...everyday(14), copy(11)], deviceEvents: [] });
});

afterEach(() => engine.close());

async function copies(): Promise<readonly FindingRow[]> {
  const { rows } = await engine['findings.list'](
    { filter: { processes: ['copier.exe'] }, sort: 'startMs', descending: false, limit: 100 },
    quiet,
  );
  return rows;
}

async function firstCopy(): Promise<FindingRow> {
  const [first] = await copies();
  if (!first) throw new Error('There is no copy.');
  return first;
}

const appendCopies = (...days: number[]) => engine.append({ writes: days.map((day) => copy(day)), deviceEvents: [] });

test('a verdict moves what comes after the evidence that was known, is on record, and is taken back without a trace in the scores', async () => {
  const first = await firstCopy();
  const given = await handlers()['verdict.give'](
    { findingId: first.id, verdict: 'malicious', note: 'Drawings of the new hull', since: 'now' },
    quiet,
  );
  // Evidence reaches into day 13; the clock is years apart from it.
  expect(given).toMatchObject({ findingId: first.id, verdict: 'malicious', note: 'Drawings of the new hull' });
  expect(given.countsFromMs).toBe(startMs + 13 * dayMs + 14 * hourMs + 2 + 1);
  await appendCopies(12, 14);
  const [judged, before, after] = await copies();
  expect(judged?.verdict).toEqual(given);
  expect(judged?.unmovedScore).toBeUndefined();
  expect(before?.unmovedScore).toBeUndefined();
  expect(after?.unmovedScore).toBeDefined();
  expect(after?.score).toBeGreaterThan(after?.unmovedScore ?? 100);
  expect(after?.facets.filter(({ verdictOn }) => verdictOn === first.id).map(({ name }) => name)).toEqual([
    'verdict-on-program',
    'verdict-on-device',
  ]);

  await handlers()['verdict.take-back']({ findingId: first.id, note: 'They had an order' }, quiet);
  const [, , without] = await copies();
  expect(without).toMatchObject({ score: after?.unmovedScore });
  expect(without?.facets).toEqual(after?.facets.filter(({ verdictOn }) => verdictOn === undefined));
  expect(changes).toBe(2);
  const { entries } = await services.decisions.history();
  expect(entries.filter(({ kind }) => kind === 'finding.judged').map(({ text }) => text)).toEqual([
    `Finding ${first.id}: judged malicious, for findings from 2026-09-14T14:00:00.003Z on. Drawings of the new hull`,
    `Finding ${first.id}: verdict taken back. They had an order`,
  ]);
  await expect(handlers()['verdict.take-back']({ findingId: first.id, note: '' }, quiet)).rejects.toMatchObject({
    code: 'not-found',
  });
  // Put back by undo it counts from when it counted, but not over what somebody concluded since.
  const back = {
    findingId: first.id,
    verdict: 'malicious',
    note: '',
    since: 'now',
    expected: 'none',
  } as const;
  const again = await handlers()['verdict.give']({ ...back, countsFromMs: given.countsFromMs }, quiet);
  expect(again.countsFromMs).toBe(given.countsFromMs);
  expect((await copies())[2]?.score).toBe(after?.score);
  await expect(handlers()['verdict.give'](back, quiet)).rejects.toMatchObject({ code: 'changed-since' });
  await expect(
    handlers()['verdict.give']({ findingId: 'F-none', verdict: 'benign', note: '', since: 'now' }, quiet),
  ).rejects.toMatchObject({ code: 'not-found' });
});

test('of old evidence a verdict counts after the judged finding where that is asked; rules see the moved score', async () => {
  await appendCopies(12, 13);
  const [first, second] = await copies();
  if (!first || !second) throw new Error('There are too few copies.');
  const threshold = Math.ceil(second.score + 5);
  const rule = await services.rules.makeRule({
    name: 'Copies',
    detection: { kind: 'finding-score', score: 'portside', threshold, filter: { processes: ['copier.exe'] } },
  });
  const raised = async () => {
    const atMs = second.endMs + hourMs;
    const { alerts } = await services.rules.run({ atMs, ruleIds: [rule.id], signal: quiet.signal });
    return alerts;
  };
  expect(await raised()).toEqual([]);
  await handlers()['verdict.give']({ findingId: first.id, verdict: 'malicious', note: '', since: 'finding' }, quiet);
  expect((await copies())[1]?.score).toBeGreaterThanOrEqual(threshold);
  const alerts = await raised();
  expect(alerts.map(({ subject }) => subject.id)).toEqual([second.id]);
  expect(alerts[0]?.reason).toContain(`${Math.floor(second.score)} without verdicts`);
});

test("a case's verdict is one on its findings, and an inconclusive one takes that back", async () => {
  const first = await firstCopy();
  const { id } = await services.cases.open({ findingIds: [first.id] }, quiet);
  const record = (verdict: 'likely-exfiltration' | 'inconclusive' | 'false-positive') =>
    services.cases.record(id, { kind: 'verdict.given', payload: { verdict, confidence: 'high', text: 'Seen' } });
  await record('likely-exfiltration');
  expect((await firstCopy()).verdict).toMatchObject({ verdict: 'malicious', caseId: id });
  await record('false-positive');
  expect((await firstCopy()).verdict).toMatchObject({ verdict: 'benign', caseId: id });
  await record('inconclusive');
  expect((await firstCopy()).verdict).toBeUndefined();
});

test('an engine that was never told learns the verdicts from the journal', async () => {
  const first = await firstCopy();
  await handlers()['verdict.give']({ findingId: first.id, verdict: 'suspicious', note: '', since: 'now' }, quiet);
  const workspacePath = await testFolder();
  const other = await openWorkspaceEngine({ workspacePath, now: () => startMs + 60 * dayMs });
  try {
    await other.append({ writes: [...everyday(14), copy(11)], deviceEvents: [] });
    const { verdicts } = makeServicesOn(other);
    await verdicts.restore(quiet.signal);
    expect((await other['finding.read']({ id: first.id }, quiet)).verdict).toMatchObject({ verdict: 'suspicious' });
  } finally {
    await other.close();
  }

  function makeServicesOn(asked: WorkspaceEngine) {
    return makeServices({ workspacePath: services.workspacePath, engine: asked, version: '0.1.0' });
  }
});
