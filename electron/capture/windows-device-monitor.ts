import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fail } from '../../shared/base/failure.ts';
import type { LiveDeviceNote } from '../../shared/model/live.ts';
import type { ScannedDevice } from './device-changes.ts';
import type { DeviceMonitor } from './device-monitor.ts';
import { makeScanningDeviceMonitor } from './scanning-device-monitor.ts';
import { listenForUsbEvents } from './usb-events.ts';

/**
 * What the system's own inventory (CIM) says of USB devices, disks and drive letters, as one JSON document. Unprivileged.
 * Written from the documentation of the classes; never run on a Windows machine by us.
 */
const script = `
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$usb = @(Get-CimInstance Win32_PnPEntity -Filter "PNPDeviceID LIKE 'USB\\\\VID[_]%'" | Select-Object PNPDeviceID, Name, Manufacturer, PNPClass, Service)
$disks = @(Get-CimInstance Win32_DiskDrive -Filter "InterfaceType='USB'" | ForEach-Object {
  $disk = $_
  $parent = (Get-PnpDeviceProperty -InstanceId $disk.PNPDeviceID -KeyName DEVPKEY_Device_Parent).Data
  $volumes = @(Get-CimAssociatedInstance $disk -ResultClassName Win32_DiskPartition | ForEach-Object {
    Get-CimAssociatedInstance $_ -ResultClassName Win32_LogicalDisk | Select-Object DeviceID, VolumeName, VolumeSerialNumber, FileSystem, Size
  })
  [pscustomobject]@{ PNPDeviceID = $disk.PNPDeviceID; Parent = $parent; Model = $disk.Model; SerialNumber = $disk.SerialNumber; Size = $disk.Size; Volumes = $volumes }
})
[pscustomobject]@{ usb = $usb; disks = $disks } | ConvertTo-Json -Depth 5 -Compress
`;

const text = z.string().max(2_048).nullish();
const size = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(Number),
  ])
  .nullish();
const schema = z.object({
  usb: z
    .array(
      z.object({ PNPDeviceID: z.string().max(2_048), Name: text, Manufacturer: text, PNPClass: text, Service: text }),
    )
    .max(10_000),
  disks: z
    .array(
      z.object({
        PNPDeviceID: z.string().max(2_048),
        Parent: text,
        Model: text,
        SerialNumber: text,
        Size: size,
        Volumes: z
          .array(
            z.object({
              DeviceID: z.string().max(64),
              VolumeName: text,
              VolumeSerialNumber: text,
              FileSystem: text,
              Size: size,
            }),
          )
          .max(1_000),
      }),
    )
    .max(10_000),
});

function kindOf(pnpClass: string | null | undefined, service: string | null | undefined): ScannedDevice['kind'] {
  if (/^(USBSTOR|UASPSTOR)$/i.test(service ?? '')) return 'storage';
  if (/^USBHUB/i.test(service ?? '')) return 'hub';
  return /^(HIDClass|Keyboard|Mouse)$/i.test(pnpClass ?? '') ? 'input' : 'other';
}

/** Reads the inventory that the script prints. Ends with `bad-input` where it is something else. */
export function parseWindowsInventory(output: string): readonly ScannedDevice[] {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch (error) {
    throw fail('bad-input', 'The inventory of this system is not JSON.', undefined, error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw fail('bad-input', 'The inventory of this system has another form than expected.');
  const { usb, disks } = parsed.data;
  return usb.flatMap((entry): readonly ScannedDevice[] => {
    const id = /^USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})\\(.+)$/i.exec(entry.PNPDeviceID);
    // Functions of one device (`&MI_00`) are told once, as the device.
    if (!id?.[1] || !id[2] || !id[3]) return [];
    const own = disks.filter((disk) => disk.Parent?.toLowerCase() === entry.PNPDeviceID.toLowerCase());
    const notes: LiveDeviceNote[] = own.length > 0 && own.every((disk) => !disk.Size) ? ['no-medium'] : [];
    return [
      {
        key: entry.PNPDeviceID.toUpperCase(),
        kind: own.length > 0 ? 'storage' : kindOf(entry.PNPClass, entry.Service),
        busType: 'Usb',
        busPath: entry.PNPDeviceID,
        vendorId: id[1].toLowerCase(),
        productId: id[2].toLowerCase(),
        vendor: entry.Manufacturer?.trim() || undefined,
        product: own[0]?.Model?.trim() || entry.Name?.trim() || undefined,
        namesFrom: 'device',
        serial: id[3],
        capacityBytes: own.reduce((sum, disk) => sum + (disk.Size ?? 0), 0) || undefined,
        volumes: own.flatMap((disk) =>
          disk.Volumes.map((volume) => ({
            node: volume.DeviceID,
            mountPoint: volume.FileSystem ? `${volume.DeviceID}\\` : undefined,
            label: volume.VolumeName || undefined,
            uuid: volume.VolumeSerialNumber || undefined,
            fileSystem: volume.FileSystem || undefined,
            sizeBytes: volume.Size ?? undefined,
          })),
        ),
        notes,
      },
    ];
  });
}

/** Watches the USB devices and drive letters of a Windows machine. Never run on a real one; see docs/live.md. */
export function makeWindowsDeviceMonitor(): DeviceMonitor {
  return makeScanningDeviceMonitor(
    {
      scan: async () => {
        const { stdout } = await promisify(execFile)(
          'powershell.exe',
          [
            '-NoLogo',
            '-NoProfile',
            '-NonInteractive',
            '-EncodedCommand',
            Buffer.from(script, 'utf16le').toString('base64'),
          ],
          { timeout: 30_000, maxBuffer: 16_000_000, windowsHide: true },
        );
        return parseWindowsInventory(stdout);
      },
      listen: listenForUsbEvents,
    },
    // A scan starts a program of half a second; events of the bus shorten the wait.
    { intervalMs: 5_000, settleMs: 10_000, settleEveryMs: 1_000 },
  );
}
