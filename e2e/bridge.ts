import type { Page } from '@playwright/test';
import type { WindowBridge } from '../shared/ipc/window-bridge.ts';

/**
 * Asks main over the page's own bridge, as any script in the page could. The page itself hears no answers afterwards:
 * only for tests that do not go on with its parts.
 */
export function askMain(window: Page, name: string, input: unknown): Promise<unknown> {
  return window.evaluate(
    ([askedName, askedInput]) => {
      const bridge = (globalThis as unknown as { portside: WindowBridge }).portside;
      const id = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
      return new Promise((resolve, reject) => {
        bridge.onReply((message) => {
          if (message.id !== id || message.kind === 'item') return;
          if (message.kind === 'done') resolve(message.output);
          else reject(new Error(`${message.failure.code}: ${message.failure.message}`));
        });
        bridge.send({ kind: 'start', id, name: askedName, input: askedInput });
      });
    },
    [name, input] as const,
  );
}
