import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readJournalState } from '../../../electron/cases/journal-file.ts';
import { verifyPackage } from '../../../electron/cases/package-verify.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../../electron/evidence/workspace-engine.ts';
import { makeServices } from '../../../electron/services.ts';
import { ignoreItems } from '../../../shared/ipc/operation.ts';
import { writeEvents } from '../../made-evidence.ts';
import { appendRows, type CrashWork, caseId, importRows, killWithinMs } from './crash-figures.ts';

/** Kills over all works: a few by default, as many as `npm run test:crash` asks for. */
const kills = Number(process.env.PORTSIDE_CRASH_RUNS ?? 12);
/** Works of each lane take turns on one workspace; the lanes run side by side. */
const lanes: readonly (readonly CrashWork[])[] = [
  ['import', 'journal'],
  ['append', 'export'],
  ['settings', 'rules'],
];
/** Hosts asked for at once. */
const hostsPerQuestion = 900;
const quiet = ignoreItems(new AbortController().signal) as never;
let root = '';
const folders: string[] = [];

interface Tally {
  kills: number;
  /** Kills that fell between a beginning and its acknowledgement. */
  inside: number;
  readonly acknowledged: Set<string>;
  /** Found although the kill came before the acknowledgement. */
  readonly early: Set<string>;
  readonly lost: Set<string>;
  readonly halfDone: Set<string>;
}
const tallies = new Map<CrashWork, Tally>();

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'portside-crash-'));
  // The key of the workstation is made once, in a place of this test.
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'config'));
  const file = join(root, 'story.ndjson');
  await writeEvents(file);
  for (const index of lanes.keys()) {
    const folder = join(root, `lane-${index}`);
    folders.push(folder);
    const engine = await openWorkspaceEngine({ workspacePath: folder });
    try {
      await engine['evidence.import']({ path: file }, quiet);
      const { rows } = await engine['findings.list']({ filter: {}, sort: 'score', descending: true, limit: 1 }, quiet);
      const services = makeServices({ workspacePath: folder, engine, version: 'test' });
      const opened = await services.cases.open({ findingIds: [rows[0]?.id ?? ''] }, quiet);
      expect(opened.id).toBe(caseId);
    } finally {
      await engine.close();
    }
  }
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

/** Runs the writer and kills it `afterMs` after it is ready; gives the lines it said. */
function killed(work: CrashWork, folder: string, run: number, afterMs: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'crash-child.ts'), work, folder, String(run)],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (!said.includes('ready\n') && `${said}${text}`.includes('ready\n'))
        setTimeout(() => child.kill('SIGKILL'), afterMs);
      said += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    // A line that was cut by the kill was not said.
    child.on('close', (_code, signal) =>
      signal === 'SIGKILL' ? resolve(said.split('\n').slice(0, -1)) : reject(new Error(errors)),
    );
  });
}

function told(said: readonly string[], word: string): readonly string[] {
  return said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}

