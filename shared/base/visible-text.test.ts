import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visibleParts, visibleText } from './visible-text.ts';

test('ordinary text of any script is unchanged', () => {
  for (const text of [
    'rundll32.exe',
    'C:\\Users\\Müller\\Größe.docx',
    '財務報告.xlsx',
    'отчёт.pdf',
    'تقرير.pdf',
    '😀.txt',
    '',
  ])
    expect(visibleText(text)).toBe(text);
});

test('what cannot be seen is named', () => {
  expect(visibleText('invoice\u202Efdp.exe')).toBe('invoice⟨U+202E⟩fdp.exe');
  expect(visibleText('svchost\u200B.exe')).toBe('svchost⟨U+200B⟩.exe');
  expect(visibleText('a\nb\tc\0')).toBe('a⟨U+000A⟩b⟨U+0009⟩c⟨U+0000⟩');
  expect(visibleText('x\u{E0041}')).toBe('x⟨U+E0041⟩');
  expect(visibleText('x\uD800y')).toBe('x⟨U+D800⟩y');
});

test('parts tell hidden characters from text', () => {
  expect(visibleParts('a\u202Eb')).toEqual([
    { text: 'a', isHidden: false },
    { text: 'U+202E', isHidden: true },
    { text: 'b', isHidden: false },
  ]);
  expect(visibleParts('')).toEqual([{ text: '', isHidden: false }]);
});

test('parts and text agree, and nothing hidden is left', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const joined = visibleParts(text)
        .map((part) => (part.isHidden ? `⟨${part.text}⟩` : part.text))
        .join('');
      expect(joined).toBe(visibleText(text));
      expect(visibleText(joined)).toBe(joined);
    }),
  );
});
