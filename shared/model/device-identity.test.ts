import { describe, expect, it } from 'vitest';
import { identifyDevice } from './device-identity.ts';

describe('identifyDevice', () => {
  it.each([
    [
      'a serial',
      { vendor: 'SanDisk', product: 'Ultra', serial: '4C530001260814117341', volume: 'E:' },
      'serial:4C530001260814117341',
      'serial',
    ],
    ['a serial in other case and blanks', { serial: ' 4c53aa ' }, 'serial:4C53AA', 'serial'],
    ['a serial that Windows made up', { serial: '7&2a6e3f&0', vendor: 'Generic' }, 'serial:7&2A6E3F&0', 'windows-made'],
    [
      'a zero',
      { serial: '0', vendor: 'Generic', product: 'Flash Disk', volume: 'H:' },
      'model:generic|flash disk|h:',
      'model-and-volume',
    ],
    ['many zeros', { serial: '0000000000', vendor: 'A' }, 'model:a||', 'model-and-volume'],
    [
      'an empty serial',
      { serial: '  ', product: 'Virtual Disk', volume: 'D:' },
      'model:|virtual disk|d:',
      'model-and-volume',
    ],
    ['nothing at all', {}, 'model:||', 'model-and-volume'],
    ['a lone &', { serial: '&' }, 'serial:&', 'serial'],
  ] as const)('%s', (_title, description, id, strength) => {
    expect(identifyDevice(description)).toEqual({ id, strength });
  });
});
