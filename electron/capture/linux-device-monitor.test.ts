import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveDeviceChange, LiveProblem } from '../../shared/model/live.ts';
import { makeLinuxDeviceMonitor } from './linux-device-monitor.ts';

/** A folder laid out as the kernel lays out /sys and /proc, changed by hand as a machine changes. */
let root: string;
let disks: Record<string, unknown>[];
let lsblkFails: boolean;
let mounts: string[];
let clockMs: number;
const stickDescriptors = Buffer.from(
  '1201000300000009f446010000000102030109022c00010106c0000904000002080650000705810200040006300f0000000705020200040006300f000000',
  'hex',
);
const keyboardDescriptors = Buffer.from(
  '12010002000000086d041cc30049010200010902220001010080320904000001030101000921',
  'hex',
);

function plug(
  port: string,
  number: number,
  attributes: Record<string, string> = {},
  descriptors: Buffer = stickDescriptors,
) {
  const folder = join(root, 'sys/devices/pci0/usb2', port);
  mkdirSync(folder, { recursive: true });
  const all = {
    idVendor: '46f4',
    idProduct: '0001',
    bDeviceClass: '00',
    speed: '5000',
    authorized: '1',
    ...attributes,
  };
  for (const [name, value] of Object.entries({ ...all, devnum: String(number) }))
    writeFileSync(join(folder, name), `${value}\n`);
  writeFileSync(join(folder, 'descriptors'), descriptors);
  rmSync(join(root, 'sys/bus/usb/devices', port), { force: true });
  symlinkSync(folder, join(root, 'sys/bus/usb/devices', port));
}

function addDisk(name: string, port: string, lsblk: Record<string, unknown>) {
  const folder = join(root, 'sys/devices/pci0/usb2', port, `${port}:1.0/host0/target0/0:0:0:0/block`, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'size'), `${Number(lsblk.size) / 512}\n`);
  writeFileSync(join(folder, 'dev'), '8:0\n');
  symlinkSync(folder, join(root, 'sys/block', name));
  disks.push({ name, type: 'disk', tran: 'usb', path: `/dev/${name}`, ...lsblk });
}

function removeDisk(name: string) {
  rmSync(join(root, 'sys/block', name), { force: true });
  disks = disks.filter((disk) => disk.name !== name);
}

function unplug(port: string) {
  rmSync(join(root, 'sys/bus/usb/devices', port), { force: true });
  rmSync(join(root, 'sys/devices/pci0/usb2', port), { recursive: true, force: true });
}

const partition = (name: string, number: string, label: string) => ({
  name,
  path: `/dev/${name}`,
  type: 'part',
  'maj:min': number,
  size: 66_060_288,
  fstype: 'vfat',
  label,
  uuid: 'CAFE-BABE',
});

const writeMounts = () => writeFileSync(join(root, 'proc/self/mountinfo'), `${mounts.join('\n')}\n`);

async function watch() {
  const changes: LiveDeviceChange[] = [];
  const problems: LiveProblem[] = [];
  const monitor = makeLinuxDeviceMonitor({
    root,
    intervalMs: 3_600_000,
    now: () => clockMs,
    runLsblk: async () => {
      if (lsblkFails) throw new Error('lsblk: not found');
      return JSON.stringify({ blockdevices: disks });
    },
  });
  await monitor.start({ onChange: (change) => changes.push(change), onProblem: (problem) => problems.push(problem) });
  const take = () =>
    changes.splice(0).map((change) => {
      const volume =
        'volume' in change
          ? ` ${change.volume.mountPoint}${change.isPulled ? ' pulled' : ''}${change.isPresent ? ' present' : ''}`
          : '';
      return `${change.change} ${change.device.busPath}${volume}`;
    });
  return { monitor, changes, problems, take };
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'portside-sys-'));
  for (const folder of ['sys/bus/usb/devices', 'sys/block', 'proc/self'])
    mkdirSync(join(root, folder), { recursive: true });
  disks = [];
  lsblkFails = false;
  clockMs = Date.parse('2026-11-19T20:00:00Z');
  mounts = ['20 1 254:0 / / rw - ext4 /dev/vda rw'];
  writeMounts();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const stickText = { manufacturer: 'QEMU', product: 'QEMU USB HARDDRIVE', serial: 'QSER0001' };

