import { earliestEvidenceMs, latestEvidenceMs } from '../../shared/base/time.ts';
import { alertMarks, spellings, type WriteField, writeFields } from './import-fields.ts';

/** What a row of a file turned out to be; stands in the column `code` of a staging table. From `firstRejection` on: why not. */
export const rowCodes = { other: 0, write: 1, rename: 2, unsettled: 9 } as const;
export const firstRejection = 10;

/** Reasons of rejections by `code - firstRejection`. */
export const rejectionReasons = [
  'no @timestamp',
  '@timestamp is not a time',
  '@timestamp is before 1990',
  '@timestamp is in 2100 or later',
  'no host.name',
  'no process.name',
  'file.size is not a whole number',
  'file.size is negative',
  'file.size is beyond 2^53',
] as const;

/** Shape of a source: keys with the shape below them, `text` for a scalar and `list` for a list of scalars. */
export type Shape = ReadonlyMap<string, Shape | 'text' | 'list'>;

type MutableShape = Map<string, MutableShape | 'text' | 'list'>;

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A file as the readers of the engine take it: they read names as patterns, and a class of one character stands for that character. */
export function fileSql(path: string): string {
  return literal(path.replace(/[*?[]/g, (char) => `[${char}]`));
}

function addSpellings(shape: MutableShape, name: string): void {
  for (const path of spellings(name.split('.'))) addPath(shape, path, 'text');
}

function addPath(shape: MutableShape, path: readonly string[], kind: 'text' | 'list'): void {
  let node = shape;
  for (const key of path.slice(0, -1)) {
    const known = node.get(key);
    const next: MutableShape = known instanceof Map ? known : new Map();
    if (next !== known) node.set(key, next);
    node = next;
  }
  const last = path.at(-1);
  if (last !== undefined) node.set(last, kind);
}

/** The shape that JSON documents are read with, and the fields that every one of them is expected to have. */
export interface JsonLayout {
  readonly shape: Shape;
  /** A row without one of these was not read completely and is looked at by itself. */
  readonly required: readonly WriteField[];
}

type Root = 'bare' | '_source' | 'fields';

/** Documents that a sample must have before anything is concluded from it. */
const minSample = 20;

/**
 * How to read the documents of a file: bare, wrapped as hits and in the `fields` form, with nested, dotted and mixed names, all at
 * once. That is hundreds of columns, and each costs time in every row. So what all documents of a `sample` have is only looked for
 * where they have it; a row that lacks it there is not taken for complete.
 */
export function jsonLayout(sample: readonly Readonly<Record<string, unknown>>[] = []): JsonLayout {
  const roots: readonly Root[] = ['bare', '_source', 'fields'];
  const isEnough = sample.length >= minSample;
  const seenRoots = isEnough ? roots.filter((root) => sample.some((document) => hasEvidence(document, root))) : roots;
  const usedRoots = seenRoots.length > 0 ? seenRoots : roots;
  const required: WriteField[] = [];
  const shapes: Record<Root, MutableShape> = { bare: new Map(), _source: new Map(), fields: new Map() };
  for (const [field, names] of Object.entries(writeFields) as [WriteField, readonly string[]][]) {
    const seen = isEnough ? commonSpellings(sample, usedRoots, names[0] ?? '') : undefined;
    if (seen) {
      required.push(field);
      for (const { root, path } of seen) addPath(shapes[root], path, root === 'fields' ? 'list' : 'text');
      continue;
    }
    for (const name of names) {
      for (const root of usedRoots) {
        if (root === 'fields') shapes.fields.set(name, 'list');
        else addSpellings(shapes[root], name);
      }
    }
  }
  for (const root of usedRoots) {
    const marks = [...alertMarks, 'result_type', ...(root === 'fields' ? [] : ['kibana'])];
    for (const mark of marks) shapes[root].set(mark, root === 'fields' ? 'list' : 'text');
  }
  const shape = new Map<string, Shape | 'text' | 'list'>(shapes.bare).set('_id', 'text');
  if (shapes._source.size > 0) shape.set('_source', shapes._source);
  if (shapes.fields.size > 0) shape.set('fields', shapes.fields);
  return { shape, required };
}

function below(document: Readonly<Record<string, unknown>>, root: Root): unknown {
  return root === 'bare' ? document : document[root];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, key))
      return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found ?? undefined;
}

/** Whether a document has its time or its host below this root. */
function hasEvidence(document: Readonly<Record<string, unknown>>, root: Root): boolean {
  const value = below(document, root);
  return ['@timestamp', 'host.name', 'event.action', 'timestamp'].some((name) =>
    spellings(name.split('.')).some((path) => valueAt(value, path) !== undefined),
  );
}

