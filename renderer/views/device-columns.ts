import { formatIso } from '../../shared/base/format.ts';
import type { DecidedDevice } from '../../shared/ipc/case-operations.ts';
import type { DeviceRow, DeviceSort } from '../../shared/model/evidence-answer.ts';
import type { DeviceColumn } from '../device-choice.ts';
import { devicesTexts } from '../texts/devices.ts';
import type { TableColumn } from '../widgets/table-columns.ts';
import { toCsv } from './csv.ts';

type Column = TableColumn<DeviceColumn, DeviceSort>;

function column(id: DeviceColumn, width: number, more: Partial<Column> = {}): Column {
  const [title, says] = devicesTexts.columns[id];
  return { id, title, says, width, ...more };
}

/** Columns of the inventory beside the device's name, in their order. */
export const deviceColumns: readonly Column[] = [
  column('decision', 84, { from: 700 }),
  column('serial', 188, { sort: 'serial', from: 0 }),
  column('busType', 72, { sort: 'busType', from: 0 }),
  column('volumes', 88),
  column('capacityBytes', 76, { sort: 'capacityBytes', isNumber: true }),
  column('hostCount', 56, { sort: 'hostCount', isNumber: true, from: 0 }),
  column('userCount', 56, { sort: 'userCount', isNumber: true, from: 0 }),
  column('writtenBytes', 80, { sort: 'writtenBytes', isNumber: true, from: 0 }),
  column('events', 68, { sort: 'events', isNumber: true }),
  column('firstSeenMs', 100, { sort: 'firstSeenMs', from: 900 }),
  column('lastSeenMs', 100, { sort: 'lastSeenMs', from: 0 }),
];

/** Columns that go first where not all have room. */
export const droppedDeviceColumns: readonly DeviceColumn[] = ['firstSeenMs', 'decision', 'userCount', 'busType'];

/** Least width of the column of names. */
export const deviceNamePx = 168;

/** A device with what was decided about it, as it is copied. */
export interface CopiedDevice extends DeviceRow {
  readonly decision: DecidedDevice['decision'] | undefined;
}

export function devicesCsv(rows: readonly CopiedDevice[]): string {
  return toCsv(
    [
      'id',
      'identity',
      'vendor',
      'product',
      'vendor id',
      'product id',
      'serial',
      'bus',
      'volumes',
      'capacity bytes',
      'decision',
      'hosts',
      'names of hosts',
      'users',
      'names of users',
      'event sum bytes',
      'events',
      'first seen',
      'last seen',
    ],
    rows.map((row) => [
      row.id,
      row.identity,
      row.vendor ?? '',
      row.product ?? '',
      row.vendorId ?? '',
      row.productId ?? '',
      row.serial ?? '',
      row.busType ?? '',
      row.volumes.join('; '),
      row.capacityBytes ?? '',
      row.decision ?? '',
      row.hostCount,
      row.hosts.join('; '),
      row.userCount,
      row.users.join('; '),
      row.writtenBytes,
      row.events,
      formatIso(row.firstSeenMs),
      formatIso(row.lastSeenMs),
    ]),
  );
}
