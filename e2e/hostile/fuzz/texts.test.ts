import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePackageLine } from '../../../electron/capture/package-owner.ts';
import { readCursor, writeCursor } from '../../../electron/evidence/duckdb-cursor.ts';
import { sniff, splitCsvLine } from '../../../electron/evidence/import-sniff.ts';
import { Failure } from '../../../shared/base/failure.ts';
import { parseDuration, parseTime } from '../../../shared/base/time.ts';
import { visibleText } from '../../../shared/base/visible-text.ts';
import { parsePortsideLink } from '../../../shared/model/portside-link.ts';
import { fuzz, slowTestMs } from './fuzz-runs.ts';
import { anyText, mutatedBytes } from './hostile-input.ts';

/** Short texts that another program, a page or a person hands over: read by their exact form, or refused. */

/** Good texts with bytes of them changed, and any other. */
const changed = (...good: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    ...good.map((text) => mutatedBytes(Buffer.from(text)).map((bytes) => bytes.toString('utf8'))),
    fc.constantFrom(...good),
    anyText,
  );

/** What a parser says, or undefined where it refuses with a Failure. */
function readBy<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return undefined;
  }
}

describe('links', () => {
  test(
    'lead to a finding or a case whose id has its exact form, or nowhere',
    () => {
      expect(parsePortsideLink('portside://finding/F-abcd1234')).toEqual({ kind: 'finding', id: 'F-abcd1234' });
      expect(parsePortsideLink('portside://case/C-2026-0001')).toEqual({ kind: 'case', id: 'C-2026-0001' });
      const links = [
        'portside://finding/F-abcd1234',
        'portside://case/C-2026-0001',
        'f-abcd1234',
        'PORTSIDE://CASE/c-2026-0001',
      ];
      fc.assert(
        fc.property(changed(...links), (text) => {
          const target = parsePortsideLink(text);
          if (!target) return;
          expect(target.id).toMatch(target.kind === 'finding' ? /^F-[0-9a-z]{4,64}$/ : /^C-\d{4}-\d{4,8}$/);
          // Nothing of the text is dropped but its blanks and the case of its letters.
          const said =
            target.kind === 'finding'
              ? [`portside://finding/${target.id}`, target.id]
              : [`portside://case/${target.id}`];
          expect(said.map((one) => one.toLowerCase())).toContain(text.trim().toLowerCase());
        }),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});

describe('what the page gives back', () => {
  test(
    'a cursor is one that was given out, or is refused',
    () => {
      fc.assert(
        fc.property(changed(writeCursor(['1760000000000', 'e1']), writeCursor(['a'])), (text) => {
          const place = readBy(() => readCursor(text, 2));
          if (!place) return;
          expect(place).toHaveLength(2);
          for (const part of place) expect(part).toBeTypeOf('string');
        }),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});

describe('what a person types', () => {
  test(
    'times and durations are finite, or refused',
    () => {
      const times = ['2026-11-19T21:40:00Z', '2026-11-19 21:40+02:00', '1760000000000', '2026-11-19'];
      fc.assert(
        fc.property(changed(...times, '15m', '30s'), (text) => {
          const [atMs = 0, durationMs = 1] = [
            readBy(() => parseTime(text, 'x')),
            readBy(() => parseDuration(text, 'x')),
          ];
          expect(Number.isFinite(atMs)).toBe(true);
          expect(Number.isFinite(durationMs) && durationMs > 0).toBe(true);
        }),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});

describe('what stands at the start of a file', () => {
  const starts = [
    '{"@timestamp":"2026-11-19T21:40:00Z","event":{"id":"e"}}\n{"a":1}\n',
    '[{"@timestamp":"2026-11-19T21:40:00Z"}]',
    '{"took":1,"hits":{"hits":[{"_source":{}}]}}',
    '@timestamp,"host.name";process.name\n2026,"a"";b",c\n',
    'PAR1\u0015\u0004',
  ];
  test(
    'is told by its kind or a reason',
    () => {
      fc.assert(
        fc.property(
          fc.oneof(...starts.map((text) => mutatedBytes(Buffer.from(text)))),
          fc.boolean(),
          (bytes, isWhole) => {
            const found = sniff(bytes, isWhole);
            if (found.kind === 'unknown') expect(found.reason).toMatch(/\w/);
            if (found.kind === 'csv') expect(found.header.length).toBeGreaterThan(0);
            for (const delimiter of [',', ';']) splitCsvLine(bytes.toString('utf8'), delimiter);
          },
        ),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});

describe('what the system tells of programs', () => {
  test(
    'a package is one that owns the file asked for',
    () => {
      const lines = ['coreutils: /bin/cp\n', 'libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6\n', 'a, b: /bin/cp'];
      fc.assert(
        fc.property(changed(...lines), (output) => {
          const owner = parsePackageLine(output, ['/bin/cp']);
          if (owner === undefined) return;
          expect(owner).toMatch(/^[a-z0-9][a-z0-9.+-]*$/);
          expect(output).toContain('/bin/cp');
        }),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});

describe('what is shown', () => {
  test(
    'has nothing that steers or hides, whatever it was',
    () => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
      const steering = /[\u0000-\u0008\u000b-\u001f]|[\u007f-\u009f]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/u;
      fc.assert(
        fc.property(anyText, (text) => {
          expect(visibleText(text)).not.toMatch(steering);
        }),
        fuzz(1_000),
      );
    },
    slowTestMs,
  );
});
