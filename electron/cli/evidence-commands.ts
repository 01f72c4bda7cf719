import { resolve } from 'node:path';
import { fail } from '../../shared/base/failure.ts';
import { formatBytes, formatCount, formatCounted, formatIso } from '../../shared/base/format.ts';
import { parseDuration } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { type DeviceSession, otherKey, type VolumeColumns, type WriteRow } from '../../shared/model/evidence-answer.ts';
import type { ImportedFile } from '../../shared/model/import-report.ts';
import { maxPageRows } from '../../shared/model/page-limit.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import { importEach } from '../evidence/import-each.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import { command } from './command.ts';
import { type DecidedDevice, toDecidedDevice } from './device-commands.ts';
import { toSpan, toWriteFilter, writeFilterOptions } from './filters.ts';
import type { Column } from './output.ts';
import { passPages, usualTableRows } from './pages.ts';

const readLimit = (text: string | undefined) => readOption(text, wholeNumber('--limit', 1, 1e12));
const timeColumn = <Row>(title: string, atMs: (row: Row) => number | undefined): Column<Row> => ({
  title,
  text: (row) => {
    const found = atMs(row);
    return found === undefined ? '' : formatIso(found).replace('.000Z', 'Z');
  },
});

function describeFile(file: ImportedFile): string[] {
  const { writes, renames, deviceEvents, alerts, anomalyRecords } = file.stored;
  const kinds = [
    [writes, 'write', 'writes'],
    [renames, 'rename', 'renames'],
    [deviceEvents, 'device event', 'device events'],
    [alerts, 'alert', 'alerts'],
    [anomalyRecords, 'anomaly record', 'anomaly records'],
  ] as const;
  const stored = kinds.filter(([count]) => count > 0).map(([count, one, many]) => formatCounted(count, one, many));
  return [
    `${file.path}: ${file.format}${file.isGzip ? ', gzip' : ''}, ${formatCounted(file.rowsRead, 'row', 'rows')}`,
    `  stored ${formatCount(file.rowsStored)}${stored.length > 0 ? ` (${stored.join(', ')})` : ''}, already there ${formatCount(file.rowsDuplicate)}, rejected ${formatCount(file.rowsRejected)}, no evidence of writes ${formatCount(file.rowsOther)}`,
    ...file.rejected.slice(0, 10).map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...(file.rowsRejected > 10 ? [`  … ${formatCount(file.rowsRejected - 10)} more; --json lists up to 1,000`] : []),
  ];
}

/** Most files that each have lines of their own; of more only those with rejected rows have. */
const maxDescribed = 100;

function describeFiles(files: readonly ImportedFile[]): string[] {
  if (files.length <= maxDescribed) return files.flatMap(describeFile);
  const sum = (of: (file: ImportedFile) => number) => files.reduce((total, file) => total + of(file), 0);
  return [
    ...files
      .filter(({ rowsRejected }) => rowsRejected > 0)
      .slice(0, maxDescribed)
      .flatMap(describeFile),
    `${formatCount(files.length)} files, ${formatCounted(
      sum(({ rowsRead }) => rowsRead),
      'row',
      'rows',
    )}; --json lists each with its hash`,
    `  stored ${formatCount(sum(({ rowsStored }) => rowsStored))}, already there ${formatCount(sum(({ rowsDuplicate }) => rowsDuplicate))}, rejected ${formatCount(sum(({ rowsRejected }) => rowsRejected))}, no evidence of writes ${formatCount(sum(({ rowsOther }) => rowsOther))}`,
  ];
}

export const importCommand = command({
  name: 'import',
  operands: 'FILE…',
  operandCount: [1, Number.MAX_SAFE_INTEGER],
  summary:
    'Takes evidence in: NDJSON, JSON, CSV or Parquet, also .gz, recognised by content; of a folder all its files.',
  options: {},
  async run({ operands, output, signal, openServices, say, reportFailure }) {
    const { engine, restoreDecisions } = await openServices({ mayMake: true });
    const files: ImportedFile[] = [];
    const { files: given, failed } = await importEach(
      engine,
      operands.map((operand) => resolve(operand)),
      {
        signal,
        onProgress: () => undefined,
        onOutcomes: (outcomes) => {
          for (const outcome of outcomes) {
            if (outcome.kind === 'imported') files.push(outcome.file);
            else reportFailure(fail(outcome.code, outcome.message, outcome.hint));
          }
        },
      },
    );
    await restoreDecisions(signal);
    await output.document({ files }, () => describeFiles(files));
    if (!output.isJson && failed > 0) say(`${failed} of ${given} files could not be imported.`);
    return failed > 0 ? 1 : undefined;
  },
});