test('what is there at start is present; a stick is storage, a keyboard input, a hub a hub', async () => {
  plug('2-1', 2, stickText);
  addDisk('sda', '2-1', { size: 67_108_864, children: [partition('sda1', '8:1', 'STICK')] });
  mounts.push('36 20 8:1 / /media/STICK rw - vfat /dev/sda1 rw');
  writeMounts();
  plug(
    '2-2',
    3,
    { idVendor: '046d', idProduct: 'c31c', manufacturer: 'Logitech', product: 'Keyboard' },
    keyboardDescriptors,
  );
  plug('2-3', 4, { bDeviceClass: '09', idVendor: '05e3', idProduct: '0608' }, keyboardDescriptors);
  const { monitor, take } = await watch();
  expect(take()).toEqual(['present 2-1', 'mounted 2-1 /media/STICK present', 'present 2-2', 'present 2-3']);
  expect(Object.fromEntries(monitor.devices.map(({ busPath, kind }) => [busPath, kind]))).toEqual({
    '2-1': 'storage',
    '2-2': 'input',
    '2-3': 'hub',
  });
  const stick = monitor.devices.find(({ busPath }) => busPath === '2-1');
  expect(stick).toMatchObject({
    key: '2-1:2',
    device: 'serial:QSER0001',
    identity: 'serial',
    vendorId: '46f4',
    productId: '0001',
    vendor: 'QEMU',
    product: 'QEMU USB HARDDRIVE',
    namesFrom: 'device',
    serial: 'QSER0001',
    speedMbps: 5000,
    capacityBytes: 67_108_864,
    notes: [],
    volumes: [
      {
        node: '/dev/sda1',
        mountPoint: '/media/STICK',
        label: 'STICK',
        uuid: 'CAFE-BABE',
        fileSystem: 'vfat',
        sizeBytes: 66_060_288,
      },
    ],
  });
  expect(stick?.connectedMs).toBeUndefined();
  await monitor.stop();
});

test('a stick comes, is mounted, is unmounted and leaves, each told once and in order', async () => {
  const { monitor, take } = await watch();
  plug('2-1', 2, stickText);
  await monitor.check();
  expect(take()).toEqual(['connected 2-1']);
  addDisk('sda', '2-1', { size: 67_108_864, children: [partition('sda1', '8:1', 'STICK')] });
  await monitor.check();
  expect(take()).toEqual(['changed 2-1']);
  mounts.push('36 20 8:1 / /media/STICK rw - vfat /dev/sda1 rw');
  writeMounts();
  await monitor.check();
  await monitor.check();
  expect(take()).toEqual(['mounted 2-1 /media/STICK']);
  mounts.pop();
  writeMounts();
  await monitor.check();
  expect(take()).toEqual(['unmounted 2-1 /media/STICK']);
  removeDisk('sda');
  unplug('2-1');
  await monitor.check();
  expect(take()).toEqual(['disconnected 2-1']);
  await monitor.stop();
});

test('a stick pulled while mounted is said, and its mount that stays behind is not given to the next stick', async () => {
  plug('2-1', 2, stickText);
  addDisk('sda', '2-1', { size: 67_108_864, children: [partition('sda1', '8:1', 'STICK')] });
  mounts.push('36 20 8:1 / /media/STICK rw - vfat /dev/sda1 rw');
  writeMounts();
  const { monitor, changes, take } = await watch();
  take();
  removeDisk('sda');
  unplug('2-1');
  await monitor.check();
  expect(changes.at(-1)?.device.notes).toEqual(['pulled-while-mounted']);
  expect(take()).toEqual(['unmounted 2-1 /media/STICK pulled', 'disconnected 2-1']);

  plug('2-1', 3, { ...stickText, serial: 'OTHER' });
  addDisk('sda', '2-1', { size: 67_108_864, children: [partition('sda1', '8:1', 'NEXT')] });
  await monitor.check();
  expect(take()).toEqual(['connected 2-1']);
  expect(monitor.devices[0]?.volumes[0]?.mountPoint).toBeUndefined();
  await monitor.stop();
});

