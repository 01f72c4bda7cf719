import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { LiveFile, LiveProblem, LiveProcess, LiveUsage } from '../../shared/model/live.ts';
import { makeFanotifyCapture, refusalOf } from './fanotify-capture.ts';
import { parseFanotifyEvents } from './fanotify-group.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const workload = fileURLToPath(new URL('fixtures/write-workload.mjs', import.meta.url));

interface Truth {
  readonly pid: number;
  readonly bytes: number;
  readonly files: number;
}

async function run(folder: string, kind: string, scale = 1): Promise<Truth> {
  const { stdout } = await promisify(execFile)(process.execPath, [workload, folder, kind, String(scale)]);
  return JSON.parse(stdout);
}

/** As `run`, but the writer lives until `isKnown`: what is known of a process that ended at once is luck. */
async function runUntil(isKnown: (pid: number) => boolean, folder: string, kind: string): Promise<Truth> {
  const child = spawn(process.execPath, [workload, folder, kind, '1', 'hold'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const truth: Truth = JSON.parse(String(line));
  await expect.poll(() => isKnown(truth.pid), { timeout: 20_000, interval: 20 }).toBe(true);
  child.stdin.end();
  await once(child, 'exit');
  return truth;
}

function record() {
  const files: LiveFile[] = [];
  const usages = new Map<string, LiveUsage>();
  const processes = new Map<string, LiveProcess>();
  const problems: LiveProblem[] = [];
  const capture = makeFanotifyCapture({
    process: (process) => processes.set(process.key, process),
    file: (file) => files.push(file),
    usage: (usage) => usages.set(usage.processKey, usage),
    problem: (problem) => problems.push(problem),
  });
  const processOf = (pid: number) => [...processes.values()].find((process) => process.pid === pid);
  const usageOf = (pid: number) => usages.get(processOf(pid)?.key ?? '');
  const filesOf = (pid: number) => files.filter(({ processKey }) => processKey === processOf(pid)?.key);
  return { capture, problems, processOf, usageOf, filesOf };
}

describe.runIf(isRoot).each(['ext4', 'tmpfs'])('who writes what on %s', (fileSystem) => {
  let folder: string;
  let image: string;
  let isMounted = false;

  beforeAll(() => {
    image = mkdtempSync(join(tmpdir(), 'portside-image-'));
    folder = mkdtempSync(join(tmpdir(), 'portside-volume-'));
    if (fileSystem === 'tmpfs') execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'none', folder]);
    else {
      const file = join(image, 'disk.img');
      execFileSync('truncate', ['-s', '300M', file]);
      execFileSync('mkfs.ext4', ['-q', '-F', file]);
      execFileSync('mount', ['-o', 'loop', file, folder]);
    }
    isMounted = true;
    writeFileSync(join(folder, 'pre.bin'), Buffer.alloc(4 << 20));
    writeFileSync(join(folder, 're.bin'), Buffer.alloc(1 << 20));
  });
  afterAll(() => {
    if (isMounted) execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
    rmSync(image, { recursive: true });
  });

  it('counts new, appended, streamed and safely saved files to the byte, and rewrites inside their range', async () => {
    const { capture, problems, processOf, usageOf, filesOf } = record();
    // Births are rounded to the kernel's tick; what was prepared must lie clearly before.
    await new Promise((resolve) => setTimeout(resolve, 100));
    capture.start();
    capture.watch([folder]);
    expect(problems).toEqual([]);
    const kinds = ['stream', 'small', 'append', 'safesave', 'inplace', 'truncate'];
    const isKnown = (pid: number) => processOf(pid) !== undefined;
    const truths = await Promise.all(kinds.map((kind) => runUntil(isKnown, folder, kind)));
    await capture.stop();

    expect(problems).toEqual([]);
    truths.forEach((truth, index) => {
      const usage = usageOf(truth.pid);
      const kind = kinds[index];
      if (kind === 'inplace' || kind === 'truncate') {
        // Exact only where every step of the growth was seen, so that it equals what was handed to write calls.
        if (usage?.quality === 'exact') expect(usage.minBytes, kind).toBe(truth.bytes);
        expect(usage?.minBytes, kind).toBeLessThanOrEqual(truth.bytes);
        // Absent where the process had ended before its counters could be read for the last time.
        expect(usage?.maxBytes ?? truth.bytes, kind).toBeGreaterThanOrEqual(truth.bytes);
        expect(usage?.maxBytes ?? truth.bytes, kind).toBeLessThan(truth.bytes + 4096);
      } else {
        expect(usage, kind).toMatchObject({
          quality: 'exact',
          minBytes: truth.bytes,
          maxBytes: truth.bytes,
          files: truth.files,
        });
      }
      expect(processOf(truth.pid)).toMatchObject({
        name: process.execPath.slice(process.execPath.lastIndexOf('/') + 1),
        executable: process.execPath,
        parentPid: process.pid,
        user: 'root',
        executableSha256: createHash('sha256').update(readFileSync(process.execPath)).digest('hex'),
      });
      expect(processOf(truth.pid)?.commandLine).toContain(`write-workload.mjs ${folder} ${kind}`);
    });

    const [stream, , , saved, inplace, cut] = truths;
    expect(filesOf(stream?.pid ?? 0).at(-1)).toMatchObject({
      path: join(folder, 'big.bin'),
      state: 'new',
      sizeBytes: 64 << 20,
      headerBytes: '07'.repeat(16),
      isOpen: false,
    });
    const renames = filesOf(saved?.pid ?? 0).filter(({ state }) => state === 'renamed-in');
    // The kernel merges renames of the same names that are not read yet.
    expect(renames.length).toBeGreaterThanOrEqual(1);
    expect(renames[0]).toMatchObject({
      path: join(folder, 'doc.txt'),
      sourcePath: join(folder, 'doc.tmp'),
      sizeBytes: 100_000,
    });
    expect(filesOf(inplace?.pid ?? 0).map(({ state }) => state)).toContain('overwritten');
    // A cut that was over before its file was first seen looks like growth: the range covers it, the state cannot know.
    expect(filesOf(cut?.pid ?? 0).every(({ state }) => state === 'overwritten' || state === 'modified')).toBe(true);
    expect(filesOf(cut?.pid ?? 0).length).toBeGreaterThanOrEqual(1);
  });

  it('loses nothing of 5,000 files written as fast as the machine can', async () => {
    const { capture, problems, usageOf, filesOf } = record();
    capture.start();
    capture.watch([folder]);
    const truth = await run(folder, 'small', 5);
    await capture.stop();
    expect(problems).toEqual([]);
    expect(usageOf(truth.pid)).toMatchObject({ minBytes: truth.bytes, files: 5000, quality: 'exact' });
    expect(filesOf(truth.pid).filter(({ isOpen }) => !isOpen)).toHaveLength(5000);
  });

  it('does not keep the volume from being unmounted', async () => {
    const { capture } = record();
    capture.start();
    capture.watch([folder]);
    await run(folder, 'append');
    capture.watch([]);
    execFileSync('umount', [folder]);
    isMounted = false;
    await capture.stop();
    expect(capture.watched).toEqual([]);
  });
});

