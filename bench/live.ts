/**
 * Who writes what, measured against the truth: `node --import tsx bench/live.ts [cost]` as root, on Linux. Each way of writing
 * runs alone on a loop ext4 and on tmpfs, seen by the privileged helper, by the sampler and, where it is installed, by
 * Debian's fatrace (which counts files and events but no bytes). Then what the helper costs: the writer's delay, its own
 * share of a core at 200 writes a second, its memory, and the time from a file's end to its being told.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeFanotifyMonitor } from '../electron/capture/linux-fanotify-monitor.ts';
import { makeLinuxWriteSampler } from '../electron/capture/linux-write-sampler.ts';
import type { WriteMonitor } from '../electron/capture/write-monitor.ts';
import type { LiveFile, LiveProblem, LiveProcess, LiveUsage } from '../shared/model/live.ts';

const workload = fileURLToPath(new URL('../electron/capture/fixtures/write-workload.mjs', import.meta.url));
/** The helper as it is delivered; the source, with its loader, weighs more. */
const built = fileURLToPath(new URL('../out/main/fanotify-helper.js', import.meta.url));
const helperPath = existsSync(built) ? built : undefined;
const kinds = ['stream', 'small', 'append', 'safesave', 'inplace', 'truncate'];

interface Truth {
  readonly pid: number;
  readonly bytes: number;
  readonly files: number;
}

async function write(folder: string, kind: string, scale = 1): Promise<Truth> {
  const { stdout } = await promisify(execFile)(process.execPath, [workload, folder, kind, String(scale)]);
  return JSON.parse(stdout);
}

function withVolume<T>(fileSystem: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'portside-bench-'));
  const image = `${folder}.img`;
  if (fileSystem === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=900m', 'none', folder]);
  else {
    execFileSync('truncate', ['-s', '900M', image]);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
    execFileSync('mount', ['-o', 'loop', image, folder]);
  }
  return use(folder).finally(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    rmSync(image, { force: true });
  });
}

function record() {
  const processes = new Map<string, LiveProcess>();
  const usages = new Map<string, LiveUsage>();
  const files: { readonly file: LiveFile; readonly toldMs: number }[] = [];
  const problems: LiveProblem[] = [];
  const usageOf = (pid: number) =>
    usages.get([...processes.values()].find((process) => process.pid === pid)?.key ?? '');
  return {
    listener: {
      onProcess: (process: LiveProcess) => void processes.set(process.key, process),
      onFile: (file: LiveFile) => void files.push({ file, toldMs: Date.now() }),
      onUsage: (usage: LiveUsage) => void usages.set(usage.processKey, usage),
      onProblem: (problem: LiveProblem) => void problems.push(problem),
    },
    files,
    problems,
    usageOf,
  };
}

async function prepare(folder: string): Promise<void> {
  writeFileSync(join(folder, 'pre.bin'), Buffer.alloc(4 << 20));
  writeFileSync(join(folder, 're.bin'), Buffer.alloc(1 << 20));
  // What is prepared must be older than the watching, by more than births are rounded.
  await pause(200);
}

function error(measured: number | undefined, truth: number): string {
  return measured === undefined ? '' : `${(((measured - truth) / truth) * 100).toFixed(2)} %`;
}

async function measure(name: string, fileSystem: string, make: () => WriteMonitor): Promise<void> {
  await withVolume(fileSystem, async (folder) => {
    await prepare(folder);
    const monitor = make();
    const seen = record();
    await monitor.start(seen.listener);
    await monitor.watch([{ mountPoint: folder }]);
    const rows: Record<string, string | number>[] = [];
    for (const kind of kinds) {
      const truth = await write(folder, kind);
      await pause(700);
      const usage = seen.usageOf(truth.pid);
      rows.push({
        writer: kind,
        truth: truth.bytes,
        'least bytes': usage?.minBytes ?? 0,
        'most bytes': usage?.maxBytes ?? '',
        'error of least': error(usage?.minBytes ?? 0, truth.bytes),
        files: `${usage?.files ?? 0} of ${truth.files}`,
        quality: usage?.quality ?? 'not seen',
      });
    }
    await monitor.stop();
    console.log(`\n${name} on ${fileSystem}; problems: ${seen.problems.length}`);
    console.table(rows);
  });
}

async function measureFatrace(fileSystem: string): Promise<void> {
  if (!existsSync('/usr/sbin/fatrace')) return console.log('\nfatrace is not installed.');
  await withVolume(fileSystem, async (folder) => {
    await prepare(folder);
    const log = `${folder}.fatrace`;
    const tracer = spawn('/usr/sbin/fatrace', ['-c', '-f', 'CW', '-o', log], { cwd: folder, stdio: 'ignore' });
    await pause(500);
    const rows: Record<string, string | number>[] = [];
    for (const kind of kinds) {
      const truth = await write(folder, kind);
      await pause(300);
      const own = readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.includes(`(${truth.pid})`));
      const paths = new Set(own.map((line) => /\): [A-Z+<>]+ +(.*)$/.exec(line)?.[1] ?? ''));
      rows.push({
        writer: kind,
        truth: truth.bytes,
        bytes: 'none',
        events: own.length,
        files: `${paths.size} paths of ${truth.files} files`,
      });
    }
    tracer.kill('SIGINT');
    await new Promise((resolve) => tracer.once('exit', resolve));
    rmSync(log, { force: true });
    console.log(`\nfatrace on ${fileSystem}`);
    console.table(rows);
  });
}

