import { execFile } from 'node:child_process';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../shared/base/failure.ts';
import type { LiveDeviceNote, LiveProblem, LiveVolume } from '../../shared/model/live.ts';
import type { ScannedDevice } from './device-changes.ts';
import type { DeviceMonitor } from './device-monitor.ts';
import { type BlockDevice, lsblkColumns, parseLsblk } from './lsblk.ts';
import { type Mount, parseMountinfo } from './mountinfo.ts';
import { type DeviceScanner, makeScanningDeviceMonitor } from './scanning-device-monitor.ts';
import { parseUsbDescriptors, usbDeviceKind } from './usb-descriptors.ts';
import { listenForUsbEvents } from './usb-events.ts';
import { openUsbIdList } from './usb-ids.ts';

export interface LinuxDeviceOptions {
  /** Where `sys`, `proc` and `usr` are; a recorded tree in tests. */
  readonly root?: string | undefined;
  /** Prints the block devices as `lsblk --json -b`. */
  readonly runLsblk?: (() => Promise<string>) | undefined;
  readonly now?: (() => number) | undefined;
  readonly intervalMs?: number | undefined;
}

/** Ports on the bus: `2-1`, `2-1.4`. Root hubs (`usb2`) are part of the machine, names with a colon are interfaces. */
const deviceName = /^\d{1,4}-\d{1,3}(?:\.\d{1,3})*$/;
const maxAttributeLength = 512;
/** A stick without a file system is said so only after udev has had this long to look at it. */
const judgeAfterMs = 3_000;

const runSystemLsblk = async () =>
  (
    await promisify(execFile)('lsblk', ['--json', '-b', '-o', lsblkColumns], {
      timeout: 10_000,
      maxBuffer: 16_000_000,
      env: { ...process.env, LC_ALL: 'C' },
    })
  ).stdout;

