import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUsbDescriptors, usbDeviceKind } from './usb-descriptors.ts';

const stick = Buffer.from(
  '1201000300000009f446010000000102030109022c00010106c0000904000002080650000705810200040006300f0000000705020200040006300f000000',
  'hex',
);

test('a recorded stick is mass storage, bulk only', () => {
  expect(parseUsbDescriptors(stick)).toEqual({
    vendorId: '46f4',
    productId: '0001',
    deviceClass: 0,
    interfaces: [{ class: 8, subclass: 6, protocol: 0x50 }],
  });
});

test('lengths that cannot be end the reading', () => {
  const zero = Buffer.from(stick);
  zero[18] = 0;
  expect(parseUsbDescriptors(zero)?.interfaces).toEqual([]);
  expect(parseUsbDescriptors(stick.subarray(0, 30))?.interfaces).toEqual([]);
  expect(parseUsbDescriptors(stick.subarray(0, 17))).toBeUndefined();
});

test('a keyboard that holds storage counts as storage', () => {
  expect(usbDeviceKind(0, [3, 8])).toBe('storage');
  expect(usbDeviceKind(9, [9])).toBe('hub');
  expect(usbDeviceKind(0, [3, 3])).toBe('input');
  expect(usbDeviceKind(0xef, [0x0e])).toBe('other');
});

test('no bytes break it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      bytes.set([18, 1].slice(0, bytes.length));
      const found = parseUsbDescriptors(bytes);
      expect(found === undefined || /^[0-9a-f]{4}$/.test(found.vendorId)).toBe(true);
    }),
  );
});
