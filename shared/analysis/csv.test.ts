import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCsv } from './csv.ts';

const cell = (text: string) => toCsv(['a'], [[text]]).slice(3, -2);

describe('toCsv', () => {
  it.each([
    ['plain', 'plain'],
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', "'  =1"],
    ['＝1', "'＝1"],
    ['\t=1', '"\'\t=1"'],
    ['\r=1', "'\\x0d=1"],
    ['"=1', '"\'""=1"'],
    ['\u200b=1', "'\u200b=1"],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['two\nlines', '"two\nlines"'],
    ['a\u0000b\u001b[31m', 'a\\x00b\\x1b[31m'],
    ['E:\\out\\a-b.txt', 'E:\\out\\a-b.txt'],
  ])('%j', (text, expected) => {
    expect(cell(text)).toBe(expected);
  });

  it('writes numbers as numbers and absent values as nothing', () => {
    expect(toCsv(['a', 'b', 'c'], [[-1.5, undefined, 0]])).toBe('a,b,c\r\n-1.5,,0\r\n');
  });

  it('never lets a cell begin a formula, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cell(text)).not.toMatch(/^"?[\s]*[=+\-@\t\r]/);
      }),
    );
  });
});
