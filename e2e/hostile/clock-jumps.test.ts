import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { makeRuleService } from '../../electron/rules/rule-service.ts';
import { dayMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { makeStory, writeEvents } from '../made-evidence.ts';

/** What a clock that jumps does to import, findings and rules; the journal's is in `electron/cases/journal-file.test.ts`. */
const { signal } = new AbortController();
const quiet = ignoreItems(signal) as never;
let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'portside-clock-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function story(): Promise<{ readonly path: string; readonly lastMs: number }> {
  const path = join(root, 'story.ndjson');
  const events = makeStory();
  await writeEvents(path, events);
  return { path, lastMs: events.reduce((last, { atMs }) => Math.max(last, atMs), 0) };
}

it('evidence and its findings are the same whatever the clock says while they are taken in', async () => {
  const { path, lastMs } = await story();
  const answers: unknown[] = [];
  for (const [name, startMs, stepMs] of [
    ['right', lastMs + dayMs, 0],
    ['backward', lastMs + 400 * dayMs, -30 * dayMs],
    ['before', 0, 0],
    ['forward', lastMs, 3_000 * dayMs],
  ] as const) {
    let nowMs = startMs;
    const engine = await openWorkspaceEngine({
      workspacePath: join(root, name),
      now: () => {
        nowMs += stepMs;
        return nowMs;
      },
    });
    try {
      await engine['evidence.import']({ path }, quiet);
      const { rows } = await engine['findings.list'](
        { filter: {}, sort: 'score', descending: true, limit: 100 },
        quiet,
      );
      expect(rows.length).toBeGreaterThan(0);
      answers.push(rows.map(({ id, score, startMs: from, endMs }) => ({ id, score, from, endMs })));
    } finally {
      await engine.close();
    }
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
}, 60_000);

it('a rule raises everything once, over a clock that is set back, forward and right again', async () => {
  const { path, lastMs } = await story();
  let nowMs = lastMs + dayMs / 24;
  const engine = await openWorkspaceEngine({ workspacePath: root, now: () => nowMs });
  try {
    await engine['evidence.import']({ path }, quiet);
    const service = makeRuleService({
      folder: join(root, 'rules'),
      sources: engine,
      actor: 'r.osei',
      isApproved: async () => false,
      now: () => nowMs,
      monotonicMs: () => 0,
    });
    await service.makeRule({
      name: 'Low',
      severity: 'medium',
      detection: { kind: 'finding-score', score: 'portside', threshold: 5, filter: {} },
    });
    let raised = 0;
    for (const jumpMs of [0, -3 * dayMs, 400 * dayMs, -396.5 * dayMs, 2 * dayMs]) {
      nowMs += jumpMs;
      const { runs } = await service.runDue(signal);
      expect(runs.length, `after a jump of ${jumpMs / dayMs} days`).toBeGreaterThan(0);
      expect(runs.filter(({ failure }) => failure !== undefined)).toEqual([]);
      raised += runs.reduce((sum, { alerts }) => sum + alerts, 0);
      // Within the same minute nothing is due again.
      expect((await service.runDue(signal)).runs).toEqual([]);
      expect(await service.nextDueMs()).toBeGreaterThan(nowMs);
    }
    const kept = await service.alerts({ limit: 1_000 });
    const ids = kept.map(({ id }) => id);
    expect(raised).toBeGreaterThan(0);
    expect(ids).toHaveLength(raised);
    expect(new Set(ids).size).toBe(raised);
  } finally {
    await engine.close();
  }
}, 60_000);
