import type { DecidedDevice } from '../shared/ipc/case-operations.ts';
import type { DeviceIdentityStrength, DeviceSort } from '../shared/model/evidence-answer.ts';
import type { TableSort } from './widgets/table-columns.ts';

export type DeviceColumn =
  | 'decision'
  | 'serial'
  | 'busType'
  | 'volumes'
  | 'capacityBytes'
  | 'hostCount'
  | 'userCount'
  | 'writtenBytes'
  | 'events'
  | 'firstSeenMs'
  | 'lastSeenMs';

/** Columns of the table of devices below the timeline. */
export type SpanDeviceColumn = Exclude<DeviceColumn, 'volumes' | 'capacityBytes'> | 'shape';

/** Which devices the inventory shows, and in which order. Absent parts do not narrow. */
export interface DeviceChoice {
  readonly decision: DecidedDevice['decision'] | 'undecided' | undefined;
  readonly identity: DeviceIdentityStrength | undefined;
  readonly sort: TableSort<DeviceSort>;
  /** Columns the person switched on or off; the others follow the width. */
  readonly columns: Readonly<Partial<Record<DeviceColumn, boolean>>>;
}

export const firstDeviceChoice: DeviceChoice = {
  decision: undefined,
  identity: undefined,
  sort: { by: 'lastSeenMs', isDescending: true },
  columns: {},
};
