import { earliestEvidenceMs, latestEvidenceMs } from '../../shared/base/time.ts';
import { countedActions } from '../../shared/model/event.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { type DeviceFields, deviceParts, fields, partName, writtenDevice } from './elastic-fields.ts';

/** Builders of request bodies: pure, so that snapshots show exactly what a cluster is asked. */

/** Longest regular expression an index takes by default (`index.max_regex_length`). */
const longestRegexp = 1_000;

export type Clause = Readonly<Record<string, unknown>>;

/** The actions a question is about. */
export type Actions = 'counted' | 'renames' | 'both';

/** Documents that are writes to external devices and match the filter. */
export function writesQuery(
  filter: EvidenceFilter,
  actions: Actions = 'counted',
  more: readonly Clause[] = [],
): Clause {
  const wanted = actions === 'renames' ? ['rename'] : [...countedActions, ...(actions === 'both' ? ['rename'] : [])];
  return {
    bool: {
      filter: [
        { term: { [fields.category]: 'file' } },
        { exists: { field: fields.busType } },
        // Events that name neither host nor process are no evidence; import rejects them too.
        { exists: { field: fields.host } },
        { exists: { field: fields.process } },
        { terms: { [fields.action]: wanted } },
        ...evidenceTimeClauses(fields.time, filter.fromMs, filter.toMs),
        ...nameClauses(fields.host, filter.hosts),
        ...nameClauses(fields.user, filter.users),
        ...nameClauses(fields.process, filter.processes),
        ...nameClauses(fields.executable, filter.executables),
        ...(filter.devices ? [anyOf(filter.devices.map((device) => deviceClause(device, writtenDevice)))] : []),
        ...(filter.busTypes ? [anyOf(filter.busTypes.map((busType) => caselessClause(fields.busType, busType)))] : []),
        ...(filter.pathContains === undefined ? [] : [containsClause(fields.path, filter.pathContains)]),
        ...more,
      ],
    },
  };
}

/** `fromMs` inclusive, `toMs` exclusive, in epoch milliseconds. */
export function timeClauses(field: string, fromMs: number | undefined, toMs: number | undefined): readonly Clause[] {
  if (fromMs === undefined && toMs === undefined) return [];
  // Range ends are whole milliseconds to a date field.
  const range = {
    ...(fromMs === undefined ? {} : { gte: Math.ceil(fromMs) }),
    ...(toMs === undefined ? {} : { lt: Math.ceil(toMs) }),
    format: 'epoch_millis',
  };
  return [{ range: { [field]: range } }];
}

/** Any of the names, exactly; the empty name stands for documents without the field. */
export function nameClauses(field: string, names: readonly string[] | undefined): readonly Clause[] {
  if (!names) return [];
  const named = names.filter((name) => name !== '');
  if (named.length === names.length) return [{ terms: { [field]: named } }];
  return [anyOf([{ terms: { [field]: [...named, ''] } }, missingClause(field)])];
}

/**
 * As `timeClauses`, within the times that evidence can have: import rejects other ones as errors of a clock, and a single one
 * would stretch a histogram over more buckets than a cluster makes.
 */
export function evidenceTimeClauses(
  field: string,
  fromMs: number | undefined,
  toMs: number | undefined,
): readonly Clause[] {
  return timeClauses(
    field,
    Math.max(fromMs ?? earliestEvidenceMs, earliestEvidenceMs),
    Math.min(toMs ?? latestEvidenceMs, latestEvidenceMs),
  );
}

export function missingClause(field: string): Clause {
  return { bool: { must_not: [{ exists: { field } }] } };
}

export function anyOf(clauses: readonly Clause[]): Clause {
  return { bool: { should: clauses, minimum_should_match: 1 } };
}

function allOf(clauses: readonly Clause[]): Clause {
  return { bool: { filter: clauses } };
}

/** Equal without case. */
function caselessClause(field: string, text: string): Clause {
  return { term: { [field]: { value: text, case_insensitive: true } } };
}

/**
 * Documents of a device, by its identity (`device-identity.ts`) turned back into its parts. The identity forgot case
 * and outer blanks, so the parts are matched without them. An identity of another form matches nothing.
 */