/** Where the documents have this name, when all of them do. */
function commonSpellings(
  sample: readonly Readonly<Record<string, unknown>>[],
  roots: readonly Root[],
  name: string,
): readonly { readonly root: Root; readonly path: readonly string[] }[] | undefined {
  const places = roots.flatMap((root) =>
    (root === 'fields' ? [[name]] : spellings(name.split('.'))).map((path) => ({ root, path })),
  );
  const used = new Set<(typeof places)[number]>();
  for (const document of sample) {
    const place = places.find(({ root, path }) => valueAt(below(document, root), path) !== undefined);
    if (!place) return undefined;
    used.add(place);
  }
  return [...used];
}

/** The shape of documents that `readDocument` has flattened. */
export function flatShape(): Shape {
  return new Map<string, 'text'>(['_id', ...Object.values(writeFields).flat()].map((name) => [name, 'text']));
}

/** Every key of `jsonLayout`, at whatever depth: a key of these twice in one object makes a document ambiguous. */
export function knownKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (shape: Shape) => {
    for (const [key, inner] of shape) {
      keys.add(key);
      if (typeof inner !== 'string') visit(inner);
    }
  };
  visit(jsonLayout().shape);
  return keys;
}

function typeSql(shape: Shape | 'text' | 'list'): string {
  if (shape === 'text') return 'VARCHAR';
  if (shape === 'list') return 'VARCHAR[]';
  return `STRUCT(${[...shape].map(([key, below]) => `${identifier(key)} ${typeSql(below)}`).join(', ')})`;
}

/** The `columns` argument of the JSON reader for a shape. */
export function columnsSql(shape: Shape): string {
  return `{${[...shape].map(([key, below]) => `${literal(key)}: ${literal(typeSql(below))}`).join(', ')}}`;
}

interface Found {
  readonly sql: string;
  readonly kind: 'text' | 'list';
}

/** Where a name occurs in a shape: bare, below `_source` and below `fields`. */
function find(shape: Shape, name: string): readonly Found[] {
  const found: Found[] = [];
  const roots = [[], ['_source'], ['fields']];
  for (const root of roots) {
    for (const path of spellings([...root, ...name.split('.')])) {
      let node: Shape | 'text' | 'list' | undefined = shape;
      for (const key of path) node = typeof node === 'object' ? node.get(key) : undefined;
      if (node === 'text' || node === 'list') found.push({ sql: path.map(identifier).join('.'), kind: node });
    }
  }
  return found;
}

export interface SourceOptions {
  /** Values of a CSV: empty and `-` mean absent. */
  readonly isCsv: boolean;
  /** The rows were read one by one already: texts mean what they say. */
  readonly isSettled?: boolean;
  /** Rows that lack one of these are looked at one by one. */
  readonly required?: readonly WriteField[];
}

function textSql(shape: Shape, names: readonly string[], options: SourceOptions): string {
  const parts = names
    .flatMap((name) => find(shape, name))
    .map(({ sql, kind }) => {
      if (kind === 'list') return `CAST(${sql}[1] AS VARCHAR)`;
      return options.isCsv ? `nullif(nullif(${sql}, ''), '-')` : `CAST(${sql} AS VARCHAR)`;
    });
  if (parts.length === 0) return 'CAST(NULL AS VARCHAR)';
  return parts.length === 1 ? `${parts[0]}` : `coalesce(${parts.join(', ')})`;
}

/** Lists keep all of their values here, as JSON text. */
function listTextSql(shape: Shape, name: string, options: SourceOptions): string {
  const lists = find(shape, name).filter(({ kind }) => kind === 'list');
  const plain = textSql(shape, [name], options);
  if (lists.length === 0) return plain;
  return `coalesce(${lists.map(({ sql }) => `CAST(to_json(${sql}) AS VARCHAR)`).join(', ')}, ${plain})`;
}

/** Whether a field that carries one value has several in a row. */
function isManySql(shape: Shape): string {
  const lists = Object.entries(writeFields)
    .filter(([field]) => field !== 'category' && field !== 'dataset')
    .flatMap(([, names]) => names.flatMap((name: string) => find(shape, name)))
    .filter(({ kind }) => kind === 'list');
  return lists.length === 0 ? 'false' : lists.map(({ sql }) => `coalesce(len(${sql}) > 1, false)`).join(' OR ');
}

/** Fields whose text is checked for an array or object (`[`, `{`) that stands where a text is expected. */
const plainFields: readonly WriteField[] = [
  'event_id',
  'action',
  'host',
  'user_name',
  'user_id',
  'process',
  'executable',
  'parent_process',
  'publisher',
  'path',
  'extension',
  'size',
  'time',
  'bus_type',
  'vendor',
  'product',
  'serial',
  'volume',
];

