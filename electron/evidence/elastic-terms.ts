import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf, OutputOf } from '../../shared/ipc/operation.ts';
import { activitySlotMs, type TermRow } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { type Bucket, figureOf, readBuckets, timeOfKey } from './elastic-buckets.ts';
import { compareNames, type ElasticEvidence } from './elastic-evidence.ts';
import { deviceOfKey, fields, textOfKey, writtenDevice } from './elastic-fields.ts';
import { addTo } from './elastic-processes.ts';
import {
  anyOf,
  type Clause,
  deviceClause,
  deviceSources,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';

type TermsInput = InputOf<EvidenceOperations['terms.list']>;
type Field = TermsInput['field'];

/** Up to so many events distinct files are counted one by one; above, the cluster estimates them. */
const exactFilesEvents = 50_000;
/** Estimates are within a few per cent; more precision costs memory in every bucket. */
const filesPrecision = 1_000;
const estimatePage = 1_000;

interface Term {
  readonly value: string;
  /** The value as documents spell it, to ask for it again. */
  readonly spellings: Set<string>;
  events: number;
  writtenBytes: number;
  firstSeenMs: number;
  lastSeenMs: number;
}

/** Answers `terms.list`. Values that only differ in spelling where the answer forgets it (devices, extensions) are one. */
export async function listTerms(
  evidence: ElasticEvidence,
  input: TermsInput,
  signal: AbortSignal,
): Promise<OutputOf<EvidenceOperations['terms.list']>> {
  const { field, filter, contains, limit } = input;
  const { search, indices } = evidence;
  if (field !== 'device') await evidence.checkFields([fields[field]], signal);
  const wanted = contains?.toLowerCase();
  const terms = new Map<string, Term>();
  const asked = { index: indices.files, query: writesQuery(filter), signal, question: `values of ${field}` };
  for await (const page of readBuckets(search, { ...asked, sources: sourcesOf(field), figures: volumeFigures })) {
    for (const bucket of page) addBucket(terms, field, bucket);
  }
  const matching = [...terms.values()].filter(
    (term) => wanted === undefined || term.value.toLowerCase().includes(wanted),
  );
  matching.sort((a, b) => b.events - a.events || compareNames(a.value, b.value));
  const chosen = matching.slice(0, limit);
  const rows = await addCounts(evidence, field, filter, chosen, signal);
  return { rows, total: matching.length };
}

function sourcesOf(field: Field): readonly Source[] {
  return field === 'device' ? deviceSources(writtenDevice) : [{ name: 'value', field: fields[field] }];
}

/** The value as the answer spells it; undefined where the documents have none. */
function termOf(field: Field, key: Bucket['key']): string | undefined {
  if (field === 'device') return deviceOfKey(key).id;
  const text = textOfKey(key.value);
  if (text === '') return undefined;
  if (field !== 'extension') return text;
  const extension = text.toLowerCase().replace(/^\.+/, '');
  return extension === '' ? undefined : extension;
}

function addBucket(terms: Map<string, Term>, field: Field, { key, events, figures }: Bucket): void {
  const value = termOf(field, key);
  if (value === undefined) return;
  const known = terms.get(value);
  const firstMs = Math.floor(figureOf(figures, 'first'));
  const lastMs = Math.floor(figureOf(figures, 'last'));
  if (known) {
    known.spellings.add(textOfKey(key.value));
    known.events += events;
    known.writtenBytes += figureOf(figures, 'bytes');
    known.firstSeenMs = Math.min(known.firstSeenMs, firstMs);
    known.lastSeenMs = Math.max(known.lastSeenMs, lastMs);
  } else {
    const spellings = new Set([textOfKey(key.value)]);
    terms.set(value, {
      value,
      spellings,
      events,
      writtenBytes: figureOf(figures, 'bytes'),
      firstSeenMs: firstMs,
      lastSeenMs: lastMs,
    });
  }
}

/** Distinct files and hosts of the chosen values, and only of them. */
async function addCounts(
  { search, indices }: ElasticEvidence,
  field: Field,
  filter: EvidenceFilter,
  chosen: readonly Term[],
  signal: AbortSignal,
): Promise<readonly TermRow[]> {
  if (chosen.length === 0) return [];
  const files = new Map<string, Set<string>>();
  const estimates = new Map<string, number>();
  const hosts = new Map<string, Set<string>>();
  const query = writesQuery(filter, 'counted', [valueClause(field, chosen)]);
  const base = { index: indices.files, query, signal, question: `files and hosts per ${field}` };
  const isExact = chosen.reduce((sum, term) => sum + term.events, 0) <= exactFilesEvents;
  const path = { name: 'path', field: fields.path };
  const estimate = { files: { cardinality: { field: fields.path, precision_threshold: filesPrecision } } };
  const sources = [...sourcesOf(field), ...(isExact ? [path] : [])];
  const pages = readBuckets(search, {
    ...base,
    sources,
    figures: isExact ? {} : estimate,
    pageSize: isExact ? undefined : estimatePage,
  });
  for await (const page of pages) {
    for (const { key, figures } of page) {
      const value = termOf(field, key);
      if (value === undefined) continue;
      if (isExact) addTo(files, value, textOfKey(key.path));
      else estimates.set(value, (estimates.get(value) ?? 0) + figureOf(figures, 'files'));
    }
  }
  const withHost: readonly Source[] = [...sourcesOf(field), { name: 'host', field: fields.host }];
  for await (const page of readBuckets(search, { ...base, sources: withHost })) {
    for (const { key } of page) {
      const value = termOf(field, key);
      if (value !== undefined) addTo(hosts, value, textOfKey(key.host));
    }
  }
  return chosen.map(({ value, events, writtenBytes, firstSeenMs, lastSeenMs }) => ({
    value,
    events,
    writtenBytes,
    files: isExact ? (files.get(value)?.size ?? 0) : (estimates.get(value) ?? 0),
    firstSeenMs,
    lastSeenMs,
    hosts: hosts.get(value)?.size ?? 0,
    ...(isExact ? {} : { isFilesApproximate: true }),
  }));
}

function valueClause(field: Field, chosen: readonly Term[]): Clause {
  if (field === 'device') return anyOf(chosen.map((term) => deviceClause(term.value, writtenDevice)));
  return { terms: { [fields[field]]: chosen.flatMap((term) => [...term.spellings]) } };
}

/** Answers `hours.read`: counted events per hour of the day. */
export async function readHours(
  { search, indices }: ElasticEvidence,
  input: InputOf<EvidenceOperations['hours.read']>,
  signal: AbortSignal,
): Promise<{ readonly events: readonly number[] }> {
  const events = new Array<number>(24).fill(0);
  const query = writesQuery(input.filter);
  // Zones are shifted by whole quarters of an hour at most, so slots never straddle an hour; single minutes are asked apart.
  const intervalMs = input.offsetMinutes % 15 === 0 ? activitySlotMs : 60_000;
  const sources = [{ name: 'slot', field: fields.time, intervalMs }];
  for await (const page of readBuckets(search, {
    index: indices.files,
    query,
    sources,
    signal,
    question: 'hours of the day',
  })) {
    for (const bucket of page) {
      const minutes = Math.floor(timeOfKey(bucket.key.slot, 'hours of the day') / 60_000) + input.offsetMinutes;
      const hour = Math.floor((((minutes % 1440) + 1440) % 1440) / 60);
      events[hour] = (events[hour] ?? 0) + bucket.events;
    }
  }
  return { events };
}
