import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { parseMacosProfile } from './macos-device-monitor.ts';
import { parsePackageLine } from './package-owner.ts';
import { parseWindowsInventory } from './windows-device-monitor.ts';

// Synthetic: written from the systems' documentation, not recorded on a machine.
const read = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

test('a Windows inventory: a stick with its letter, a reader without a card, a keyboard, a hub', () => {
  const devices = parseWindowsInventory(read('windows-inventory.synthetic.json'));
  expect(
    devices.map(({ kind, vendorId, productId, serial, notes }) => [kind, vendorId, productId, serial, notes.join()]),
  ).toEqual([
    ['storage', '0781', '5581', '4C530001260814117341', ''],
    ['storage', '058f', '6366', '058F63666433', 'no-medium'],
    ['input', '046d', 'c31c', '6&2A6E3F&0&2', ''],
    ['hub', '05e3', '0608', '5&1B2C3D&0&1', ''],
  ]);
  expect(devices[0]?.volumes).toEqual([
    {
      node: 'E:',
      mountPoint: 'E:\\',
      label: 'MINUTES',
      uuid: 'CAFEBABE',
      fileSystem: 'exFAT',
      sizeBytes: 64_000_000_000,
    },
  ]);
});

test.each(['macos-profile.synthetic.json', 'macos-26-profile.synthetic.json'])('a Mac, %s', (name) => {
  const devices = parseMacosProfile(read(name));
  expect(devices.map(({ kind, vendorId, serial }) => [kind, vendorId, serial])).toEqual([
    ['hub', '05e3', undefined],
    ['storage', '0781', '4C530001260814117341'],
  ]);
  expect(devices[1]).toMatchObject({ product: 'Ultra', vendor: 'SanDisk', capacityBytes: 64_000_000_000 });
  expect(devices[1]?.volumes).toMatchObject([
    { node: 'disk4s1', mountPoint: '/Volumes/MINUTES', fileSystem: 'ExFAT', label: 'MINUTES' },
  ]);
});

test.each(['', 'null', '[]', '{"usb":[{}],"disks":7}', '{"SPUSBDataType":7}'])('nonsense is refused: %s', (output) => {
  expect(() => parseWindowsInventory(output)).toThrow(Failure);
  expect(() => parseMacosProfile(output)).toThrow(Failure);
});

test('the package of a program, under either name of a merged system', () => {
  const names = ['/usr/bin/cp', '/bin/cp'];
  expect(parsePackageLine('coreutils: /bin/cp\n', names)).toBe('coreutils');
  expect(parsePackageLine('libc6:amd64: /usr/bin/cp\n', names)).toBe('libc6');
  expect(parsePackageLine('diversion by dash from: /bin/sh\n', ['/bin/sh'])).toBeUndefined();
  expect(parsePackageLine('coreutils: /bin/cp.old\n', names)).toBeUndefined();
});
