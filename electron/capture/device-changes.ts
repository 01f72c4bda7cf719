import { identifyDevice } from '../../shared/model/device-identity.ts';
import type { LiveDevice, LiveDeviceChange, LiveDeviceNote, LiveVolume } from '../../shared/model/live.ts';

/** A device as a scan found it, before it is compared with what was known. */
export type ScannedDevice = Omit<LiveDevice, 'device' | 'identity' | 'connectedMs' | 'disconnectedMs'>;

function sameVolume(one: LiveVolume, other: LiveVolume): boolean {
  return (
    one.node === other.node &&
    one.mountPoint === other.mountPoint &&
    one.label === other.label &&
    one.uuid === other.uuid &&
    one.fileSystem === other.fileSystem &&
    one.sizeBytes === other.sizeBytes &&
    one.isReadOnly === other.isReadOnly
  );
}

function sameDevice(one: LiveDevice, other: LiveDevice): boolean {
  return (
    one.volumes.length === other.volumes.length &&
    one.volumes.every((volume, index) => {
      const twin = other.volumes[index];
      return twin !== undefined && sameVolume(volume, twin);
    }) &&
    one.capacityBytes === other.capacityBytes &&
    one.kind === other.kind &&
    one.vendor === other.vendor &&
    one.product === other.product &&
    one.serial === other.serial &&
    one.notes.join() === other.notes.join()
  );
}

function withNote(notes: readonly LiveDeviceNote[], note: LiveDeviceNote): readonly LiveDeviceNote[] {
  return notes.includes(note) ? notes : [...notes, note];
}

/** Gives each device its identity, and says which serials more than one storage device has. */
export function identifyDevices(scanned: readonly ScannedDevice[]): readonly LiveDevice[] {
  const bySerial = new Map<string, number>();
  const identified = scanned.map((device): LiveDevice => {
    const volume = device.volumes.find(({ mountPoint }) => mountPoint !== undefined)?.mountPoint;
    const { id, strength } = identifyDevice({ ...device, volume });
    if (device.kind === 'storage' && strength !== 'model-and-volume') bySerial.set(id, (bySerial.get(id) ?? 0) + 1);
    return { ...device, device: id, identity: strength };
  });
  return identified.map((device) =>
    device.kind === 'storage' && (bySerial.get(device.device) ?? 0) > 1
      ? { ...device, notes: withNote(device.notes, 'serial-shared') }
      : device,
  );
}

/**
 * What happened between two scans, in the order a person would tell it: what left (its mounted volumes first, as pulled),
 * what came, what changed. With `isFirst` everything is told as present. Returns the devices to compare with next time.
 */
export function deviceChanges(
  known: ReadonlyMap<string, LiveDevice>,
  scanned: readonly ScannedDevice[],
  atMs: number,
  isFirst: boolean,
): { readonly changes: readonly LiveDeviceChange[]; readonly devices: ReadonlyMap<string, LiveDevice> } {
  const changes: LiveDeviceChange[] = [];
  const devices = new Map<string, LiveDevice>();
  for (const device of identifyDevices(scanned)) {
    const before = known.get(device.key);
    const connectedMs = before ? before.connectedMs : isFirst ? undefined : atMs;
    devices.set(device.key, connectedMs === undefined ? device : { ...device, connectedMs });
  }

  for (const [key, device] of known) {
    if (devices.has(key)) continue;
    const mounted = device.volumes.filter(({ mountPoint }) => mountPoint !== undefined);
    const notes = mounted.length > 0 ? withNote(device.notes, 'pulled-while-mounted') : device.notes;
    const gone: LiveDevice = { ...device, notes, disconnectedMs: atMs };
    for (const volume of mounted) changes.push({ change: 'unmounted', atMs, device: gone, volume, isPulled: true });
    changes.push({ change: 'disconnected', atMs, device: gone });
  }

  for (const [key, device] of devices) {
    const before = known.get(key);
    if (!before) changes.push({ change: isFirst ? 'present' : 'connected', atMs, device });
    let isTold = before === undefined;
    for (const old of before?.volumes ?? []) {
      if (old.mountPoint === undefined) continue;
      const now = device.volumes.find(({ node }) => node === old.node);
      if (now?.mountPoint === old.mountPoint) continue;
      // A medium that is gone while its volume was mounted was pulled, even where the reader stays.
      changes.push({ change: 'unmounted', atMs, device, volume: old, ...(now ? {} : { isPulled: true }) });
      isTold = true;
    }
    for (const volume of device.volumes) {
      if (volume.mountPoint === undefined) continue;
      const old = before?.volumes.find(({ node }) => node === volume.node);
      if (old?.mountPoint === volume.mountPoint) continue;
      changes.push({ change: 'mounted', atMs, device, volume, ...(isFirst ? { isPresent: true } : {}) });
      isTold = true;
    }
    if (before && !isTold && !sameDevice(before, device)) changes.push({ change: 'changed', atMs, device });
  }
  return { changes, devices };
}
