/**
 * From spawn to the first window and the first numbers, beside a bare Electron window on the same runtime in the same run, and the
 * memory of all processes meanwhile: `npm run bench -- start [WORKSPACE] [ROUNDS]`. Without a workspace an empty one is opened.
 * The first start finds no finding and scores everything from nothing.
 * Each program keeps its user data from start to start, as a person's does. The first rounds are not counted: they fill the
 * caches of the system and of Chromium (compiled scripts are kept from the second or third start on). Linux only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { openFindingCache } from '../../electron/evidence/duckdb-finding-cache.ts';
import { evidencePath, openEvidenceDatabase } from '../../electron/evidence/duckdb-schema.ts';

const root = resolve(import.meta.dirname, '../..');
const workspace = process.argv[2];
const rounds = Number(process.argv[3] ?? 5);
const longestMs = 300_000;
const warmingRounds = 3;
/** Memory is looked at this often, and for so long after the first numbers. */
const lookEveryMs = 250;
const restMs = 5_000;
/** The first start scores meanwhile. */
const firstRestMs = 30_000;

interface Mark {
  readonly name: string;
  readonly atMs: number;
  readonly natives?: readonly string[];
  readonly processes?: readonly string[];
  readonly error?: string;
}

interface Run {
  /** Milliseconds from spawn by name of the mark. */
  readonly marks: ReadonlyMap<string, number>;
  readonly shown: Mark | undefined;
  /** Most proportional memory of all processes together, and at the end. */
  readonly peakBytes: number;
  readonly endBytes: number;
  /** What each kind of process had when all together had most. */
  readonly peakParts: ReadonlyMap<string, number>;
}

/** Ids of a process and all below it. */
async function familyOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent) parents.set(Number(entry), Number(parent));
  }
  const family = new Set([pid]);
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family];
}

/** Memory of the processes by their kind, what is shared counted once. */
async function memoryOf(pids: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const parts = new Map<string, number>();
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const kind =
      /--utility-sub-type=(?:\w+\.)*(\w+)/.exec(command)?.[1] ?? /--type=([\w-]+)/.exec(command)?.[1] ?? 'main';
    const bytes = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    parts.set(kind, (parts.get(kind) ?? 0) + bytes);
  }
  return parts;
}

const sum = (parts: ReadonlyMap<string, number>) => [...parts.values()].reduce((all, part) => all + part, 0);

/** Makes the program score everything at its next start. */
async function forgetFindings(path: string): Promise<void> {
  const database = await openEvidenceDatabase(evidencePath(path));
  const cache = await openFindingCache(database);
  await cache.clear();
  await database.close();
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGTERM');
  if ((await Promise.race([gone, wait(10_000, 'late')])) === 'late') {
    child.kill('SIGKILL');
    await gone;
  }
}

async function measure(program: readonly string[], lookedFor: string, userData: string, rest = restMs): Promise<Run> {
  const { ELECTRON_RUN_AS_NODE: _unused, ...environment } = process.env;
  const executable = join(root, 'node_modules/electron/dist/electron');
  // Chromium's own sandbox does not start as root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const probe = join(import.meta.dirname, 'probe.cjs');
  const startMs = Date.now();
  const child = spawn(executable, ['-r', probe, ...sandbox, ...program, `--user-data-dir=${userData}`], {
    cwd: root,
    env: { ...environment, PORTSIDE_START_TEXT: lookedFor },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const marks = new Map<string, number>();
  let shown: Mark | undefined;
  let failure: string | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('@mark ')) return;
    const mark = JSON.parse(line.slice('@mark '.length)) as Mark;
    marks.set(mark.name, mark.atMs - startMs);
    if (mark.name === 'shown') shown = mark;
    failure ??= mark.error;
  });
  child.once('exit', (code) => {
    failure ??= `ended with ${code}`;
  });
  let peakParts: ReadonlyMap<string, number> = new Map();
  let endBytes = 0;
  try {
    let restedMs = 0;
    while (restedMs < rest) {
      await wait(lookEveryMs);
      if (failure !== undefined) throw new Error(`${program.join(' ')}: ${failure}`);
      if (Date.now() - startMs > longestMs) throw new Error(`${program.join(' ')} showed no ${lookedFor}.`);
      const parts = await memoryOf(await familyOf(child.pid ?? 0));
      endBytes = sum(parts);
      if (endBytes > sum(peakParts)) peakParts = parts;
      if (marks.has('numbers')) restedMs += lookEveryMs;
    }
  } finally {
    await end(child);
  }
  return { marks, shown, peakBytes: sum(peakParts), endBytes, peakParts };
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const mb = (bytes: number) => (bytes / 1e6).toFixed(0);

