import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayMs, minuteMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { ActivityChunk } from '../../shared/model/evidence-answer.ts';
import { activityPieces } from './activity-pieces.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';

const startMs = Date.UTC(2026, 8, 1) + 7 * minuteMs;
const count = 20_000;
const { signal } = new AbortController();
let folder = '';
let engine: WorkspaceEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-pieces-'));
  engine = await openWorkspaceEngine({ workspacePath: folder });
  const writes = Array.from({ length: count }, (_, index) => ({
    id: `w${index}`,
    // A long pause in the middle, and many at the same time.
    atMs: startMs + Math.floor(index / 3) * minuteMs + (index > count / 2 ? 40 * dayMs : 0),
    action: 'creation' as const,
    host: `ws-${index % 5}`,
    user: 'kim',
    process: `p${index % 7}.exe`,
    path: `E:\\${index}`,
    sizeBytes: index,
    device: 'serial:AA',
    deviceSerial: 'AA',
    busType: 'USB',
  }));
  await engine['evidence.append']({ writes, deviceEvents: [] }, ignoreItems(signal));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

function rowsOf(chunk: ActivityChunk): readonly string[] {
  return [...chunk.slotMs].map((slotMs, row) =>
    JSON.stringify([
      slotMs,
      chunk.hosts[chunk.hostIndex[row] ?? -1],
      chunk.processes[chunk.processIndex[row] ?? -1],
      chunk.events[row],
      chunk.writtenBytes[row],
      chunk.firstMs[row],
      chunk.lastMs[row],
    ]),
  );
}

it.each([
  ['one span', { writes: count }],
  ['spans of an hour that grow', { writes: 1e12 }],
  ['a summary that is older than the evidence', { writes: count, lastMs: startMs + dayMs }],
  ['a summary of nothing', { writes: 0, firstMs: undefined, lastMs: undefined }],
])('%s: the pieces are the whole activity, in its order', async (_title, change) => {
  const whole: string[] = [];
  await engine['activity.read']({}, { signal, emit: (chunk) => whole.push(...rowsOf(chunk)) });
  expect(whole.length).toBeGreaterThan(10_000);
  const summary = { ...(await engine['evidence.summary']({}, ignoreItems(signal))), ...change };
  const pieces: string[] = [];
  for await (const piece of activityPieces(engine, summary, undefined, signal)) pieces.push(...rowsOf(piece));
  expect(pieces).toEqual(whole);
  const fromMs = Math.ceil(startMs / dayMs) * dayMs + dayMs;
  const later: string[] = [];
  for await (const piece of activityPieces(engine, summary, fromMs, signal)) later.push(...rowsOf(piece));
  expect(later).toEqual(whole.filter((row) => (JSON.parse(row)[0] as number) >= fromMs));
});

it('reads nothing further once it is aborted', async () => {
  const controller = new AbortController();
  const summary = await engine['evidence.summary']({}, ignoreItems(signal));
  const pieces = activityPieces(engine, summary, undefined, controller.signal);
  expect((await pieces.next()).done).toBe(false);
  controller.abort();
  await expect(pieces.next()).rejects.toMatchObject({ code: 'cancelled' });
});
