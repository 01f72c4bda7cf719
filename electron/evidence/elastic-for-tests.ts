import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import { connectElastic, type ElasticConnection } from './elastic-connection.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test asks for a server: see `scripts/elasticsearch/for-tests.mjs`. */
    elasticsearchDoor: string;
  }
}

/** A real server for tests. */
export interface TestElasticsearch {
  readonly url: string;
  readonly nodes: readonly { readonly name: string; readonly url: string; readonly pid: number }[];
  readonly username?: string;
  readonly password?: string;
  /** PEM of its certificate. */
  readonly ca?: string;
}

/**
 * The server of a kind, started at the first question for it: `plain` (no TLS, no users), `secure` (TLS, users, API keys)
 * or `cluster` (three nodes, plain). Gives the reason where none can run here; where CI=true that is an error.
 */
export async function testElasticsearch(
  kind: 'plain' | 'secure' | 'cluster',
): Promise<TestElasticsearch | { readonly reason: string }> {
  const response = await fetch(`${inject('elasticsearchDoor')}/${kind}`);
  if (!response.ok) throw new Error(`Elasticsearch did not start: ${await response.text()}`);
  const server = (await response.json()) as TestElasticsearch & { readonly reason?: string; readonly caFile?: string };
  if (server.reason !== undefined) {
    if (process.env.CI === 'true') throw new Error(`These tests may not be skipped: ${server.reason}`);
    return { reason: server.reason };
  }
  return server.caFile === undefined ? server : { ...server, ca: readFileSync(server.caFile, 'utf8') };
}

/** A connection to a server for tests, as its administrator. */
export async function connectForTests(server: TestElasticsearch): Promise<ElasticConnection> {
  const { url, username, password, ca } = server;
  return await connectElastic({
    nodes: [url],
    ca,
    auth: username === undefined ? undefined : { kind: 'password', username, password: password ?? '' },
  });
}
