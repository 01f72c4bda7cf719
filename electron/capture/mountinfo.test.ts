import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mountOf, parseMountinfo } from './mountinfo.ts';

const recorded = readFileSync(new URL('fixtures/mountinfo.txt', import.meta.url), 'utf8');

test('a recorded table gives every mount, the stick with its number', () => {
  const mounts = parseMountinfo(recorded);
  expect(mounts).toHaveLength(11);
  expect(mounts.at(-1)).toEqual({
    id: 36,
    deviceNumber: '8:1',
    root: '/',
    mountPoint: '/media/STICK',
    isReadOnly: false,
    fileSystem: 'vfat',
    source: '/dev/sda1',
  });
});

test('escaped names, optional fields and read-only mounts', () => {
  const [mount] = parseMountinfo(
    '40 29 8:17 /sub\\040dir /media/MY\\040STICK\\011\\134x ro,nosuid shared:5 master:1 - exfat /dev/sdb1 rw\n',
  );
  expect(mount).toMatchObject({
    root: '/sub dir',
    mountPoint: '/media/MY STICK\t\\x',
    isReadOnly: true,
    source: '/dev/sdb1',
  });
});

test('the mount of a path is the innermost, and the last of those stacked on one place', () => {
  const mounts = parseMountinfo(
    ['1 0 8:1 / / rw - ext4 a rw', '2 1 8:2 / /media/S rw - vfat b rw', '3 1 8:3 / /media/S rw - vfat c rw'].join('\n'),
  );
  expect(mountOf(mounts, '/media/S/x')?.source).toBe('c');
  expect(mountOf(mounts, '/media/Sx')?.source).toBe('a');
});

test('no text breaks it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom(' ', ' - ', '8:1', '/', '\\777', '\n'))), (parts) => {
      for (const mount of parseMountinfo(parts.join(''))) expect(mount.deviceNumber).toMatch(/^\d+:\d+$/);
    }),
  );
});
