/**
 * Gets a real Elasticsearch for tests and demonstrations: its jars from Maven Central, a launcher of ours compiled
 * against them. Both lie in a cache of the person, outside the repository: the jars are under Elastic's own licence.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, run, say, withLock } from '../run.mjs';

/** Version of the server in pom.xml. */
export const elasticsearchVersion = '9.5.3';
const oldestJava = 21;
const fetchTimeoutMs = 600_000;

const sources = path.join(root, 'scripts', 'elasticsearch');
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'portside', 'elasticsearch');

/**
 * What is needed to start a node.
 * @typedef {object} ElasticsearchRuntime
 * @property {string} java Program that runs it.
 * @property {string} keytool Program that makes certificates.
 * @property {string} classPath
 * @property {string} natives Folder of native libraries.
 * @property {string} log4j File to copy into a node's configuration.
 */

/** @param {string} home @returns {Promise<number>} Major version of a whole JDK, 0 where there is none. */
async function versionOf(home) {
  const program = (/** @type {string} */ name) => path.join(home, 'bin', name);
  if (!['java', 'javac', 'keytool'].every((name) => fs.existsSync(program(name)))) return 0;
  const asked = await run(program('java'), ['-version']);
  return Number(/version "(\d+)/.exec(asked.stderr)?.[1] ?? 0);
}

/** The folders where a JDK may lie: named by the environment, in the system's folders, behind `java` on the path. */
function javaHomes() {
  const named = ['PORTSIDE_JAVA_HOME', 'JAVA_HOME', 'JAVA_HOME25', 'JAVA_HOME21'].map(
    (name) => process.env[name] ?? '',
  );
  const folders = ['/usr/lib/jvm', '/opt/java', path.join(os.homedir(), '.sdkman', 'candidates', 'java')];
  const installed = folders.flatMap((folder) =>
    fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [],
  );
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'java'))
    .filter((program) => fs.existsSync(program))
    .map((program) => path.dirname(path.dirname(fs.realpathSync(program))));
  return [...new Set([...named, ...installed, ...onPath].filter((home) => home !== ''))];
}

/** The newest JDK that is new enough. */
async function findJava() {
  let best = { home: '', version: oldestJava - 1 };
  for (const home of javaHomes()) {
    const version = await versionOf(home);
    if (version > best.version) best = { home, version };
  }
  return best.home === '' ? undefined : best.home;
}

/** A file of zstd's library, which the server loads for compressed indices. */
function findZstd() {
  const folders = [
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib64',
    '/usr/lib',
    '/opt/homebrew/lib',
  ];
  const names = ['libzstd.so.1', 'libzstd.so', 'libzstd.dylib', 'libzstd.1.dylib'];
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find((file) => fs.existsSync(file));
}

async function hasMaven() {
  return (await run('mvn', ['--version'])).code === 0;
}

/**
 * Why no Elasticsearch can be started here, as a sentence; undefined where one can.
 * @returns {Promise<string | undefined>}
 */
export async function whyNoElasticsearch() {
  if (process.platform === 'win32') return 'The test server starts on Linux and macOS only.';
  if (!(await findJava())) return `There is no JDK ${oldestJava} or newer (looked in JAVA_HOME, /usr/lib/jvm, PATH).`;
  if (!fs.existsSync(jarsFolder()) && !(await hasMaven())) return 'There is no Maven (mvn) to fetch the jars with.';
  return undefined;
}

function jarsFolder() {
  return path.join(cache, `jars-${hashOf([path.join(sources, 'pom.xml')])}`);
}

/** @param {readonly string[]} files */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${path.relative(sources, file)}\0`).update(fs.readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Makes a folder by `fill` under another name first, so that it is there whole or not at all.
 * @param {string} folder
 * @param {(work: string) => Promise<void>} fill
 */
async function makeFolder(folder, fill) {
  if (fs.existsSync(folder)) return;
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const work = fs.mkdtempSync(`${folder}-`);
  try {
    await fill(work);
    fs.renameSync(work, folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Debian's zstd library where it is missing and may be installed; elsewhere the message says what to install. */
async function ensureZstd() {
  const found = findZstd();
  if (found) return found;
  if (process.getuid?.() === 0 && (await run('apt-get', ['--version'])).code === 0) {
    say('installing libzstd1');
    const install = () => run('apt-get', ['install', '-y', '-q', 'libzstd1']);
    if ((await install()).code !== 0 && (await run('apt-get', ['update'])).code === 0) await install();
  }
  const installed = findZstd();
  if (!installed) throw new Error('The zstd library is missing: install libzstd1 (Debian), zstd (Fedora, Homebrew).');
  return installed;
}

/**
 * Fetches and compiles what is missing, and says where it is. Throws with the reason where it cannot.
 * @returns {Promise<ElasticsearchRuntime>}
 */
export async function ensureElasticsearch() {
  const reason = await whyNoElasticsearch();
  if (reason) throw new Error(`Elasticsearch cannot be started: ${reason}`);
  const home = /** @type {string} */ (await findJava());
  const zstd = await ensureZstd();
  const launcher = path.join(sources, 'launcher');
  const files = fs
    .readdirSync(launcher, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(launcher, name))
    .filter((file) => fs.statSync(file).isFile())
    .sort();
  const jars = jarsFolder();
  const classes = path.join(cache, `launcher-${hashOf(files)}-${path.basename(jars)}`);
  const natives = path.join(cache, 'natives');

  await withLock('elasticsearch', async () => {
    await makeFolder(jars, async (work) => {
      say(`getting Elasticsearch ${elasticsearchVersion} from Maven Central`);
      const args = ['-B', '-q', 'dependency:copy-dependencies', `-DoutputDirectory=${work}`, '-DincludeScope=runtime'];
      const pom = ['-f', path.join(sources, 'pom.xml')];
      const fetched = await run('mvn', [...pom, ...args], { timeoutMs: fetchTimeoutMs });
      if (fetched.code !== 0) throw new Error(`Maven could not fetch the jars:\n${fetched.stdout}${fetched.stderr}`);
    });
    await makeFolder(classes, async (work) => {
      const javac = path.join(home, 'bin', 'javac');
      const java = files.filter((file) => file.endsWith('.java'));
      const compiled = await run(javac, ['-proc:none', '-nowarn', '-cp', path.join(jars, '*'), '-d', work, ...java]);
      if (compiled.code !== 0) throw new Error(`The launcher does not compile:\n${compiled.stderr}`);
      fs.cpSync(path.join(launcher, 'META-INF'), path.join(work, 'META-INF'), { recursive: true });
    });
    await makeFolder(natives, async (work) => {
      fs.symlinkSync(zstd, path.join(work, process.platform === 'darwin' ? 'libzstd.dylib' : 'libzstd.so'));
    });
  });
  return {
    java: path.join(home, 'bin', 'java'),
    keytool: path.join(home, 'bin', 'keytool'),
    classPath: [classes, path.join(jars, '*')].join(path.delimiter),
    natives,
    log4j: path.join(sources, 'log4j2.properties'),
  };
}
