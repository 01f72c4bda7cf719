import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

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

test('packages that would run a script when installed are known', () => {
  const { packages } = readLock();
  const named = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
  expect(named.sort()).toEqual(['node_modules/electron-winstaller', 'node_modules/esbuild', 'node_modules/koffi']);
  // The lock holds a hash of everything but the project itself.
  expect(Object.keys(packages).filter((path) => path !== '' && !packages[path]?.integrity)).toEqual([]);
});

test('the list of components is CycloneDX, and names each package that ships with version, licence and hash', () => {
  const made = spawnSync(process.execPath, [join(root, 'scripts/sbom.mjs')], { cwd: root, encoding: 'utf8' });
  expect(made.stderr).toBe('');
  expect(made.status).toBe(0);
  const sbom = sbomSchema.parse(JSON.parse(readFileSync(join(root, 'out/sbom.cyclonedx.json'), 'utf8')));
  const listed = new Set(sbom.components.map(({ name, version }) => `${name}@${version}`));
  const { packages } = readLock();
  const shipped = Object.keys(packages).filter((path) => path !== '' && !packages[path]?.dev);
  expect(shipped.length).toBeGreaterThan(20);
  const missing = shipped
    .map((path) => `${path.replace(/^.*node_modules\//, '')}@${packages[path]?.version}`)
    .filter((name) => !listed.has(name));
  expect(missing).toEqual([]);
});

test('nothing that ships hands an address or a file to the system, and windows are made in two places', () => {
  const sources = readdirSync(join(root, 'electron'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const found = sources.flatMap((path) =>
    [
      ...readFileSync(path, 'utf8').matchAll(
        /\b(?:openExternal|openPath|showItemInFolder)\b|\bnew (?:BrowserWindow|WebContentsView|BrowserView)\(/g,
      ),
    ].map(([text]) => `${relative(root, path)}: ${text}`),
  );
  expect([...new Set(found)].sort()).toEqual([
    'electron/app/print.ts: new BrowserWindow(',
    'electron/app/window.ts: new BrowserWindow(',
  ]);
});

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      dev: z.boolean().optional(),
    }),
  ),
});

function readLock(): z.infer<typeof lockSchema> {
  return lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
}

/** What a reader of CycloneDX needs of each component, and what the format demands of the whole. */
const sbomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.enum(['1.5', '1.6']),
  serialNumber: z.string().regex(/^urn:uuid:[0-9a-f-]{36}$/),
  version: z.literal(1),
  components: z
    .array(
      z.object({
        type: z.literal('library'),
        name: z.string().min(1),
        version: z.string().min(1),
        purl: z.string().startsWith('pkg:npm/'),
        licenses: z.array(z.unknown()).min(1),
        hashes: z.array(z.object({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) })).min(1),
      }),
    )
    .min(1),
});

test('Electron has one exact version, the locked one, and main refuses a webview wherever one would come from', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  const { electron } = read('package.json').devDependencies as { electron: string };
  expect(electron).toMatch(/^\d+\.\d+\.\d+$/);
  expect(read('package-lock.json').packages['node_modules/electron'].version).toBe(electron);
  const source = readFileSync(join(root, 'electron/app/security.ts'), 'utf8');
  expect(source).toMatch(/^\s*contents\.on\('will-attach-webview', \(event\) => event\.preventDefault\(\)\);$/m);
});

test('the audit is never green by silence: no report, open and argued advisories are told apart', async () => {
  const script = pathToFileURL(join(root, 'scripts/audit.mjs')).href;
  const { judgeAudit } = (await import(script)) as {
    judgeAudit(printed: string, argued: Readonly<Record<string, string>>): { code: number; lines: readonly string[] };
  };
  const refused = JSON.stringify({ message: '405 Method Not Allowed', statusCode: 405, error: { summary: '' } });
  for (const printed of ['', 'npm error', '{}', 'null', refused, JSON.stringify({ vulnerabilities: {} })])
    expect(judgeAudit(printed, {})).toMatchObject({ code: 3, lines: [expect.stringContaining('NOT CHECKED')] });
  const metadata = { dependencies: { total: 900 } };
  expect(judgeAudit(JSON.stringify({ vulnerabilities: {}, metadata }), {}).code).toBe(0);
  const advisory = { source: 7, name: 'a', title: 't', severity: 'high', url: 'https://x.example/7' };
  const report = JSON.stringify({ vulnerabilities: { a: { via: [advisory] }, b: { via: ['a'] } }, metadata });
  expect(judgeAudit(report, {})).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([expect.stringMatching(/^OPEN 7 a: t/)]),
  });
  expect(judgeAudit(report, { 7: 'is only run on our own input' }).code).toBe(0);
  expect(judgeAudit(JSON.stringify({ vulnerabilities: {}, metadata }), { 7: 'x' }).lines.join()).toContain(
    'not needed',
  );
});
