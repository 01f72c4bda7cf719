import type { ElasticConnection, ElasticRequest } from '../../electron/evidence/elastic-connection.ts';
import { demoIndices, makeDemoIndices } from '../../electron/evidence/elastic-demo.ts';
import { dayMs } from '../../shared/base/time.ts';
import { ecsOf, makeWrites } from '../import/generated-writes.ts';

/**
 * Evidence for the benchmark: `bursty-N` is the newest N writes of one stream of five million in 30 days (400 hosts, copies
 * of 25 files), so that every set holds the very same newest days and only what lies before them differs; `spread-N` is
 * N writes over 30 days, nearly each a bucket of its own; `demo` is what `load-demo` has put there.
 */
export interface EvidenceSet {
  readonly name: string;
  readonly prefix: string;
}

const streamEvents = 5_000_000;
const streamDays = 30;
const filesPerCopy = 25;
const hosts = 400;
const bulkDocuments = 8_000;
/** Bulk requests that the server works on at once. */
const parallelBulks = 3;

const streamFromMs = Date.UTC(2026, 9, 20);

/** Loads a set, unless the server has it already. */
export async function ensureEvidence(
  connection: ElasticConnection,
  name: string,
  signal: AbortSignal,
): Promise<EvidenceSet> {
  if (name === 'demo') return { name, prefix: '' };
  const match = /^(bursty|spread)-(\d+)$/.exec(name);
  const count = Number(match?.[2]);
  const isBursty = match?.[1] === 'bursty';
  if (!match || (isBursty && count > streamEvents))
    throw new Error(`"${name}" is no evidence: demo, spread-N, or bursty-N with N up to ${streamEvents}.`);
  const prefix = `bench-${name}-`;
  if ((await countOf(connection, prefix, signal)) !== count) {
    await makeDemoIndices(connection, { replace: true, prefix }, signal);
    const settings = { index: { translog: { durability: 'async', flush_threshold_size: '1gb' } } };
    await connection.send({ method: 'PUT', path: `/${demoIndices(prefix).files}/_settings`, body: settings }, signal);
    await load(
      connection,
      prefix,
      isBursty ? burstyDocuments(streamEvents - count, streamEvents) : spread(count),
      signal,
    );
  }
  return { name, prefix };
}

export async function removeEvidence(connection: ElasticConnection, { prefix }: EvidenceSet, signal: AbortSignal) {
  if (prefix === '') return;
  for (const index of Object.values(demoIndices(prefix)))
    await connection.send({ method: 'DELETE', path: `/${index}` }, signal);
}

async function countOf(connection: ElasticConnection, prefix: string, signal: AbortSignal): Promise<number> {
  const path = `/${demoIndices(prefix).files}/_count`;
  const query = { ignore_unavailable: true };
  const answer = (await connection.send({ method: 'GET', path, query }, signal)) as { readonly count: number };
  return answer.count;
}

/** Sends documents that are text already: nothing but the server is waited for. */
async function load(
  connection: ElasticConnection,
  prefix: string,
  documents: Iterable<object>,
  signal: AbortSignal,
): Promise<void> {
  const { files } = demoIndices(prefix);
  const iterator = documents[Symbol.iterator]();
  const work = async () => {
    for (;;) {
      const lines: object[] = [];
      while (lines.length < bulkDocuments * 2) {
        const next = iterator.next();
        if (next.done) break;
        lines.push(indexLine, next.value);
      }
      if (lines.length === 0) return;
      const request: ElasticRequest = {
        method: 'POST',
        path: `/${files}/_bulk`,
        query: { filter_path: 'errors' },
        lines,
      };
      const answer = (await connection.send(request, signal)) as { readonly errors?: boolean };
      if (answer.errors !== false) throw new Error('The server did not take a document.');
    }
  };
  await Promise.all(Array.from({ length: parallelBulks }, work));
  await connection.send({ method: 'POST', path: `/${files}/_refresh` }, signal);
}

const indexLine = { index: {} };

function* spread(count: number): Generator<object> {
  for (const write of makeWrites(count)) yield ecsOf(write);
}

/** A number below `below` that belongs to `of` and `salt`, the same in every run. */
function pick(of: number, salt: number, below: number): number {
  let state = Math.imul(of ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return ((state ^ (state >>> 16)) >>> 0) % below;
}

/** The documents with the numbers from `from` on, as Elastic Defend writes them, in the order of time. */
function* burstyDocuments(from: number, to: number): Generator<object> {
  for (let index = from; index < to; index += 1) {
    const copy = Math.floor(index / filesPerCopy);
    const host = pick(copy, 1, hosts);
    const program = ((host * 7) % 55) + pick(copy, 2, 6);
    const name = `program${program}.exe`;
    const document = pick(index, 3, 5) === 0 ? index - 1 - pick(index, 4, 20) : index;
    yield {
      '@timestamp': streamFromMs + Math.floor((index * streamDays * dayMs) / streamEvents),
      event: {
        id: `Mk${index.toString(36)}xP+++`,
        category: 'file',
        action: ['creation', 'overwrite', 'modification'][pick(index, 5, 3)],
      },
      host: { name: `WS-${host}`, os: { type: 'windows' } },
      user: { name: `user${host}`, id: `S-1-5-21-1004336348-1177238915-682003330-${host}` },
      process: {
        name,
        executable: `C:\\Program Files\\Vendor ${program}\\${name}`,
        pid: 1_000 + pick(copy, 6, 5_000),
        entity_id: `ZW50aXR5LTE2${copy}`,
        parent: { name: 'explorer.exe' },
        hash: { sha256: 'ab'.repeat(31) + String(10 + program) },
        code_signature: { subject_name: `Vendor ${program}`, trusted: true },
        pe: { original_file_name: name },
      },
      file: {
        path: `E:\\Projects\\Folder ${document % 500}\\Document ${document}.docx`,
        extension: 'docx',
        size: pick(index, 7, 5_000_000),
        Ext: {
          device: {
            bus_type: 'Usb',
            dos_name: 'E:',
            vendor_id: 'SanDisk',
            product_id: 'Ultra',
            serial_number: `4C53000126081411${host * 2 + pick(copy, 8, 2)}`,
          },
        },
      },
    };
  }
}
