import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { LiveDevice } from '../../shared/model/live.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

/** The monitor of Linux in a process of its own, on a recorded bus: sysfs where umockdev laid it out, the real lsblk under its preload. */
const program = `
import { makeLinuxDeviceMonitor } from ${JSON.stringify(join(root, 'electron/capture/linux-device-monitor.ts'))};
const monitor = makeLinuxDeviceMonitor({ root: process.env.UMOCKDEV_DIR, intervalMs: 3600000 });
const problems = [];
await monitor.start({ onChange: () => undefined, onProblem: (problem) => problems.push(problem.message) });
console.log(JSON.stringify({ devices: monitor.devices, problems }));
await monitor.stop();
`;

test.runIf(process.env.PORTSIDE_GUEST)('a recorded stick is found through sysfs and lsblk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portside-umockdev-'));
  try {
    writeFileSync(join(folder, 'list.mts'), program);
    const recording = join(root, 'electron/capture/fixtures/stick.umockdev');
    const { stdout } = await promisify(execFile)(
      'umockdev-run',
      ['-d', recording, '--', process.execPath, '--import', import.meta.resolve('tsx'), join(folder, 'list.mts')],
      { cwd: root },
    );
    const { devices, problems }: { devices: LiveDevice[]; problems: string[] } = JSON.parse(
      stdout.trim().split('\n').at(-1) ?? '',
    );
    expect(problems).toEqual([]);
    const stick = devices.find(({ vendorId }) => vendorId === '46f4');
    expect(stick).toMatchObject({
      device: 'serial:QSER0001',
      kind: 'storage',
      vendor: 'QEMU',
      product: 'QEMU USB HARDDRIVE',
      busPath: '2-1',
      speedMbps: 5000,
      capacityBytes: 67_108_864,
      volumes: [{ node: '/dev/sda1', label: 'STICK', fileSystem: 'vfat', uuid: 'CAFE-BABE', sizeBytes: 66_060_288 }],
    });
    expect(readFileSync(recording, 'utf8')).toContain('QSER0001');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
