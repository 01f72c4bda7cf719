import type { DeviceIdentityStrength } from './evidence-answer.ts';

/** What events say of a device. Texts as the sensor wrote them. */
export interface DeviceDescription {
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
  readonly serial?: string | undefined;
  /** Drive letter or mount point. */
  readonly volume?: string | undefined;
}

export interface DeviceIdentity {
  readonly id: string;
  readonly strength: DeviceIdentityStrength;
}

/**
 * The identity of a device: its serial where it is one, else vendor, product and volume. A serial is none where it is
 * empty or all zeros (Windows reports such for many sticks); where its second character is `&` Windows made it up from
 * the port, so it names a place and not a stick: kept as identity, but weak. Serials compare without case and outer
 * blanks. Vendor and product are no part of a serial's identity, because file events and device events spell them
 * differently for the same stick. It is the only place of the rule: import applies it once per distinct description.
 */
export function identifyDevice(description: DeviceDescription): DeviceIdentity {
  const serial = (description.serial ?? '').trim().toUpperCase();
  if (serial !== '' && !/^0+$/.test(serial)) {
    return { id: `serial:${serial}`, strength: serial[1] === '&' ? 'windows-made' : 'serial' };
  }
  const part = (text: string | undefined) => (text ?? '').trim().toLowerCase();
  return {
    id: `model:${part(description.vendor)}|${part(description.product)}|${part(description.volume)}`,
    strength: 'model-and-volume',
  };
}
