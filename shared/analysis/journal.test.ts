import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256HexOfBytes as testSha256 } from '../base/sha-256.ts';
import {
  type ChainedEntry,
  contradictionOf,
  genesisHash,
  journalFormat,
  readJournal,
  toJournalLine,
} from './journal.ts';

const id = 'C-2026-0001';

/** A journal of the given payloads, as bytes and as lines. */
function journalOf(payloads: readonly unknown[], format = journalFormat) {
  const lines: Uint8Array[] = [];
  let prev = genesisHash('case', format, id, testSha256);
  const all = [{ format, id }, ...payloads];
  for (const [index, payload] of all.entries()) {
    const line = toJournalLine(
      {
        seq: index + 1,
        at: new Date(Date.UTC(2026, 10, 19, 21, index)).toISOString(),
        monotonicMs: index,
        actor: 'r.osei',
        kind: index === 0 ? 'case.opened' : 'note.added',
        payload,
        prev,
      },
      testSha256,
    );
    lines.push(line.bytes);
    prev = line.hash;
  }
  return { lines, bytes: concat(lines), head: prev };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const read = (bytes: Uint8Array, expectedId?: string) => readJournal(bytes, 'case', testSha256, expectedId);
const hostile = [
  '</script><b>',
  '=cmd|x',
  'a\u202Eb',
  '\u0000\n\r',
  '\ud83d lone',
  'ü😀',
  '","sum":"',
  'x'.repeat(300),
];

describe('readJournal', () => {
  it('reads back what was written, whatever the payloads hold', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.json().map((text) => JSON.parse(text)),
            fc.string({ unit: 'binary' }),
            fc.constantFrom(...hostile),
          ),
          { maxLength: 6 },
        ),
        (payloads) => {
          const { bytes, head } = journalOf(payloads);
          const reading = read(bytes, id);
          expect(reading.end).toEqual({ kind: 'whole' });
          expect(reading.head).toBe(head);
          expect(JSON.stringify(reading.entries.slice(1).map((entry) => entry.payload))).toBe(JSON.stringify(payloads));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds a change of every single byte, and where it is', () => {
    const { bytes, lines, head } = journalOf([{ text: 'one' }, hostile, { text: 'last' }]);
    const noted = { entries: lines.length, hash: head };
    let offset = 0;
    for (const [index, line] of lines.entries()) {
      for (let at = 0; at < line.length; at += 1) {
        for (const flip of [0x01, 0x20, 0x80]) {
          const changed = bytes.slice();
          changed[offset + at] = (changed[offset + at] ?? 0) ^ flip;
          const reading = read(changed, id);
          // The last newline turned into something else leaves a tail without one: as after a cut write, nothing of it counts.
          const isLastNewline = index === lines.length - 1 && at === line.length - 1;
          expect(reading.end.kind, `line ${index + 1}, byte ${at}, flip ${flip}`).toBe(
            isLastNewline ? 'torn' : 'damaged',
          );
          expect(reading.entries.length).toBeLessThanOrEqual(index);
          expect(contradictionOf(reading, noted)).toBeDefined();
        }
      }
      offset += line.length;
    }
  });

  it('finds removed, doubled, swapped and added lines and bytes', () => {
    const { lines, head } = journalOf(['a', 'b', 'c', 'd']);
    const noted = { entries: lines.length, hash: head };
    const ordinary = lines.map((_, index) => index);
    const damages: number[][] = [];
    for (let at = 0; at < lines.length; at += 1) {
      damages.push(
        ordinary.filter((index) => index !== at),
        ordinary.flatMap((index) => (index === at ? [at, at] : [index])),
      );
      for (let other = at + 1; other < lines.length; other += 1)
        damages.push(ordinary.map((index) => (index === at ? other : index === other ? at : index)));
    }
    for (const order of damages) {
      const reading = read(concat(order.map((index) => lines[index] ?? new Uint8Array())), id);
      const isFound = reading.end.kind !== 'whole' || contradictionOf(reading, noted) !== undefined;
      expect(isFound, order.join()).toBe(true);
    }
    const added = [new Uint8Array([0x0a]), new Uint8Array([0x20]), new TextEncoder().encode('{}\n')];
    const whole = concat(lines);
    for (let at = 0; at <= whole.length; at += 1) {
      for (const bytes of added) {
        const reading = read(concat([whole.slice(0, at), bytes, whole.slice(at)]), id);
        expect(reading.end.kind, `at ${at}`).not.toBe('whole');
      }
    }
    for (let at = 0; at < whole.length; at += 1) {
      const reading = read(concat([whole.slice(0, at), whole.slice(at + 1)]), id);
      expect(reading.end.kind === 'whole' && contradictionOf(reading, noted) === undefined, `without byte ${at}`).toBe(
        false,
      );
    }
  });

  it('takes any cut tail as torn or as a shorter journal, never as damage, and keeps every whole entry', () => {
    const { bytes, lines } = journalOf(['a', hostile, 'c']);
    for (let length = 0; length <= bytes.length; length += 1) {
      const reading = read(bytes.slice(0, length), id);
      let whole = 0;
      let sum = 0;
      for (const line of lines) {
        sum += line.length;
        if (sum <= length) whole += 1;
      }
      expect(reading.entries.length).toBe(whole);
      expect(reading.end.kind).toBe(reading.goodBytes === length ? 'whole' : 'torn');
    }
  });

  it('refuses a journal of another case, of another kind, and of a newer format', () => {
    const { bytes } = journalOf(['a']);
    expect(read(bytes, 'C-2026-0002').end.kind).toBe('damaged');
    expect(readJournal(bytes, 'workspace', testSha256).end.kind).toBe('damaged');
    expect(read(journalOf(['a'], 2).bytes).end).toEqual({ kind: 'too-new', format: 2 });
  });

  it('survives anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => new TextEncoder().encode(`${text}\n`)),
        ),
        (bytes) => {
          expect(read(bytes).entries).toEqual([]);
        },
      ),
    );
    expect(read(new TextEncoder().encode(`${'['.repeat(100_000)}\n`)).end.kind).toBe('damaged');
  });
});

describe('contradictionOf', () => {
  it('lets a journal grow and notices one that was cut or written anew', () => {
    const long = read(journalOf(['a', 'b']).bytes);
    const other = read(journalOf(['x', 'y']).bytes);
    const noted = { entries: 2, hash: (long.entries[1] as ChainedEntry).hash };
    expect(contradictionOf(long, noted)).toBeUndefined();
    expect(contradictionOf(read(journalOf([]).bytes), noted)).toContain('cut');
    expect(contradictionOf(other, noted)).toContain('anew');
  });
});
