/** What a change must pass before anything runs: format and lint, types, the dependency rule, licences, unused code. */
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { requireNode, runPackage } from './run.mjs';

const biome = {
  name: 'biome',
  file: '@biomejs/biome/bin/biome',
  args: ['ci', '--error-on-warnings', '--colors=off', '--max-diagnostics=40', '.'],
};
const types = { name: 'types', file: 'typescript/bin/tsc', args: ['-b'] };
const dependencies = {
  name: 'dependencies',
  file: 'dependency-cruiser/bin/dependency-cruise.mjs',
  args: [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    'shared',
    'electron',
    'renderer',
    'e2e',
    'bench',
  ],
};
const licences = { name: 'licences', file: '../scripts/licences.mjs', args: [] };
const unused = { name: 'unused', file: 'knip/bin/knip.js', args: ['--no-progress'] };

/**
 * Runs all checks, two chains at a time (more would only fight for the cores), and prints a line each, with the
 * findings of those that failed.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function check() {
  let passed = 0;
  let failed = 0;
  /** @param {readonly { name: string, file: string, args: string[] }[]} steps */
  const chain = async (steps) => {
    for (const step of steps) {
      const result = await runPackage(step.file, step.args);
      const isGood = result.code === 0;
      if (isGood) passed += 1;
      else failed += 1;
      console.log(`check: ${step.name.padEnd(12)} ${isGood ? 'ok' : 'FAILED'}  ${(result.tookMs / 1000).toFixed(1)} s`);
      if (!isGood) console.log(`${result.stdout}${result.stderr}`.trimEnd());
    }
  };
  await Promise.all([chain([types]), chain([biome, dependencies, licences, unused])]);
  return { passed, failed };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  requireNode();
  await ensureInstalled();
  const { failed } = await check();
  process.exitCode = failed > 0 ? 1 : 0;
}
