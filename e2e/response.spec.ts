import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startKibanaStandIn } from '../electron/cases/kibana-for-tests.ts';
import { makeStory, toDocument } from './made-evidence.ts';
import { expect, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

const pictures = resolve(import.meta.dirname, '..', 'out', 'e2e-pictures');

test('a host is isolated from the window: looked up first, confirmed by its name, recorded in the case', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  const events = makeStory().map((event, index) => JSON.stringify(toDocument(event, index)));
  await writeFile(file, events.join('\n'));
  await mkdir(pictures, { recursive: true });
  const kibana = await startKibanaStandIn('ws-002');
  try {
    const started = await launch();
    const { window, problems } = started;
    const page = workbenchPage(started);
    await page.importFiles([file]);
    await page.openFinding(/rundll32\.exe/);
    await page.selected.getByRole('tab', { name: 'Respond' }).click();
    await page.selected.getByRole('button', { name: 'Open a case' }).click();
    await expect(window.getByRole('region', { name: 'Case', exact: true })).toBeVisible();
    await window.keyboard.press('Control+1');
    await page.step('Isolate the host').getByRole('button', { name: 'Isolate the host…' }).click();

    const dialog = window.getByRole('dialog');
    await dialog.getByLabel('Address of Kibana').fill(kibana.url);
    await dialog.getByLabel('API key', { exact: true }).fill('key');
    await dialog.getByRole('button', { name: 'Use this Kibana' }).click();

    // Nothing was sent yet but questions; a missing licence stops it here.
    kibana.licence = { type: 'basic', status: 'active' };
    await dialog.getByRole('button', { name: 'Look what it would do' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Kibana would refuse this');
    await expect(dialog).toContainText('The licence is basic; platinum is needed.');
    await dialog.getByRole('button', { name: 'Back' }).click();
    kibana.licence = { type: 'enterprise', status: 'active' };
    await dialog.getByRole('button', { name: 'Look what it would do' }).click();
    await expect(dialog).toContainText('cuts the host off from the network');
    const act = dialog.getByRole('button', { name: 'Isolate the host' });
    await dialog.getByLabel('Type the name of the host to confirm').fill('ws-002');
    await expect(act).toBeDisabled();
    await dialog.getByLabel('Do it all the same').check();
    await window.screenshot({ path: join(pictures, 'response-confirm.png') });
    expect(kibana.requests.some(({ path }) => path.endsWith('/isolate'))).toBe(false);
    await act.click();
    await expect(dialog.getByRole('status')).toContainText('The endpoint confirmed it.');
    await dialog.getByRole('button', { name: 'Done' }).click();

    const card = page.step('Isolate the host');
    await expect(card).toContainText('Requested');
    await expect(card).toContainText('The endpoint confirmed it.');
    expect(kibana.requests.filter(({ path }) => path.endsWith('/isolate'))).toHaveLength(1);
    expect(kibana.misfits).toEqual([]);
    expect(problems).toEqual([]);
  } finally {
    await kibana.close();
  }
});
