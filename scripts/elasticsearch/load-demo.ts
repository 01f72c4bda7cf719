/** Loads the demonstration into the server that `npm run elasticsearch -- start` left running: `load-demo.ts server.json`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoOptions, writeDemoNdjson } from '../../electron/evidence/demo-files.ts';
import { connectElastic } from '../../electron/evidence/elastic-connection.ts';
import { loadDocuments, makeDemoIndices, readDocuments } from '../../electron/evidence/elastic-demo.ts';
import { bucketStart, hourMs } from '../../shared/base/time.ts';

interface Server {
  readonly url: string;
  readonly caFile?: string;
  readonly username?: string;
  readonly password?: string;
}

async function main(): Promise<void> {
  const server = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Server;
  const { url, username, password = '', caFile } = server;
  const connection = await connectElastic({
    nodes: [url],
    ca: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
    auth: username === undefined ? undefined : { kind: 'password', username, password },
  });
  const { signal } = new AbortController();
  const folder = mkdtempSync(join(tmpdir(), 'portside-demo-'));
  try {
    // The demonstration ends now, so that "the last 24 hours" are not empty.
    const { evidence } = await writeDemoNdjson(folder, demoOptions(bucketStart(Date.now(), hourMs)));
    await makeDemoIndices(connection, { replace: true }, signal);
    const counts = await loadDocuments(connection, readDocuments(evidence), signal);
    console.log(
      `${counts.files} file events, ${counts.devices} device events, ${counts.anomalies} records, ${counts.alerts} alerts`,
    );
    console.log(`Now: npm run portside -- findings --source ${url}${caFile ? ` --ca ${caFile}` : ''}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await connection.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
