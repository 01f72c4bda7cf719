/** `npm start`: prepares everything that is missing and opens the workbench on the demo, or on another workspace. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { requireNode, root, run, say } from './run.mjs';

const usage = 'Usage: npm start -- [--workspace DIR]';

/** Chromium's own sandbox does not start as root. */
const sandboxArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

function readWorkspace() {
  try {
    const { workspace } = parseArgs({ options: { workspace: { type: 'string' } }, strict: true }).values;
    return workspace === undefined ? undefined : path.resolve(process.env.INIT_CWD ?? process.cwd(), workspace);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

/** Runs the built command line. @param {readonly string[]} args */
async function portside(...args) {
  const result = await run(process.execPath, [path.join(root, 'out', 'main', 'cli.js'), ...args]);
  if (result.code !== 0) throw new Error(`portside ${args[0]} failed: ${result.stderr.trim()}`);
  return result.stdout;
}

/** Makes the demo workspace on first use. @returns {Promise<string>} */
async function ensureDemo() {
  // There already, it is said at once; made, it takes its time.
  const notice = setTimeout(() => say('making the demo: 120 hosts, 30 days (about a minute)'), 1_500);
  const { workspace } = JSON.parse(await portside('demo', '--json').finally(() => clearTimeout(notice)));
  return workspace;
}

/** Opens the window and waits until the person closes it. @param {string} electron @param {string} workspace */
function openWindow(electron, workspace) {
  return new Promise((resolve) => {
    const { ELECTRON_RUN_AS_NODE: _unset, ...env } = process.env;
    const child = spawn(electron, ['.', ...sandboxArguments, `--workspace=${workspace}`], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', process.env.PORTSIDE_DEBUG ? 'inherit' : 'ignore'],
    });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Without a screen: the same window on a virtual one, its best finding opened, and what it shows as files. */
async function showWithoutScreen(/** @type {string} */ electron, /** @type {string} */ workspace) {
  const folder = path.join(root, 'out', 'demo');
  fs.mkdirSync(folder, { recursive: true });
  const lines = (await portside('findings', '--limit', '50', '--json', '--workspace', workspace)).trim().split('\n');
  const findings = lines.filter((line) => line !== '').map((line) => JSON.parse(line));
  fs.writeFileSync(path.join(folder, 'findings.json'), `${JSON.stringify(findings, undefined, 2)}\n`);
  const best = findings[0];
  if (best) {
    const page = await portside('finding', best.id, '--html', '--workspace', workspace);
    fs.writeFileSync(path.join(folder, 'finding.html'), page);
  }
  const { pictureWorkbench } = await import('./picture.mjs');
  const { withDisplay } = await import('./display.mjs');
  await withDisplay((env) =>
    pictureWorkbench({ electron, workspace, env, sandboxArguments, file: path.join(folder, 'workbench.png') }),
  );
  const shown = best ? `, best finding: ${best.process} on ${best.host}, score ${Math.round(best.score)}` : '';
  say(`no display; left the workbench in files${shown}:`);
  for (const name of ['workbench.png', 'findings.json', 'finding.html']) {
    if (fs.existsSync(path.join(folder, name))) console.log(path.relative(root, path.join(folder, name)));
  }
}

requireNode();
const asked = readWorkspace();
try {
  await ensureInstalled();
  await ensureBuilt();
  // Not before the packages are there: these read them.
  const { ensureElectronRuntime } = await import('./electron-runtime.mjs');
  const { ensureSystemPackages, hasDisplay } = await import('./display.mjs');
  const electron = await ensureElectronRuntime();
  await ensureSystemPackages(electron);
  const workspace = asked ?? (await ensureDemo());
  if (hasDisplay()) process.exitCode = await openWindow(electron, workspace);
  else await showWithoutScreen(electron, workspace);
} catch (error) {
  console.error(`portside: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
