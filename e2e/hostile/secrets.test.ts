import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

/**
 * A secret that is easy to find goes through the built command line, on calls that work and on calls that fail. Where it may
 * be is the request to the cluster; it is looked for everywhere else.
 */

const canary = 'CANARY-2f9c41d7e6b84a1c';
const user = 'canary-user';
const forms = [
  canary,
  encodeURIComponent(canary),
  Buffer.from(canary).toString('base64'),
  Buffer.from(`${user}:${canary}`).toString('base64'),
];
const formsIn = (text: string) => forms.filter((form) => text.includes(form));

const cli = resolve(import.meta.dirname, '../../out/main/cli.js');

let folder = '';
let server: Server;
let url = '';
/** How the cluster answers in a test. */
let answer: (request: IncomingMessage) => { readonly status: number; readonly body: object | string };
/** What the cluster was told as authorisation. */
let authorisations: (string | undefined)[] = [];
/** Arguments of processes that held the secret while the cluster was asked. */
let argumentsFound: string[] = [];

function lookAtArguments(): void {
  if (!existsSync('/proc')) return;
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      argumentsFound.push(...formsIn(readFileSync(`/proc/${name}/cmdline`, 'latin1')));
    } catch {
      // It has ended since the folder was read.
    }
  }
}

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error('The command line is not built: run "npm run build" first.');
  server = createServer((request, response) => {
    authorisations.push(request.headers.authorization);
    lookAtArguments();
    request.resume().on('end', () => {
      const { status, body } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-secret-'));
  authorisations = [];
  argumentsFound = [];
  return () => rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], secret: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [cli, ...args, '--workspace', join(folder, 'workspace')], {
    env: { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), ...secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, printed };
}

/** All files that the run left: workspace, settings, log. */
function filesWithSecret(): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => formsIn(readFileSync(path, 'latin1')).length > 0);
}

const apiKey = { PORTSIDE_ES_API_KEY: canary };
const password = { PORTSIDE_ES_USERNAME: user, PORTSIDE_ES_PASSWORD: canary };
const working = ({ url: path }: IncomingMessage) => ({
  status: 200,
  body: path === '/' ? { cluster_name: 'c', version: { number: '9.2.0' } } : {},
});
const refusing = (request: IncomingMessage) => ({
  status: 401,
  // A cluster, or a proxy before it, that tells what it was sent.
  body: {
    error: {
      type: 'security_exception',
      reason: `unable to authenticate with [${request.headers.authorization}]`,
      root_cause: [{ type: 'security_exception', reason: `header ${request.headers.authorization}` }],
    },
    status: 401,
  },
});

describe.each([
  ['an API key', apiKey, `ApiKey ${canary}`],
  ['a password', password, `Basic ${Buffer.from(`${user}:${canary}`).toString('base64')}`],
] as const)('%s', (_, secret, sent) => {
  test.each([
    ['check on a cluster that answers', ['check', '--json'], working],
    ['check on one that refuses and repeats what it was sent', ['check'], refusing],
    ['findings on one that refuses', ['findings', '--json'], refusing],
    ['writes on one that breaks', ['writes'], () => ({ status: 500, body: 'not JSON' })],
    ['processes on one whose answers make no sense', ['processes', '--json'], () => ({ status: 200, body: { a: [] } })],
  ] as const)('goes to the cluster and nowhere else: %s', async (_name, args, how) => {
    answer = how;
    const { code, printed } = await run([...args, '--source', url], secret);
    expect([0, 1]).toContain(code);
    expect(printed).not.toBe('');
    expect(new Set(authorisations)).toEqual(new Set([sent]));
    expect(formsIn(printed)).toEqual([]);
    expect(argumentsFound).toEqual([]);
    expect(filesWithSecret()).toEqual([]);
  });
});

test.each([
  ['nobody listens', 'http://127.0.0.1:9'],
  ['the address makes no sense', 'http://'],
  ['the server speaks no TLS', 'tls'],
])('a password is not told where %s', async (_name, source) => {
  answer = working;
  const { code, printed } = await run(
    ['findings', '--source', source === 'tls' ? url.replace('http:', 'https:') : source],
    password,
  );
  expect(code).toBe(1);
  expect(printed).not.toBe('');
  expect(formsIn(printed)).toEqual([]);
  expect(filesWithSecret()).toEqual([]);
});

test('a secret in the address is refused or left out of what is told and kept', async () => {
  answer = refusing;
  const { code, printed } = await run(['check', '--source', url.replace('//', `//${user}:${canary}@`)], {});
  expect([0, 1]).toContain(code);
  expect(formsIn(printed)).toEqual([]);
  expect(filesWithSecret()).toEqual([]);
});
