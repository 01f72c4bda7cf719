import type { LiveDeviceKind } from '../../shared/model/live.ts';

/** What the raw descriptors of a device say that its attributes do not. */
export interface UsbDescriptors {
  readonly vendorId: string;
  readonly productId: string;
  readonly deviceClass: number;
  /** Class, subclass and protocol of each interface, without repeats. */
  readonly interfaces: readonly { readonly class: number; readonly subclass: number; readonly protocol: number }[];
}

const hex4 = (value: number) => value.toString(16).padStart(4, '0');
/** The kernel hands out at most this much. */
const maxBytes = 65_536;

/**
 * Parses the binary `descriptors` file: a device descriptor of 18 bytes, then configurations with their interfaces.
 * Undefined where it does not start as one. Whatever follows a length that cannot be is left out.
 */
export function parseUsbDescriptors(bytes: Uint8Array): UsbDescriptors | undefined {
  if (bytes.length < 18 || bytes[0] !== 18 || bytes[1] !== 1) return undefined;
  const at = (offset: number) => bytes[offset] ?? 0;
  const interfaces = new Map<string, { class: number; subclass: number; protocol: number }>();
  let offset = 18;
  const end = Math.min(bytes.length, maxBytes);
  while (offset + 2 <= end) {
    const length = at(offset);
    if (length < 2 || offset + length > end) break;
    if (at(offset + 1) === 4 && length >= 9) {
      const found = { class: at(offset + 5), subclass: at(offset + 6), protocol: at(offset + 7) };
      interfaces.set(`${found.class}:${found.subclass}:${found.protocol}`, found);
    }
    offset += length;
  }
  return {
    vendorId: hex4(at(8) | (at(9) << 8)),
    productId: hex4(at(10) | (at(11) << 8)),
    deviceClass: at(4),
    interfaces: [...interfaces.values()],
  };
}

/**
 * What a device is for, by its classes: any storage interface makes it storage (a keyboard with a stick inside is one that
 * can carry data away), then hub, then keyboard, mouse and other human input.
 */
export function usbDeviceKind(deviceClass: number, interfaceClasses: readonly number[]): LiveDeviceKind {
  const classes = [deviceClass, ...interfaceClasses];
  if (classes.includes(0x08)) return 'storage';
  if (classes.includes(0x09)) return 'hub';
  if (classes.includes(0x03)) return 'input';
  return 'other';
}
