import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import { devicesTexts as texts } from '../texts/devices.ts';

/** What a device is called: vendor and product without repeating one in the other, else its serial, else what its id says. */
export function deviceName(id: string, row: Pick<DeviceRow, 'vendor' | 'product' | 'serial'> | undefined): string {
  const vendor = row?.vendor?.trim() ?? '';
  const product = row?.product?.trim() ?? '';
  if (product !== '' && product.toLowerCase().startsWith(vendor.toLowerCase())) return product;
  if (vendor || product) return `${vendor} ${product}`.trim();
  if (row?.serial) return texts.bySerial(row.serial);
  if (id.startsWith('serial:')) return texts.bySerial(id.slice(7));
  if (id.startsWith('model:')) return id.slice(6).split('|').filter(Boolean).join(' ') || texts.unnamed;
  return id;
}

/** A bus as people write it: sources say `Usb`, `USB` or `usb`, which is one and the same. */
export function busName(bus: string): string {
  return bus.toLowerCase() === 'usb' ? 'USB' : bus;
}

/** How sure a device's identity is, as a short sentence. */
export function identityText(identity: DeviceRow['identity']): string {
  return texts.identitySentences[identity];
}
