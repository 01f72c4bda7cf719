/**
 * What an append of live events costs: `npm run bench -- append [stored]`. Into a store that holds `stored` bursty writes
 * (1,000,000 unless given) come 100,000 new ones, the same again, and 100 twice; the middle and the worst of the rounds. Beside
 * them the engine's own appender takes the same events into a flat table of all their columns.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api';
import { openWorkspaceEngine } from '../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { identifyDevice } from '../shared/model/device-identity.ts';
import type { WriteEvent } from '../shared/model/event.ts';
import { generatedSpanMs, generatedStartMs, generateParquet } from './store/generator.ts';

const stored = Number(process.argv[2] ?? 1_000_000);
const rounds = 7;

/** Copies of 2,000 files each, by one program of one host to one device, after all that is stored. */
function makeLive(round: string, count: number): readonly WriteEvent[] {
  return Array.from({ length: count }, (_value, index) => {
    const copy = Math.floor(index / 2_000);
    const program = copy % 60;
    const serial = `4C53000126081411${copy}`;
    return {
      id: `live-${round}-${index}`,
      atMs: generatedStartMs + generatedSpanMs + index * 20,
      action: 'creation' as const,
      host: `WS-${copy}`,
      user: `user${copy}`,
      userId: `S-1-5-21-1004336348-1177238915-682003330-${copy}`,
      process: `program${program}.exe`,
      executable: `C:\\Program Files\\Vendor ${program}\\program${program}.exe`,
      pid: 1_000 + copy,
      processEntityId: `ZW50aXR5LTE2${copy}`,
      commandLine: `"C:\\Program Files\\program${program}.exe" --batch ${copy}`,
      parentProcess: 'explorer.exe',
      processSha256: 'ab'.repeat(31) + String(10 + program),
      publisher: `Vendor ${program}`,
      publisherTrusted: true,
      originalFileName: `program${program}.exe`,
      path: `E:\\Live ${round}\\Folder ${index % 500}\\Document ${index}.docx`,
      extension: 'docx',
      sizeBytes: 1_000 + ((index * 7_919) % 5_000_000),
      headerBytes: '504b0304140006000800000021',
      entropy: (index % 800) / 100,
      device: identifyDevice({ serial }).id,
      busType: 'Usb',
      deviceVendor: 'SanDisk',
      deviceProduct: 'Ultra',
      deviceSerial: serial,
      volume: 'E:',
    };
  });
}

/** The columns of an event as one flat table. */
const flatColumns = [
  ['id', VARCHAR],
  ['atMs', DOUBLE],
  ['action', VARCHAR],
  ['host', VARCHAR],
  ['user', VARCHAR],
  ['userId', VARCHAR],
  ['process', VARCHAR],
  ['executable', VARCHAR],
  ['pid', DOUBLE],
  ['processEntityId', VARCHAR],
  ['commandLine', VARCHAR],
  ['parentProcess', VARCHAR],
  ['processSha256', VARCHAR],
  ['publisher', VARCHAR],
  ['publisherTrusted', BOOLEAN],
  ['originalFileName', VARCHAR],
  ['path', VARCHAR],
  ['extension', VARCHAR],
  ['sizeBytes', DOUBLE],
  ['headerBytes', VARCHAR],
  ['entropy', DOUBLE],
  ['device', VARCHAR],
  ['busType', VARCHAR],
  ['deviceVendor', VARCHAR],
  ['deviceProduct', VARCHAR],
  ['deviceSerial', VARCHAR],
  ['volume', VARCHAR],
] as const satisfies readonly (readonly [keyof WriteEvent, DuckDBType])[];

const rowsOfChunk = 2_048;

/** Appends events to a flat table with nothing but the engine's own appender: no identity is looked at, nothing is summed up. */
async function appendBare(connection: DuckDBConnection, writes: readonly WriteEvent[]): Promise<void> {
  await connection.run('BEGIN');
  const appender = await connection.createAppender('raw');
  for (let start = 0; start < writes.length; start += rowsOfChunk) {
    const rows = writes.slice(start, start + rowsOfChunk);
    const chunk = DuckDBDataChunk.create(
      flatColumns.map(([, type]) => type),
      rows.length,
    );
    for (const [index, [name]] of flatColumns.entries()) {
      chunk.setColumnValues(
        index,
        rows.map((row) => row[name] ?? null),
      );
    }
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
  appender.closeSync();
  await connection.run('COMMIT');
}

const folder = await mkdtemp(join(tmpdir(), 'bench-append-'));
try {
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const engine = await openWorkspaceEngine({ workspacePath: workspace });
  for (const path of await generateParquet(folder, 'bursty', stored)) {
    await engine.importFile(path, ignoreItems(new AbortController().signal));
  }
  const times = new Map<string, { readonly ms: number; readonly cpuMs: number }[]>();
  const measure = async (name: string, work: () => Promise<void>) => {
    const beganMs = performance.now();
    const used = process.cpuUsage();
    await work();
    const ms = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(used);
    times.set(name, [...(times.get(name) ?? []), { ms, cpuMs: (user + system) / 1000 }]);
  };
  const append = async (name: string, given: readonly WriteEvent[], expected: number) => {
    // The engine gets events from another process: as copies, whose texts are whole.
    const writes = structuredClone(given);
    await measure(name, async () => {
      const answer = await engine.append({ writes, deviceEvents: [] });
      if (answer.stored !== expected) throw new Error(`${answer.stored} of ${expected} events were stored.`);
    });
  };
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'));
  const bare = await instance.connect();
  await bare.run(`CREATE TABLE raw (${flatColumns.map(([name, type]) => `"${name}" ${type}`).join(', ')})`);
  for (let round = 0; round < rounds; round++) {
    const live = makeLive(String(round), 100_000);
    await append('100,000 new events', live, live.length);
    const copies = structuredClone(live);
    await measure('100,000 with the bare appender', () => appendBare(bare, copies));
    await append('the same again', live, 0);
    // The first commit after a burst takes longer than the ones that follow: it is told apart.
    await append('100 new events, right after', makeLive(`${round} few`, 100), 100);
    await append('100 more', makeLive(`${round} more`, 100), 100);
  }
  await engine.close();
  bare.closeSync();
  instance.closeSync();
  console.log(`${stored} writes stored before, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}\n`);
  console.log('| Append of | middle ms | worst ms | CPU ms |\n| --- | ---: | ---: | ---: |');
  const sorted = (name: string, of: 'ms' | 'cpuMs') =>
    (times.get(name) ?? []).map((spent) => spent[of]).sort((a, b) => a - b);
  const middle = (name: string, of: 'ms' | 'cpuMs') => sorted(name, of)[rounds >> 1] ?? Number.NaN;
  for (const name of times.keys()) {
    const figures = [middle(name, 'ms'), sorted(name, 'ms').at(-1), middle(name, 'cpuMs')];
    console.log(`| ${name} | ${figures.map((ms) => ms?.toFixed(0)).join(' | ')} |`);
  }
  const ratio = (of: 'ms' | 'cpuMs') =>
    (middle('100,000 new events', of) / middle('100,000 with the bare appender', of)).toFixed(2);
  console.log(
    `\n100,000 new events against the bare appender: ${ratio('ms')} of its time, ${ratio('cpuMs')} of its processor time`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