if (process.platform !== 'linux' || !process.env.DISPLAY) {
  console.error('Needs Linux with a display: xvfb-run -a npm run bench -- start [WORKSPACE] [ROUNDS]');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'portside-start-'));
try {
  const path = workspace ? resolve(process.env.INIT_CWD ?? '.', workspace) : join(folder, 'workspace');
  if (workspace) await forgetFindings(path);
  const measureOwn = (rest?: number) => measure(['.', `--workspace=${path}`], ' writes · ', join(folder, 'own'), rest);
  const measureBare = () => measure([join(import.meta.dirname, 'bare.cjs')], 'bare', join(folder, 'bare'));
  const first = await measureOwn(workspace ? firstRestMs : restMs);
  for (let round = 1; round < warmingRounds; round++) await measureOwn();
  await measureBare();
  const ownRuns: Run[] = [];
  const bareRuns: Run[] = [];
  // One after the other in turn: a busy machine hits both alike.
  for (let round = 0; round < rounds; round++) {
    ownRuns.push(await measureOwn());
    bareRuns.push(await measureBare());
  }
  console.log(
    `${rounds} rounds, load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores; medians (least)\n`,
  );
  console.log('| ms from spawn | Portside | bare Electron | ratio |\n| --- | ---: | ---: | ---: |');
  for (const [name, label] of [
    ['window', 'window made'],
    ['shown', 'window shown'],
    ['page', 'page loaded'],
    ['paint', 'first content painted'],
    ['numbers', 'first numbers'],
  ] as const) {
    const of = (runs: readonly Run[]) => runs.map(({ marks }) => marks.get(name) ?? Number.NaN);
    const cell = (runs: readonly Run[]) => `${median(of(runs)).toFixed(0)} (${Math.min(...of(runs)).toFixed(0)})`;
    const ratio = median(of(ownRuns)) / median(of(bareRuns));
    console.log(
      `| ${label} | ${cell(ownRuns)} | ${name === 'numbers' ? '' : cell(bareRuns)} | ${name === 'numbers' ? '' : ratio.toFixed(2)} |`,
    );
  }
  const { shown } = ownRuns.at(-1) ?? first;
  console.log(
    `\nWhen the window was shown: native modules loaded: ${shown?.natives?.join(', ') || 'none'}; processes: ${shown?.processes?.join(', ')}`,
  );
  console.log(
    `Memory of all processes in MB, most (at the end): first start ${mb(first.peakBytes)} (${mb(first.endBytes)}), later ones ${mb(median(ownRuns.map(({ peakBytes }) => peakBytes)))} (${mb(median(ownRuns.map(({ endBytes }) => endBytes)))}), bare ${mb(median(bareRuns.map(({ peakBytes }) => peakBytes)))}`,
  );
  for (const [name, run] of [
    ['first start', first],
    ['last start', ownRuns.at(-1) ?? first],
  ] as const) {
    const parts = [...run.peakParts].map(([kind, bytes]) => `${kind} ${mb(bytes)}`);
    console.log(`At its most in the ${name}: ${parts.join(', ')}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