const monthDate = "'%b %d, %Y @ %H:%M:%S.%g'";

/** Epoch milliseconds of a text: ISO 8601 (UTC where it has no zone), epoch milliseconds, or Kibana's `Nov 19, 2026 @ 21:40:00.000`. */
function timeSql(text: string, { isCsv }: SourceOptions): string {
  // A time that names no zone costs the engine four times as much as one that does. (A TIMESTAMP would ignore the zone.)
  const named = isCsv ? `epoch_ms(try_cast(${text} || 'Z' AS TIMESTAMPTZ)),` : '';
  return `coalesce(${named}
    epoch_ms(try_cast(${text} AS TIMESTAMPTZ)),
    CASE WHEN regexp_full_match(${text}, '-?[0-9]{10,16}(\\.0+)?') THEN CAST(CAST(${text} AS DECIMAL(20,2)) AS BIGINT) END,
    epoch_ms(try_strptime(${text}, ${monthDate})))`;
}

/** Largest size that is kept exactly, in bytes. */
const maxSize = '9007199254740991';

/** The size where it is written as whole numbers are: the usual case, and a quick one. */
const plainSize = `CASE WHEN size_cast BETWEEN 0 AND ${maxSize} AND CAST(size_cast AS VARCHAR) = size THEN size_cast END`;

/** The first signature of a list (or the only one), as Elastic Defend writes it beside `process.code_signature`. */
const signature = (key: string) =>
  `coalesce(try(json_extract_string(other_signatures, '$[0].${key}')), try(json_extract_string(other_signatures, '$.${key}')))`;

/** Thousands separators as Kibana's export writes them. */
const ungrouped =
  "CASE WHEN regexp_full_match(size, '[0-9]{1,3}(,[0-9]{3})+') THEN replace(size, ',', '') ELSE size END";

/** Columns of staged rows that a source need not have, with what stands for them where it does not. */
export const stagedDefaults = {
  host: "''",
  user_name: "''",
  user_id: "''",
  process: "''",
  executable: "''",
  parent_process: "''",
  process_sha256: "''",
  publisher: "''",
  publisher_trusted: "''",
  original_file_name: "''",
  bus_type: 'NULL',
  vendor: "''",
  product: "''",
  serial: "''",
  volume: "''",
  path: "''",
  extension: 'NULL',
  pid: 'NULL',
  entity_id: 'NULL',
  command_line: 'NULL',
  header_bytes: 'NULL',
  entropy: 'NULL',
  source_path: 'NULL',
} as const;

export type StagedColumn = keyof typeof stagedDefaults;

/** The columns that staged rows of this shape have beside `code`, `at_ms`, `id`, `action` and `size`; what is always the same is left out. */
export function stagedColumns(shape: Shape): readonly StagedColumn[] {
  const has = (field: WriteField) => writeFields[field].some((name) => find(shape, name).length > 0);
  return (Object.keys(stagedDefaults) as StagedColumn[]).filter(
    (column) => has(column) || ((column === 'publisher' || column === 'publisher_trusted') && has('other_signatures')),
  );
}

function stagedSql(column: StagedColumn, { isCsv }: SourceOptions): string {
  switch (column) {
    case 'publisher':
      return `coalesce(publisher, CASE WHEN other_signatures IS NOT NULL THEN ${signature('subject_name')} END, '')`;
    case 'publisher_trusted':
      return `CASE lower(coalesce(publisher_trusted, CASE WHEN other_signatures IS NOT NULL THEN ${signature('trusted')} END))
        WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE '' END`;
    case 'pid':
      return `try_cast(${isCsv ? "replace(pid, ',', '')" : 'pid'} AS BIGINT)`;
    case 'entropy':
      return 'try_cast(entropy AS DOUBLE)';
    default:
      return stagedDefaults[column] === 'NULL' ? column : `coalesce(${column}, '')`;
  }
}

/**
 * The select that turns a source of rows into staged rows: see the columns of `stage` in `duckdb-import.ts`. Rows keep the order
 * of the source. `source` is a FROM clause with the columns of `shape`.
 */