test('the file systems of the machine itself are refused', () => {
  const table = [
    '20 1 8:2 / / rw - ext4 /dev/sda2 rw',
    '21 20 8:2 /srv /media/bind rw - ext4 /dev/sda2 rw',
    '22 20 8:17 / /media/S rw - vfat /dev/sdb1 rw',
  ];
  expect(refusalOf('/', table.join('\n'))).toMatch('machine itself');
  expect(refusalOf('/media/bind', table.join('\n'))).toMatch('machine itself');
  expect(refusalOf('/media/none', table.join('\n'))).toMatch('Nothing');
  expect(refusalOf('/media/S', table.join('\n'))).toBeUndefined();
});

test('a buffer that is cut or wrong gives the whole events before the damage', () => {
  const event = Buffer.alloc(24);
  event.writeUInt32LE(24, 0);
  event.writeUInt16LE(24, 6);
  event.writeBigUInt64LE(0x8n, 8);
  event.writeInt32LE(9, 16);
  event.writeInt32LE(77, 20);
  const seen: number[] = [];
  const broken = Buffer.concat([event, event, event]);
  broken.writeUInt32LE(4, 48);
  parseFanotifyEvents(broken, broken.length, ({ pid }) => seen.push(pid));
  parseFanotifyEvents(event, 23, ({ pid }) => seen.push(pid));
  expect(seen).toEqual([77, 77]);
});
