import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { parseLsblk } from './lsblk.ts';

test('a recorded stick: disk, partition, label and size', () => {
  const [disk] = parseLsblk(readFileSync(new URL('fixtures/lsblk.json', import.meta.url), 'utf8'));
  expect(disk).toMatchObject({
    name: 'sda',
    kind: 'disk',
    transport: 'usb',
    serial: 'QSER0001',
    vendor: 'QEMU',
    sizeBytes: 67_108_864,
    partitionTable: 'dos',
    isRemovable: true,
  });
  expect(disk?.children).toMatchObject([
    {
      node: '/dev/sda1',
      deviceNumber: '8:1',
      fileSystem: 'vfat',
      label: 'STICK',
      uuid: 'CAFE-BABE',
      sizeBytes: 66_060_288,
    },
  ]);
});

test('the texts of older versions are read as figures and flags', () => {
  const [disk] = parseLsblk('{"blockdevices":[{"name":"sdb","rm":"1","ro":"0","size":"4096","type":"disk"}]}');
  expect(disk).toMatchObject({ isRemovable: true, isReadOnly: false, sizeBytes: 4096, node: '/dev/sdb' });
});

test('nonsense rows are skipped and depth is bounded', () => {
  expect(parseLsblk('{"blockdevices":[1,null,{"name":7},{"name":"a","size":-1}]}')).toMatchObject([
    { name: 'a', sizeBytes: 0 },
  ]);
  const deep = `{"blockdevices":[${'{"name":"x","children":['.repeat(500)}${']}'.repeat(500)}]}`;
  let depth = 0;
  for (let level = parseLsblk(deep); level[0]; level = level[0].children) depth += 1;
  expect(depth).toBe(9);
});

test('anything else is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (output) => {
      try {
        expect(Array.isArray(parseLsblk(output))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    }),
  );
});
