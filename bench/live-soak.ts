/**
 * Whether the capture grows: `node --import tsx bench/live-soak.ts [minutes]` as root, on Linux; half a minute where not
 * given. Volumes come and go and are written, the helper is killed now and then; at the end memory, open files and
 * processes are compared with those of the first third.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFanotifyMonitor } from '../electron/capture/linux-fanotify-monitor.ts';

const minutes = Number(process.argv[2] ?? 0.5);
const folder = mkdtempSync(join(tmpdir(), 'portside-soak-'));
const sockets = mkdtempSync(join(tmpdir(), 'portside-soak-'));
const socketPath = join(sockets, 'helper.sock');
let files = 0;
let gaps = 0;
let other = 0;

function helperPid(): number | undefined {
  const found = readdirSync('/proc').find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(socketPath);
    } catch {
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}

const resident = (pid: number | string) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1000;
const descriptors = (pid: number | string) => readdirSync(`/proc/${pid}/fd`).length;
const children = () =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim().split(' ').filter(Boolean).length;

if (process.getuid?.() !== 0 || process.platform !== 'linux') {
  console.log('This needs root on Linux: it mounts volumes and reads the kernel’s file events.');
} else {
  // As it is delivered; the source, with its loader, weighs more.
  const built = fileURLToPath(new URL('../out/main/fanotify-helper.js', import.meta.url));
  const monitor = makeFanotifyMonitor({ socketPath, helperPath: existsSync(built) ? built : undefined });
  await monitor.start({
    onProcess: () => undefined,
    onUsage: () => undefined,
    onFile: (file) => {
      if (!file.isOpen) files += 1;
    },
    onProblem: ({ kind }) => {
      if (kind === 'gap') gaps += 1;
      else other += 1;
    },
  });
  const samples: {
    atMs: number;
    helperMb: number;
    ownMb: number;
    helperFiles: number;
    ownFiles: number;
    children: number;
  }[] = [];
  const endMs = Date.now() + minutes * 60_000;
  let rounds = 0;
  let written = 0;
  let kills = 0;
  while (Date.now() < endMs) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'none', folder]);
    await monitor.watch([{ mountPoint: folder }]);
    for (let number = 0; number < 200; number += 1) writeFileSync(join(folder, `f${number}`), 'x'.repeat(5_000));
    execFileSync('dd', ['if=/dev/zero', `of=${join(folder, 'big')}`, 'bs=1M', 'count=20'], { stdio: 'ignore' });
    written += 201;
    await pause(250);
    await monitor.watch([]);
    execFileSync('umount', [folder]);
    rounds += 1;
    const pid = helperPid();
    if (pid !== undefined)
      samples.push({
        atMs: Date.now(),
        helperMb: resident(pid),
        ownMb: resident('self'),
        helperFiles: descriptors(pid),
        ownFiles: descriptors('self'),
        children: children(),
      });
    // Twice in a run, so that restarts are part of it.
    if (pid !== undefined && kills < 2 && Date.now() > endMs - minutes * 60_000 * (0.6 - kills * 0.3)) {
      kills += 1;
      process.kill(pid, 'SIGKILL');
      const before = gaps;
      while (gaps === before) await pause(50);
    }
  }
  await monitor.stop();
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (list: typeof samples, key: keyof (typeof samples)[number]) =>
    list.reduce((sum, sample) => sum + sample[key], 0) / list.length;
  console.log(
    `${rounds} rounds in ${minutes} min; ${files} of ${written} files told; helper killed ${kills} times, ${gaps} gaps said; other problems ${other}`,
  );
  /** Growth per hour by least squares, over what came after the first third: caches have filled by then. */
  const slope = (key: keyof (typeof samples)[number]) => {
    const rest = samples.slice(third);
    const meanMs = mean(rest, 'atMs');
    const meanValue = mean(rest, key);
    const spread = rest.reduce((sum, sample) => sum + (sample.atMs - meanMs) ** 2, 0);
    const shared = rest.reduce((sum, sample) => sum + (sample.atMs - meanMs) * (sample[key] - meanValue), 0);
    return (shared / Math.max(1, spread)) * 3_600_000;
  };
  console.table(
    (['helperMb', 'ownMb', 'helperFiles', 'ownFiles', 'children'] as const).map((key) => ({
      what: key,
      'first third': mean(samples.slice(0, third), key).toFixed(1),
      'last third': mean(samples.slice(-third), key).toFixed(1),
      'per hour': slope(key).toFixed(1),
    })),
  );
  if (helperPid() !== undefined) console.log('The helper still runs.');
}
rmSync(folder, { recursive: true });
rmSync(sockets, { recursive: true, force: true });
