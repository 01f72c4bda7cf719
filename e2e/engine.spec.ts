import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JSHandle, Page } from '@playwright/test';
import { enginePids, expect, test } from './portside-app.ts';

// Killed from outside, and as a native abort in the engine ends it.
for (const signal of ['SIGKILL', 'SIGABRT'] as const)
  test(`the engine may die by ${signal}: the window stays, waiting calls end with a code, and it comes back by itself`, async ({
    launch,
  }) => {
    const { app, window } = await launch();
    const seen = await window.evaluateHandle(() => {
      const bridge = (globalThis as unknown as { portside: import('../shared/ipc/window-bridge.ts').WindowBridge })
        .portside;
      const states: string[] = [];
      bridge.onReply((message) => {
        if (message.kind === 'item' && message.id === 1_000_001) states.push((message.item as { kind: string }).kind);
      });
      bridge.send({ kind: 'start', id: 1_000_001, name: 'engine.watch', input: {} });
      return states;
    });
    await expect.poll(() => seen.evaluate((states) => states.at(-1))).toBe('ready');
    const [killed = 0] = await enginePids(app);
    expect(killed).toBeGreaterThan(0);
    process.kill(killed, signal);
    await expect.poll(() => seen.evaluate((states) => states.slice(-2))).toEqual(['restarting', 'ready']);
    const engines = await enginePids(app);
    expect(engines).toHaveLength(1);
    expect(engines).not.toContain(killed);
    expect(app.windows()).toHaveLength(1);
  });

/** What the page was told about the engine, and how its calls ended. */
interface Said {
  readonly states: string[];
  readonly items: unknown[];
  readonly ends: unknown[];
}

/** Follows the engine's state in the page, and the call 1,000,002. */
async function follow(window: Page): Promise<JSHandle<Said>> {
  const said = await window.evaluateHandle(() => {
    const bridge = (globalThis as unknown as { portside: import('../shared/ipc/window-bridge.ts').WindowBridge })
      .portside;
    const heard: { states: string[]; items: unknown[]; ends: unknown[] } = { states: [], items: [], ends: [] };
    bridge.onReply((message) => {
      if (message.id === 1_000_001 && message.kind === 'item')
        heard.states.push((message.item as { kind: string }).kind);
      if (message.id === 1_000_002) (message.kind === 'item' ? heard.items : heard.ends).push(message);
    });
    bridge.send({ kind: 'start', id: 1_000_001, name: 'engine.watch', input: {} });
    return heard;
  });
  await expect.poll(() => said.evaluate(({ states }) => states.at(-1))).toBe('ready');
  return said;
}

async function call(window: Page, name: string): Promise<void> {
  await window.evaluate((asked) => {
    const bridge = (globalThis as unknown as { portside: import('../shared/ipc/window-bridge.ts').WindowBridge })
      .portside;
    bridge.send({ kind: 'start', id: 1_000_002, name: asked, input: {} });
  }, name);
}

const groups = '/sys/fs/cgroup/memory';

test('the system may end the engine for its memory: the window says so, and it comes back by itself', async ({
  launch,
}) => {
  const group = join(groups, `portside-test-${process.pid}`);
  const canGroup = await mkdir(group).then(
    () => true,
    () => false,
  );
  test.skip(!canGroup, `no group of processes can be made in ${groups}`);
  const { app, window } = await launch();
  const said = await follow(window);
  const [starved = 0] = await enginePids(app);
  try {
    // What it has is counted where it was taken; from here on it gets 8 MB.
    await writeFile(join(group, 'memory.limit_in_bytes'), String(8 << 20));
    await writeFile(join(group, 'cgroup.procs'), String(starved));
    await call(window, 'import.demo');
    await expect.poll(() => said.evaluate(({ states }) => states), { timeout: 60_000 }).toContain('restarting');
    await expect.poll(() => said.evaluate(({ states }) => states.at(-1))).toBe('ready');
    // The call ends, or goes on with the files behind the one that was lost: that is said with it.
    await expect.poll(() => said.evaluate(({ ends }) => ends.length), { timeout: 60_000 }).toBe(1);
    const { items, ends } = await said.jsonValue();
    expect(JSON.stringify([...items, ...ends])).toContain('The evidence engine stopped.');
    expect(await enginePids(app)).not.toContain(starved);
    expect(app.windows()).toHaveLength(1);
    // The one that was started in its place answers, and tells its limits.
    await call(window, 'workspace.read');
    await expect
      .poll(() => said.evaluate(({ ends }) => ends.at(-1)))
      .toMatchObject({
        kind: 'done',
        output: { limits: { memoryBytes: expect.any(Number), freeDiskBytes: expect.any(Number) } },
      });
  } finally {
    await rmdir(group).catch(() => undefined);
  }
});
