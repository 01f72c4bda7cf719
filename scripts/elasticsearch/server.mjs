/** Starts and stops real Elasticsearch nodes on this machine, bound to the loopback address only. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../run.mjs';
import { ensureElasticsearch } from './runtime.mjs';

/**
 * @typedef {object} StartOptions
 * @property {boolean} [tls] HTTPS, users and API keys; without it the server is plain and open.
 * @property {number} [port] HTTP port of the first node; a free one by default.
 * @property {number} [nodes] How many nodes; more than one only without `tls`.
 * @property {string} [heap] Heap of each node, such as `512m`.
 * @property {string} [folder] Where it keeps its data; a new temporary folder by default.
 * @property {boolean} [isTied] Ends with this process, however that ends. On by default.
 */

/**
 * A running server. A plain value: it can be written to a file and given to `stopElasticsearch` later.
 * @typedef {object} ElasticsearchServer
 * @property {string} url The first node.
 * @property {readonly { name: string, url: string, pid: number, folder: string }[]} nodes
 * @property {string} folder
 * @property {boolean} isTemporary Whether the folder goes with the server.
 * @property {string} [caFile] Certificate that signs the server's (with `tls`).
 * @property {string} [username] With `tls`.
 * @property {string} [password] With `tls`.
 */

const startTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;

/** A port that nobody listens on. Another process may take it first: starting fails then, and says so. */
function freePort() {
  return new Promise((/** @type {(port: number) => void} */ resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/**
 * Asks a node something; undefined where it does not answer with 200.
 * @param {string} url
 * @param {ElasticsearchServer} server
 * @returns {Promise<string | undefined>}
 */
function ask(url, server) {
  return new Promise((resolve) => {
    const auth = server.username ? `${server.username}:${server.password}` : undefined;
    const ca = server.caFile ? fs.readFileSync(server.caFile) : undefined;
    const request = (url.startsWith('https:') ? https : http).get(url, { auth, ca, timeout: 20_000, agent: false });
    request.on('error', () => resolve(undefined));
    request.on('timeout', () => request.destroy());
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(response.statusCode === 200 ? text : undefined));
    });
  });
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * A key and certificate for localhost, by the JDK's own tool.
 * @param {string} keytool
 * @param {string} folder
 * @param {string} password
 */
async function makeCertificate(keytool, folder, password) {
  const store = path.join(folder, 'http.p12');
  const caFile = path.join(folder, 'http.crt');
  if (fs.existsSync(caFile)) return caFile;
  const access = ['-keystore', store, '-storepass:env', 'STORE_PASSWORD', '-alias', 'http'];
  const options = { env: { ...process.env, STORE_PASSWORD: password } };
  const key = ['-genkeypair', '-storetype', 'PKCS12', '-keyalg', 'RSA', '-keysize', '2048', '-validity', '3650'];
  const names = ['-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1', '-ext', 'bc:c'];
  for (const args of [
    [...key, ...names, ...access],
    ['-exportcert', '-rfc', '-file', caFile, ...access],
  ]) {
    const made = await run(keytool, args, options);
    if (made.code !== 0) throw new Error(`keytool could not make a certificate: ${made.stdout}${made.stderr}`);
  }
  return caFile;
}

/**
 * Starts a server and waits until it answers. Throws with the end of its log where it does not come up.
 * @param {StartOptions} [options]
 * @returns {Promise<ElasticsearchServer>}
 */
export async function startElasticsearch(options = {}) {
  const { tls = false, nodes: count = 1, heap = '512m', isTied = true } = options;
  if (tls && count > 1) throw new Error('Several nodes are started without TLS only.');
  const runtime = await ensureElasticsearch();
  const folder = options.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'portside-elasticsearch-'));
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const httpPorts = [];
  const transportPorts = [];
  for (const index of names.keys()) {
    httpPorts.push(index === 0 && options.port ? options.port : await freePort());
    transportPorts.push(await freePort());
  }
  const password = tls ? readOrMakePassword(folder) : undefined;
  /** @type {{ name: string, url: string, pid: number, folder: string }[]} */
  const nodes = [];
  /** @type {ElasticsearchServer} */
  const server = { url: '', nodes, folder, isTemporary: !options.folder };

  for (const [index, name] of names.entries()) {
    const home = path.join(folder, name);
    const conf = path.join(home, 'config');
    for (const part of ['config', 'data', 'tmp', 'logs']) fs.mkdirSync(path.join(home, part), { recursive: true });
    fs.copyFileSync(runtime.log4j, path.join(conf, 'log4j2.properties'));
    const settings = [
      'cluster.name: portside-test',
      `node.name: ${name}`,
      'network.host: 127.0.0.1',
      `http.port: ${httpPorts[index]}`,
      `transport.port: ${transportPorts[index]}`,
      `path.home: ${home}`,
      `path.data: ${path.join(home, 'data')}`,
      `path.logs: ${path.join(home, 'logs')}`,
      'cluster.routing.allocation.disk.threshold_enabled: false',
      ...(count === 1
        ? ['discovery.type: single-node']
        : [
            `discovery.seed_hosts: [${transportPorts.map((port) => `"127.0.0.1:${port}"`).join(', ')}]`,
            `cluster.initial_master_nodes: [${names.join(', ')}]`,
          ]),
      `xpack.security.enabled: ${tls}`,
    ];
    const plugins = ['transport-netty4', 'stand-in', 'x-pack-core'];
    /** @type {NodeJS.ProcessEnv} */
    const env = { ...process.env };
    if (password) {
      plugins.push('x-pack-security');
      env.ES_BOOTSTRAP_PASSWORD = password;
      server.username = 'elastic';
      server.password = password;
      server.caFile = await makeCertificate(runtime.keytool, conf, password);
      settings.push(
        'xpack.security.autoconfiguration.enabled: false',
        'xpack.security.enrollment.enabled: false',
        'xpack.security.http.ssl.enabled: true',
        'xpack.security.http.ssl.keystore.path: http.p12',
      );
    }
    fs.writeFileSync(path.join(conf, 'elasticsearch.yml'), `${settings.join('\n')}\n`);
    const log = fs.openSync(path.join(home, 'logs', 'console.log'), 'w');
    const args = [
      `-Xms${heap}`,
      `-Xmx${heap}`,
      '--enable-native-access=ALL-UNNAMED',
      '--add-modules=jdk.incubator.vector',
      `-Djava.io.tmpdir=${path.join(home, 'tmp')}`,
      '-Dlog4j2.disable.jmx=true',
      '-Dlog4j.shutdownHookEnabled=false',
      '-Dio.netty.noUnsafe=true',
      '-Dio.netty.noKeySetOptimization=true',
      '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false',
      `-Des.path.home=${home}`,
      `-Des.path.conf=${conf}`,
      `-Des.nativelibs.path=${runtime.natives}`,
      `-Dportside.plugins=${plugins.join(',')}`,
      '-Dportside.plugin.x-pack-security=org.elasticsearch.xpack.security.SecurityWithoutSaml',
      `-Dportside.tied=${isTied}`,
      '-cp',
      runtime.classPath,
      'org.elasticsearch.node.TestNode',
    ];
    // Low priority: it shares the machine with what is being worked on.
    const command = process.platform === 'win32' ? [runtime.java, ...args] : ['nice', '-n', '5', runtime.java, ...args];
    const child = spawn(/** @type {string} */ (command[0]), command.slice(1), {
      env,
      stdio: [isTied ? 'pipe' : 'ignore', log, log],
      detached: !isTied,
    });
    child.on('error', () => undefined);
    fs.closeSync(log);
    child.unref();
    /** @type {import('node:net').Socket | null} */ (child.stdin)?.unref?.();
    const url = `${tls ? 'https' : 'http'}://127.0.0.1:${httpPorts[index]}`;
    nodes.push({ name, url, pid: child.pid ?? 0, folder: home });
  }
  server.url = /** @type {{ url: string }} */ (nodes[0]).url;
  await waitForHealth(server);
  return server;
}

