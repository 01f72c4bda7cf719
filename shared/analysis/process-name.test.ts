import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, foldLookAlikes, nameTricks } from './process-name.ts';

describe('nameTricks', () => {
  it.each([
    ['zero for o', 'svch0st.exe', undefined, [{ kind: 'look-alike', imitates: 'svchost.exe' }]],
    ['a Cyrillic letter', 'svсhost.exe', undefined, [{ kind: 'look-alike', imitates: 'svchost.exe' }]],
    ['capital i for l', 'expIorer.exe', undefined, [{ kind: 'look-alike', imitates: 'explorer.exe' }]],
    ['rn for m', 'taskrngr.exe', undefined, [{ kind: 'look-alike', imitates: 'taskmgr.exe' }]],
    ['a swapped pair', 'svhcost.exe', undefined, [{ kind: 'near-miss', imitates: 'svchost.exe', distance: 1 }]],
    ['two letters off', 'rundl132x.exe', undefined, [{ kind: 'near-miss', imitates: 'rundll32.exe', distance: 2 }]],
    [
      'a document before the program',
      'invoice.pdf.exe',
      undefined,
      [{ kind: 'double-extension', shown: 'invoice.pdf' }],
    ],
    ['a trailing space', 'setup.exe ', undefined, [{ kind: 'padded', where: 'space' }]],
    ['a bidi override', 'annex\u202Efdp.exe', undefined, [{ kind: 'padded', where: 'hidden-character' }]],
    ['the real one in place', 'rundll32.exe', 'C:\\Windows\\System32\\rundll32.exe', []],
    ['the real one, other case', 'RUNDLL32.EXE', 'c:\\windows\\syswow64\\RUNDLL32.EXE', []],
    ['the real one without a path', 'rundll32.exe', undefined, []],
    ['an ordinary program', 'winword.exe', 'C:\\Program Files\\Microsoft Office\\root\\Office16\\winword.exe', []],
    ['an unknown program', 'acme-sync.exe', undefined, []],
  ] as const)('%s', (_title, process, executable, expected) => {
    expect(nameTricks({ process, executable })).toEqual(expected);
  });

  it('finds a system name in a wrong folder, also below a crowded one', () => {
    for (const folder of [
      'C:\\Users\\m\\AppData\\Local\\Temp',
      'C:\\Windows\\Temp',
      'E:',
      'C:\\Windows\\System32\\x',
    ]) {
      expect(nameTricks({ process: 'svchost.exe', executable: `${folder}\\svchost.exe` })[0]?.kind).toBe(
        'wrong-folder',
      );
    }
  });

  it('leaves a name alone that the fleet knows', () => {
    expect(nameTricks({ process: 'svchosts.exe' }, new Set(['svchosts.exe']))).toEqual([]);
  });

  it('answers at once whatever the name is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (process) => nameTricks({ process }).length <= 4),
    );
    expect(nameTricks({ process: `${'a'.repeat(32_000)}.exe` })).toEqual([]);
  });
});

describe('editDistance', () => {
  it('agrees with a plain computation up to its limit', () => {
    const plain = (left: string, right: string): number => {
      const rows = left.length + 1;
      const columns = right.length + 1;
      const table = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) => (row === 0 ? column : column === 0 ? row : 0)),
      );
      const at = (row: number, column: number) => table[row]?.[column] ?? 0;
      for (let row = 1; row < rows; row += 1)
        for (let column = 1; column < columns; column += 1) {
          let value = Math.min(
            at(row - 1, column) + 1,
            at(row, column - 1) + 1,
            at(row - 1, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1),
          );
          if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1])
            value = Math.min(value, at(row - 2, column - 2) + 1);
          (table[row] ?? [])[column] = value;
        }
      return at(left.length, right.length);
    };
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 8 }), (left, right, limit) => {
        const distance = plain(left, right);
        const found = editDistance(left, right, limit);
        expect(distance <= limit ? found === distance : found > limit).toBe(true);
      }),
    );
  });
});

describe('foldLookAlikes', () => {
  it('is the same for everything that looks the same', () => {
    expect(
      new Set(['lsass.exe', 'Isass.exe', '1sass.exe', 'lѕаss.exe', 'l\u200bsass.exe'].map(foldLookAlikes)).size,
    ).toBe(1);
  });
});
