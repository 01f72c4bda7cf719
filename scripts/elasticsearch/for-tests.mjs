/**
 * Global set-up of the tests: real Elasticsearch servers, each started when a test file first asks for it and stopped
 * with the run. Test files ask by HTTP (`GET /plain`), since they run in processes of their own.
 */
import http from 'node:http';
import { whyNoElasticsearch } from './runtime.mjs';
import { startElasticsearch, stopElasticsearch } from './server.mjs';

/** @type {Readonly<Record<string, import('./server.mjs').StartOptions>>} */
const kinds = {
  plain: { heap: '512m' },
  secure: { heap: '512m', tls: true },
  cluster: { heap: '384m', nodes: 3 },
};

/** @type {Map<string, Promise<import('./server.mjs').ElasticsearchServer>>} */
const started = new Map();
/** @type {http.Server | undefined} */
let door;

/** @param {string} kind */
async function answer(kind) {
  if (kind === 'plain' && process.env.PORTSIDE_TEST_ES_URL) return { url: process.env.PORTSIDE_TEST_ES_URL, nodes: [] };
  const options = kinds[kind];
  if (!options) throw new Error(`There is no kind of server "${kind}".`);
  const reason = await whyNoElasticsearch();
  if (reason) return { reason };
  let server = started.get(kind);
  if (!server) {
    server = startElasticsearch(options);
    started.set(kind, server);
  }
  return await server;
}

/** @param {{ provide: (key: string, value: string) => void }} project */
export async function setup(project) {
  const server = http.createServer((request, response) => {
    answer((request.url ?? '').slice(1)).then(
      (body) => response.end(JSON.stringify(body)),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  door = server;
  await new Promise((/** @type {(value?: unknown) => void} */ resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  project.provide('elasticsearchDoor', `http://127.0.0.1:${port}`);
}

export async function teardown() {
  door?.close();
  door?.closeAllConnections();
  for (const server of started.values()) {
    await server.then(stopElasticsearch, () => undefined);
  }
}