export function deviceClause(device: string, from: DeviceFields): Clause {
  if (device.startsWith('serial:')) return partClause(from.serial, device.slice('serial:'.length));
  if (!device.startsWith('model:')) return { match_none: {} };
  const noSerial = allOf(from.serial.map((field) => anyOf([missingClause(field), blankClause(field, '0*')])));
  const pieces = device.slice('model:'.length).split('|');
  // A name may hold the mark that parts the names: every way to read the identity counts.
  const readings: Clause[] = [];
  for (let vendorEnd = 1; vendorEnd < pieces.length - 1; vendorEnd += 1) {
    for (let productEnd = vendorEnd + 1; productEnd < pieces.length; productEnd += 1) {
      readings.push(
        allOf([
          partClause(from.vendor, pieces.slice(0, vendorEnd).join('|')),
          partClause(from.product, pieces.slice(vendorEnd, productEnd).join('|')),
          partClause(from.volume, pieces.slice(productEnd).join('|')),
        ]),
      );
    }
  }
  return allOf([noSerial, anyOf(readings)]);
}

/** A part of a device: the first of its fields that a document has is equal to the text. */
function partClause(names: readonly string[], text: string): Clause {
  const ways = names.map((field, position) => {
    const isLast = position === names.length - 1;
    const before = names.slice(0, position).map(missingClause);
    return allOf([...before, ...(isLast ? [] : [{ exists: { field } }]), trimmedClause(field, text)]);
  });
  return ways.length === 1 ? trimmedClause(names[0] ?? '', text) : anyOf(ways);
}

/** Equal without case and outer blanks; empty text also where the field is missing. */
function trimmedClause(field: string, text: string): Clause {
  if (text === '') return anyOf([missingClause(field), blankClause(field, '')]);
  const value = `${blanks}${caselessRegexp(text)}${blanks}`;
  return value.length > longestRegexp ? { match_none: {} } : { regexp: { [field]: { value, case_insensitive: true } } };
}

/** A field that holds blanks only, around what `inner` describes. */
function blankClause(field: string, inner: string): Clause {
  return { regexp: { [field]: { value: `${blanks}${inner}${blanks}` } } };
}

const blanks = '[ \t\r\n\u00a0]*';

/** Text as a regular expression of Lucene. ASCII letters match without case by an option, others are spelled out both ways. */
function caselessRegexp(text: string): string {
  return [...text]
    .map((character) => {
      const lower = character.toLowerCase();
      const upper = character.toUpperCase();
      if (character.charCodeAt(0) < 128 || lower === upper || [...lower].length > 1 || [...upper].length > 1) {
        return /[\w]/.test(character) || character.charCodeAt(0) >= 128 ? character : `\\${character}`;
      }
      return `[${lower}${upper}]`;
    })
    .join('');
}

/** Values that contain the text, without case. */
export function containsClause(field: string, text: string): Clause {
  const spelled = `.*${caselessRegexp(text)}.*`;
  const isAscii = [...text].every((character) => character.charCodeAt(0) < 128);
  if (!isAscii && spelled.length <= longestRegexp)
    return { regexp: { [field]: { value: spelled, case_insensitive: true } } };
  return { wildcard: { [field]: { value: `*${text.replace(/[\\*?]/g, '\\$&')}*`, case_insensitive: true } } };
}

/** A part of the key that a composite aggregation counts by. */
export type Source =
  | { readonly name: string; readonly field: string }
  | { readonly name: string; readonly field: string; readonly intervalMs: number; readonly offsetMs?: number };

/** Sources for the parts of a device. */
export function deviceSources(from: DeviceFields): readonly Source[] {
  return deviceParts.flatMap((part) =>
    from[part].map((field, position) => ({ name: partName(part, position), field })),
  );
}

/** Times are answered twice, as number and as text: the shortest text costs least, as every bucket has it. */
const format = 'epoch_millis';

/** Figures of a bucket: event sum, first and last event. */
export const volumeFigures = {
  bytes: { sum: { field: fields.size } },
  first: { min: { field: fields.time, format } },
  last: { max: { field: fields.time, format } },
} as const;

/** A page of buckets, each with a combination of the sources' values. Documents without a value have null there. */
export function compositeOf(
  sources: readonly Source[],
  size: number,
  after: object | undefined,
  figures: object = {},
): Clause {
  return {
    composite: {
      size,
      sources: sources.map((source) => ({
        [source.name]:
          'intervalMs' in source
            ? {
                date_histogram: {
                  field: source.field,
                  fixed_interval: `${source.intervalMs}ms`,
                  ...(source.offsetMs ? { offset: `${source.offsetMs}ms` } : {}),
                },
              }
            : { terms: { field: source.field, missing_bucket: true } },
      })),
      ...(after ? { after } : {}),
    },
    ...(Object.keys(figures).length === 0 ? {} : { aggs: figures }),
  };
}

/** A search that wants aggregations only. */
export function aggregationBody(query: Clause, aggs: object): Clause {
  return { size: 0, track_total_hits: false, query, aggs };
}
