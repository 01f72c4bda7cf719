import { type DeviceIdentity, identifyDevice } from '../../shared/model/device-identity.ts';

/** Names of the fields of file events that questions are asked of. What they mean: Elastic Defend's schema. */
export const fields = {
  time: '@timestamp',
  id: 'event.id',
  category: 'event.category',
  action: 'event.action',
  host: 'host.name',
  user: 'user.name',
  process: 'process.name',
  executable: 'process.executable',
  path: 'file.path',
  size: 'file.size',
  extension: 'file.extension',
  busType: 'file.Ext.device.bus_type',
  serial: 'file.Ext.device.serial_number',
  vendor: 'file.Ext.device.vendor_id',
  product: 'file.Ext.device.product_id',
  volume: 'file.Ext.device.dos_name',
  /** Stands for the volume where it has no drive letter. */
  otherVolume: 'file.Ext.device.nt_name',
  publisher: 'process.code_signature.subject_name',
  publisherTrusted: 'process.code_signature.trusted',
  processSha256: 'process.hash.sha256',
  originalFileName: 'process.pe.original_file_name',
  parentProcess: 'process.parent.name',
} as const;

/** Names of the fields of device events that questions are asked of. */
export const deviceEventFields = {
  time: '@timestamp',
  action: 'event.action',
  dataset: 'event.dataset',
  outcome: 'event.outcome',
  host: 'host.name',
  vendorId: 'device.vendor.id',
  productId: 'device.product.id',
  busType: 'volume.bus_type',
  capacity: 'volume.size',
} as const;

/**
 * Where the parts of a device's identity are; of several fields the first that a document has counts. A device is no field:
 * questions count by its parts, and put it together from them.
 */
export interface DeviceFields {
  readonly serial: readonly string[];
  readonly vendor: readonly string[];
  readonly product: readonly string[];
  readonly volume: readonly string[];
}

/** In file events. */
export const writtenDevice: DeviceFields = {
  serial: [fields.serial],
  vendor: [fields.vendor],
  product: [fields.product],
  volume: [fields.volume, fields.otherVolume],
};

/** In device events. */
export const mountedDevice: DeviceFields = {
  serial: ['device.serial_number'],
  vendor: ['device.vendor.name', 'device.manufacturer'],
  product: ['device.product.name', 'device.model.name'],
  volume: ['volume.mount_name', 'volume.device_name'],
};

export const deviceParts = ['serial', 'vendor', 'product', 'volume'] as const;
export type DevicePart = (typeof deviceParts)[number];

/** The name of the composite source for the n-th field of a part. */
export function partName(part: DevicePart, position: number): string {
  return position === 0 ? part : `${part}${position}`;
}

/** A part of the device that a composite bucket is of; empty where the documents lack it. */
export function partOfKey(key: Readonly<Record<string, unknown>>, part: DevicePart): string {
  return textOfKey(key[part] ?? key[partName(part, 1)]);
}

/** The identity of the device whose parts a composite bucket carries. */
export function deviceOfKey(key: Readonly<Record<string, unknown>>): DeviceIdentity {
  return identifyDevice({
    serial: partOfKey(key, 'serial'),
    vendor: partOfKey(key, 'vendor'),
    product: partOfKey(key, 'product'),
    volume: partOfKey(key, 'volume'),
  });
}

/** A value of a composite key as text; empty where the documents lack the field. */
export function textOfKey(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}
