import type { DeviceRow } from '../../shared/model/evidence-answer.ts';

/** What a device is called: vendor and product without repeating one in the other, else its serial, else what its id says. */
export function deviceName(id: string, row: Pick<DeviceRow, 'vendor' | 'product' | 'serial'> | undefined): string {
  const vendor = row?.vendor?.trim() ?? '';
  const product = row?.product?.trim() ?? '';
  if (product !== '' && product.toLowerCase().startsWith(vendor.toLowerCase())) return product;
  if (vendor || product) return `${vendor} ${product}`.trim();
  if (row?.serial) return `Serial ${row.serial}`;
  if (id.startsWith('serial:')) return `Serial ${id.slice(7)}`;
  if (id.startsWith('model:')) return id.slice(6).split('|').filter(Boolean).join(' ') || 'Unnamed device';
  return id;
}

/** A bus as people write it: sources say `Usb`, `USB` or `usb`, which is one and the same. */
export function busName(bus: string): string {
  return bus.toLowerCase() === 'usb' ? 'USB' : bus;
}

/** How sure a device's identity is, as a short sentence. */
export function identityText(identity: DeviceRow['identity']): string {
  return {
    serial: 'serial number set by the vendor',
    'windows-made': 'serial made up by Windows from the port: names a place, not a stick',
    'model-and-volume': 'no serial number: vendor, product and volume only',
  }[identity];
}
