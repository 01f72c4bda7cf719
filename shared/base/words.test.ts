import { describe, expect, it } from 'vitest';
import { countOf, shareText, shortText } from './words.ts';

describe('figures in sentences', () => {
  it.each([
    [0, '0 %'],
    [0.0004, 'below 0.1 %'],
    [0.004, '0.4 %'],
    [0.02, '2 %'],
    [0.884, '88 %'],
    [1, '100 %'],
  ])('shareText(%d)', (share, expected) => {
    expect(shareText(share)).toBe(expected);
  });

  it('counts one thing in the singular', () => {
    expect([countOf(1, 'file'), countOf(1204, 'file'), countOf(0, 'entry', 'entries')]).toEqual([
      '1 file',
      '1,204 files',
      '0 entries',
    ]);
  });

  it('cuts long text visibly', () => {
    expect([shortText('abc', 3), shortText('abcd', 3)]).toEqual(['abc', 'ab…']);
  });
});
