/** `npm run bench -- NAME`: runs one of the benchmarks in bench/; without a name lists them. */
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, runPackage } from './run.mjs';

requireNode();
const [name = '', ...args] = process.argv.slice(2);
const folder = path.join(root, 'bench');
const names = fs
  .readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace('.bench.ts', ''));
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- NAME [arguments]\nBenchmarks: ${names.join(', ') || 'none yet'}`);
  process.exit(2);
}
await ensureInstalled();
await ensureBuilt();
const { code } = await runPackage('tsx/dist/cli.mjs', [path.join(folder, `${name}.bench.ts`), ...args], {
  stdio: 'inherit',
});
process.exitCode = code;
