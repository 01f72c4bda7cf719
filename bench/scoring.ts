/**
 * What scoring costs: from nothing, and after each new quarter of an hour of writes, beside raw DuckDB that groups the same
 * events into the same activity: `npm run bench -- scoring [EVENTS] [spread|bursty|office] [URL of an Elasticsearch]`. `office` is the
 * demonstration: people's working days. With a URL the same events are scored from that server too. Every figure is of
 * `scores.refresh`, from the question to the answer with all findings stored, with the CPU time of all threads in brackets.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { demoEndMs, demoOptions, writeDemoNdjson } from '../electron/evidence/demo-files.ts';
import { evidencePath } from '../electron/evidence/duckdb-schema.ts';
import { connectElastic } from '../electron/evidence/elastic-connection.ts';
import { demoIndices, loadDocuments, makeDemoIndices, readDocuments } from '../electron/evidence/elastic-demo.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { toEcsWrite } from '../shared/model/ecs.ts';
import type { WriteEvent } from '../shared/model/event.ts';
import { generateParquet } from './store/generator.ts';

const events = Number(process.argv[2] ?? 1_000_000);
const variant = (['spread', 'bursty', 'office'] as const).find((one) => one === process.argv[3]) ?? 'bursty';
const url = process.argv[4];
const slices = 8;
const quarterMs = 900_000;
const prefix = 'bench-scoring-';
const { signal } = new AbortController();
const context = ignoreItems(signal);
/** Writes of the demonstration: about so many of a host in 30 days. */
const officeWritesPerHost = 12_200;

interface Cost {
  readonly ms: number;
  /** Of all threads of this process together: what is left of the time where a busy machine gave others a turn. */
  readonly cpuMs: number;
}

async function timed(work: () => Promise<unknown>): Promise<Cost> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1_000 };
}

const said = ({ ms, cpuMs }: Cost) => `${ms.toFixed(0)} (${cpuMs.toFixed(0)})`;

const none: Cost = { ms: 0, cpuMs: 0 };
const sorted = (costs: readonly Cost[]) => [...costs].sort((a, b) => a.ms - b.ms);
const median = (costs: readonly Cost[]) => sorted(costs)[Math.floor(costs.length / 2)] ?? none;
const highest = (costs: readonly Cost[]) => sorted(costs).at(-1) ?? none;

/** Writes that one program on one host makes in a row, by how the events are spread. */
const writesInARow = { spread: 1, office: 150, bursty: 2_000 } as const;

/** Writes of one quarter of an hour: as many as an average one has, spread over hosts and programs as the others are. */
function sliceOf(startMs: number, count: number, hosts: readonly string[]): readonly WriteEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const actor = Math.floor(index / writesInARow[variant]) + (startMs / quarterMs) * 31;
    const host = hosts[(actor * 7) % hosts.length] ?? '';
    const program = `program${actor % 6}.exe`;
    return {
      id: `slice-${startMs}-${index}`,
      atMs: startMs + Math.floor((index / count) * quarterMs),
      action: 'creation',
      host,
      user: `user of ${host}`,
      process: program,
      executable: `C:\\Program Files\\Vendor\\${program}`,
      path: `E:\\Projects\\${index}.docx`,
      sizeBytes: 10_000 + index,
      device: `serial:SLICE${host.toUpperCase()}`,
      deviceSerial: `SLICE${host.toUpperCase()}`,
      busType: 'Usb',
    };
  });
}

async function makeFiles(folder: string): Promise<readonly string[]> {
  if (variant !== 'office') return generateParquet(folder, variant, events);
  const hosts = Math.max(8, Math.round(events / officeWritesPerHost));
  return (await writeDemoNdjson(join(folder, 'files'), demoOptions(demoEndMs, { hosts, days: 30 }))).evidence;
}

