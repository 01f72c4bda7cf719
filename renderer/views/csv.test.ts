import { expect, test } from 'vitest';
import { rowsToCsv, toCsv } from './csv.ts';

test('a cell that a spreadsheet would run is text, quotes and lines stay in their cell', () => {
  expect(
    toCsv(
      ['a', 'b'],
      [
        ['=1+1', 'say "x",\r\ny'],
        [-3, '-3'],
      ],
    ),
  ).toBe('a,b\r\n\'=1+1,"say ""x"",\r\ny"\r\n-3,\'-3\r\n');
});

test('rows of any shape have a column for each field: times as ISO, lengths in milliseconds, lists and nested values in one cell', () => {
  const rows = [
    { id: 'R-1', raisedMs: Date.UTC(2026, 10, 2), durationMs: 1_500, warnings: ['a', 'b'] },
    { id: '@x', subject: { kind: 'finding' }, isEnabled: false, warnings: [] },
  ];
  expect(rowsToCsv(rows).split('\r\n')).toEqual([
    'id,raisedMs,durationMs,warnings,subject,isEnabled',
    'R-1,2026-11-02T00:00:00.000Z,1500,a; b,,',
    '\'@x,,,,"{""kind"":""finding""}",false',
    '',
  ]);
});
