import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test as base, type ElectronApplication, _electron as electron, type Page } from '@playwright/test';
import type * as Electron from 'electron';

const root = resolve(import.meta.dirname, '..');
/** The runner may be busy; the first window comes within a second on an idle machine. */
const firstWindowTimeoutMs = 90_000;

/** A running Portside and its window. */
export interface PortsideApp {
  readonly app: ElectronApplication;
  readonly window: Page;
  /** What the page wrote to its console as error, and what it threw. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** Folders of one test: the person's settings and the workspace. They outlive a restart and end with the test. */
export interface Places {
  readonly userData: string;
  readonly workspace: string;
  readonly folder: string;
}

/** Starts the built program. */
export async function launchPortside(places: Places, extraArguments: readonly string[] = []): Promise<PortsideApp> {
  const { ELECTRON_RUN_AS_NODE: _unused, ...environment } = process.env;
  const app = await electron.launch({
    cwd: root,
    args: [
      '.',
      `--user-data-dir=${places.userData}`,
      `--workspace=${places.workspace}`,
      // The first of two counts: a test that is about another place names it.
      ...extraArguments,
      '--figures-locale=en-GB',
    ],
    env: { ...(environment as Record<string, string>), TZ: 'UTC', LANG: 'en_US.UTF-8' },
    timeout: firstWindowTimeoutMs,
  });
  const window = await app.firstWindow({ timeout: firstWindowTimeoutMs });
  const problems: string[] = [];
  window.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  window.on('pageerror', (error) => problems.push(error.message));
  await window.waitForLoadState('domcontentloaded');
  return { app, window, problems, close: () => app.close() };
}

/** Times that something is evaluated in main before the test fails. */
const mostEvaluations = 5;

/**
 * What `work` gives in the main process. Where Electron collects the promise that Playwright waits for (Playwright's issue
 * 33737; likely while main loads) it is done again: only for what may be done twice.
 */
export async function inMain<Answer, Given = void>(
  app: ElectronApplication,
  work: (electron: typeof Electron, given: Given) => Answer | Promise<Answer>,
  given?: Given,
): Promise<Answer> {
  for (let evaluations = 1; ; evaluations += 1) {
    try {
      return await app.evaluate(work as (electron: typeof Electron, given: unknown) => Answer, given);
    } catch (error) {
      if (!/garbage collected/.test(String(error)) || evaluations === mostEvaluations) throw error;
    }
  }
}

/** Processes that are the evidence engine of a running Portside. */
export function enginePids(app: ElectronApplication): Promise<readonly number[]> {
  return inMain(app, ({ app: inner }) =>
    inner
      .getAppMetrics()
      .filter(({ name }) => name === 'Portside engine')
      .map(({ pid }) => pid),
  );
}

/** Tests with places of their own, and `launch`, which closes what it started when the test ends. */
export const test = base.extend<{ places: Places; launch: (...extra: string[]) => Promise<PortsideApp> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from its first parameter.
  places: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'portside-e2e-'));
    await use({ folder, userData: join(folder, 'user-data'), workspace: join(folder, 'workspace') });
    // Processes of the ended application may still be closing their files.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  },
  launch: async ({ places }, use) => {
    const running: PortsideApp[] = [];
    await use(async (...extra) => {
      const started = await launchPortside(places, extra);
      running.push(started);
      return started;
    });
    for (const started of running) await started.close().catch(() => undefined);
  },
});

export { expect } from '@playwright/test';
