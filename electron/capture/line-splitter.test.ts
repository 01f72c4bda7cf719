import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeLineSplitter } from './line-splitter.ts';

test('lines come whole, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.nat(20)), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll('\n', ' '));
      const stream = lines.map((line) => `${line}\n`).join('');
      const got: string[] = [];
      const split = makeLineSplitter((line) => got.push(line), 1_000);
      let at = 0;
      for (const cut of cuts) {
        split(stream.slice(at, at + cut));
        at += cut;
      }
      split(stream.slice(at));
      expect(got).toEqual(lines);
    }),
  );
});

test('a line that is too long is dropped, the next one comes', () => {
  const got: string[] = [];
  const split = makeLineSplitter((line) => got.push(line), 5);
  for (const piece of ['ab', 'cdef', 'gh', '\nok\n', 'toolong\n', 'end\n']) split(piece);
  expect(got).toEqual(['ok', 'end']);
});