const cpuMs = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;

function helperPid(socketPath: string): number {
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(socketPath);
    } catch {
      return false;
    }
  });
  return Number(found);
}

/** Time of one writing of 192 MiB, flushed to the disk at its end. */
async function timeWriter(folder: string): Promise<number> {
  const startMs = performance.now();
  await promisify(execFile)('dd', [
    'if=/dev/zero',
    `of=${join(folder, 'timed.bin')}`,
    'bs=1M',
    'count=192',
    'conv=fsync',
  ]);
  return performance.now() - startMs;
}

const median = (values: readonly number[]) =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
const quantile = (values: readonly number[], share: number) =>
  [...values].sort((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ??
  Number.NaN;

async function measureCost(): Promise<void> {
  const sockets = mkdtempSync(join(tmpdir(), 'portside-bench-'));
  const socketPath = join(sockets, 'helper.sock');
  await withVolume('ext4', async (folder) => {
    const monitor = makeFanotifyMonitor({ socketPath, helperPath });
    const seen = record();
    await monitor.start(seen.listener);
    const plain: number[] = [];
    const watched: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      await monitor.watch([]);
      plain.push(await timeWriter(folder));
      await monitor.watch([{ mountPoint: folder }]);
      watched.push(await timeWriter(folder));
    }
    const pid = helperPid(socketPath);
    // The writer's program is hashed once, at its first write; that is not what 200 writes a second cost.
    await write(folder, 'append');
    await pause(1_500);
    const beforeMs = cpuMs(pid);
    const startMs = Date.now();
    // 200 writes a second for 10 s.
    await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      `import fs from 'node:fs'; let n = 0; const t = setInterval(() => { for (let i = 0; i < 10; i++) fs.writeFileSync(${JSON.stringify(folder)} + '/w' + n++, 'x'.repeat(1000)); if (n >= 2000) clearInterval(t); }, 50);`,
    ]);
    const share = ((cpuMs(pid) - beforeMs) / (Date.now() - startMs)) * 100;
    const delays = seen.files.filter(({ file }) => !file.isOpen).map(({ file, toldMs }) => toldMs - file.atMs);
    const memory = residentBytes(pid);
    const burst = await write(folder, 'small', 5);
    await pause(1_000);
    await monitor.stop();
    const usage = seen.usageOf(burst.pid);
    console.log('\nCost of the helper');
    console.table([
      { what: '192 MiB alone, median ms', value: median(plain).toFixed(0) },
      { what: '192 MiB watched, median ms', value: median(watched).toFixed(0) },
      {
        what: 'slower, as fast as the disk takes it',
        value: `${((median(watched) / median(plain) - 1) * 100).toFixed(1)} %`,
      },
      {
        what: 'slower, at 100 MB/s (the same delay per byte)',
        value: `${(((median(watched) - median(plain)) / (192 * 1.048576)) * 10).toFixed(1)} %`,
      },
      { what: 'share of a core at 200 writes/s', value: `${share.toFixed(1)} %` },
      { what: 'resident memory, MB', value: (memory / 1e6).toFixed(0) },
      { what: 'file end to told, median ms', value: quantile(delays, 0.5) },
      { what: 'file end to told, p95 ms', value: quantile(delays, 0.95) },
      { what: 'burst of 5,000 files: files seen', value: `${usage?.files} of ${burst.files}` },
      { what: 'burst of 5,000 files: bytes lost', value: burst.bytes - (usage?.minBytes ?? 0) },
      { what: 'overflows said', value: seen.problems.filter(({ kind }) => kind === 'overflow').length },
    ]);
  });
  rmSync(sockets, { recursive: true, force: true });
}

if (process.getuid?.() !== 0 || process.platform !== 'linux') {
  console.log('This benchmark needs root on Linux: it mounts volumes and reads the kernel’s file events.');
} else {
  const sockets = mkdtempSync(join(tmpdir(), 'portside-bench-'));
  const isCostOnly = process.argv[2] === 'cost';
  for (const fileSystem of isCostOnly ? [] : ['ext4', 'tmpfs']) {
    await measure('helper (fanotify)', fileSystem, () =>
      makeFanotifyMonitor({ socketPath: join(sockets, `${fileSystem}.sock`), helperPath }),
    );
    await measure('sampler', fileSystem, makeLinuxWriteSampler);
  }
  if (!isCostOnly) await measureFatrace('ext4');
  await measureCost();
  rmSync(sockets, { recursive: true, force: true });
}
