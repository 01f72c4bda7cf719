import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askedOpenings, isRegularFile, openingOfLink } from './asked-openings.ts';

const folder = '/home/someone';
const asked = (...argv: string[]) => askedOpenings(['portside', ...argv], folder);

describe('a command line', () => {
  test('gives its links and packages in their order, and nothing else', () => {
    expect(
      asked(
        '.',
        '--user-data-dir=/x',
        'portside://finding/F-00ab12',
        '--workspace=/case.zip',
        'a.portside',
        'PORTSIDE://case/c-2026-0014',
        '/mnt/B.ZIP',
        'events.ndjson',
        'rule.toml',
      ),
    ).toEqual([
      { kind: 'finding', id: 'F-00ab12' },
      { kind: 'file', path: '/home/someone/a.portside' },
      { kind: 'case', id: 'C-2026-0014' },
      { kind: 'file', path: '/mnt/B.ZIP' },
    ]);
  });

  test('the name of the program itself is neither link nor file', () => {
    expect(askedOpenings(['portside://finding/F-00ab12'], folder)).toEqual([]);
    expect(askedOpenings(['/opt/a.portside'], folder)).toEqual([]);
    expect(askedOpenings([], folder)).toEqual([]);
  });

  test('desktops may hand over a file as an address', () => {
    expect(asked('file:///home/x/C%201.portside')).toEqual([{ kind: 'file', path: '/home/x/C 1.portside' }]);
  });

  test.each([
    'F-00ab12',
    'portside:',
    'portside://',
    'portside://finding/',
    'portside://finding/F-00ab12/../../case/C-2026-0014',
    'portside://finding/F-00ab12?x=1',
    'portside://finding/F-00ab12 --gpu-launcher=calc',
    'portside://finding/F-00ab12" --inspect',
    'portside://finding/F-00ab12\n--inspect',
    'portside://finding/<img src=x onerror=alert(1)>',
    'portside://finding/%46-00ab12',
    'portside://finding/F-00ab12\u0000',
    'portside://finding/F-00ab12\u202e',
    'portside://case/../etc/passwd.zip',
    'portside:///a.zip',
    'portside://user:secret@case/C-2026-0014',
    ' portside://finding/F-00ab12',
    'x portside://finding/F-00ab12',
    'https://finding/F-00ab12',
    'https://example.com/a.portside',
    'smb://server/share/a.portside',
    'javascript:alert(1)//a.zip',
    'data:application/zip,a.zip',
    'file://server/share/a.portside',
    'file:///%00a.portside',
    'file:///a%2fb.portside',
    '//server/share/a.portside',
    '\\\\server\\share\\a.portside',
    '-a.portside',
    '--workspace=a.portside',
    'a.portside\u0000.txt',
    'a.portside.exe',
    'portside',
    '.portsid',
    `${'a'.repeat(5_000)}.portside`,
  ])('%j offers nothing', (text) => {
    expect(asked(text)).toEqual([]);
  });

  test('many are cut short', () => {
    const many = Array.from({ length: 500 }, (_, index) => `portside://finding/F-${String(index).padStart(6, '0')}`);
    expect(asked(...many)).toHaveLength(20);
  });

  test('whatever stands in it, what is given is straight', () => {
    const piece = fc.constantFrom(
      'portside:',
      '//',
      'finding/',
      'F-00ab12',
      '..',
      '/',
      '\\',
      'a.zip',
      'file:',
      '-',
      ' ',
    );
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        for (const one of asked(...words)) {
          if (one.kind === 'file') expect(one.path).toMatch(/^\/(?!\/)[^\0]*\.(?:zip|portside)$/i);
          else expect(one.id).toMatch(/^(?:F-[0-9a-z]{4,64}|C-[0-9]{4}-[0-9]{4,8})$/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

test('what the system hands over as a link is a link only if it is one', () => {
  expect(openingOfLink('portside://case/C-2026-0014')).toEqual({ kind: 'case', id: 'C-2026-0014' });
  expect(openingOfLink('F-00ab12')).toBeUndefined();
});

test('only a plain file is one: no folder, no pipe, nothing that is not there', async () => {
  const place = await mkdtemp(join(tmpdir(), 'portside-asked-'));
  try {
    const plain = join(place, 'a.portside');
    await writeFile(plain, 'x');
    await symlink(plain, join(place, 'link.portside'));
    expect(askedOpenings(['', pathToFileURL(plain).href], folder)).toEqual([{ kind: 'file', path: plain }]);
    expect(await isRegularFile(plain)).toBe(true);
    expect(await isRegularFile(join(place, 'link.portside'))).toBe(true);
    expect(await isRegularFile(place)).toBe(false);
    expect(await isRegularFile(join(place, 'none.portside'))).toBe(false);
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(place, 'pipe.portside')]);
      expect(await isRegularFile(join(place, 'pipe.portside'))).toBe(false);
      expect(await isRegularFile('/dev/zero')).toBe(false);
    }
  } finally {
    await rm(place, { recursive: true });
  }
});
