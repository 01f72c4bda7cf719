import { join } from 'node:path';
import yauzl from 'yauzl';
import { askMain } from './bridge.ts';
import { runPortside } from './cli/built-cli.ts';
import { writeEvents } from './made-evidence.ts';
import { expect, inMain, test } from './portside-app.ts';

/** The members of a zip with the first bytes of each. */
function readZip(path: string): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true }, (openError, zip) => {
      if (!zip) return reject(openError);
      const members = new Map<string, string>();
      zip.on('error', reject);
      zip.on('end', () => resolve(members));
      zip.on('entry', (entry) => {
        zip.openReadStream(entry, (readError, stream) => {
          if (!stream) return reject(readError);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk) => chunks.push(chunk));
          stream.on('end', () => {
            members.set(entry.fileName, Buffer.concat(chunks).toString('latin1', 0, 5));
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}

test('a case leaves the window as a package with a printed report, and the command line verifies it', async ({
  launch,
  places,
}) => {
  const file = join(places.folder, 'events.ndjson');
  await writeEvents(file);
  const cli = (...args: string[]) => runPortside([...args, '--json'], { configFolder: places.userData });
  expect(await cli('import', file, '--workspace', places.workspace)).toMatchObject({ code: 0 });

  const { app, window, problems } = await launch();
  const found = (await askMain(window, 'findings.list', { filter: {}, limit: 1 })) as { rows: { id: string }[] };
  const opened = (await askMain(window, 'case.open', { findingIds: found.rows.map(({ id }) => id) })) as { id: string };
  const target = join(places.folder, 'case.zip');
  // The system's own dialog cannot be driven; everything behind it is real.
  await inMain(
    app,
    ({ dialog }, path) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
    },
    target,
  );
  expect(await askMain(window, 'case.export', { id: opened.id })).toMatchObject({ path: target });
  expect(await inMain(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);

  const members = await readZip(target);
  const printed = [...members.entries()].filter(([name]) => name.endsWith('.pdf'));
  expect(printed).toEqual([[expect.any(String), '%PDF-']]);
  expect(problems).toEqual([]);

  const verified = await cli('verify', target);
  expect({ code: verified.code, ...JSON.parse(verified.stdout) }).toMatchObject({ code: 0, ok: true, problems: [] });
});
