import { cancelled } from '../../shared/base/failure.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { ActivityChunk, ProgramIdentity } from '../../shared/model/evidence-answer.ts';
import type { DuckdbDatabase } from './duckdb-database.ts';
import { countedSql } from './duckdb-figures.ts';
import { makeBinder } from './duckdb-filter.ts';
import { askByPlainDays } from './duckdb-plain-days.ts';

/** Rows of one chunk, about. */
const activityChunkRows = 200_000;

/** Answers `activity.read` from the rollup, in chunks that end with a slot. */
export async function readActivity(
  database: DuckdbDatabase,
  input: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  context: CallContext<ActivityChunk>,
): Promise<{ readonly rows: number }> {
  const { signal } = context;
  const columns = `host, user_name, process, executable, device, ${identityColumns.join(', ')}`;
  const combos = await database.columns(`SELECT DISTINCT ${columns} FROM streams ORDER BY ALL`, [], signal);
  const dictionaries = ['host', 'user_name', 'process', 'executable', 'device'].map((name) =>
    toDictionary(combos.column(name) as readonly string[]),
  );
  const identities = toIdentities(identityColumns.map((name) => combos.column(name) as readonly string[]));
  const span = { fromMs: input.fromMs, toMs: input.toMs };
  const answer = await askByPlainDays(database, signal, (plainDays) => {
    const binder = makeBinder();
    return database.columns(
      `WITH ranked AS MATERIALIZED (
       SELECT id, dense_rank() OVER (ORDER BY ${columns}) - 1 AS combo FROM streams)
     SELECT CAST(slot AS DOUBLE) AS slot, CAST(combo AS DOUBLE) AS combo, CAST(sum(events) AS DOUBLE) AS events,
       CAST(sum(bytes) AS DOUBLE) AS bytes, CAST(min(first_ms) AS DOUBLE) AS first_ms, CAST(max(last_ms) AS DOUBLE) AS last_ms
     FROM (SELECT a.at_ms // 900000 * 900000 AS slot, r.combo,
             a.events, a.bytes, a.first_ms, a.last_ms
           FROM (SELECT a.* ${countedSql(span, plainDays, binder)}) a JOIN ranked r ON r.id = a.stream)
     GROUP BY slot, combo ORDER BY slot, combo`,
      binder.parameters,
      signal,
    );
  });
  const slotMs = answer.column('slot') as Float64Array;
  const combo = answer.column('combo') as Float64Array;
  const figures = ['events', 'bytes', 'first_ms', 'last_ms'].map((name) => answer.column(name) as Float64Array);
  for (let start = 0; start < answer.rowCount; ) {
    if (signal.aborted) throw cancelled();
    let end = Math.min(start + activityChunkRows, answer.rowCount);
    while (end < answer.rowCount && slotMs[end] === slotMs[end - 1]) end++;
    context.emit(
      toChunk(slotMs.slice(start, end), combo.subarray(start, end), dictionaries, identities, figures, start, end),
    );
    start = end;
  }
  return { rows: answer.rowCount };
}

/** Columns of the parts of a program's identity, in the order of `identityParts`. */
const identityColumns = [
  'publisher',
  'publisher_trusted',
  'process_sha256',
  'original_file_name',
  'parent_process',
] as const;

interface Dictionary<Value = string> {
  readonly values: readonly Value[];
  /** Place in `values` by the number of the combination. */
  readonly indices: Uint32Array;
}

function toIdentities(parts: readonly (readonly string[])[]): Dictionary<ProgramIdentity> {
  const rows = (parts[0] ?? []).map((_, row) => JSON.stringify(parts.map((part) => part[row] ?? '')));
  const { values, indices } = toDictionary(rows);
  return {
    indices,
    values: values.map((text) => {
      const [publisher, publisherTrusted, sha256, originalFileName, parentProcess] = JSON.parse(text) as string[];
      return {
        publisher: publisher ?? '',
        publisherTrusted: publisherTrusted ?? '',
        sha256: sha256 ?? '',
        originalFileName: originalFileName ?? '',
        parentProcess: parentProcess ?? '',
      };
    }),
  };
}

function toDictionary(column: readonly string[]): Dictionary {
  const places = new Map<string, number>();
  const indices = Uint32Array.from(column, (value) => {
    const known = places.get(value);
    if (known !== undefined) return known;
    places.set(value, places.size);
    return places.size - 1;
  });
  return { values: [...places.keys()], indices };
}

function toChunk(
  slotMs: Float64Array,
  combo: Float64Array,
  dictionaries: readonly Dictionary[],
  identities: Dictionary<ProgramIdentity>,
  figures: readonly Float64Array[],
  start: number,
  end: number,
): ActivityChunk {
  const values = (at: number) => dictionaries[at]?.values ?? [];
  const places = (byCombo: Uint32Array) => Uint32Array.from(combo, (number) => byCombo[number] ?? 0);
  const indices = (at: number) => places(dictionaries[at]?.indices ?? new Uint32Array(0));
  const figure = (at: number) => (figures[at] ?? new Float64Array(0)).slice(start, end);
  return {
    hosts: values(0),
    users: values(1),
    processes: values(2),
    executables: values(3),
    devices: values(4),
    identities: identities.values,
    slotMs,
    hostIndex: indices(0),
    userIndex: indices(1),
    processIndex: indices(2),
    executableIndex: indices(3),
    deviceIndex: indices(4),
    identityIndex: places(identities.indices),
    events: figure(0),
    writtenBytes: figure(1),
    firstMs: figure(2),
    lastMs: figure(3),
  };
}
