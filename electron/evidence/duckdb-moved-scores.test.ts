import { expect, test } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingVerdict } from '../../shared/model/finding-verdict.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';
import { testFolder } from './workspace-for-tests.ts';
import { makeTestWrite } from './write-for-tests.ts';

const startMs = Date.UTC(2026, 8, 1);
const context = ignoreItems(new AbortController().signal);

/** Days of everyday writes of three hosts, from `fromDay` on. */
function everyday(fromDay: number, days: number): WriteEvent[] {
  return Array.from({ length: days }, (_, day) =>
    ['alpha', 'beta', 'gamma'].flatMap((host, index) =>
      [9, 14].map((hour) =>
        makeTestWrite(startMs + (fromDay + day) * dayMs + hour * hourMs + index * minuteMs, {
          host,
          user: `user-${index}`,
        }),
      ),
    ),
  ).flat();
}

/** A copy to a stick, at night, with a tool. */
const copy = (day: number, host = 'alpha') =>
  makeTestWrite(startMs + day * dayMs + 23 * hourMs, {
    host,
    process: 'copier.exe',
    executable: 'C:\\Users\\kim\\copier.exe',
    device: 'serial:BB22',
    deviceSerial: 'BB22',
    sizeBytes: 5_000_000,
  });

const append = (engine: WorkspaceEngine, writes: readonly WriteEvent[]) => engine.append({ writes, deviceEvents: [] });

async function all(engine: WorkspaceEngine, minScore?: number): Promise<readonly FindingRow[]> {
  const filter = minScore === undefined ? {} : { minScore };
  const { rows } = await engine['findings.list']({ filter, sort: 'score', descending: true, limit: 1_000 }, context);
  return rows;
}

function verdictOn(finding: FindingRow, change: Partial<FindingVerdict> = {}): FindingVerdict {
  const { id, host, process, executable, device, endMs } = finding;
  return {
    findingId: id,
    verdict: 'malicious',
    note: '',
    actor: 'anna',
    atMs: endMs + hourMs,
    countsFromMs: endMs + 1,
    host,
    process,
    executable,
    device,
    points: Object.fromEntries(finding.facets.map(({ name, points }) => [name, points])),
    ...change,
  };
}

const tell = (engine: WorkspaceEngine, verdicts: readonly FindingVerdict[]) =>
  engine['finding-verdicts.set']({ verdicts: [...verdicts] }, context);

const copiesOf = (rows: readonly FindingRow[]) =>
  rows.filter(({ process }) => process === 'copier.exe').sort((a, b) => a.startMs - b.startMs);

test('verdicts move the scores that lists, thresholds and processes see; taken back, all is exactly as before', async () => {
  const folder = await testFolder();
  const nowMs = startMs + 60 * dayMs;
  let engine = await openWorkspaceEngine({ workspacePath: folder, now: () => nowMs });
  try {
    await append(engine, [...everyday(0, 12), copy(10), copy(12), copy(13, 'beta')]);
    const before = await all(engine);
    const [judged, later, elsewhere] = copiesOf(before);
    if (!judged || !later || !elsewhere) throw new Error('The copies are missing.');

    const verdict = verdictOn(judged);
    await tell(engine, [verdict]);
    const after = await all(engine);
    const [judgedNow, laterNow, elsewhereNow] = copiesOf(after);
    expect(judgedNow).toEqual({ ...judged, verdict });
    expect(laterNow).toMatchObject({ score: Math.min(100, later.score + 20), unmovedScore: later.score });
    expect(laterNow?.facets.slice(0, later.facets.length)).toEqual(later.facets);
    expect(laterNow?.facets.at(-2)).toMatchObject({ name: 'verdict-on-program', verdictOn: judged.id });
    expect(elsewhereNow).toMatchObject({ score: Math.min(100, elsewhere.score + 8), unmovedScore: elsewhere.score });
    expect(after.filter(({ process }) => process !== 'copier.exe')).toEqual(
      before.filter(({ process }) => process !== 'copier.exe'),
    );
    // Sorted, cut and grouped by what is shown.
    expect(after.map(({ score }) => score)).toEqual(after.map(({ score }) => score).sort((a, b) => b - a));
    const threshold = Math.ceil(later.score + 5);
    expect((await all(engine, threshold)).map(({ id }) => id)).toContain(later.id);
    expect(before.filter(({ score }) => score >= threshold).map(({ id }) => id)).not.toContain(later.id);
    const rarityOf = async () => {
      const { rows } = await engine['scored-processes.list'](
        { filter: { processes: ['copier.exe'] }, sort: 'rarity', descending: true, limit: 10 },
        context,
      );
      return rows.find(({ host }) => host === 'alpha')?.rarity;
    };
    expect(await rarityOf()).toBe(Math.max(judged.score, laterNow?.score ?? 0));
    const groups = await engine['finding-groups.list'](
      { filter: {}, by: 'process', sort: 'score', limit: 10 },
      context,
    );
    expect(groups.rows[0]?.score).toBe(after[0]?.score);
    const paged: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await engine['findings.list'](
        { filter: {}, sort: 'score', descending: true, limit: 7, cursor },
        context,
      );
      paged.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(paged).toEqual(after.map(({ id }) => id));

    // The next process that opens the workspace knows them without being told.
    await engine.close();
    engine = await openWorkspaceEngine({ workspacePath: folder, now: () => nowMs });
    expect(await all(engine)).toEqual(after);

    await tell(engine, []);
    expect(await all(engine)).toEqual(before);
    expect(await rarityOf()).toBe(Math.max(judged.score, later.score));
  } finally {
    await engine.close();
  }
});

test('findings that come later are moved as they are stored, the same as if all had been there', async () => {
  const folder = await testFolder();
  // Settles while evidence comes in: what is not final yet is moved too, and again when it is.
  let nowMs = startMs + 11 * dayMs;
  const engine = await openWorkspaceEngine({ workspacePath: folder, now: () => nowMs });
  try {
    await append(engine, [...everyday(0, 11), copy(10)]);
    const [judged] = copiesOf(await all(engine));
    if (!judged) throw new Error('The copy is missing.');
    const verdicts = [verdictOn(judged)];
    await tell(engine, verdicts);
    for (const day of [11, 12, 13, 14]) {
      nowMs = startMs + (day + 1) * dayMs;
      await append(engine, [...everyday(day, 1), copy(day)]);
      expect(copiesOf(await all(engine)).map(({ unmovedScore }) => unmovedScore !== undefined)).toEqual(
        Array.from({ length: day - 9 }, (_, index) => index > 0),
      );
    }
    const streamed = await all(engine);
    await tell(engine, []);
    const without = await all(engine);
    await tell(engine, verdicts);
    expect(await all(engine)).toEqual(streamed);
    // Older evidence makes everything anew.
    await append(engine, everyday(-3, 2));
    const anew = await all(engine);
    await tell(engine, []);
    await tell(engine, verdicts);
    expect(await all(engine)).toEqual(anew);
    expect(copiesOf(without)[1]?.score).toBe(copiesOf(streamed)[1]?.unmovedScore);
  } finally {
    await engine.close();
  }
});
