import { formatIso } from '../../shared/base/format.ts';
import type { ScoredProcessRow } from '../../shared/model/scored-process.ts';
import type { ProcessColumn, ProcessSort } from '../state.ts';
import { processTexts } from '../texts/tables.ts';
import type { TableColumn } from '../widgets/table-columns.ts';
import { toCsv } from './csv.ts';

type Column = TableColumn<ProcessColumn, ProcessSort>;

function column(id: ProcessColumn, width: number, more: Partial<Column> = {}): Column {
  const [title, says] = processTexts.columns[id];
  return { id, title, says, width, ...more };
}

/** Columns of the process table beside the name, in their order. */
export const processColumns: readonly Column[] = [
  column('host', 88, { sort: 'host' }),
  column('shape', 106, { from: 600 }),
  column('writtenBytes', 72, { sort: 'writtenBytes', isNumber: true, from: 0 }),
  column('distinctBytes', 68, { sort: 'distinctBytes', isNumber: true, from: 0 }),
  column('files', 52, { sort: 'files', isNumber: true, from: 0 }),
  column('events', 64, { sort: 'events', isNumber: true }),
  column('hosts', 78, { isNumber: true, from: 700 }),
  column('users', 52, { sort: 'users', isNumber: true }),
  column('devices', 60, { sort: 'devices', isNumber: true }),
  column('firstSeenMs', 86, { sort: 'firstSeenMs', from: 900 }),
  column('lastSeenMs', 86, { sort: 'lastSeenMs', from: 900 }),
  column('rarity', 78, { sort: 'rarity', from: 0 }),
  column('elastic', 98, { sort: 'elastic', from: 0 }),
];

/** Columns that go first where not all have room. */
export const droppedProcessColumns: readonly ProcessColumn[] = [
  'lastSeenMs',
  'firstSeenMs',
  'hosts',
  'shape',
  'distinctBytes',
];

export function processesCsv(rows: readonly ScoredProcessRow[], hostsOf: ReadonlyMap<string, number>): string {
  return toCsv(
    [
      'host',
      'process',
      'executable',
      'event sum bytes',
      'distinct bytes',
      'files',
      'events',
      'devices',
      'users',
      'hosts with this name',
      'first seen',
      'last seen',
      'rarity',
      'elastic score',
      'elastic ceiling',
    ],
    rows.map((row) => [
      row.host,
      row.process,
      row.executable ?? '',
      row.writtenBytes,
      row.distinctBytes,
      row.files,
      row.events,
      row.devices,
      row.users,
      hostsOf.get(row.process) ?? '',
      formatIso(row.firstSeenMs),
      formatIso(row.lastSeenMs),
      Math.round(row.rarity),
      Math.round(row.elastic.score),
      Math.round(row.elastic.ceiling),
    ]),
  );
}
