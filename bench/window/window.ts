/**
 * What panning costs in the real window: frame times, input latency and memory.
 * `npm run bench -- window [--events 10000000]` makes that many writes, imports them and pans over them in the built
 * program; `--workspace DIR` takes a workspace that is there. One table on stdout.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { runPortside } from '../../e2e/cli/built-cli.ts';
import { launchPortside } from '../../e2e/portside-app.ts';
import { generateParquet } from '../store/generator.ts';
import { type FrameFigures, startFrameProbe, stopFrameProbe } from './frame-probe.ts';

const { values } = parseArgs({
  options: {
    workspace: { type: 'string' },
    events: { type: 'string', default: '10000000' },
    seconds: { type: 'string', default: '8' },
  },
});
const seconds = Number(values.seconds);
const events = Number(values.events);
if (!(seconds > 0) || !Number.isInteger(events) || events < 1) {
  console.error('Usage: npm run bench -- window [--events N | --workspace DIR] [--seconds N]');
  process.exit(2);
}
/** A wheel turns this often, by so many pixels; the direction changes after so many turns. */
const inputGapMs = 16;
const inputPx = 20;
const turns = 150;

const share = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const figures = (numbers: readonly number[]) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return [0.5, 0.95, 1].map((part) => share(sorted, part).toFixed(1)).join(' / ');
};

function printRow(name: string, measured: FrameFigures): void {
  const { intervals, works, latencies, longTasks } = measured;
  console.log(
    `| ${name} | ${intervals.length} | ${figures(intervals)} | ${figures(works)} | ${figures(latencies)} | ${longTasks.length} |`,
  );
}

/** Turns the wheel with Shift held over the timeline, to and fro. */
async function pan(window: Page): Promise<FrameFigures> {
  const box = await window.getByRole('group', { name: /^Timeline, / }).boundingBox();
  const at = { x: (box?.x ?? 0) + 500, y: (box?.y ?? 0) + 100 };
  const session = await window.context().newCDPSession(window);
  await startFrameProbe(window);
  const endMs = performance.now() + seconds * 1_000;
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    const deltaY = Math.floor(turn / turns) % 2 === 0 ? -inputPx : inputPx;
    // Not awaited: a hand does not wait for the window either.
    session
      .send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY, modifiers: 8 })
      .catch(() => undefined);
    await wait(inputGapMs);
  }
  const measured = await stopFrameProbe(window);
  await session.detach();
  return measured;
}

/** A workspace with `events` generated writes, bursts of copies by 500 hosts over 30 days. */
async function makeWorkspace(place: string): Promise<string> {
  const sources = join(place, 'generated');
  const workspace = join(place, 'workspace');
  await mkdir(sources);
  console.error(`Making ${events} writes`);
  const files = await generateParquet(sources, 'bursty', events);
  console.error('Importing them');
  const imported = await runPortside(['import', ...files, '--workspace', workspace, '--json'], { configFolder: place });
  if (imported.code !== 0) throw new Error(imported.stderr);
  await rm(sources, { recursive: true });
  return workspace;
}

const folder = await mkdtemp(join(tmpdir(), 'portside-bench-'));
const workspace = values.workspace === undefined ? await makeWorkspace(folder) : resolve(values.workspace);
const { app, window, close } = await launchPortside({
  folder,
  userData: join(folder, 'user-data'),
  workspace,
});
try {
  await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 0, y: 0, width: 1440, height: 900 }),
  );
  await window.getByRole('option').first().waitFor({ timeout: 600_000 });
  const writes = await window.getByText(/ writes · /).textContent();
  console.log(`${writes}; ${seconds} s each, milliseconds as p50 / p95 / most\n`);
  console.log('| panning | frames | frame to frame | work per frame | input to frame | tasks of 50 ms and more |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  const memory = () =>
    app.evaluate(({ app: electronApp }) =>
      electronApp
        .getAppMetrics()
        .map((metric) => `${metric.name ?? metric.type} ${Math.round(metric.memory.workingSetSize / 1024)}`)
        .join(', '),
    );
  const before = await memory();
  printRow('one host, 5 h', await pan(window));
  await window.getByRole('button', { name: /: show all hosts/ }).click();
  for (const length of ['1 d', '7 d']) {
    await window.getByRole('button', { name: length, exact: true }).click();
    await wait(1_500);
    printRow(`all hosts, ${length}`, await pan(window));
  }
  // Frames wait for a busy machine like everything else: figures without its load say nothing.
  console.log(`\nLoad over the last minute ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores`);
  console.log(`Memory in MB before: ${before}\nMemory in MB after: ${await memory()}`);
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
