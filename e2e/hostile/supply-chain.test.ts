import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const builtIns = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

/** What a file imports, statically or not; types alone are no import. */
function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8').replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  return [
    ...text.matchAll(/^\s*(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm),
    ...text.matchAll(/\b(?:import|require)\(\s*(?:\/\*.*?\*\/\s*)?['"`]([^'"`]+)['"`]/g),
  ].map(([, name]) => name ?? '');
}

/** All that a file stands on: its own files, relative to the repository, and the names of packages. */
function reachedFrom(start: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (files.has(path)) continue;
    files.add(path);
    for (const name of importsOf(path)) {
      if (name.startsWith('.')) waiting.push(resolve(dirname(path), name));
      else packages.add(name);
    }
  }
  return { files: [...files].map((path) => relative(root, path)).sort(), packages: [...packages].sort() };
}

const foreign = (packages: readonly string[]) => packages.filter((name) => !builtIns.has(name));

test('the privileged helper stands on koffi and on Node alone, in source and as built', () => {
  const source = reachedFrom(join(root, 'electron/capture/fanotify-helper.ts'));
  expect(foreign(source.packages)).toEqual(['koffi']);
  // Small enough to be read before it is run as root; a file more is a decision.
  expect(source.files).toContain('electron/capture/fanotify-capture.ts');
  expect(source.files.filter((path) => !/^(?:electron\/capture|shared\/(?:base|model))\//.test(path))).toEqual([]);
  const built = reachedFrom(join(root, 'out/main/fanotify-helper.js'));
  expect(foreign(built.packages)).toEqual(['koffi']);
});

test('the helper opens no network and starts no process', () => {
  const { packages } = reachedFrom(join(root, 'electron/capture/fanotify-helper.ts'));
  const plain = packages.map((name) => name.replace(/^node:/, ''));
  for (const name of [
    'child_process',
    'cluster',
    'dgram',
    'dns',
    'http',
    'http2',
    'https',
    'tls',
    'vm',
    'worker_threads',
  ])
    expect(plain).not.toContain(name);
});

test('koffi stands on nothing but its own builds', () => {
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(root, 'node_modules/koffi/package.json'), 'utf8'),
  );
  expect(Object.keys(dependencies)).toEqual([]);
  for (const name of Object.keys(optionalDependencies)) expect(name).toMatch(/^@koromix\/koffi-/);
});

test('nothing that ships turns off the check of certificates or runs text as code', () => {
  const folders = ['electron', 'shared', 'renderer'];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.test)\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(sources.length).toBeGreaterThan(100);
  const forbidden =
    /rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|\beval\(|\bnew Function\(|dangerouslySetInnerHTML|\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|shell\s*:\s*true/g;
  const found = sources.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(forbidden)].map(([text]) => `${relative(root, path)}: ${text}`),
  );
  // The look at a certificate that a person is asked about: it sends nothing, and the connection is closed.
  expect(found).toEqual(['electron/evidence/elastic-connection.ts: rejectUnauthorized: false']);
});

test('install scripts stay off', () => {
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
});
