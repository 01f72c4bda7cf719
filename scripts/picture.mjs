import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { _electron } from '@playwright/test';
import { root } from './run.mjs';

const startTimeoutMs = 90_000;
const contentTimeoutMs = 180_000;

/**
 * A picture of a window that has come to rest: two in a row are the same.
 * @param {import('@playwright/test').Page} window
 */
async function pictureAtRest(window) {
  const endMs = Date.now() + contentTimeoutMs;
  /** @type {Buffer} */
  let before = Buffer.alloc(0);
  while (Date.now() < endMs) {
    const now = await window.screenshot({ animations: 'disabled', caret: 'hide' });
    const isBusy = (await window.locator('[aria-busy="true"]').count()) > 0;
    if (!isBusy && now.equals(before)) return now;
    before = now;
    await pause(300);
  }
  return before;
}

/**
 * Opens a workspace in the real window, opens its best finding and saves a picture of that.
 * @param {object} options
 * @param {string} options.electron
 * @param {string} options.workspace
 * @param {NodeJS.ProcessEnv} options.env
 * @param {readonly string[]} options.sandboxArguments
 * @param {string} options.file
 * @param {'light' | 'dark'} [options.theme]
 */
export async function pictureWorkbench({ electron, workspace, env, sandboxArguments, file, theme = 'light' }) {
  const userData = fs.mkdtempSync(path.join(os.tmpdir(), 'portside-picture-'));
  const { ELECTRON_RUN_AS_NODE: _unset, ...environment } = env;
  const app = await _electron.launch({
    executablePath: electron,
    cwd: root,
    args: ['.', ...sandboxArguments, `--user-data-dir=${userData}`, `--workspace=${workspace}`],
    env: /** @type {Record<string, string>} */ (environment),
    timeout: startTimeoutMs,
  });
  try {
    const window = await app.firstWindow({ timeout: startTimeoutMs });
    await window.emulateMedia({ colorScheme: theme });
    const best = window
      .getByRole('listbox', { name: /^Findings by/ })
      .getByRole('option')
      .first();
    const isEmpty = window.getByText(/^No findings/).first();
    await best.or(isEmpty).first().waitFor({ timeout: contentTimeoutMs });
    if (await best.isVisible()) await best.click();
    fs.writeFileSync(file, await pictureAtRest(window));
  } finally {
    await app.close();
    fs.rmSync(userData, { recursive: true, force: true });
  }
}
