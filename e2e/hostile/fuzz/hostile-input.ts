import fc from 'fast-check';
import { hostilePayloads } from '../payloads.ts';

/** A text: any, one of the hostile ones, or one that somebody wrote as a number, time or nothing. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(...hostilePayloads.map(({ text }) => text.slice(0, 200))),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e400',
    '-0',
    'NaN',
    '9007199254740993',
    '2026-11-19T21:40:00Z',
    '9999-12-31T23:59:59Z',
  ),
);

/** Any value of JSON, at its edges as often as inside. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]], [null], ['a', 'b'], {
    a: {},
  }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Place = readonly (string | number)[];

function placesOf(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([key, below]) => placesOf(below, [...place, key]))];
}

function replaced(value: unknown, place: Place, change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, change) : item));
  const out: Record<string, unknown> = {};
  for (const [name, below] of Object.entries(value)) {
    const next = name === key ? replaced(below, rest, change) : below;
    if (next !== undefined)
      Object.defineProperty(out, name, { value: next, enumerable: true, configurable: true, writable: true });
  }
  return out;
}

/** A good document with one to four of its places taken away, filled with another value, wrapped or doubled. */
export function mutated(document: unknown): fc.Arbitrary<unknown> {
  const change = fc.oneof(
    anyValue.map((value) => () => value),
    fc.constantFrom(
      () => undefined,
      (value: unknown) => [value],
      (value: unknown) => [value, value],
      (value: unknown) => ({ value }),
      (value: unknown) => JSON.stringify(value),
    ),
  );
  return fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 4 }).map((changes) =>
    changes.reduce((value: unknown, [at, how]) => {
      const places = placesOf(value);
      return replaced(value, places[at % places.length] ?? [], how);
    }, document),
  );
}

/** A good file with one to six cuts: bytes taken away, doubled, replaced or put in. */
export function mutatedBytes(good: Uint8Array): fc.Arbitrary<Buffer> {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('"', '""', '\n', '\r\n', ',', '{', '}', '[', ']', '\\', '\u0000', '\ufeff', '"""', '=', ' ', '\t')
      .map((text) => Buffer.from(text)),
    anyText.map((text) => Buffer.from(text)),
  );
  return fc
    .array(fc.tuple(fc.nat({ max: Math.max(1, good.length) }), fc.nat({ max: 40 }), fc.boolean(), piece), {
      minLength: 1,
      maxLength: 6,
    })
    .map((cuts) =>
      cuts.reduce((bytes, [at, length, isDoubled, put]) => {
        const from = Math.min(at, bytes.length);
        const taken = bytes.subarray(from, from + length);
        return Buffer.concat([
          bytes.subarray(0, from),
          put,
          isDoubled ? Buffer.concat([taken, taken]) : Buffer.alloc(0),
          bytes.subarray(from + length),
        ]);
      }, Buffer.from(good)),
    );
}