/** A file of sysfs as a text without its line end; undefined where it is missing or cannot be read (as it leaves). */
async function readAttribute(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    return text.slice(0, maxAttributeLength).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

/** The volumes of a disk: what hangs under it without anything below, or the disk itself where it holds a file system. */
function leavesOf(disk: BlockDevice): readonly BlockDevice[] {
  return disk.children.length > 0 ? disk.children.flatMap(leavesOf) : [disk];
}

/** Where sysfs alone must do: partitions by name, sizes in sectors of 512 bytes, nothing about file systems. */
async function blockDevicesFromSysfs(sys: string, names: readonly string[]): Promise<readonly BlockDevice[]> {
  const read = async (folder: string, name: string, kind: string): Promise<BlockDevice> => ({
    name,
    node: `/dev/${name}`,
    kind,
    deviceNumber: (await readAttribute(join(folder, 'dev'))) ?? '',
    sizeBytes: Number((await readAttribute(join(folder, 'size'))) ?? 0) * 512,
    isRemovable: (await readAttribute(join(folder, 'removable'))) === '1',
    isReadOnly: (await readAttribute(join(folder, 'ro'))) === '1',
    children: [],
  });
  return Promise.all(
    names.map(async (name) => {
      const folder = join(sys, 'block', name);
      const parts = (await namesIn(folder)).filter((part) => part.startsWith(name));
      const children = await Promise.all(parts.map((part) => read(join(folder, part), part, 'part')));
      return { ...(await read(folder, name, 'disk')), children };
    }),
  );
}

/**
 * Watches the USB devices of a Linux machine and the volumes on them, without privilege. The bus is read from sysfs, disks
 * and file systems from lsblk, mounts from mountinfo. The `usb` package and a timer of 250 ms say when to look.
 *
 * Hard cases: no bus, no lsblk and unreadable attributes are said; a stick pulled while mounted leaves its mount behind
 * (and with it a stale device number), so the end is the disk's, and mounts that outlived a disk are never given to the
 * next one; sticks without partitions carry their label on the disk; readers without a card have a disk of size 0.
 */
export function makeLinuxDeviceMonitor(options: LinuxDeviceOptions = {}): DeviceMonitor {
  const root = options.root ?? '/';
  const sys = join(root, 'sys');
  const busFolder = join(sys, 'bus/usb/devices');
  const mountinfoPath = join(root, 'proc/self/mountinfo');
  const runLsblk = options.runLsblk ?? runSystemLsblk;
  const now = options.now ?? Date.now;
  const ids = openUsbIdList(root);
  const firstSeenMs = new Map<string, number>();
  /** Mounts of disks that are gone, by mount id. */
  const staleMounts = new Set<number>();
  let lastMounts = new Map<string, readonly number[]>();
  let lastFingerprint = '';

  async function fingerprint(): Promise<string> {
    const usb = (await namesIn(busFolder)).filter((name) => deviceName.test(name));
    const numbers = await Promise.all(usb.map((name) => readAttribute(join(busFolder, name, 'devnum'))));
    const authorized = await Promise.all(usb.map((name) => readAttribute(join(busFolder, name, 'authorized'))));
    const disks = await namesIn(join(sys, 'block'));
    const sizes = await Promise.all(
      // Media come and go only in removable disks; those are few.
      disks.filter((name) => /^sd|^sr|^mmc/.test(name)).map((name) => readAttribute(join(sys, 'block', name, 'size'))),
    );
    const mounts = await readFile(mountinfoPath, 'utf8').catch(() => '');
    return [usb, numbers, authorized, disks, sizes, mounts].join('|');
  }

  async function readDevice(name: string): Promise<ScannedDevice | undefined> {
    const folder = join(busFolder, name);
    const attribute = (file: string) => readAttribute(join(folder, file));
    const [vendorId, productId, number, vendor, product, serial, speed, deviceClass, authorized] = await Promise.all(
      [
        'idVendor',
        'idProduct',
        'devnum',
        'manufacturer',
        'product',
        'serial',
        'speed',
        'bDeviceClass',
        'authorized',
      ].map(attribute),
    );
    // Without its ids it is leaving, or no device.
    if (!vendorId || !productId) return undefined;
    const descriptors = await readFile(join(folder, 'descriptors')).then(parseUsbDescriptors, () => undefined);
    const listed = vendor && product ? {} : ids.find(vendorId.toLowerCase(), productId.toLowerCase());
    const notes: LiveDeviceNote[] = [];
    if (!descriptors) notes.push('partly-unreadable');
    if (authorized === '0') notes.push('not-authorized');
    const megabits = Number(speed);
    return {
      key: `${name}:${number ?? '?'}`,
      kind: usbDeviceKind(
        Number.parseInt(deviceClass ?? '0', 16) || 0,
        (descriptors?.interfaces ?? []).map((found) => found.class),
      ),
      busType: 'Usb',
      busPath: name,
      vendorId: vendorId.toLowerCase(),
      productId: productId.toLowerCase(),
      vendor: vendor ?? listed.vendor,
      product: product ?? listed.product,
      namesFrom: vendor || product ? 'device' : listed.vendor ? 'id-list' : undefined,
      serial,
      speedMbps: megabits > 0 ? megabits : undefined,
      volumes: [],
      notes,
    };
  }

  /** The USB device that each disk hangs on, by the disk's kernel name. */
  async function usbDisks(): Promise<ReadonlyMap<string, string>> {
    const disks = new Map<string, string>();
    for (const name of await namesIn(join(sys, 'block'))) {
      const path = await realpath(join(sys, 'block', name)).catch(() => '');
      const ports = path.match(/\/(\d+-\d+(?:\.\d+)*)(?=\/\1:)/g);
      const last = ports?.at(-1);
      if (last) disks.set(name, last.slice(1));
    }
    return disks;
  }

  function toVolume(
    leaf: BlockDevice,
    mounts: readonly Mount[],
  ): LiveVolume & { readonly mountIds: readonly number[] } {
    const own = mounts.filter(
      (mount) =>
        !staleMounts.has(mount.id) &&
        (mount.deviceNumber === leaf.deviceNumber ||
          (mount.deviceNumber.startsWith('0:') && mount.source === leaf.node)),
    );
    const mount = own.find(({ root: part }) => part === '/') ?? own[0];
    return {
      node: leaf.node,
      mountPoint: mount?.mountPoint,
      label: leaf.label,
      uuid: leaf.uuid,
      fileSystem: leaf.fileSystem ?? mount?.fileSystem,
      sizeBytes: leaf.sizeBytes,
      isReadOnly: mount ? mount.isReadOnly : leaf.isReadOnly,
      deviceNumber: leaf.deviceNumber,
      mountIds: own.map(({ id }) => id),
    };
  }

  async function scan(reportProblem: (problem: Omit<LiveProblem, 'atMs'>) => void): Promise<readonly ScannedDevice[]> {
    lastFingerprint = await fingerprint();
    const names = await readdir(busFolder).catch((error: unknown) => {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      reportProblem({
        kind: 'problem',
        message: isMissing
          ? 'There is no USB bus on this machine.'
          : `The USB bus of this machine cannot be read: ${messageOf(error)}`,
        hint: isMissing
          ? 'Devices cannot be seen here. Folders can still be watched for writes.'
          : 'In a container, give it the folder /sys of the machine.',
      });
      return [];
    });
    const found = await Promise.all(names.filter((name) => deviceName.test(name)).map(readDevice));
    const devices = found.filter((device) => device !== undefined);
    const disks = await usbDisks();
    if (disks.size === 0 && lastMounts.size === 0) return devices;

    const mounts = parseMountinfo(await readFile(mountinfoPath, 'utf8').catch(() => ''));
    const block = await runLsblk()
      .then(parseLsblk)
      .catch(async (error: unknown) => {
        reportProblem({
          kind: 'problem',
          message: `lsblk did not answer, so labels and file systems are missing: ${messageOf(error)}`,
          hint: 'It is part of the package util-linux.',
        });
        return blockDevicesFromSysfs(sys, [...disks.keys()]);
      });

    // Mounts that outlived their disk must not be taken for mounts of the next disk with the same number.
    const present = new Set(block.flatMap((disk) => [disk, ...leavesOf(disk)]).map(({ node }) => node));
    for (const [node, mountIds] of lastMounts) {
      if (!present.has(node)) for (const id of mountIds) staleMounts.add(id);
    }
    const liveIds = new Set(mounts.map(({ id }) => id));
    for (const id of staleMounts) if (!liveIds.has(id)) staleMounts.delete(id);

    const nextMounts = new Map<string, readonly number[]>();
    const complete = devices.map((device): ScannedDevice => {
      const own = block.filter((disk) => disk.kind !== 'part' && disks.get(disk.name) === device.busPath);
      if (own.length === 0) return device;
      const seenMs = firstSeenMs.get(device.key) ?? now();
      firstSeenMs.set(device.key, seenMs);
      const notes: LiveDeviceNote[] = [...device.notes];
      const volumes = own.flatMap((disk) => leavesOf(disk)).map((leaf) => toVolume(leaf, mounts));
      for (const { node, mountIds } of volumes) if (mountIds.length > 0) nextMounts.set(node, mountIds);
      const withMedium = own.filter(({ sizeBytes }) => sizeBytes > 0);
      const shown = volumes
        .filter(
          ({ sizeBytes, fileSystem, mountPoint, node }) =>
            (sizeBytes ?? 0) > 0 &&
            (fileSystem !== undefined || mountPoint !== undefined || !own.some((disk) => disk.node === node)),
        )
        .map(({ mountIds: _, ...volume }): LiveVolume => volume);
      if (withMedium.length === 0) notes.push('no-medium');
      else if (withMedium.some((disk) => disk.children.length === 0 && disk.fileSystem !== undefined))
        notes.push('no-partition-table');
      if (
        withMedium.length > 0 &&
        shown.every(({ fileSystem }) => fileSystem === undefined) &&
        now() - seenMs > judgeAfterMs
      )
        notes.push('no-file-system');
      return {
        ...device,
        kind: 'storage',
        volumes: shown,
        capacityBytes: withMedium.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) || undefined,
        notes,
      };
    });
    lastMounts = nextMounts;
    const keys = new Set(complete.map(({ key }) => key));
    for (const key of firstSeenMs.keys()) if (!keys.has(key)) firstSeenMs.delete(key);
    return complete;
  }

  const scanner: DeviceScanner = {
    scan,
    mayHaveChanged: async () => (await fingerprint()) !== lastFingerprint,
    // Events are of the real machine; a recorded tree has none.
    listen: root === '/' ? listenForUsbEvents : undefined,
  };
  return makeScanningDeviceMonitor(scanner, {
    intervalMs: options.intervalMs ?? 250,
    settleMs: 8_000,
    settleEveryMs: 1_000,
    now,
  });
}
