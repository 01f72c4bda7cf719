import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Client, makeClient } from '../../shared/ipc/client.ts';
import { makePortPair } from '../../shared/ipc/protocol.ts';
import { serve } from '../../shared/ipc/server.ts';
import { type SourceDraft, type SourceOperations, sourceOperations } from '../../shared/ipc/source-operations.ts';
import { defaultSourceIndices } from '../../shared/model/evidence-source.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import { type Cipher, openSecretVault } from '../app/secret-vault.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { record } from './elastic-search.ts';
import { makeSourceHandlers } from './source-handlers.ts';
import { makeSourceService } from './source-service.ts';
import { openWorkspaceEngine } from './workspace-engine.ts';
import { testFolder } from './workspace-for-tests.ts';

/** A secret that must be found nowhere. */
const canary = 'canary-7f3d9a51e0c2';
const secure = await testElasticsearch('secure');
const plain = await testElasticsearch('plain');
const reason = 'reason' in secure ? secure.reason : 'reason' in plain ? plain.reason : undefined;

function makeCipher(): Cipher {
  const key = randomBytes(32);
  return {
    isAvailable: true,
    encrypt: (text) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    decrypt: (encrypted) => {
      const decipher = createDecipheriv('aes-256-gcm', key, encrypted.subarray(0, 12));
      decipher.setAuthTag(encrypted.subarray(12, 28));
      return Buffer.concat([decipher.update(encrypted.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}

const noCipher: Cipher = {
  isAvailable: false,
  encrypt: () => {
    throw new Error('Does not encrypt.');
  },
  decrypt: () => {
    throw new Error('Does not encrypt.');
  },
};

/** The window's side of the contract over a real service; `said` is everything that crossed to it. */
async function open(folder: string, options: { readonly cipher?: Cipher; readonly caFile?: string } = {}) {
  const said: string[] = [];
  const uses: string[] = [];
  let isCapturing = false;
  const sources = makeSourceService({
    userData: join(folder, 'user'),
    workspacePath: join(folder, 'workspace'),
    secrets: await openSecretVault(join(folder, 'user'), options.cipher ?? makeCipher()),
    onUse: async () => void uses.push('use'),
  });
  const handlers = makeSourceHandlers(sources, {
    chooseCaFile: async () => options.caFile,
    readSummary: async () => {
      throw new Error('The embedded store is not asked.');
    },
    isCapturing: () => isCapturing,
  });
  const line = makePortPair();
  serve(
    sourceOperations,
    handlers,
    {
      listen: line.server.listen,
      post: (message) => {
        said.push(JSON.stringify(message));
        line.server.post(message);
      },
    },
    {
      reportBug: (operation, error) => {
        said.push(`${operation} ${error instanceof Error ? error.stack : error}`);
        return 'bug';
      },
    },
  );
  const client: Client<SourceOperations> = makeClient(line.client);
  return {
    client,
    sources,
    said,
    uses,
    capture: () => {
      isCapturing = true;
    },
  };
}

function draft(change: Partial<SourceDraft> = {}): SourceDraft {
  return {
    name: 'prod-soc',
    address: { kind: 'nodes', nodes: ['https://es.example.org:9200'] },
    signIn: { kind: 'api-key', apiKey: canary },
    trust: { kind: 'system' },
    indices: defaultSourceIndices,
    ...change,
  };
}

/** Everything in the files of a folder, and their names. */
async function contentOf(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
  return files.map((entry, index) => `${entry.name}: ${contents[index]}`).join('\n');
}

describe('saved sources', () => {
  it('are listed, changed, chosen and removed; the workspace remembers its choice', async () => {
    const folder = await testFolder();
    const cipher = makeCipher();
    const { client, sources, uses } = await open(folder, { cipher });
    expect(await client.call('source.list', {})).toEqual({ keeps: 'encrypted', sources: [] });
    const { id } = await client.call('source.save', draft());
    expect(await sources.opening()).toEqual({ kind: 'open' });
    await client.call('source.use', { id });
    expect(uses).toHaveLength(1);
    expect(sources.name).toBe('prod-soc');

    const again = await open(folder, { cipher });
    expect(await again.sources.opening()).toMatchObject({
      source: { nodes: ['https://es.example.org:9200'], auth: { kind: 'api-key', apiKey: canary } },
    });
    expect(await again.client.call('source.list', {})).toMatchObject({
      inUse: id,
      sources: [{ id, hasSecret: true, signIn: { kind: 'api-key' } }],
    });
    const renamed = draft({ id, name: 'prod', signIn: { kind: 'api-key' } });
    expect(await again.client.call('source.save', renamed)).toMatchObject({ id, name: 'prod', hasSecret: true });
    await expect(again.client.call('source.save', draft({ name: 'prod' }))).rejects.toMatchObject({
      code: 'bad-input',
      message: 'There is already a source named "prod".',
    });
    await again.client.call('source.remove', { id });
    expect(await again.sources.opening()).toEqual({ kind: 'open' });
    expect(again.sources.name).toBe('Embedded store');
    expect(await contentOf(folder)).not.toContain('prod');
  });

  it('send a kept secret only to the place it was given for', async () => {
    const { client } = await open(await testFolder());
    const { id } = await client.call('source.save', draft());
    const kept = { id, signIn: { kind: 'api-key' as const } };
    for (const elsewhere of [
      draft({ ...kept, address: { kind: 'nodes', nodes: ['http://127.0.0.1:9'] } }),
      draft({ ...kept, proxy: 'http://127.0.0.1:9' }),
      draft({ ...kept, trust: { kind: 'fingerprint', fingerprint: 'ab'.repeat(32) } }),
      draft({ id, signIn: { kind: 'password', username: 'elastic' } }),
    ]) {
      await expect(client.call('source.test', elsewhere)).rejects.toMatchObject({
        code: 'bad-input',
        hint: 'The kept one was given for another connection: type it again.',
      });
    }
  });

  it('without encryption keep the secret in memory, and say after a restart that it is missing', async () => {
    const folder = await testFolder();
    const { client } = await open(folder, { cipher: noCipher });
    const { id } = await client.call('source.save', draft());
    await client.call('source.use', { id });
    expect(await client.call('source.list', {})).toMatchObject({ keeps: 'memory', sources: [{ hasSecret: true }] });
    expect(await contentOf(folder)).not.toContain(canary);

    const restarted = await open(folder, { cipher: noCipher });
    expect(await restarted.client.call('source.list', {})).toMatchObject({ sources: [{ hasSecret: false }] });
    const opening = await restarted.sources.opening();
    expect(opening.source).toBeUndefined();
    expect(opening.failure?.message).toBe('prod-soc: The API key is missing.');
    expect(opening.failure?.hint).toContain('Type it under Sources.');
    await restarted.client.call('source.save', draft({ id }));
    expect(restarted.uses).toHaveLength(1);
    expect(await restarted.sources.opening()).toMatchObject({ source: { auth: { apiKey: canary } } });
  });

  it('refuse what makes no sense, and a source while this computer is captured', async () => {
    const folder = await testFolder();
    const text = join(folder, 'no-certificate.pem');
    await writeFile(text, 'hello');
    const { client, capture } = await open(folder, { caFile: text });
    await expect(client.call('source.choose-ca', {})).rejects.toMatchObject({ code: 'bad-input' });
    const nodes = (address: string) => draft({ address: { kind: 'nodes', nodes: [address] } });
    await expect(client.call('source.save', nodes('es.example.org'))).rejects.toMatchObject({ code: 'bad-input' });
    await expect(client.call('source.save', nodes(`https://u:${canary}@es`))).rejects.toMatchObject({
      message: expect.not.stringContaining(canary),
    });
    await expect(client.call('source.save', draft({ trust: { kind: 'ca', token: '/etc/hosts' } }))).rejects.toThrow(
      'No certificate file is chosen.',
    );
    const { id } = await client.call('source.save', draft());
    capture();
    await expect(client.call('source.use', { id })).rejects.toMatchObject({ code: 'action-refused' });
  });
});

describe.skipIf(reason !== undefined)(`sources on a real cluster${reason ? `: ${reason}` : ''}`, () => {
  it('tests a connection by CA file and API key, checks, and opens the engine; the key is found nowhere', async () => {
    if ('reason' in secure) return;
    const { signal } = new AbortController();
    const admin = await connectForTests(secure);
    const names = [defaultSourceIndices.files, defaultSourceIndices.devices];
    const body = {
      name: 'portside-source-test',
      role_descriptors: { reader: { cluster: ['monitor'], indices: [{ names, privileges: ['read'] }] } },
    };
    const made = record(await admin.send({ method: 'POST', path: '/_security/api_key', body }, signal));
    await admin.close();
    const key = String(made?.encoded);

    const folder = await testFolder();
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, secure.ca ?? '');
    const { client, sources, said } = await open(folder, { caFile });
    const { chosen } = await client.call('source.choose-ca', {});
    expect(chosen?.fileName).toBe('ca.pem');
    const asked = draft({
      address: { kind: 'nodes', nodes: [secure.url] },
      signIn: { kind: 'api-key', apiKey: key },
      trust: { kind: 'ca', token: chosen?.token },
    });
    const found = await client.call('source.test', asked);
    expect(found.version).toMatch(/^\d+\./);
    expect(found.license).toBeTruthy();
    expect(found.mayRead).toEqual(names);
    expect(found.mayNotRead).toEqual([defaultSourceIndices.alerts, defaultSourceIndices.anomalies]);

    const { id } = await client.call('source.save', asked);
    const rows: Prerequisite[] = [];
    await client.call('source.check', { id }, { onItem: (row) => rows.push(row) });
    expect(rows[0]).toMatchObject({ name: 'cluster', state: 'ok' });
    expect(rows.map((row) => row.name)).toContain('device-events');
    await client.call('source.use', { id });

    const { source } = await sources.opening();
    const engine = await openWorkspaceEngine({ workspacePath: join(folder, 'workspace'), source });
    await engine.close();

    const wrong = { ...asked, signIn: { kind: 'api-key' as const, apiKey: canary } };
    await expect(client.call('source.test', wrong)).rejects.toMatchObject({ code: 'store-refused' });
    await expect(client.call('source.test', { ...asked, trust: { kind: 'system' } })).rejects.toMatchObject({
      code: 'store-untrusted',
    });

    const everywhere = [await contentOf(folder), said.join('\n'), process.argv.join(' '), JSON.stringify(process.env)];
    for (const secret of [key, canary]) for (const place of everywhere) expect(place.includes(secret)).toBe(false);
  });

  it('tests a connection without users, and says where nobody answers', async () => {
    if ('reason' in plain) return;
    const { client } = await open(await testFolder());
    const asked = draft({ address: { kind: 'nodes', nodes: [plain.url] }, signIn: { kind: 'none' } });
    expect(await client.call('source.test', asked)).toMatchObject({ mayNotRead: [], notAsked: [] });
    const nobody = { ...asked, address: { kind: 'nodes' as const, nodes: ['http://127.0.0.1:9'] } };
    await expect(client.call('source.test', nobody)).rejects.toMatchObject({ code: 'store-unreachable' });
  });
});
