import { expect, test } from 'vitest';
import { findUsbNames, openUsbIdList } from './usb-ids.ts';

const list = [
  '# comment',
  '0781  SanDisk Corp.',
  '\t5580  SDCZ80 Flash Drive',
  '\t5581  Ultra',
  '0951  Kingston Technology',
  '\t1666  DataTraveler',
  '\t\t00  interface',
  'C 08  Mass Storage',
  '\t5581  not a product',
].join('\n');

test.each([
  ['0781', '5581', { vendor: 'SanDisk Corp.', product: 'Ultra' }],
  ['0951', '1666', { vendor: 'Kingston Technology', product: 'DataTraveler' }],
  ['0951', '5581', { vendor: 'Kingston Technology' }],
  ['ffff', '0000', {}],
  ['08', '5581', {}],
  ['C 08', '5581', {}],
])('%s:%s', (vendorId, productId, names) => {
  expect(findUsbNames(list, vendorId, productId)).toEqual(names);
});

test('a list whose first line is the vendor, and one that ends there', () => {
  expect(findUsbNames('0781  SanDisk', '0781', '5580')).toEqual({ vendor: 'SanDisk' });
});

test('a system without a list knows no names', () => {
  const none = openUsbIdList('/nonexistent');
  expect(none.find('0781', '5580')).toEqual({});
  expect(none.isPresent).toBe(false);
});