export const processesCommand = command({
  name: 'processes',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists what each process wrote on each host, rarest first.',
  options: { ...writeFilterOptions, sort: { type: 'string' }, limit: { type: 'string' }, cursor: { type: 'string' } },
  async run({ values, output, signal, openServices, sayNext }) {
    const filter = toWriteFilter(values);
    const sort = readOption(
      values.sort,
      oneOf('--sort', [
        'rarity',
        'elastic',
        'writtenBytes',
        'files',
        'events',
        'firstSeenMs',
        'lastSeenMs',
        'process',
        'host',
      ]),
    );
    const limit = readLimit(values.limit) ?? (output.isJson ? undefined : usualTableRows);
    const { engine } = await openServices();
    const list = output.list<ScoredProcessRow>(
      [
        { title: 'rarity', text: (row) => row.rarity.toFixed(0), align: 'right' },
        {
          title: 'elastic',
          text: (row) => `${row.elastic.score.toFixed(0)}/${row.elastic.ceiling.toFixed(0)}`,
          align: 'right',
        },
        { title: 'host', text: (row) => row.host },
        { title: 'process', text: (row) => row.process },
        { title: 'event sum', text: (row) => formatBytes(row.writtenBytes), align: 'right' },
        { title: 'distinct', text: (row) => formatBytes(row.distinctBytes), align: 'right' },
        { title: 'files', text: (row) => formatCount(row.files), align: 'right' },
        { title: 'events', text: (row) => formatCount(row.events), align: 'right' },
        timeColumn('first seen', (row) => row.firstSeenMs),
        timeColumn('last seen', (row) => row.lastSeenMs),
      ],
      'No process wrote to a device in what was asked.',
    );
    const end = await passPages(
      limit,
      values.cursor,
      (pageLimit, cursor) =>
        engine['scored-processes.list'](
          {
            filter,
            sort: sort ?? 'rarity',
            descending: sort !== 'process' && sort !== 'host',
            limit: pageLimit,
            cursor,
          },
          ignoreItems(signal),
        ),
      list.add,
    );
    await list.end();
    sayNext(end);
    return undefined;
  },
});

/** Most buckets that one question of the store may span. */
const maxBuckets = 20_000;
const maxKeys = 1_000;

interface VolumeLine {
  readonly startMs: number;
  readonly key: string;
  /** True where the line stands for every key past the thousand strongest. */
  readonly isOther?: true;
  readonly writtenBytes: number;
  readonly files: number;
  readonly events: number;
  /** True where `files` is an estimate. */
  readonly isFilesApproximate?: true;
}

function* volumeLines(columns: VolumeColumns): Generator<VolumeLine> {
  for (const [row, startMs] of columns.startMs.entries()) {
    const key = columns.keys[columns.keyIndex[row] ?? 0] ?? '';
    yield {
      startMs,
      ...(key === otherKey ? { key: 'other', isOther: true } : { key }),
      writtenBytes: columns.writtenBytes[row] ?? 0,
      files: columns.files[row] ?? 0,
      events: columns.events[row] ?? 0,
      ...(columns.isFilesApproximate ? { isFilesApproximate: true } : {}),
    };
  }
}

export const volumesCommand = command({
  name: 'volumes',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the written volume per time bucket, by process, device or host where asked.',
  options: { ...writeFilterOptions, bucket: { type: 'string', default: '15m' }, by: { type: 'string' } },
  async run({ values, output, signal, openServices }) {
    const filter = toWriteFilter(values);
    const bucketMs = readOption(values.bucket, (text) => parseDuration(text, '--bucket')) ?? 900_000;
    const by = readOption(values.by, oneOf('--by', ['process', 'device', 'host']));
    const { engine } = await openServices();
    const list = output.list<VolumeLine>(
      [
        timeColumn('start', (row) => row.startMs),
        ...(by ? [{ title: by, text: (row: VolumeLine) => row.key }] : []),
        { title: 'event sum', text: (row) => formatBytes(row.writtenBytes), align: 'right' },
        { title: 'files', text: (row) => formatCount(row.files), align: 'right' },
        { title: 'events', text: (row) => formatCount(row.events), align: 'right' },
      ],
      'Nothing was written to a device in what was asked.',
    );
    const { firstMs, lastMs } = await engine['evidence.summary']({}, ignoreItems(signal));
    if (firstMs !== undefined && lastMs !== undefined) {
      const fromMs = Math.max(filter.fromMs ?? firstMs, firstMs);
      const toMs = Math.min(filter.toMs ?? lastMs + 1, lastMs + 1);
      const stepMs = bucketMs * maxBuckets;
      // A span of any length: as many questions as its buckets need, parted at bucket borders.
      for (let startMs = fromMs; startMs < toMs; ) {
        const endMs = Math.min(Math.floor(startMs / bucketMs) * bucketMs + stepMs, toMs);
        const columns = await engine['volumes.read'](
          { filter: { ...filter, fromMs: startMs, toMs: endMs }, bucketMs, by, maxKeys },
          ignoreItems(signal),
        );
        for (const line of volumeLines(columns)) await list.add(line);
        startMs = endMs;
      }
    }
    await list.end();
    return undefined;
  },
});

