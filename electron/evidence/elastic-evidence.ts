import { fail } from '../../shared/base/failure.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { optionalFigureOf } from './elastic-buckets.ts';
import { fields } from './elastic-fields.ts';
import type { ElasticIndices } from './elastic-indices.ts';
import { aggregationBody, volumeFigures, writesQuery } from './elastic-queries.ts';
import { type ElasticSearch, record } from './elastic-search.ts';

/** What the questions are asked with. */
export interface ElasticEvidence {
  readonly search: ElasticSearch;
  readonly indices: ElasticIndices;
  /** Sees to it that the fields can be counted by: see `makeFieldCheck`. */
  readonly checkFields: (wanted: readonly string[], signal: AbortSignal) => Promise<void>;
}

type FieldKind = 'keyword' | 'number' | 'date';

/** Types that behave alike in aggregations and exact matches. */
const typesOfKind: Readonly<Record<FieldKind, readonly string[]>> = {
  keyword: ['keyword', 'constant_keyword', 'wildcard'],
  number: ['long', 'integer', 'short', 'byte', 'unsigned_long', 'double', 'float', 'half_float', 'scaled_float'],
  date: ['date', 'date_nanos'],
};

const kinds = new Map<string, FieldKind>([
  [fields.time, 'date'],
  [fields.size, 'number'],
]);

/** Fields without which no write can be told: they must exist somewhere. Others may be missing: their values then are too. */
const neededFields: readonly string[] = [
  fields.time,
  fields.action,
  fields.busType,
  fields.host,
  fields.process,
  fields.path,
];

/** Fields that every question uses. */
export const commonFields: readonly string[] = [
  fields.time,
  fields.id,
  fields.category,
  fields.action,
  fields.busType,
  fields.host,
  fields.user,
  fields.process,
  fields.executable,
  fields.path,
  fields.size,
  fields.serial,
  fields.vendor,
  fields.product,
  fields.volume,
  fields.otherVolume,
];

/** Mappings change rarely; a check is believed for so long. */
const checkedForMs = 300_000;

/**
 * Makes the check of field types. An index that maps a name as text, or a host as number, would drop out of answers or
 * change them without a word, so types are looked at before anything is counted. Ends with `store-lacks-fields`, which
 * names field, type and index, and with `not-found` where no index is there at all.
 */
export function makeFieldCheck(
  search: ElasticSearch,
  indices: ElasticIndices,
  now: () => number,
): ElasticEvidence['checkFields'] {
  const checked = new Map<string, number>();
  return async (wanted, signal) => {
    const fresh = now() - checkedForMs;
    const open = wanted.filter((field) => (checked.get(field) ?? 0) < fresh);
    if (open.length === 0) return;
    const found = await readFieldTypes(search, indices.files, open, signal);
    if (found.indices === 0) {
      throw fail(
        'not-found',
        `No index matches "${indices.files}".`,
        'Check the index patterns of the source, that Elastic Defend ships file events to this cluster, and what the key may see.',
      );
    }
    for (const field of open) {
      const kind = kinds.get(field) ?? 'keyword';
      const types = found.types.get(field) ?? [];
      const wrong = types.find((type) => !typesOfKind[kind].includes(type.type));
      if (wrong) {
        throw fail(
          'store-lacks-fields',
          `${field} is mapped as ${wrong.type}${wrong.indices.length > 0 ? ` in ${wrong.indices.slice(0, 3).join(', ')}` : ''}, not as ${kind}: its values cannot be counted.`,
          "Use indices with Elastic Defend's own template, or leave that index out of the source's patterns.",
        );
      }
      if (types.length === 0 && neededFields.includes(field)) {
        throw fail(
          'store-lacks-fields',
          `No index behind "${indices.files}" has the field ${field}.`,
          'Elastic Defend writes it for files on external devices (Windows, agent 8.4 or newer). Check the integration.',
        );
      }
    }
    for (const field of open) checked.set(field, now());
  };
}

/** How fields are mapped: every type that occurs, and where (only where types differ). */
export async function readFieldTypes(
  search: ElasticSearch,
  index: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<{
  readonly indices: number;
  readonly types: ReadonlyMap<string, readonly { readonly type: string; readonly indices: readonly string[] }[]>;
}> {
  const path = `/${index.split(',').map(encodeURIComponent).join(',')}/_field_caps`;
  const query = { fields: wanted.join(','), ignore_unavailable: false, allow_no_indices: true };
  const answer = record(await search.ask({ method: 'GET', path, query }, { signal, question: 'types of fields' }));
  const known = record(answer?.fields);
  if (!known || !Array.isArray(answer?.indices)) {
    throw fail(
      'store-garbled',
      `${search.place} did not say which fields it has.`,
      'A proxy or another service may answer at this address.',
    );
  }
  const types = new Map<string, { type: string; indices: string[] }[]>();
  for (const [field, byType] of Object.entries(known)) {
    const found = Object.entries(record(byType) ?? {}).filter(([type]) => type !== 'unmapped' && type !== 'object');
    types.set(
      field,
      found.map(([type, about]) => {
        const places = record(about)?.indices;
        return { type, indices: Array.isArray(places) ? places.map(String) : [] };
      }),
    );
  }
  return { indices: answer.indices.length, types };
}

/** First and last counted write of a filter, and how many there are; undefined times where there is none. */
export async function readExtent(
  { search, indices }: ElasticEvidence,
  filter: EvidenceFilter,
  signal: AbortSignal,
): Promise<{ readonly firstMs: number; readonly lastMs: number; readonly events: number } | undefined> {
  const { first, last } = volumeFigures;
  const body = { ...aggregationBody(writesQuery(filter), { first, last }), track_total_hits: true };
  const answer = await search.search(indices.files, body, { signal, question: 'span of the evidence' });
  const firstMs = optionalFigureOf(answer.aggregations, 'first');
  const lastMs = optionalFigureOf(answer.aggregations, 'last');
  if (firstMs === undefined || lastMs === undefined) return undefined;
  return { firstMs: Math.floor(firstMs), lastMs: Math.floor(lastMs), events: answer.total ?? 0 };
}

/** Order of names as both engines have it: by code points, which is the order of UTF-8 bytes. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    // A surrogate stands for a code point above all others of 16 bits.
    const isLeftPair = left >= 0xd800 && left <= 0xdfff;
    const isRightPair = right >= 0xd800 && right <= 0xdfff;
    if (isLeftPair !== isRightPair) return isLeftPair ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}