/** The password of a folder's server stays the same over restarts. @param {string} folder */
function readOrMakePassword(folder) {
  const file = path.join(folder, 'password');
  if (!fs.existsSync(file)) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  }
  return fs.readFileSync(file, 'utf8');
}

/** @param {ElasticsearchServer} server */
async function waitForHealth(server) {
  const endMs = Date.now() + startTimeoutMs;
  const question = `/_cluster/health?wait_for_status=yellow&wait_for_nodes=${server.nodes.length}&timeout=15s`;
  while (Date.now() < endMs) {
    const dead = server.nodes.find((node) => !isAlive(node.pid));
    if (dead) {
      const log = fs
        .readFileSync(path.join(dead.folder, 'logs', 'console.log'), 'utf8')
        .split('\n')
        .slice(-30);
      await stopElasticsearch({ ...server, isTemporary: false });
      throw new Error(`Elasticsearch ended while starting:\n${log.join('\n')}`);
    }
    const health = await ask(`${server.url}${question}`, server);
    if (health && /"status":"(green|yellow)"/.test(health) && /"timed_out":false/.test(health)) return;
    await pause(200);
  }
  await stopElasticsearch(server);
  throw new Error(`Elasticsearch did not come up in ${startTimeoutMs / 1000} s.`);
}

/**
 * Ends the nodes of a server and, where its folder was temporary, removes it. One that has ended already is no error.
 * @param {ElasticsearchServer} server
 */
export async function stopElasticsearch(server) {
  await Promise.all(server.nodes.map((node) => stopElasticsearchNode(node)));
  if (server.isTemporary) fs.rmSync(server.folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * Ends one node.
 * @param {{ pid: number }} node
 * @param {NodeJS.Signals} [signal] `SIGKILL` lets it die without a word, as a machine does that loses its power.
 */
export async function stopElasticsearchNode(node, signal = 'SIGTERM') {
  if (node.pid === 0) return;
  const send = (/** @type {NodeJS.Signals} */ name) => {
    try {
      process.kill(node.pid, name);
    } catch {
      // It has ended already.
    }
  };
  send(signal);
  const endMs = Date.now() + stopTimeoutMs;
  while (isAlive(node.pid)) {
    if (Date.now() > endMs) send('SIGKILL');
    await pause(50);
  }
}

/** Whether all nodes of a server live. @param {ElasticsearchServer} server */
export function isElasticsearchRunning(server) {
  return server.nodes.every((node) => isAlive(node.pid));
}
