import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The folder that holds package.json. */
export const root = path.dirname(import.meta.dirname);

/** The oldest Node that Portside runs on. */
const oldestNode = [20, 18];

/** Ends the process with a plain sentence where Node is too old: everything later would end in a syntax error. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = oldestNode;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  console.error(`Portside needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Says one short line of progress on stderr, so that stdout stays free for results. @param {string} line */
export function say(line) {
  process.stderr.write(`portside: ${line}\n`);
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] Folder to run in; the repository by default.
 * @property {NodeJS.ProcessEnv} [env] Whole environment; that of this process by default.
 * @property {import('node:child_process').StdioOptions} [stdio] Overrides the capture of both outputs.
 * @property {number} [timeoutMs] The process is killed after this time.
 */

/**
 * Runs a program to its end and gives what it printed. Never throws: a program that cannot be started ends with code
 * 127 and its error as `stderr`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string, tookMs: number }>}
 */
export function run(command, args, options = {}) {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let stdout = '';
    let stderr = '';
    const end = (/** @type {number} */ code) =>
      resolve({ code, stdout, stderr, tookMs: performance.now() - startedMs });
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
    });
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', (error) => {
      stderr += error.message;
      end(127);
    });
    child.on('close', (code) => end(code ?? 1));
  });
}

/**
 * Runs a package's own program with this Node, without npx.
 * @param {string} file Path inside node_modules.
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export function runPackage(file, args, options = {}) {
  return run(process.execPath, [path.join(root, 'node_modules', file), ...args], options);
}

/** Whether a process with this id lives. @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Runs `work` while no other process of this checkout runs work of the same name: two commands started at once must
 * not install or build over each other. A lock whose owner has died is taken over.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const file = path.join(root, '.cache', `${name}.lock`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      const owner = Number(fs.readFileSync(file, { encoding: 'utf8', flag: 'a+' }));
      if (owner > 0 && !isAlive(owner)) fs.rmSync(file, { force: true });
      else await pause(100);
    }
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}
