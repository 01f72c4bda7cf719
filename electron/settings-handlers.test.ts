import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { appSettingsSchema } from './app/app-settings.ts';
import { openWorkspaceEngine } from './evidence/workspace-engine.ts';
import { openSettings } from './platform/settings.ts';
import { makeSettingsHandlers } from './settings-handlers.ts';

let folder = '';
const context = ignoreItems(new AbortController().signal);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-settings-'));
  await mkdir(join(folder, 'workspace'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function openHandlers(startedMs: number) {
  const settings = await openSettings(join(folder, 'settings.json'), appSettingsSchema);
  const handlers = makeSettingsHandlers({
    userData: folder,
    workspacePath: join(folder, 'workspace'),
    chosen: () => settings.value,
    choose: (change) => settings.set(change),
    startedMs,
  });
  return { settings, handlers };
}

test('limits are kept over a restart, left to the program again, and told with what this machine has', async () => {
  const { handlers } = await openHandlers(Date.now());
  const before = await handlers['settings.read']({}, context);
  expect(before).toMatchObject({
    memory: 'automatic',
    machineMemoryBytes: totalmem(),
    temporaryDisk: 'automatic',
    log: 'everything',
    logFolder: join(folder, 'logs'),
    damaged: [],
  });
  expect(before.disk.freeBytes).toBeGreaterThan(0);
  await handlers['settings.set']({ memory: 512_000_000, temporaryDisk: 5_000_000_000, log: 'problems' }, context);
  const again = await openHandlers(Date.now());
  expect(again.settings.value).toMatchObject({
    memoryBytes: 512_000_000,
    temporaryBytes: 5_000_000_000,
    log: 'problems',
  });
  await again.handlers['settings.set']({ memory: 'automatic' }, context);
  const { handlers: third } = await openHandlers(Date.now());
  expect(await third['settings.read']({}, context)).toMatchObject({
    memory: 'automatic',
    temporaryDisk: 5_000_000_000,
    log: 'problems',
  });
});

test('the engine takes no more than was chosen, and never more than this machine has', async () => {
  const workspacePath = join(folder, 'workspace');
  const engine = await openWorkspaceEngine({
    workspacePath,
    limits: { memoryBytes: 512_000_000, temporaryBytes: 1_000_000_000 },
  });
  expect(await engine['engine.limits']({}, context)).toMatchObject({
    memoryBytes: 512_000_000,
    temporaryBytes: 1_000_000_000,
  });
  await engine.close();
  const greedy = await openWorkspaceEngine({ workspacePath, limits: { memoryBytes: 1e15, temporaryBytes: 1e17 } });
  const { memoryBytes, temporaryBytes, freeDiskBytes } = await greedy['engine.limits']({}, context);
  await greedy.close();
  expect(memoryBytes).toBeLessThanOrEqual(totalmem());
  expect(temporaryBytes).toBeLessThan(freeDiskBytes);
});

test('a file that was set aside is told until it is gone, as new only to the program that set it aside', async () => {
  await writeFile(join(folder, 'settings.json'), '{"theme":');
  const startedMs = Date.now();
  const { handlers } = await openHandlers(startedMs);
  // Sources of the workspace are read by others, in the same manner.
  await writeFile(join(folder, 'workspace', 'source.json'), '[]');
  await openSettings(join(folder, 'workspace', 'source.json'), z.object({ source: z.string().optional() }));
  const { damaged } = await handlers['settings.read']({}, context);
  expect(damaged.map(({ original, isNew }) => ({ original, isNew }))).toEqual(
    expect.arrayContaining([
      { original: join(folder, 'settings.json'), isNew: true },
      { original: join(folder, 'workspace', 'source.json'), isNew: true },
    ]),
  );
  const later = await openHandlers(startedMs + 60_000);
  expect((await later.handlers['settings.read']({}, context)).damaged.map(({ isNew }) => isNew)).toEqual([
    false,
    false,
  ]);
  await rm(join(folder, 'settings.json.damaged'));
  await rm(join(folder, 'workspace', 'source.json.damaged'));
  expect((await later.handlers['settings.read']({}, context)).damaged).toEqual([]);
});
