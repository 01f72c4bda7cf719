/** `npm run sbom`: the production dependencies as CycloneDX JSON in out/, from the lock file, without the network. */
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

// npm's own `--omit=dev` also leaves out production packages that a development package needs too, so the lock decides.
const { code, stdout, stderr } = await run('npm', [
  'sbom',
  '--sbom-format=cyclonedx',
  '--sbom-type=application',
  '--package-lock-only',
]);
if (code !== 0) {
  console.error(stderr.trimEnd());
  process.exit(1);
}
const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
const shipped = new Set(
  Object.entries(packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place, { version }]) => `${place.replace(/^.*node_modules\//, '')}@${version}`),
);
const document = JSON.parse(stdout);
/** @param {string} ref */
const ships = (ref) => shipped.has(ref) || ref === document.metadata?.component?.['bom-ref'];
document.components = document.components.filter((/** @type {{ name: string, version: string }} */ { name, version }) =>
  shipped.has(`${name}@${version}`),
);
document.dependencies = document.dependencies
  .filter((/** @type {{ ref: string }} */ { ref }) => ships(ref))
  .map((/** @type {{ ref: string, dependsOn: string[] }} */ { ref, dependsOn }) => ({
    ref,
    dependsOn: dependsOn.filter(ships),
  }));
if (document.bomFormat !== 'CycloneDX' || document.components.length === 0) {
  console.error('npm gave no list of components.');
  process.exit(1);
}
const file = path.join(root, 'out', 'sbom.cyclonedx.json');
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
console.log(`${path.relative(root, file)}: ${document.components.length} components`);
