/** What `electron [options] <folder or file> [arguments]` does: loads that application, as Electron's own default application. */
import fs from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron/main';

const given = process.argv.slice(1);
/** @type {string[]} */
const preloads = [];
let file = '';
for (let index = 0; index < given.length; index += 1) {
  const argument = given[index] ?? '';
  if (argument === '--version' || argument === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  }
  if (argument === '-r' || argument === '--require') {
    index += 1;
    preloads.push(given[index] ?? '');
  } else if (!argument.startsWith('-')) {
    file = argument;
    break;
  }
}
if (preloads.length > 0) Module._preloadModules(preloads);
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });

const folder = path.resolve(file || '.');
const manifest = path.join(folder, 'package.json');
if (fs.existsSync(manifest)) {
  const { name, productName, version } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  if (version) app.setVersion(version);
  app.name = productName ?? name ?? app.name;
}
const entry = Module._resolveFilename(folder, null, true);
app.setAppPath(fs.existsSync(manifest) ? folder : path.dirname(entry));
await import(pathToFileURL(entry).href);
