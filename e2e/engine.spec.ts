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
