import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enginePids, expect, test } from './portside-app.ts';

/** A secret that must be found nowhere. */
const canary = 'canary-c0ffee-4711';

/** Everything in the files below a folder. */
async function contentOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))).join('\n');
}

test('a cluster that does not answer is said, and the embedded store is one step away; its key is nowhere', async ({
  launch,
  places,
}) => {
  const { app, window, problems } = await launch();
  await window.getByRole('button', { name: 'Sources' }).click();
  const form = window.getByRole('region', { name: 'Elasticsearch' });
  await form.getByLabel('Name').fill('prod-soc');
  // Nobody listens on the discard port.
  await form.getByLabel('URL').fill('http://127.0.0.1:9');
  await form.getByLabel('API key').fill(canary);
  await form.getByRole('button', { name: 'Test' }).click();
  await expect(form.getByRole('alert')).toContainText('127.0.0.1:9');
  await form.getByRole('button', { name: 'Save connection' }).click();
  await window.getByRole('button', { name: 'Use prod-soc' }).click();
  const inUse = window.getByRole('region', { name: 'In use' });
  await expect(inUse.getByText(/Trying again every 15 seconds/)).toBeVisible();
  await expect(window.getByRole('contentinfo')).toContainText('Trying again every 15 seconds');

  const engines = await enginePids(app);
  expect(engines).toHaveLength(1);
  if (process.platform === 'linux') {
    for (const part of ['cmdline', 'environ']) {
      expect(await readFile(`/proc/${engines[0]}/${part}`, 'latin1')).not.toContain(canary);
    }
  }
  expect(await contentOf(places.folder)).not.toContain(canary);
  expect(await window.content()).not.toContain(canary);

  await inUse.getByRole('button', { name: 'Use', exact: true }).click();
  await expect(inUse.getByText(/Trying again/)).toBeHidden();
  await expect(inUse.getByText('Writes', { exact: true })).toBeVisible();
  expect(problems).toEqual([]);
});
