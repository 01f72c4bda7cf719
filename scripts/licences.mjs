/**
 * Looks that everything that goes out with Portside may: `node scripts/licences.mjs` lists packages whose licence is not
 * allowed and ends with 1 where there is one; `--write` renews the list of the About view. Packages that ship are the production dependencies, of every platform, and
 * those whose code the window is built from.
 */
import fs from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

/** Licences that ask for no more than a notice. A package with a choice needs one of them, one with several needs all. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  // Fonts.
  'OFL-1.1',
]);

/** Packages that are no dependencies of main, but whose code is part of the window that is built. */
const builtIn = [
  '@fontsource-variable/inter',
  '@fontsource-variable/jetbrains-mono',
  '@mantine/core',
  '@mantine/hooks',
  '@tabler/icons-react',
  '@tanstack/react-query',
  '@tanstack/react-virtual',
  'react',
  'react-dom',
  'react-is',
  'recharts',
  'zustand',
];

/** @param {string} expression An SPDX expression without `WITH`. @returns {boolean} */
function isAllowed(expression) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  /** @returns {boolean} */
  function either() {
    let holds = all();
    while (tokens[at] === 'OR') {
      at += 1;
      const next = all();
      holds = holds || next;
    }
    return holds;
  }
  /** @returns {boolean} */
  function all() {
    let holds = one();
    while (tokens[at] === 'AND') {
      at += 1;
      const next = one();
      holds = holds && next;
    }
    return holds;
  }
  /** @returns {boolean} */
  function one() {
    const token = tokens[at] ?? '';
    at += 1;
    if (token !== '(') return allowed.has(token);
    const holds = either();
    if (tokens[at] !== ')') return false;
    at += 1;
    return holds;
  }
  const holds = either();
  return holds && at === tokens.length;
}

/**
 * @typedef {{ license?: string, version?: string, dev?: boolean, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} LockedPackage
 */

/** Where a package finds another one, as Node looks: the nearest folder first. @param {Record<string, LockedPackage>} packages @param {string} from @param {string} name */
function placeOf(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') return undefined;
  }
}

/** All places in the lock file of what ships. @param {Record<string, LockedPackage>} packages @returns {readonly string[]} */
function shippedPlaces(packages) {
  const shipped = new Set(Object.keys(packages).filter((place) => place !== '' && !packages[place]?.dev));
  const waiting = builtIn.map((name) => {
    if (!packages[`node_modules/${name}`]) throw new Error(`The lock file does not have ${name}.`);
    return `node_modules/${name}`;
  });
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (shipped.has(place)) continue;
    shipped.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = packages[place] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const next = placeOf(packages, place, name);
      // Only types: nothing of them is in what is built.
      if (next !== undefined && !name.startsWith('@types/')) waiting.push(next);
    }
  }
  return [...shipped].sort();
}

const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
let refused = 0;
/** @param {string} line */
function refuse(line) {
  console.error(line);
  refused += 1;
}
const places = shippedPlaces(packages);
for (const place of places) {
  const { license, version } = packages[place];
  if (!isAllowed(license ?? ''))
    refuse(`${place} ${version}: ${license ?? 'no licence'} is not on the list of scripts/licences.mjs`);
}
for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
  if (!/^\d/.test(version)) refuse(`${name}: "${version}" is a range, not a version`);
for (const [place, { integrity, link }] of Object.entries(packages))
  if (place !== '' && !link && !integrity) refuse(`${place}: no hash in the lock file`);
/** What the About view lists; in the repository, so that the window needs no lock file. */
const listFile = path.join(root, 'renderer', 'licences.json');
const list = places
  .map((place) => ({
    name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version: packages[place].version,
    licence: packages[place].license,
  }))
  .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
const listText = `${JSON.stringify(list, undefined, 2)}\n`;
if (process.argv.includes('--write')) fs.writeFileSync(listFile, listText);
else if (JSON.stringify(JSON.parse(fs.readFileSync(listFile, 'utf8'))) !== JSON.stringify(list))
  refuse('renderer/licences.json is not what the lock file says: node scripts/licences.mjs --write');
if (refused === 0) console.log(`${places.length} packages ship, all under allowed licences`);
process.exitCode = refused > 0 ? 1 : 0;
