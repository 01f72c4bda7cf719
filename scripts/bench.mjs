/** `npm run bench -- NAME`: runs one of the benchmarks in bench/; without a name lists them. */
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, runPackage } from './run.mjs';

requireNode();
const [name = '', ...args] = process.argv.slice(2);
const folder = path.join(root, 'bench');
/** A benchmark is a file of its own, or the file of the same name in a folder. @type {Map<string, string>} */
const benchmarks = new Map();
for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
  const file = entry.isDirectory()
    ? path.join(folder, entry.name, `${entry.name}.ts`)
    : path.join(folder, /(?<!\.test)\.ts$/.test(entry.name) ? entry.name : '');
  if (file.endsWith('.ts') && fs.existsSync(file)) benchmarks.set(path.basename(file, '.ts'), file);
}
const file = benchmarks.get(name);
if (!file) {
  console.error(
    `Usage: npm run bench -- NAME [arguments]\nBenchmarks: ${[...benchmarks.keys()].join(', ') || 'none yet'}`,
  );
  process.exit(2);
}
await ensureInstalled();
await ensureBuilt();
const { code } = await runPackage('tsx/dist/cli.mjs', [file, ...args], {
  stdio: 'inherit',
});
process.exitCode = code;
