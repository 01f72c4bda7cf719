import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startKibanaStandIn } from '../electron/cases/kibana-for-tests.ts';
import { askMain } from './bridge.ts';
import { writeEvents } from './made-evidence.ts';
import { enginePids, expect, inMain, test } from './portside-app.ts';
import { workbenchPage } from './workbench-page.ts';

const canary = 'CANARY-77f3b0c4e1d94a52';
/** A secret as it is, and as headers and addresses carry it. */
const forms = [
  canary,
  canary.toLowerCase(),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('hex'),
  Buffer.from(`portside:${canary}`).toString('base64'),
];

/** Where in a folder a secret stands: files by name, packages by their unpacked members. */
async function placesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => undefined);
    // Sockets and locks of a running Chromium may go while they are listed.
    if (!bytes) continue;
    const texts = [bytes.toString('latin1'), bytes.toString('utf16le')];
    if (path.endsWith('.zip')) {
      const { stdout } = await promisify(execFile)('unzip', ['-p', path], {
        encoding: 'latin1',
        maxBuffer: 64_000_000,
      });
      texts.push(stdout);
    }
    if (texts.some((text) => forms.some((form) => text.includes(form)))) found.push(path);
  }
  return found;
}

test('a secret given to the window is told to the cluster and Kibana, and is nowhere else', async ({
  launch,
  places,
}) => {
  const told: (string | undefined)[] = [];
  const cluster = createServer((request, response) => {
    told.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
    response.end(
      JSON.stringify({ error: { type: 'security_exception', reason: 'unable to authenticate' }, status: 401 }),
    );
  });
  await new Promise<void>((resolve) => cluster.listen(0, '127.0.0.1', resolve));
  const kibana = await startKibanaStandIn('ws-002');
  try {
    const file = join(places.folder, 'events.ndjson');
    await writeEvents(file);
    const started = await launch();
    const { app, window } = started;
    // Everything that main tells the page from here on.
    const replies = await app.evaluateHandle(({ BrowserWindow }) => {
      const texts: string[] = [];
      for (const { webContents } of BrowserWindow.getAllWindows()) {
        const send = webContents.send.bind(webContents);
        webContents.send = (channel, ...messages) => {
          texts.push(JSON.stringify(messages));
          send(channel, ...messages);
        };
      }
      return texts;
    });
    const page = workbenchPage(started);
    await page.importFiles([file]);

    await window.getByRole('button', { name: 'Sources' }).click();
    const form = window.getByRole('region', { name: 'Elasticsearch' });
    await form.getByLabel('Name').fill('prod-soc');
    await form.getByLabel('URL').fill(`http://127.0.0.1:${(cluster.address() as AddressInfo).port}`);
    await form.getByLabel('API key').fill(canary);
    await form.getByRole('button', { name: 'Test' }).click();
    await expect(form.getByRole('alert')).toBeVisible();
    await form.getByRole('button', { name: 'Save connection' }).click();
    await expect(window.getByRole('button', { name: 'Use prod-soc' })).toBeVisible();

    await window.keyboard.press('Control+1');
    await page.openFinding(/rundll32\.exe/);
    const dialog = await page.planIsolation(kibana.url, canary);
    await dialog.getByRole('button', { name: 'Look what it would do' }).click();
    await expect(dialog.getByRole('alert')).toBeVisible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    // The engine dies, and comes back.
    const engineId = async () => (await enginePids(app))[0] ?? 0;
    const before = await engineId();
    expect(before).toBeGreaterThan(0);
    process.kill(before, 'SIGABRT');
    await expect.poll(async () => ![0, before].includes(await engineId())).toBe(true);

    const target = join(places.folder, 'case.zip');
    await inMain(
      app,
      ({ dialog: dialogs }, path) => {
        dialogs.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
      },
      target,
    );
    const [{ id }] = (await askMain(window, 'cases.list', {})) as [{ id: string }];
    await askMain(window, 'case.export', { id });

    // It did reach whom it was meant for.
    expect(told.some((header) => header?.includes(canary))).toBe(true);
    expect(kibana.requests.length).toBeGreaterThan(0);

    const seen = (text: string) => forms.some((form) => text.includes(form));
    const texts = await replies.evaluate((list) => list);
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter(seen)).toEqual([]);
    expect(seen(await window.content())).toBe(false);
    const kept = await window.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        await indexedDB.databases(),
        await caches.keys().catch(() => []),
        [...document.querySelectorAll('input')].map((input) => input.value),
      ]),
    );
    expect(seen(kept)).toBe(false);
    const pids = await inMain(app, ({ app: inner }) => inner.getAppMetrics().map(({ pid }) => pid));
    expect(pids.length).toBeGreaterThan(2);
    for (const pid of process.platform === 'linux' ? pids : [])
      for (const part of ['cmdline', 'environ'])
        expect(`${part}: ${seen(await readFile(`/proc/${pid}/${part}`, 'latin1').catch(() => ''))}`).toBe(
          `${part}: false`,
        );
    expect(await placesIn(places.folder)).toEqual([]);
    // What looks for it would find it.
    await writeFile(join(places.folder, 'control.txt'), `x${Buffer.from(canary).toString('base64')}`);
    expect(await placesIn(places.folder)).toHaveLength(1);
  } finally {
    cluster.close();
    await kibana.close();
  }
});
