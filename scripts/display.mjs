import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { run, say } from './run.mjs';

/** Whether windows have somewhere to appear. Only Linux runs without a display. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, program)));
}

/** Debian and Ubuntu, and whether their libraries carry the suffix of the 64-bit time transition. */
function debianRelease() {
  const text = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : '';
  const value = (/** @type {string} */ key) => new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
  if (!/\b(debian|ubuntu)\b/.test(`${value('ID')} ${value('ID_LIKE')}`)) return undefined;
  const version = Number.parseFloat(value('VERSION_ID'));
  return { hasTime64: value('ID') === 'debian' ? version >= 13 : version >= 24.04 };
}

/** Shared libraries that the program names and this system does not have. @param {string} program */
async function missingLibraries(program) {
  const { stdout } = await run('ldd', [program]);
  return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
}

/**
 * Sees to it that Electron can start here: its shared libraries and, where there is no display, Xvfb. On Debian and
 * Ubuntu root installs the packages; anyone else gets the exact line to run, as an error.
 * @param {string} electron Path of the Electron program.
 */
export async function ensureSystemPackages(electron) {
  if (process.platform !== 'linux') return;
  const missing = await missingLibraries(electron);
  const needsDisplay = !hasDisplay() && !isOnPath('Xvfb');
  if (missing.length === 0 && !needsDisplay) return;
  const release = debianRelease();
  const what = [...missing, ...(needsDisplay ? ['Xvfb'] : [])].join(', ');
  if (!release) throw new Error(`Electron needs ${what}. Install what provides these, then run the command again.`);
  const suffix = release.hasTime64 ? 't64' : '';
  const packages = [
    ...(needsDisplay ? ['xvfb', 'xauth'] : []),
    `libgtk-3-0${suffix}`,
    'libnss3',
    `libasound2${suffix}`,
    'libgbm1',
  ];
  const line = `apt-get install --yes --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`Electron needs ${what}. Run: sudo ${line}`);
  say(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const [command = '', ...args] = line.split(' ');
  let result = await run(command, args, { env });
  if (result.code !== 0) {
    await run('apt-get', ['update'], { env });
    result = await run(command, args, { env });
  }
  if (result.code !== 0) throw new Error(`${line} failed:\n${result.stderr.trim()}`);
}

/**
 * Runs `work` with an environment in which windows can appear: this one, or with a virtual display that ends after it.
 * @template T
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withDisplay(work) {
  if (hasDisplay()) return work(process.env);
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  try {
    const display = await new Promise((resolve, reject) => {
      let said = '';
      server.stderr?.on('data', (chunk) => {
        said += chunk;
      });
      server.on('error', reject);
      server.on('exit', () => reject(new Error(`Xvfb ended: ${said.trim()}`)));
      server.stdio[3]?.once('data', (chunk) => resolve(`:${String(chunk).trim()}`));
    });
    return await work({ ...process.env, DISPLAY: display });
  } finally {
    server.removeAllListeners('exit');
    server.kill();
  }
}