export const devicesCommand = command({
  name: 'devices',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the devices that writes or device events name, newest first.',
  options: { ...writeFilterOptions, limit: { type: 'string' } },
  async run({ values, output, signal, openServices, sayNext }) {
    const filter = toWriteFilter(values);
    const limit = readLimit(values.limit) ?? (output.isJson ? undefined : usualTableRows);
    const { engine, decisions } = await openServices();
    const verdicts = await decisions.deviceDecisions();
    const list = output.list<DecidedDevice>(
      [
        { title: 'device', text: (row) => row.id },
        { title: 'vendor', text: (row) => row.vendor },
        { title: 'product', text: (row) => row.product },
        { title: 'bus', text: (row) => row.busType },
        { title: 'hosts', text: (row) => row.hostCount, align: 'right' },
        { title: 'users', text: (row) => row.userCount, align: 'right' },
        { title: 'event sum', text: (row) => formatBytes(row.writtenBytes), align: 'right' },
        timeColumn('first seen', (row) => row.firstSeenMs),
        timeColumn('last seen', (row) => row.lastSeenMs),
        { title: 'approved', text: (row) => (row.approved ? 'yes' : row.blocked ? 'blocked' : '') },
      ],
      'No device is known in this workspace.',
    );
    const end = await passPages(
      limit,
      undefined,
      (pageLimit, cursor) => engine['devices.list']({ filter, limit: pageLimit, cursor }, ignoreItems(signal)),
      (row) => list.add(toDecidedDevice(row, verdicts.get(row.id))),
    );
    await list.end();
    sayNext(end);
    return undefined;
  },
});

const maxSessions = 10_000;

export const sessionsCommand = command({
  name: 'sessions',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists when devices were connected to hosts: recorded, or inferred from writes.',
  options: {
    device: { type: 'string' },
    host: { type: 'string', multiple: true },
    from: { type: 'string' },
    to: { type: 'string' },
  },
  async run({ values, output, signal, openServices, say }) {
    const span = toSpan(values);
    const { engine } = await openServices();
    const list = output.list<DeviceSession>(
      [
        { title: 'device', text: (row) => row.device },
        { title: 'host', text: (row) => row.host },
        { title: 'volume', text: (row) => row.volume },
        timeColumn('connected', (row) => row.connectedMs),
        timeColumn('disconnected', (row) => row.disconnectedMs),
        timeColumn('first activity', (row) => row.firstActivityMs),
        timeColumn('last activity', (row) => row.lastActivityMs),
        { title: 'source', text: (row) => row.source },
      ],
      'No connection is known in what was asked.',
    );
    const { rows, isCut } = await engine['sessions.list'](
      { device: values.device, hosts: values.host, ...span, limit: maxSessions },
      ignoreItems(signal),
    );
    for (const row of rows) await list.add(row);
    await list.end();
    if (isCut)
      say(`Only the first ${formatCount(maxSessions)} connections are listed; narrow them by --from and --to.`);
    return undefined;
  },
});

export const writesCommand = command({
  name: 'writes',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists single writes, newest first.',
  options: {
    ...writeFilterOptions,
    'with-renames': { type: 'boolean' },
    ascending: { type: 'boolean' },
    limit: { type: 'string' },
    cursor: { type: 'string' },
  },
  async run({ values, output, signal, openServices, sayNext }) {
    const filter = toWriteFilter(values);
    const limit = readLimit(values.limit) ?? (output.isJson ? undefined : usualTableRows);
    const { engine } = await openServices();
    const list = output.list<WriteRow>(
      [
        timeColumn('time', (row) => row.atMs),
        { title: 'host', text: (row) => row.host },
        { title: 'user', text: (row) => row.user },
        { title: 'process', text: (row) => row.process },
        { title: 'action', text: (row) => row.action },
        { title: 'size', text: (row) => formatBytes(row.sizeBytes), align: 'right' },
        { title: 'device', text: (row) => row.device },
        { title: 'path', text: (row) => row.path, maxWidth: 100 },
      ],
      'Nothing was written to a device in what was asked.',
    );
    const end = await passPages(
      limit,
      values.cursor,
      (pageLimit, cursor) =>
        engine['writes.page'](
          {
            filter,
            withRenames: values['with-renames'] ?? false,
            ascending: values.ascending ?? false,
            limit: Math.min(pageLimit, maxPageRows),
            cursor,
          },
          ignoreItems(signal),
        ),
      list.add,
    );
    await list.end();
    sayNext(end);
    return undefined;
  },
});
