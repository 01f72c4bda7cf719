/** `npm run sbom`: the production dependencies as CycloneDX JSON in out/, from the lock file, without the network. */
import fs from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

const { code, stdout, stderr } = await run('npm', [
  'sbom',
  '--sbom-format=cyclonedx',
  '--sbom-type=application',
  '--omit=dev',
  '--package-lock-only',
]);
if (code !== 0) {
  console.error(stderr.trimEnd());
  process.exit(1);
}
const document = JSON.parse(stdout);
if (document.bomFormat !== 'CycloneDX' || document.components.length === 0) {
  console.error('npm gave no list of components.');
  process.exit(1);
}
const file = path.join(root, 'out', 'sbom.cyclonedx.json');
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
console.log(`${path.relative(root, file)}: ${document.components.length} components`);
