import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectElastic, type ElasticSource } from './elastic-connection.ts';
import { testElasticsearch } from './elastic-for-tests.ts';
import { makeElasticSearch, record } from './elastic-search.ts';

/** A stand-in for a company's HTTP proxy in front of a real server with TLS and users. */

const secure = await testElasticsearch('secure');
const reason = 'reason' in secure ? secure.reason : undefined;
const { signal } = new AbortController();

describe.skipIf(reason !== undefined)(`through an HTTP proxy${reason ? `: ${reason}` : ''}`, () => {
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  let proxy: http.Server;
  let place = '';

  beforeAll(async () => {
    proxy = http.createServer((_request, response) => response.writeHead(405).end());
    // Whatever is asked for, the test server is behind it.
    proxy.on('connect', (request, client: net.Socket) => {
      asked.push(request.url ?? '');
      const target = new URL('url' in secure ? secure.url : 'https://127.0.0.1:1');
      const upstream = net.connect(Number(target.port), target.hostname, () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    place = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    asked.length = 0;
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await once(proxy, 'close');
  });

  async function ask(change: Partial<ElasticSource>): Promise<unknown> {
    if ('reason' in secure) throw new Error(secure.reason);
    const { url, ca, username = '', password = '' } = secure;
    const auth = { kind: 'password', username, password } as const;
    const connection = await connectElastic({ nodes: [url], ca, auth, proxy: place, ...change });
    try {
      const search = makeElasticSearch(connection, { deadlineMs: 20_000 });
      return await search.ask({ method: 'GET', path: '/' }, { signal, question: 'test' });
    } finally {
      await connection.close();
    }
  }

  it('the cluster answers, and the certificate is still the cluster’s own', async () => {
    expect(record(await ask({}))?.tagline).toBe('You Know, for Search');
    expect(asked).toEqual(['url' in secure ? new URL(secure.url).host : '']);
    await expect(ask({ ca: undefined })).rejects.toMatchObject({ code: 'store-untrusted' });
  });

  it('a Cloud ID leads to the host that it names, and to no other certificate', async () => {
    const cloudId = `acme:${Buffer.from('cloud.example$es-1$kibana-1').toString('base64')}`;
    await expect(ask({ nodes: undefined, cloudId })).rejects.toMatchObject({ code: 'store-untrusted' });
    expect(asked[0]).toMatch(/^es-1\.cloud\.example(:443)?$/);
  });

  it('a proxy that is not there is said', async () => {
    await expect(ask({ proxy: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'store-unreachable' });
  });
});