/** Opens the workspace as the next start does, looks, and counts into the tally of `work`. */
async function judge(work: CrashWork, folder: string, run: number, said: readonly string[]): Promise<void> {
  const tally = tallyOf(work);
  const done = told(said, 'done');
  const begun = told(said, 'begin');
  for (const name of done) tally.acknowledged.add(name);
  if (begun.length > done.length) tally.inside += 1;
  const unsaid = begun.slice(done.length);
  const engine = await openWorkspaceEngine({ workspacePath: folder });
  try {
    const services = makeServices({ workspacePath: folder, engine, version: 'test' });
    if (work === 'import' || work === 'append') {
      // All that this work ever acknowledged, and what the kill interrupted.
      const found = await eventsByHost(engine, [...tally.acknowledged, ...unsaid]);
      for (const name of tally.acknowledged) if (!found.has(name)) tally.lost.add(name);
      const whole = work === 'import' ? importRows : appendRows;
      for (const [name, events] of found) if (events !== whole) tally.halfDone.add(name);
      for (const name of unsaid) if (found.has(name)) tally.early.add(name);
    } else if (work === 'journal') {
      const decided = await services.decisions.deviceDecisions();
      for (const name of tally.acknowledged) if (decided.get(name)?.decision !== 'approved') tally.lost.add(name);
      for (const name of unsaid) if (decided.has(name)) tally.early.add(name);
    } else if (work === 'settings') {
      // Only the last one is on the disk: the last that was acknowledged, or the one that the kill interrupted.
      const text = await readFile(join(folder, 'crash-settings.json'), 'utf8').catch(() => '{"step":""}');
      const { step } = JSON.parse(text) as { step: string };
      const last = done.at(-1);
      if (unsaid.includes(step)) tally.early.add(step);
      else if (last !== undefined && step !== last) tally.lost.add(last);
    } else if (work === 'rules') {
      const kept = await services.rules.runs({ limit: 100_000 });
      for (const name of tally.acknowledged) {
        const [, executedAt, count] = name.split(' ');
        const runs = kept.filter(({ executedAtMs }) => executedAtMs === Number(executedAt)).length;
        if (runs !== Number(count) || runs === 0) tally.lost.add(name);
      }
    } else {
      const packages = new Set(
        (await readdir(folder)).filter((name) => name.startsWith(`export-${run}-`) && name.endsWith('.zip')),
      );
      for (const name of packages) {
        if (!(await verifyPackage(join(folder, name))).ok) tally.halfDone.add(name);
        await rm(join(folder, name));
      }
      for (const name of done) if (!packages.has(`${name}.zip`)) tally.lost.add(name);
      for (const name of unsaid) if (packages.has(`${name}.zip`)) tally.early.add(name);
      if (!(await services.cases.verify(caseId)).ok) tally.halfDone.add(`${caseId} after run ${run}`);
    }
    const journal = await readJournalState({ folder, kind: 'workspace' }).catch(() => undefined);
    if (journal?.damage) tally.halfDone.add(`journal after run ${run}`);
  } finally {
    await engine.close();
  }
}

async function eventsByHost(engine: WorkspaceEngine, hosts: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let from = 0; from < hosts.length; from += hostsPerQuestion) {
    const { rows } = await engine['processes.list'](
      {
        filter: { hosts: hosts.slice(from, from + hostsPerQuestion) },
        sort: 'events',
        descending: true,
        limit: 1_000,
      },
      quiet,
    );
    for (const { host, events } of rows) found.set(host, (found.get(host) ?? 0) + events);
  }
  return found;
}

function tallyOf(work: CrashWork): Tally {
  const known = tallies.get(work);
  if (known) return known;
  const fresh: Tally = {
    kills: 0,
    inside: 0,
    acknowledged: new Set(),
    early: new Set(),
    lost: new Set(),
    halfDone: new Set(),
  };
  tallies.set(work, fresh);
  return fresh;
}

function printTallies(judged: number): void {
  const heading = ['work', 'kills', 'inside', 'acknowledged', 'lost', 'half-done', 'done early'];
  const rows = [...tallies].map(([work, tally]) => [
    work,
    tally.kills,
    tally.inside,
    tally.acknowledged.size,
    tally.lost.size,
    tally.halfDone.size,
    tally.early.size,
  ]);
  const lines = [heading, ...rows].map((cells) => cells.map((cell) => String(cell).padStart(13)).join(''));
  process.stdout.write(`\nafter ${judged} kills\n${lines.join('\n')}\n`);
}

test(`nothing acknowledged is lost and nothing half-done is shown as done, in ${kills} kills`, {
  timeout: 0,
}, async () => {
  let judged = 0;
  await Promise.all(
    lanes.map(async (works, lane) => {
      const folder = folders[lane] ?? '';
      for (let run = 0; run < Math.ceil(kills / lanes.length); run += 1) {
        const work = works[run % works.length] ?? 'import';
        tallyOf(work).kills += 1;
        const said = await killed(work, folder, run, (run * 7_919) % killWithinMs[work]);
        await judge(work, folder, run, said);
        judged += 1;
        // A long run that is interrupted has told its figures until then.
        if (judged % 50 === 0) printTallies(judged);
      }
    }),
  );
  printTallies(judged);
  const all = [...tallies.values()];
  expect(all.flatMap(({ lost }) => [...lost])).toEqual([]);
  expect(all.flatMap(({ halfDone }) => [...halfDone])).toEqual([]);
  expect(all.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)).toBeGreaterThan(0);
  expect(all.reduce((sum, { inside }) => sum + inside, 0)).toBeGreaterThan(0);
});
