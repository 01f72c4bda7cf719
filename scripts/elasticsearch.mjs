/**
 * A real Elasticsearch for tests and demonstrations:
 *   npm run elasticsearch -- start [--tls] [--port 9200] [--nodes 3] [--heap 1g]
 *   npm run elasticsearch -- status | stop | load-demo
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { elasticsearchVersion } from './elasticsearch/runtime.mjs';
import { isElasticsearchRunning, startElasticsearch, stopElasticsearch } from './elasticsearch/server.mjs';
import { requireNode, root, run, say } from './run.mjs';

export { ensureElasticsearch, whyNoElasticsearch } from './elasticsearch/runtime.mjs';
export {
  isElasticsearchRunning,
  startElasticsearch,
  stopElasticsearch,
  stopElasticsearchNode,
} from './elasticsearch/server.mjs';

const folder = path.join(
  process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
  'portside',
  'elasticsearch',
  'servers',
);
const stateFile = path.join(folder, 'server.json');

/** The server that `start` left running. @returns {import('./elasticsearch/server.mjs').ElasticsearchServer | undefined} */
function readServer() {
  if (!fs.existsSync(stateFile)) return undefined;
  const server = JSON.parse(fs.readFileSync(stateFile, 'utf8'));
  return isElasticsearchRunning(server) ? server : undefined;
}

/** @param {import('./elasticsearch/server.mjs').ElasticsearchServer} server */
function printServer(server) {
  console.log(`Elasticsearch ${elasticsearchVersion}: ${server.nodes.map((node) => node.url).join(' ')}`);
  if (!server.caFile) return;
  console.log(`CA file:   ${server.caFile}`);
  console.log(`User:      ${server.username}`);
  console.log(`Password:  in ${path.join(server.folder, 'password')}`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tls: { type: 'boolean', default: false },
      port: { type: 'string', default: '9200' },
      nodes: { type: 'string', default: '1' },
      heap: { type: 'string', default: '1g' },
    },
  });
  const command = positionals[0];
  const running = readServer();
  if (command === 'start') {
    if (running) say('it runs already');
    const { tls, heap } = values;
    const count = Number(values.nodes);
    // A node's data belongs to the cluster it was made in: another kind of server gets another folder.
    const own = path.join(folder, `${tls ? 'tls' : 'plain'}-${count}`);
    const options = { tls, heap, port: Number(values.port), nodes: count, folder: own, isTied: false };
    const server = running ?? (await startElasticsearch(options));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(stateFile, JSON.stringify(server), { mode: 0o600 });
    printServer(server);
  } else if (command === 'stop') {
    if (running) await stopElasticsearch(running);
    fs.rmSync(stateFile, { force: true });
    console.log(running ? 'stopped' : 'It was not running.');
  } else if (command === 'status') {
    if (running) printServer(running);
    else console.log('Not running.');
  } else if (command === 'load-demo') {
    if (!running) throw new Error('It is not running: npm run elasticsearch -- start');
    const loader = path.join(root, 'scripts', 'elasticsearch', 'load-demo.ts');
    const args = [path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), loader, stateFile];
    const loaded = await run(process.execPath, args, { stdio: 'inherit' });
    process.exitCode = loaded.code;
  } else {
    console.error(
      'Usage: npm run elasticsearch -- start [--tls] [--port N] [--nodes N] [--heap 1g] | stop | status | load-demo',
    );
    process.exitCode = 2;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
