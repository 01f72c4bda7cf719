import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { actionId, knownAgent, startKibanaStandIn } from '../electron/cases/kibana-for-tests.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

const pictures = resolve(import.meta.dirname, '..', 'out', 'e2e-pictures');

test('a host is acted on from the window: looked up first, confirmed by its name, recorded in the case', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  await mkdir(pictures, { recursive: true });
  const kibana = await startKibanaStandIn('ws-002');
  try {
    const started = await launch();
    const { window, problems } = started;
    const page = workbenchPage(started);
    await page.importFiles([file]);
    await page.openFinding(/rundll32\.exe/);
    const dialog = await page.planIsolation(kibana.url, 'key');

    // Nothing was sent yet but questions; a missing licence stops it here.
    kibana.licence = { type: 'basic', status: 'active' };
    await dialog.getByRole('button', { name: 'Look what it would do' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Kibana would refuse this');
    await expect(dialog).toContainText('The licence is basic; platinum is needed.');
    await dialog.getByRole('button', { name: 'Back' }).click();
    kibana.licence = { type: 'enterprise', status: 'active' };
    await dialog.getByRole('button', { name: 'Look what it would do' }).click();
    await expect(dialog).toContainText('cuts the host off from the network');
    const isolate = dialog.getByRole('button', { name: 'Isolate the host' });
    await dialog.getByLabel('Type the name of the host to confirm').fill('ws-002');
    await expect(isolate).toBeDisabled();
    await dialog.getByLabel('Do it all the same').check();
    await window.screenshot({ path: join(pictures, 'response-confirm.png') });
    expect(kibana.requests.some(({ path }) => path.endsWith('/isolate'))).toBe(false);
    await isolate.click();
    await expect(dialog.getByRole('status')).toContainText('The endpoint confirmed it.');
    await dialog.getByRole('button', { name: 'Done' }).click();

    const card = page.step('Isolate the host');
    await expect(card).toContainText('Requested');
    await expect(card).toContainText('The endpoint confirmed it.');
    expect(kibana.requests.filter(({ path }) => path.endsWith('/isolate'))).toHaveLength(1);

    /** Plans and confirms another action, fills what it asks beside, and waits for its outcome. */
    const act = async (step: string, action: string, fields: Readonly<Record<string, string>> = {}) => {
      await page
        .step(step)
        .getByRole('button', { name: `${action}…`, exact: true })
        .click();
      for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
      await dialog.getByRole('button', { name: 'Look what it would do' }).click();
      await dialog.getByLabel('Type the name of the host to confirm').fill('ws-002');
      const warning = dialog.getByLabel('Do it all the same');
      if (await warning.isVisible()) await warning.check();
      await dialog.getByRole('button', { name: action, exact: true }).click();
      await expect(dialog.getByRole('status')).toContainText('The endpoint confirmed it.');
      await dialog.getByRole('button', { name: 'Done' }).click();
    };
    const downloadUri = `/api/endpoint/action/${actionId}/file/${actionId}.${knownAgent}/download`;
    kibana.details = [
      { isCompleted: true, wasSuccessful: true, content: { code: 'ra_get-file_success', downloadUri } },
    ];
    await act('Forensic analysis', 'Fetch the executable', { 'Id of its Elastic Agent': knownAgent });
    kibana.details = [{ isCompleted: true, wasSuccessful: true }];
    await act('End the process', 'Suspend the process', { 'Process id': '4711' });
    await act('End the process', 'End the process', { 'Process id': '4711' });
    kibana.endpoint.isolated = true;
    await act('Isolate the host', 'Release the host');
    const sent = kibana.requests.filter(({ method, path }) => method === 'POST' && path.includes('/endpoint/action/'));
    expect(sent.map(({ path }) => path.split('/').at(-1))).toEqual([
      'isolate',
      'get_file',
      'suspend_process',
      'kill_process',
      'unisolate',
    ]);
    expect(sent.every(({ body }) => JSON.stringify(body).includes(knownAgent))).toBe(true);
    expect(sent[2]?.body).toMatchObject({ parameters: { pid: 4711 } });
    expect(kibana.misfits).toEqual([]);
    expect(problems).toEqual([]);
  } finally {
    await kibana.close();
  }
});
