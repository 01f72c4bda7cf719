import type { DeviceSort } from '../../shared/model/evidence-answer.ts';
import type { SpanDeviceColumn } from '../device-choice.ts';
import { spanDeviceTexts } from '../texts/span-devices.ts';
import type { TableColumn } from '../widgets/table-columns.ts';

type Column = TableColumn<SpanDeviceColumn, DeviceSort>;

function column(id: SpanDeviceColumn, width: number, more: Partial<Column> = {}): Column {
  const [title, says] = spanDeviceTexts.columns[id];
  return { id, title, says, width, ...more };
}

/** Columns of the table of devices below the timeline, beside the name, in their order. */
export const spanDeviceColumns: readonly Column[] = [
  column('serial', 132, { sort: 'serial', from: 600 }),
  column('busType', 64, { sort: 'busType' }),
  column('decision', 84, { from: 900 }),
  column('shape', 106, { from: 600 }),
  column('writtenBytes', 76, { sort: 'writtenBytes', isNumber: true, from: 0 }),
  column('events', 64, { sort: 'events', isNumber: true, from: 0 }),
  column('hostCount', 56, { sort: 'hostCount', isNumber: true, from: 0 }),
  column('userCount', 56, { sort: 'userCount', isNumber: true, from: 0 }),
  column('firstSeenMs', 92, { sort: 'firstSeenMs', from: 700 }),
  column('lastSeenMs', 92, { sort: 'lastSeenMs', from: 0 }),
];

/** Columns that go first where not all have room. */
export const droppedSpanDeviceColumns: readonly SpanDeviceColumn[] = ['decision', 'firstSeenMs', 'serial', 'shape'];
