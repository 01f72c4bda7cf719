import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePortsideLink, toPortsideLink } from './portside-link.ts';

describe('links', () => {
  test.each([
    ['portside://finding/F-00ab12', 'finding', 'F-00ab12'],
    ['  portside://finding/F-00ab12cd34ef\n', 'finding', 'F-00ab12cd34ef'],
    ['PORTSIDE://FINDING/F-00AB12', 'finding', 'F-00ab12'],
    ['f-00ab12', 'finding', 'F-00ab12'],
    ['portside://case/C-2026-0014', 'case', 'C-2026-0014'],
    ['portside://case/c-2026-00000014', 'case', 'C-2026-00000014'],
  ])('%j leads to its %s', (text, kind, id) => {
    expect(parsePortsideLink(text)).toEqual({ kind, id });
  });

  test.each([
    '',
    'portside://',
    'portside://finding/',
    'portside://finding/F-',
    'portside://finding/F-abc',
    'portside://finding/F-00ab12/..',
    'portside://finding/F-00ab12?run=1',
    'portside://finding/F-00ab12#x',
    'portside://finding/F-00ab12\nportside://case/C-2026-0014',
    'portside://finding/../case/C-2026-0014',
    'portside://finding/%46-00ab12',
    'portside://finding/C-2026-0014',
    'portside://case/F-00ab12',
    'portside://case/C-2026-0014/../../etc/passwd',
    'portside://case/C-٢٠٢٦-٠٠١٤',
    'portside://user@finding/F-00ab12',
    'portside:finding/F-00ab12',
    'https://finding/F-00ab12',
    'javascript:alert(1)',
    'file:///portside://finding/F-00ab12',
    '--portside://finding/F-00ab12',
    'portside://finding/F-00ab12\u0000',
    'portside://finding/F-00ab12\u202e',
    `portside://finding/F-${'a'.repeat(65)}`,
    `portside://finding/F-${'a'.repeat(1_000_000)}`,
  ])('%# is refused', (text) => {
    expect(parsePortsideLink(text)).toBeUndefined();
  });

  test('every finding and case there can be is reached by its own link', () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(hex, fc.integer({ min: 1970, max: 9999 }), fc.integer({ min: 1, max: 9999 }), (id, year, number) => {
        const caseId = `C-${year}-${String(number).padStart(4, '0')}`;
        for (const target of [{ kind: 'finding', id: `F-${id}` } as const, { kind: 'case', id: caseId } as const]) {
          expect(parsePortsideLink(toPortsideLink(target))).toEqual(target);
        }
      }),
    );
  });

  test('whatever is read has the form of an id, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'portside:',
        '//',
        'finding/',
        'case/',
        'F-',
        'C-',
        '00ab12',
        '2026-0014',
        '..',
        '%2e',
        ' ',
        '\n',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = parsePortsideLink(pieces.join(''));
        if (target) expect(target.id).toMatch(/^(?:F-[0-9a-z]{4,64}|C-[0-9]{4}-[0-9]{4,8})$/);
      }),
      { numRuns: 2000 },
    );
  });
});
