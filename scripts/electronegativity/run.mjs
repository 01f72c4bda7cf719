/**
 * Runs Electronegativity, the published checks for Electron programs, over the program's own sources and compares what it
 * finds with `argued.json`: a finding that nobody argued, an argument that nothing needs any more, and a file that it
 * cannot read each end it with 1. Its packages are installed apart, without their install scripts.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

const run = promisify(execFile);
const folder = import.meta.dirname;
const root = path.resolve(folder, '../..');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));

/** @typedef {{ check: string, file: string, why: string }} Argued */

/** Installs what the lock names, once. */
async function ensureInstalled() {
  const mark = path.join(folder, 'node_modules', '.package-lock.json');
  const lock = path.join(folder, 'package-lock.json');
  if (fs.existsSync(mark) && fs.statSync(mark).mtimeMs >= fs.statSync(lock).mtimeMs) return;
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  fs.utimesSync(mark, new Date(), new Date());
}

/**
 * Writes the sources as the older JavaScript that the tool can read, under the same names.
 * @param {string} target @returns {number} how many
 */
function writeSources(target) {
  let written = 0;
  for (const part of ['electron', 'renderer', 'shared']) {
    for (const entry of fs.readdirSync(path.join(root, part), { recursive: true, withFileTypes: true })) {
      const isCode = /\.tsx?$/.test(entry.name) && !/\.(?:test|d)\.tsx?$/.test(entry.name);
      if (!entry.isFile() || !(isCode || entry.name.endsWith('.html'))) continue;
      const from = path.join(entry.parentPath, entry.name);
      const to = path.join(target, path.relative(root, from)).replace(/\.tsx?$/, '.js');
      fs.mkdirSync(path.dirname(to), { recursive: true });
      const text = fs.readFileSync(from, 'utf8');
      const compilerOptions = {
        target: ts.ScriptTarget.ES2019,
        module: ts.ModuleKind.ESNext,
        jsx: ts.JsxEmit.ReactJSX,
        verbatimModuleSyntax: true,
      };
      fs.writeFileSync(
        to,
        isCode ? ts.transpileModule(text, { compilerOptions, fileName: entry.name }).outputText : text,
      );
      written += 1;
    }
  }
  return written;
}

await ensureInstalled();
const target = fs.mkdtempSync(path.join(os.tmpdir(), 'portside-electronegativity-'));
try {
  const written = writeSources(path.join(target, 'sources'));
  const report = path.join(target, 'report.sarif');
  const tool = path.join(folder, 'node_modules', '@doyensec', 'electronegativity', 'dist', 'index.js');
  // It ends with an error where it finds anything; the report says what.
  const { stdout, stderr } = await run(
    process.execPath,
    [tool, '-i', path.join(target, 'sources'), '-o', report, '-e', version],
    { maxBuffer: 64_000_000 },
  ).catch((/** @type {any} */ error) => error);
  const unread = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('Error parsing'));
  /** @type {any[]} */
  const results = JSON.parse(fs.readFileSync(report, 'utf8')).runs[0].results;
  const found = new Map(
    results.map(({ ruleId, locations }) => {
      const uri = decodeURI(locations[0].physicalLocation.artifactLocation.uri);
      const file = uri.slice(uri.indexOf('sources/') + 'sources/'.length);
      return [`${ruleId} in ${file}`, { check: ruleId, file }];
    }),
  );
  /** @type {Argued[]} */
  const argued = JSON.parse(fs.readFileSync(path.join(folder, 'argued.json'), 'utf8'));
  const known = new Set(argued.map(({ check, file }) => `${check} in ${file}`));
  const problems = [
    ...unread,
    ...[...found.keys()].filter((key) => !known.has(key)).map((key) => `Not argued: ${key}`),
    ...[...known].filter((key) => !found.has(key)).map((key) => `Argued, but no longer found: ${key}`),
  ];
  for (const problem of problems) console.error(problem);
  console.log(`${written} files, ${found.size} findings, ${argued.length} argued, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  fs.rmSync(target, { recursive: true, force: true });
}
