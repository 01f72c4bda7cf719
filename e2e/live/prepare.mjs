/**
 * Gets what the tests with a real kernel need, once: Debian packages (as root) and a kernel with USB, kept in the user's
 * cache. Returns why it is not possible, or where things are.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = {
  'qemu-system-x86_64': 'qemu-system-x86',
  busybox: 'busybox-static',
  cpio: 'cpio',
  depmod: 'kmod',
  'mkfs.vfat': 'dosfstools',
  udevadm: 'udev',
  'umockdev-run': 'umockdev',
  sudo: 'sudo',
};

const searchPath = `${process.env.PATH}:/usr/sbin:/sbin`;
const run = (program, args, options = {}) =>
  execFileSync(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: searchPath },
    ...options,
  });
const has = (program) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { env: { ...process.env, PATH: searchPath } }).status === 0;

function installPackages() {
  const missing = Object.keys(packages).filter((program) => !has(program));
  if (missing.length === 0) return undefined;
  const names = missing.map((program) => packages[program]);
  if (process.getuid?.() !== 0) return `these packages are missing: ${names.join(' ')}`;
  try {
    run('apt-get', ['update', '-q']);
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names]);
    return undefined;
  } catch {
    return `these packages could not be installed: ${names.join(' ')}`;
  }
}

/** The newest stock kernel of the distribution, unpacked; and a first file system with the few modules that mount the host. */
function makeKernel(cache) {
  const kernel = join(cache, 'kernel');
  const initial = join(cache, 'initrd.gz');
  if (existsSync(initial)) return;
  const work = mkdtempSync(join(tmpdir(), 'portside-kernel-'));
  try {
    const depends = run('apt-cache', ['depends', 'linux-image-amd64']).toString();
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (!name) throw new Error('no kernel package was found');
    run('apt-get', ['download', '-q', name], { cwd: work });
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    rmSync(kernel, { recursive: true, force: true });
    run('dpkg-deb', ['-x', archive ?? '', kernel], { cwd: work });
    const version = readdirSync(join(kernel, 'lib/modules'))[0] ?? '';
    run('depmod', ['-b', kernel, version]);
    const root = join(work, 'root');
    for (const folder of ['bin', 'proc', 'sys', 'dev', 'mods', 'lower', 'up', 'new'])
      mkdirSync(join(root, folder), { recursive: true });
    cpSync(run('sh', ['-c', 'command -v busybox']).toString().trim(), join(root, 'bin/busybox'));
    cpSync(new URL('guest-init.sh', import.meta.url), join(root, 'init'));
    run('chmod', ['+x', join(root, 'init')]);
    const order = new Set();
    for (const module of ['virtio_pci', 'virtio_blk', '9pnet_virtio', '9p', 'overlay']) {
      const shown = run('modprobe', ['-d', kernel, '-S', version, '--show-depends', module]).toString();
      for (const line of shown.split('\n')) if (line.startsWith('insmod ')) order.add(line.split(' ')[1]);
    }
    const names = [...order].map((file) => {
      const base = file.slice(file.lastIndexOf('/') + 1);
      cpSync(file, join(root, 'mods', base));
      return base;
    });
    writeFileSync(join(root, 'mods/order'), `${names.join('\n')}\n`);
    run('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip -1 > "${initial}.new"`], { cwd: root });
    renameSync(`${initial}.new`, initial);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @returns {{ readonly problem: string } | { readonly cache: string }} */
export function prepareLiveTests() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { problem: 'they need Linux on x64' };
  const problem = installPackages();
  if (problem) return { problem };
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'portside', 'guest');
  mkdirSync(cache, { recursive: true });
  try {
    makeKernel(cache);
  } catch (error) {
    return { problem: `no kernel could be had: ${error instanceof Error ? error.message : error}` };
  }
  return { cache };
}
