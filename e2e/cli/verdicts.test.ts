import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeEvents } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

/** A verdict on the built command line: later findings of the same thing move, and move back. */
let folder = '';
const portside = (...args: string[]) =>
  runPortside([...args, '--json', '--workspace', join(folder, 'workspace')], { configFolder: folder });
const findings = async () => jsonLines((await portside('findings')).stdout);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-verdicts-'));
  const file = join(folder, 'events.ndjson');
  await writeEvents(file);
  expect(await portside('import', file)).toMatchObject({ code: 0 });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('findings of the same program on the host are moved by a verdict, explained, and exactly as before without it', async () => {
  const before = await findings();
  const isSame = (a: (typeof before)[number], b: (typeof before)[number]) =>
    a.host === b.host && a.process === b.process && a.executable === b.executable;
  const judged = before.find((one) =>
    before.some((other) => isSame(one, other) && Number(other.startMs) > Number(one.endMs) && Number(other.score) < 60),
  );
  if (!judged) throw new Error('No program wrote twice.');
  const given = await portside(
    ...['finding', 'verdict', String(judged.id), 'malicious', '--since', 'finding', '--note', 'Left the company'],
  );
  expect(given.code).toBe(0);
  expect(JSON.parse(given.stdout)).toMatchObject({ verdict: 'malicious', countsFromMs: Number(judged.endMs) + 1 });

  const after = await findings();
  const moved = after.filter(({ unmovedScore }) => unmovedScore !== undefined);
  expect(moved.length).toBeGreaterThan(0);
  for (const one of moved) {
    const was = before.find(({ id }) => id === one.id);
    expect(one.unmovedScore).toBe(was?.score);
    expect(Number(one.score)).toBeGreaterThan(Number(was?.score));
    expect(Number(one.score)).toBeLessThanOrEqual(Number(was?.score) + 20);
    expect(one.facets).toContainEqual(
      expect.objectContaining({ verdictOn: judged.id, text: expect.stringContaining('Left the company') }),
    );
    expect(Number(one.startMs)).toBeGreaterThan(Number(judged.endMs));
  }
  expect(after.map(({ score }) => score)).toEqual(after.map(({ score }) => Number(score)).sort((a, b) => b - a));

  expect(JSON.parse((await portside('finding', 'verdict', String(judged.id), 'none')).stdout)).toEqual({
    findingId: judged.id,
    verdict: 'none',
  });
  expect(await findings()).toEqual(before);
  expect((await portside('finding', 'verdict', String(judged.id), 'none')).code).toBe(1);
  const entries = jsonLines((await portside('audit', 'list')).stdout).filter(({ kind }) => kind === 'finding.judged');
  expect(entries.map(({ text }) => text)).toEqual([
    expect.stringContaining('judged malicious'),
    expect.stringContaining('verdict taken back'),
  ]);
}, 120_000);

test('findings are acknowledged and closed with a reason, which is kept, filtered by and on record', async () => {
  const [first, second, third] = (await findings()).map(({ id }) => String(id));
  if (!first || !second || !third) throw new Error('Too few findings.');
  const closed = await portside('finding', 'state', first, second, 'closed', '--reason', 'Issued stick');
  expect(jsonLines(closed.stdout)).toEqual([
    { id: first, state: 'closed', reason: 'Issued stick' },
    { id: second, state: 'closed', reason: 'Issued stick' },
  ]);
  expect((await portside('finding', 'state', third, 'acknowledged')).code).toBe(0);
  const inState = async (state: string) =>
    jsonLines((await portside('findings', '--state', state)).stdout).map(({ id }) => id);
  expect(await inState('closed')).toEqual([first, second]);
  expect(await inState('acknowledged')).toEqual([third]);
  expect(JSON.parse((await portside('finding', first)).stdout)).toMatchObject({
    state: 'closed',
    closedReason: 'Issued stick',
  });
  expect((await portside('finding', 'state', first, 'F-none', 'open')).code).toBe(1);
  expect((await portside('finding', 'state', first, 'gone')).code).toBe(2);
  expect(await inState('closed')).toEqual([first, second]);
});