export function stageSql(source: string, shape: Shape, options: SourceOptions): string {
  const text = (names: readonly string[]) => textSql(shape, names, options);
  const fields = (Object.keys(writeFields) as WriteField[]).map((field) => {
    const sql = field === 'category' ? listTextSql(shape, 'event.category', options) : text(writeFields[field]);
    return `${sql} AS ${field}`;
  });
  const isStrange = options.isCsv
    ? "starts_with(action, '[')"
    : plainFields.map((field) => `unicode(${field}) IN (91, 123)`).join(' OR ');
  const isIncomplete = (options.required ?? []).map((field) => `${field} IS NULL`);
  const unsettled = options.isSettled
    ? ''
    : `${isIncomplete.length > 0 ? `WHEN ${isIncomplete.join(' OR ')} THEN ${rowCodes.unsettled}` : ''}
    WHEN mark IS NOT NULL OR result_type = 'record' OR action IN ('mount', 'unmount') OR dataset = 'endpoint.events.device'
      THEN ${rowCodes.unsettled}
    WHEN time IS NULL AND action IS NULL AND category IS NULL AND bus_type IS NULL THEN ${rowCodes.unsettled}`;
  const strange = options.isSettled
    ? ''
    : `WHEN coalesce(is_many, false) OR coalesce(${isStrange}, false) THEN ${rowCodes.unsettled}`;
  const code = `CASE
    ${unsettled}
    WHEN bus_type IS NULL OR category IS NULL THEN ${rowCodes.other}
    WHEN category <> 'file' AND NOT contains(category, '"file"') THEN ${rowCodes.other}
    ${strange}
    WHEN action IS NULL OR action NOT IN ('creation', 'overwrite', 'modification', 'rename') THEN ${rowCodes.other}
    WHEN time IS NULL THEN ${firstRejection}
    WHEN time_ms IS NULL THEN ${firstRejection + 1}
    WHEN time_ms < ${earliestEvidenceMs} THEN ${firstRejection + 2}
    WHEN time_ms >= ${latestEvidenceMs} THEN ${firstRejection + 3}
    WHEN coalesce(host, '') = '' THEN ${firstRejection + 4}
    WHEN coalesce(process, '') = '' THEN ${firstRejection + 5}
    WHEN size IS NULL OR size_plain IS NOT NULL THEN CASE WHEN action = 'rename' THEN ${rowCodes.rename} ELSE ${rowCodes.write} END
    WHEN size_number IS NULL OR NOT isfinite(size_number) AND NOT regexp_full_match(size, '-?[0-9.]+([eE][+]?[0-9]+)?')
      THEN ${firstRejection + 6}
    WHEN size_number < 0 THEN ${firstRejection + 7}
    WHEN size_number > ${maxSize} THEN ${firstRejection + 8}
    WHEN size_number <> floor(size_number) THEN ${firstRejection + 6}
    WHEN action = 'rename' THEN ${rowCodes.rename}
    ELSE ${rowCodes.write} END`;
  const identity = `CASE
    WHEN event_id <> '' THEN event_id
    WHEN hit_id <> '' THEN hit_id
    ELSE 'sha256:' || sha256(concat_ws(chr(31), host, time_ms, process, coalesce(pid, ''), coalesce(path, ''), action,
      coalesce(size, ''), coalesce(sequence, ''), bus_type, coalesce(vendor, ''), coalesce(product, ''),
      coalesce(serial, ''), coalesce(volume, ''))) END`;
  const columns = stagedColumns(shape).map((column) => {
    const sql = stagedSql(column, options);
    return sql === column ? column : `${sql} AS ${column}`;
  });
  return `
SELECT
  CAST(code AS UTINYINT) AS code,
  time_ms AS at_ms,
  CASE WHEN code IN (${rowCodes.write}, ${rowCodes.rename}) THEN ${identity} END AS id,
  CAST(CASE action WHEN 'creation' THEN 0 WHEN 'overwrite' THEN 1 WHEN 'modification' THEN 2 ELSE 3 END AS UTINYINT) AS action,
  coalesce(size_plain, try_cast(size_number AS BIGINT), 0) AS size,
  ${columns.join(',\n  ')}
FROM (
  SELECT *, ${code} AS code FROM (
    SELECT *, CASE WHEN size_plain IS NULL THEN try_cast(size AS DOUBLE) END AS size_number FROM (
      SELECT *, ${timeSql('time', options)} AS time_ms, ${plainSize} AS size_plain FROM (
        SELECT *, try_cast(size AS BIGINT) AS size_cast FROM (
          SELECT * ${options.isCsv ? `REPLACE (${ungrouped} AS size)` : ''} FROM (
            SELECT ${fields.join(',\n              ')},
              ${text(alertMarks)} AS mark_name, ${text(['kibana'])} AS kibana_object, coalesce(mark_name, kibana_object) AS mark,
              ${text(['result_type'])} AS result_type,
              ${find(shape, '_id').length > 0 ? text(['_id']) : 'CAST(NULL AS VARCHAR)'} AS hit_id,
              (${isManySql(shape)}) AS is_many
            FROM ${source}))))))`;
}