/** Raw DuckDB: the events as one flat table, grouped into quarters of an hour of each host, user, process and device. */
async function rawScan(workspace: string, folder: string): Promise<Cost> {
  const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'), { memory_limit: '2GB' });
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH '${evidencePath(workspace)}' AS own (READ_ONLY)`);
    await connection.run(
      'CREATE TABLE raw AS SELECT at_ms, host, user_name, process, device, size FROM own.writes w JOIN own.streams s ON s.id = w.stream',
    );
    const times: Cost[] = [];
    for (let run = 0; run < 3; run++) {
      times.push(
        await timed(async () =>
          (
            await connection.run(`SELECT at_ms // ${quarterMs} AS slot, host, user_name, process, device, count(*), sum(size),
              min(at_ms), max(at_ms) FROM raw GROUP BY ALL ORDER BY slot`)
          ).getRowsJS(),
        ),
      );
    }
    return median(times);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

interface Figures {
  readonly findings: number;
  readonly fresh: Cost;
  readonly activity: Cost;
  readonly activityRows: number;
  readonly slices: readonly Cost[];
  /** The first page of 200 processes with their scores, asked for the first time. */
  readonly processes: Cost;
}

async function measure(
  engine: WorkspaceEngine,
  setNow: (atMs: number) => void,
  add: (writes: readonly WriteEvent[]) => Promise<unknown>,
): Promise<Figures> {
  const { lastMs = 0, writes } = await engine['evidence.summary']({}, context);
  setNow(lastMs);
  const { rows: hostRows } = await engine['terms.list']({ field: 'host', filter: {}, limit: 1_000 }, context);
  const hosts = hostRows.map(({ value }) => value);
  let activityRows = 0;
  const activity = await timed(() =>
    engine['activity.read']({}, { signal, emit: (chunk) => (activityRows += chunk.slotMs.length) }),
  );
  const fresh = await timed(() => engine['scores.refresh']({}, context));
  const costs: Cost[] = [];
  const firstMs = Math.ceil((lastMs + 1) / quarterMs) * quarterMs;
  for (let slice = 0; slice < slices; slice++) {
    const startMs = firstMs + slice * quarterMs;
    await add(sliceOf(startMs, Math.ceil(writes / 2_880), hosts));
    setNow(startMs + quarterMs);
    costs.push(await timed(() => engine['scores.refresh']({}, context)));
  }
  const { findings } = await engine['scores.refresh']({}, context);
  const processes = await timed(() =>
    engine['scored-processes.list']({ filter: {}, sort: 'rarity', descending: true, limit: 200 }, context),
  );
  return { processes, findings, fresh, activity, activityRows, slices: costs };
}

function print(name: string, measured: Figures, raw?: Cost): void {
  const { findings, fresh, activity, activityRows, slices: costs, processes } = measured;
  const figures = [
    activityRows.toLocaleString('en'),
    findings.toLocaleString('en'),
    said(activity),
    said(fresh),
    said(median(costs)),
    said(highest(costs)),
    said(processes),
    raw ? said(raw) : '',
  ];
  console.log(`| ${name} | ${figures.join(' | ')} |`);
}

const folder = await mkdtemp(join(tmpdir(), 'bench-scoring-'));
try {
  const files = await makeFiles(folder);
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  let nowMs = 0;
  const now = () => nowMs;
  const setNow = (atMs: number) => {
    nowMs = atMs;
  };
  const engine = await openWorkspaceEngine({ workspacePath: workspace, now });
  for (const path of files) await engine['evidence.import']({ path }, context);
  const { writes, hosts } = await engine['evidence.summary']({}, context);
  console.log(
    `${writes.toLocaleString('en')} writes of ${hosts} hosts, ${variant}; slices of ${Math.ceil(writes / 2_880)} writes; load ${loadavg()[0]?.toFixed(1)}; ${new Date().toISOString()}\n`,
  );
  console.log(
    '| Engine | activity rows | findings | read activity ms (CPU) | score from nothing | new slice, middle of 8 | slowest | scored processes, a page | raw DuckDB scan |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  const embedded = await measure(engine, setNow, (part) =>
    engine['evidence.append']({ writes: [...part], deviceEvents: [] }, context),
  );
  await engine.close();
  print('embedded', embedded, await rawScan(workspace, folder));
  if (url) {
    const admin = await connectElastic({ nodes: [url] });
    const load = (documents: Parameters<typeof loadDocuments>[1]) => loadDocuments(admin, documents, signal, prefix);
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    if (variant !== 'office') throw new Error('A server takes the documents of "office" only.');
    await load(readDocuments(files));
    const cluster = await openWorkspaceEngine({
      workspacePath: folder,
      source: { nodes: [url], indices: demoIndices(prefix) },
      now,
    });
    const there = await measure(cluster, setNow, (part) =>
      load(part.map((event) => ({ id: event.id, source: toEcsWrite(event) as Readonly<Record<string, unknown>> }))),
    );
    print('Elasticsearch', there);
    await cluster.close();
    await makeDemoIndices(admin, { replace: true, prefix }, signal);
    await admin.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
