import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import type { LiveFile, LiveProblem, LiveProcess, LiveUsage } from '../../shared/model/live.ts';
import { parseHelperMessage } from './helper-messages.ts';
import { makeFanotifyMonitor } from './linux-fanotify-monitor.ts';
import { makeLinuxWriteSampler } from './linux-write-sampler.ts';
import type { WriteListener } from './write-monitor.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const workload = fileURLToPath(new URL('fixtures/write-workload.mjs', import.meta.url));

function record() {
  const processes = new Map<string, LiveProcess>();
  const files: LiveFile[] = [];
  const usages = new Map<string, LiveUsage>();
  const problems: LiveProblem[] = [];
  const listener: WriteListener = {
    onProcess: (process) => processes.set(process.key, process),
    onFile: (file) => files.push(file),
    onUsage: (usage) => usages.set(usage.processKey, usage),
    onProblem: (problem) => problems.push(problem),
  };
  const keyOf = (pid: number) => [...processes.values()].find((process) => process.pid === pid)?.key ?? '';
  return { listener, processes, files, usages, problems, keyOf };
}

async function run(folder: string, kind: string, scale = 1): Promise<{ pid: number; bytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [workload, folder, kind, String(scale)]);
  return JSON.parse(stdout);
}

describe.runIf(isRoot)('the helper', () => {
  let folder: string;
  let socketFolder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portside-volume-'));
    socketFolder = mkdtempSync(join(tmpdir(), 'portside-socket-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'none', folder]);
  });
  afterAll(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    rmSync(socketFolder, { recursive: true });
  });

  it('tells writes over a socket that only its user can open, and ends with its user', async () => {
    const socketPath = join(socketFolder, 'one.sock');
    const monitor = makeFanotifyMonitor({ socketPath });
    const { listener, files, usages, problems, keyOf } = record();
    await monitor.start(listener);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(socketPath).uid).toBe(process.getuid?.());
    await monitor.watch([{ mountPoint: folder }]);
    const truth = await run(folder, 'small');
    await vi.waitFor(() => expect(usages.get(keyOf(truth.pid))?.minBytes).toBe(truth.bytes), 20_000);
    await monitor.stop();
    expect(problems).toEqual([]);
    expect(files.filter(({ isOpen }) => !isOpen)).toHaveLength(1000);
    await vi.waitFor(() => expect(readdirSync(socketFolder)).toEqual([]), 5_000);
  });

  it('is started again when it is killed, and the gap is said with its two ends', async () => {
    const socketPath = join(socketFolder, 'two.sock');
    const monitor = makeFanotifyMonitor({ socketPath });
    const { listener, usages, problems, keyOf } = record();
    await monitor.start(listener);
    await monitor.watch([{ mountPoint: folder }]);
    const helper = readdirSync('/proc').find((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(socketPath);
      } catch {
        return false;
      }
    });
    process.kill(Number(helper), 'SIGKILL');
    await vi.waitFor(() => expect(problems).toHaveLength(1), 20_000);
    expect(problems[0]).toMatchObject({ kind: 'gap' });
    expect(problems[0]?.untilMs).toBeGreaterThanOrEqual(problems[0]?.atMs ?? Number.NaN);
    const truth = await run(folder, 'append');
    await vi.waitFor(() => expect(usages.get(keyOf(truth.pid))?.minBytes).toBe(truth.bytes), 20_000);
    await monitor.stop();
  });

  it('refuses a folder that others can write to', async () => {
    const monitor = makeFanotifyMonitor({ socketPath: join(tmpdir(), 'portside-unsafe.sock') });
    await expect(monitor.start(record().listener)).rejects.toThrow('can be written by others');
  });
});

test.each([
  '',
  'x',
  '{"kind":"file"}',
  '{"kind":"usage","usage":{"atMs":1,"processKey":"a","mountPoint":"/m","minBytes":-1,"files":1,"quality":"exact"}}',
  '{"kind":"hello","version":1,"pid":1,"__proto__x":1}',
])('a line that is none of its messages is dropped: %s', (line) => {
  expect(parseHelperMessage(line)).toBeUndefined();
});

test.runIf(process.platform === 'linux')(
  'the sampler sees a slow writer, its file and its bytes, and says that they are sampled',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portside-sampled-'));
    const monitor = makeLinuxWriteSampler({ intervalMs: 50 });
    const { listener, files, usages, problems, processes } = record();
    await monitor.start(listener);
    await monitor.watch([{ mountPoint: folder }]);
    const writer = spawn('sh', [
      '-c',
      'exec 3>"$0/slow file.txt"; for i in 1 2 3 4 5 6; do printf 1234567890 >&3; sleep 0.1; done',
      folder,
    ]);
    await new Promise((resolve) => writer.once('exit', resolve));
    await vi.waitFor(() => expect(files.some(({ isOpen }) => !isOpen)).toBe(true), 5_000);
    await monitor.stop();
    rmSync(folder, { recursive: true });
    const shell = [...processes.values()].find(({ pid }) => pid === writer.pid);
    expect(shell).toMatchObject({ parentPid: process.pid });
    expect(shell?.commandLine).toContain('slow file.txt');
    expect(usages.get(shell?.key ?? '')).toMatchObject({ minBytes: 60, files: 1, quality: 'sampled' });
    expect(files.at(-1)).toMatchObject({
      path: join(folder, 'slow file.txt'),
      state: 'new',
      sizeBytes: 60,
      quality: 'sampled',
    });
    expect(problems).toEqual([]);
  },
);
