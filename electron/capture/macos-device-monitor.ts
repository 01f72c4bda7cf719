import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fail } from '../../shared/base/failure.ts';
import type { LiveVolume } from '../../shared/model/live.ts';
import type { ScannedDevice } from './device-changes.ts';
import type { DeviceMonitor } from './device-monitor.ts';
import { makeScanningDeviceMonitor } from './scanning-device-monitor.ts';
import { listenForUsbEvents } from './usb-events.ts';

const text = z.string().max(2_048).optional().catch(undefined);
const amount = z.number().min(0).optional().catch(undefined);
const volumeSchema = z.object({
  _name: text,
  bsd_name: text,
  file_system: text,
  mount_point: text,
  size_in_bytes: amount,
  volume_uuid: text,
  writable: text,
});
const mediaSchema = z.object({
  bsd_name: text,
  size_in_bytes: amount,
  volumes: z.array(volumeSchema).max(1_000).optional().catch(undefined),
  ...volumeSchema.pick({ file_system: true, mount_point: true, volume_uuid: true, _name: true }).shape,
});
const itemSchema = z.object({
  _name: text,
  vendor_id: text,
  product_id: text,
  manufacturer: text,
  serial_num: text,
  location_id: text,
  device_speed: text,
  Media: z.array(mediaSchema).max(1_000).optional().catch(undefined),
  _items: z.array(z.unknown()).max(1_000).optional().catch(undefined),
  // macOS 26 renamed the list, and these of its fields.
  USBDeviceKeyVendorID: text,
  USBDeviceKeyProductID: text,
  USBDeviceKeyVendorName: text,
  USBDeviceKeySerialNumber: text,
  USBKeyLocationID: text,
});

const maxDepth = 8;
const hex4 = (value: string | undefined) => /0x([0-9a-f]{4})\b/i.exec(value ?? '')?.[1]?.toLowerCase();
const speeds: Readonly<Record<string, number>> = {
  low_speed: 1.5,
  full_speed: 12,
  high_speed: 480,
  super_speed: 5_000,
  super_speed_plus: 10_000,
};

function toDevices(value: unknown, depth: number): readonly ScannedDevice[] {
  const parsed = itemSchema.safeParse(value);
  if (!parsed.success || depth > maxDepth) return [];
  const { data } = parsed;
  const below = (data._items ?? []).flatMap((item) => toDevices(item, depth + 1));
  const vendorId = hex4(data.vendor_id ?? data.USBDeviceKeyVendorID);
  const productId = hex4(data.product_id ?? data.USBDeviceKeyProductID);
  const location = data.location_id ?? data.USBKeyLocationID;
  // Buses hold devices and are none.
  if (!vendorId || !productId || !location) return below;
  const media = data.Media ?? [];
  const volumes = media.flatMap((disk): readonly LiveVolume[] =>
    (disk.volumes ?? (disk.file_system ? [disk] : [])).map((volume) => ({
      node: volume.bsd_name ?? '',
      mountPoint: volume.mount_point,
      label: volume._name,
      uuid: volume.volume_uuid,
      fileSystem: volume.file_system,
      sizeBytes: volume.size_in_bytes,
      isReadOnly: 'writable' in volume && volume.writable === 'no',
    })),
  );
  const device: ScannedDevice = {
    key: location,
    kind:
      media.length > 0
        ? 'storage'
        : below.length > 0 || /\bhub\b/i.test(data._name ?? '')
          ? 'hub'
          : /keyboard|mouse|trackpad/i.test(data._name ?? '')
            ? 'input'
            : 'other',
    busType: 'Usb',
    busPath: location,
    vendorId,
    productId,
    vendor: data.manufacturer ?? data.USBDeviceKeyVendorName,
    product: data._name,
    namesFrom: 'device',
    serial: data.serial_num ?? data.USBDeviceKeySerialNumber,
    speedMbps: speeds[data.device_speed ?? ''],
    capacityBytes: media.reduce((sum, disk) => sum + (disk.size_in_bytes ?? 0), 0) || undefined,
    volumes,
    notes: media.length > 0 && media.every((disk) => !disk.size_in_bytes) ? ['no-medium'] : [],
  };
  return [device, ...below];
}

/** Reads what `system_profiler -json` printed, of either name of its USB list. Ends with `bad-input` where it is neither. */
export function parseMacosProfile(output: string): readonly ScannedDevice[] {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch (error) {
    throw fail('bad-input', 'system_profiler printed something that is not JSON.', undefined, error);
  }
  const list = z.array(z.unknown()).max(1_000).optional();
  const parsed = z.object({ SPUSBDataType: list, SPUSBHostDataType: list }).safeParse(value);
  if (!parsed.success || !(parsed.data.SPUSBDataType ?? parsed.data.SPUSBHostDataType))
    throw fail('bad-input', 'system_profiler printed no list of USB devices.');
  return [...(parsed.data.SPUSBDataType ?? []), ...(parsed.data.SPUSBHostDataType ?? [])].flatMap((bus) =>
    toDevices(bus, 0),
  );
}

/** Watches the USB devices and volumes of a Mac. Never run on a real one; see docs/live.md. */
export function makeMacosDeviceMonitor(): DeviceMonitor {
  return makeScanningDeviceMonitor(
    {
      scan: async () => {
        const { stdout } = await promisify(execFile)(
          '/usr/sbin/system_profiler',
          ['-json', 'SPUSBDataType', 'SPUSBHostDataType'],
          { timeout: 30_000, maxBuffer: 16_000_000 },
        );
        return parseMacosProfile(stdout);
      },
      listen: listenForUsbEvents,
    },
    // The profiler takes about a second; events of the bus shorten the wait.
    { intervalMs: 5_000, settleMs: 10_000, settleEveryMs: 2_000 },
  );
}
