import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** `spread`: writes evenly over the span. `bursty`: copies of 2,000 files in working hours, nights and pauses between. */
export type Variant = 'spread' | 'bursty';

/** Start and length of the span that the writes lie in. */
export const generatedStartMs = Date.UTC(2026, 9, 20);
export const generatedSpanMs = 30 * 86_400_000;

const hosts = 500;
const filesPerCopy = 2_000;
const batchRows = 1_000_000;

/** A number below `below` that belongs to `of` and `salt`, the same in every run. */
const pick = (of: string, salt: number, below: number) => `CAST(hash(${of}, ${salt}) % ${below} AS BIGINT)`;

/** 500 hosts with a user and two sticks each, up to six of 60 programs a host, a fifth of the writes to a file written before. */
function rowsSql(variant: Variant, from: number, count: number, total: number): string {
  // What decides host, program and device: the event itself, or the copy that it belongs to.
  const actor = variant === 'spread' ? 'i' : 'copy';
  const copies = Math.ceil(total / filesPerCopy);
  const atMs =
    variant === 'spread'
      ? `${generatedStartMs} + (i::HUGEINT * ${generatedSpanMs} // ${total})::BIGINT`
      : `${generatedStartMs} + (copy::HUGEINT * 30 // ${copies})::BIGINT * 86400000 + 25200000 + ${pick('copy', 1, 36_000_000)}
         + i % ${filesPerCopy} * 100 + ${pick('i', 2, 100)}`;
  return `SELECT *, host * 7 % 55 + ${pick(actor, 10, 6)} AS program,
      '4C53000126081411' || (host * 2 + ${pick(actor, 11, 2)}) AS serial,
      (['docx', 'xlsx', 'pdf', 'jpg', 'zip', 'txt', 'pst', 'mp4'])[1 + path_number % 8] AS extension,
      'E:\\Projects\\Folder ' || path_number % 500 || '\\Document ' || path_number || '.' || extension AS path
    FROM (SELECT *, ${atMs} AS at_ms, ${pick(actor, 12, hosts)} AS host,
        CASE WHEN ${pick('i', 13, 5)} = 0 AND i > 100 THEN i - 1 - ${pick('i', 14, 100)} ELSE i END AS path_number
      FROM (SELECT i, i // ${filesPerCopy} AS copy FROM range(${from}, ${from + count}) r(i)))
    ORDER BY at_ms`;
}

/** The documents of an index of Elastic Defend, as Parquet holds them. */
function documentsSql(variant: Variant, from: number, count: number, total: number): string {
  return `SELECT strftime(make_timestamp(at_ms * 1000), '%Y-%m-%dT%H:%M:%S.%gZ') AS "@timestamp",
    {'id': 'Mk' || i || 'xP+++' || ${pick('i', 3, 1_000_000_000)}, 'category': ['file'],
     'action': (['creation', 'overwrite', 'modification'])[1 + ${pick('i', 4, 3)}]} AS event,
    {'name': 'WS-' || host, 'os': {'type': 'windows'}} AS host,
    {'name': 'user' || host, 'id': 'S-1-5-21-1004336348-1177238915-682003330-' || host} AS "user",
    {'name': 'program' || program || '.exe',
     'executable': 'C:\\Program Files\\Vendor ' || program || '\\program' || program || '.exe',
     'pid': 1000 + ${pick('copy', 5, 5_000)}, 'entity_id': 'ZW50aXR5LTE2' || ${pick('copy', 6, 100_000)},
     'command_line': '"C:\\Program Files\\program' || program || '.exe" --batch ' || ${pick('copy', 7, 1_000)},
     'parent': {'name': 'explorer.exe'}, 'hash': {'sha256': repeat('ab', 31) || (10 + program)},
     'code_signature': {'exists': true, 'subject_name': 'Vendor ' || program, 'trusted': true, 'status': 'trusted'},
     'pe': {'original_file_name': 'program' || program || '.exe'}} AS process,
    {'path': path, 'extension': extension, 'size': ${pick('i', 8, 5_000_000)},
     'Ext': {'header_bytes': '504b0304140006000800000021', 'entropy': ${pick('i', 9, 800)} / 100,
       'device': {'bus_type': 'Usb', 'dos_name': 'E:', 'vendor_id': 'SanDisk', 'product_id': 'Ultra',
         'serial_number': serial, 'volume_device_type': 'Disk File System'}}} AS file
    FROM (${rowsSql(variant, from, count, total)})`;
}

/** Writes `total` documents to Parquet files of a million each in `folder` and returns their paths, in order of time. */
export async function generateParquet(folder: string, variant: Variant, total: number): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' });
  const connection = await instance.connect();
  const paths: string[] = [];
  try {
    for (let from = 0; from < total; from += batchRows) {
      const path = join(folder, `${variant}-${String(paths.length).padStart(4, '0')}.parquet`);
      const count = Math.min(batchRows, total - from);
      await connection.run(`COPY (${documentsSql(variant, from, count, total)}) TO '${path}' (FORMAT parquet)`);
      paths.push(path);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return paths;
}
