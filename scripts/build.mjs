import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { root, runPackage, say, withLock } from './run.mjs';

const sources = ['electron', 'renderer', 'shared', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];
const stampFile = path.join(root, 'out', 'build.json');
const products = [
  'main/entry.js',
  'main/main.js',
  'main/cli.js',
  'main/engine.js',
  'preload/preload.cjs',
  'renderer/index.html',
];

/** A digest of names, sizes and times of everything the build reads: also a deleted file changes it. */
function fingerprint() {
  const hash = createHash('sha256');
  /** @param {string} file */
  const add = (file) => {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) {
      for (const name of fs.readdirSync(file).sort()) add(path.join(file, name));
    } else if (!/\.test\.tsx?$/.test(file)) {
      hash.update(`${path.relative(root, file)}\0${stat.size}\0${stat.mtimeMs}\n`);
    }
  };
  for (const source of sources) add(path.join(root, source));
  return hash.digest('hex');
}

/** @param {string} wanted */
function isBuilt(wanted) {
  try {
    return (
      JSON.parse(fs.readFileSync(stampFile, 'utf8')).fingerprint === wanted &&
      products.every((file) => fs.existsSync(path.join(root, 'out', file)))
    );
  } catch {
    return false;
  }
}

/** Builds window, main and command line into out/ where sources have changed since the last build. */
export async function ensureBuilt() {
  if (isBuilt(fingerprint())) return;
  await withLock('build', async () => {
    const wanted = fingerprint();
    if (isBuilt(wanted)) return;
    say('building');
    fs.rmSync(stampFile, { force: true });
    const result = await runPackage('electron-vite/bin/electron-vite.js', ['build', '--logLevel', 'warn']);
    if (result.code !== 0) {
      process.stderr.write(`${result.stdout}${result.stderr}\n`);
      throw new Error('The build failed; see above.');
    }
    fs.mkdirSync(path.dirname(stampFile), { recursive: true });
    fs.writeFileSync(stampFile, JSON.stringify({ fingerprint: wanted }));
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await ensureInstalled();
  await ensureBuilt();
}
