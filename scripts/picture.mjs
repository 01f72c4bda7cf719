import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron } from '@playwright/test';
import { root } from './run.mjs';

const startTimeoutMs = 90_000;
const contentTimeoutMs = 120_000;

/**
 * Opens a workspace in the real window, opens the best finding and saves a picture of it.
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
    await app.evaluate(({ nativeTheme }, wanted) => {
      nativeTheme.themeSource = wanted;
    }, theme);
    await window.waitForLoadState('domcontentloaded');
    await window
      .locator('[data-testid="workbench-idle"], [data-idle="true"]')
      .first()
      .waitFor({ state: 'attached', timeout: contentTimeoutMs });
    await window.screenshot({ path: file });
  } finally {
    await app.close();
    fs.rmSync(userData, { recursive: true, force: true });
  }
}