test('a stick without partitions, one without a file system, a reader without and then with a card', async () => {
  plug('2-1', 2, stickText);
  addDisk('sda', '2-1', { size: 1_000_000, fstype: 'vfat', label: 'WHOLE', 'maj:min': '8:0' });
  plug('2-2', 3, { serial: 'RAW' });
  addDisk('sdb', '2-2', { size: 1_000_000, 'maj:min': '8:16' });
  plug('2-3', 4, { serial: 'READER' });
  addDisk('sdc', '2-3', { size: 0, 'maj:min': '8:32' });
  const { monitor } = await watch();
  const notes = () => Object.fromEntries(monitor.devices.map((device) => [device.busPath, device.notes]));
  expect(notes()).toEqual({ '2-1': ['no-partition-table'], '2-2': [], '2-3': ['no-medium'] });
  expect(monitor.devices.find(({ busPath }) => busPath === '2-1')?.volumes).toMatchObject([
    { node: '/dev/sda', label: 'WHOLE' },
  ]);
  clockMs += 4_000;
  removeDisk('sdc');
  addDisk('sdc', '2-3', { size: 4096, 'maj:min': '8:32', children: [partition('sdc1', '8:33', 'CARD')] });
  await monitor.check();
  expect(notes()).toEqual({ '2-1': ['no-partition-table'], '2-2': ['no-file-system'], '2-3': [] });
  await monitor.stop();
});

test('two sticks with one serial are two devices, and said', async () => {
  plug('2-1', 2, { serial: '0123456789' });
  addDisk('sda', '2-1', { size: 4096, children: [partition('sda1', '8:1', 'A')] });
  plug('2-2', 3, { serial: '0123456789' });
  addDisk('sdb', '2-2', { size: 4096, children: [partition('sdb1', '8:17', 'B')] });
  const { monitor } = await watch();
  expect(monitor.devices.map(({ key, notes }) => [key, notes])).toEqual([
    ['2-1:2', ['serial-shared']],
    ['2-2:3', ['serial-shared']],
  ]);
  await monitor.stop();
});

test('fifty plugs at one port are fifty connections, also where the port is never seen empty', async () => {
  const { monitor, take } = await watch();
  for (let number = 1; number <= 50; number += 1) {
    plug('2-1', number, stickText);
    await monitor.check();
  }
  const told = take();
  expect(told.filter((line) => line === 'connected 2-1')).toHaveLength(50);
  expect(told.filter((line) => line === 'disconnected 2-1')).toHaveLength(49);
  expect(monitor.devices).toHaveLength(1);
  await monitor.stop();
});

test('a refused device and unreadable descriptors are said; names come from the list where the device has none', async () => {
  mkdirSync(join(root, 'usr/share/misc'), { recursive: true });
  writeFileSync(join(root, 'usr/share/misc/usb.ids'), '46f4  QEMU Inc.\n\t0001  Disk\n');
  plug('2-1', 2, { authorized: '0' });
  rmSync(join(root, 'sys/devices/pci0/usb2/2-1/descriptors'));
  const { monitor } = await watch();
  expect(monitor.devices[0]).toMatchObject({
    notes: ['partly-unreadable', 'not-authorized'],
    vendor: 'QEMU Inc.',
    product: 'Disk',
    namesFrom: 'id-list',
    identity: 'model-and-volume',
  });
  await monitor.stop();
});

test('a machine without a bus and one without lsblk are said, once, and go on', async () => {
  plug('2-1', 2, stickText);
  addDisk('sda', '2-1', { size: 67_108_864 });
  lsblkFails = true;
  const one = await watch();
  await one.monitor.check();
  expect(one.problems.map(({ message }) => message)).toEqual([
    'lsblk did not answer, so labels and file systems are missing: lsblk: not found',
  ]);
  expect(one.monitor.devices[0]).toMatchObject({ kind: 'storage', capacityBytes: 67_108_864 });
  await one.monitor.stop();

  lsblkFails = false;
  rmSync(join(root, 'sys/bus'), { recursive: true });
  const other = await watch();
  expect(other.problems).toMatchObject([{ kind: 'problem', message: 'There is no USB bus on this machine.' }]);
  await other.monitor.stop();
});

test('a hostile device cannot break the reading', async () => {
  plug('2-1', 2, {
    manufacturer: '<img src=x>\u202e',
    product: 'x'.repeat(5_000),
    serial: '\u0000\u0001',
    speed: 'NaN',
    bDeviceClass: 'zz',
  });
  const { monitor } = await watch();
  expect(monitor.devices[0]).toMatchObject({ vendor: '<img src=x>\u202e', kind: 'storage' });
  expect(monitor.devices[0]?.product).toHaveLength(512);
  expect(monitor.devices[0]?.speedMbps).toBeUndefined();
  await monitor.stop();
});
