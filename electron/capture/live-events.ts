import { sha256Hex } from '../../shared/base/sha-256.ts';
import { identifyDevice } from '../../shared/model/device-identity.ts';
import type { DeviceEvent, WriteAction, WriteEvent } from '../../shared/model/event.ts';
import type { LiveDevice, LiveDeviceChange, LiveFile, LiveProcess, LiveVolume } from '../../shared/model/live.ts';

/** What an event says of the device behind a volume. */
export type EventDevice = Pick<
  LiveDevice,
  'busType' | 'vendor' | 'vendorId' | 'product' | 'productId' | 'serial' | 'capacityBytes'
>;

/** Stands for a process that ended before its name could be read. */
export const unknownProcess = '(ended before it was read)';

const idLength = 32;

/** The same happening always gets the same id, so that what is sent twice is stored once. */
function eventId(parts: readonly (string | number | boolean)[]): string {
  return `live-${sha256Hex(JSON.stringify(parts)).slice(0, idLength)}`;
}

/** What Elastic would call it. A new file that is still open is its creation; what follows modifies it. */
function toAction(file: LiveFile, wasToldOpen: boolean): WriteAction {
  if (file.state === 'renamed-in') return 'rename';
  if (file.state === 'overwritten') return 'overwrite';
  return file.state === 'new' && !wasToldOpen ? 'creation' : 'modification';
}

function extensionOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 && name.length - dot <= 32 ? name.slice(dot + 1).toLowerCase() : undefined;
}

/** The identity of a device as its events carry it: with the volume they are about. */
function deviceIdentity(device: EventDevice, mountPoint: string | undefined): string {
  return identifyDevice({ vendor: device.vendor, product: device.product, serial: device.serial, volume: mountPoint })
    .id;
}

/**
 * A file that was written, as the event that is stored. `wasToldOpen` says that the same write was told before, while the
 * file was open. The creation of a file that is still being written has size 0, as it had at that moment.
 */
export function toWriteEvent(
  file: LiveFile,
  process: LiveProcess | undefined,
  device: EventDevice,
  host: string,
  wasToldOpen: boolean,
): WriteEvent {
  const action = toAction(file, wasToldOpen);
  const deviceId = deviceIdentity(device, file.mountPoint);
  const sizeBytes = file.isOpen && action === 'creation' ? 0 : file.sizeBytes;
  return {
    id: eventId([host, deviceId, file.processKey, file.path, file.atMs, action, sizeBytes, file.isOpen]),
    atMs: file.atMs,
    action,
    host,
    user: process?.user ?? '',
    userId: process?.userId,
    process: process?.name || unknownProcess,
    executable: process?.executable,
    pid: process?.pid,
    processEntityId: file.processKey,
    commandLine: process?.commandLine,
    parentProcess: process?.parentName,
    processSha256: process?.executableSha256,
    path: file.path,
    extension: extensionOf(file.path),
    sizeBytes,
    headerBytes: file.headerBytes,
    sourcePath: file.sourcePath,
    device: deviceId,
    busType: device.busType,
    deviceVendor: device.vendor,
    deviceProduct: device.product,
    deviceSerial: device.serial,
    volume: file.mountPoint,
  };
}

/**
 * A mount or unmount, as the event that is stored; undefined for changes that are none. A volume that was mounted before
 * the watching began has no mount event: when it was connected is not known.
 */
export function toDeviceEvent(change: LiveDeviceChange, host: string): DeviceEvent | undefined {
  if ((change.change !== 'mounted' && change.change !== 'unmounted') || change.isPresent) return undefined;
  const { device, volume, atMs } = change;
  const kind = change.change === 'mounted' ? 'mount' : 'unmount';
  return {
    id: eventId([host, device.key, volume.node, volume.mountPoint ?? '', kind, atMs]),
    atMs,
    kind,
    host,
    device: deviceIdentity(device, volume.mountPoint),
    busType: device.busType,
    vendor: device.vendor,
    vendorId: device.vendorId,
    product: device.product,
    productId: device.productId,
    serial: device.serial,
    volume: volume.mountPoint,
    fileSystem: volume.fileSystem,
    capacityBytes: volume.sizeBytes ?? device.capacityBytes,
  };
}

/** A folder that is watched beside the removable volumes, described as a device so that its events are like all others. */
export function toPathDevice(
  mountPoint: string,
  fileSystem: string | undefined,
  source: string | undefined,
): EventDevice & { readonly volume: LiveVolume } {
  const isLoop = source?.startsWith('/dev/loop') ?? false;
  return {
    busType: isLoop ? 'FileBackedVirtual' : 'Virtual',
    vendor: 'Local',
    product: fileSystem ?? 'folder',
    volume: { node: source ?? mountPoint, mountPoint, fileSystem },
  };
}
