import { formatCount, formatCounted } from '../window-format.ts';

/** English of the table of devices below the timeline. */
export const spanDeviceTexts = {
  choice: 'Rows of the table',
  process: 'Process',
  device: 'Device',
  heading: 'Devices',
  shown: (rows: number, total: number, isNarrowed: boolean) =>
    `${formatCount(rows)} of ${formatCount(total)} written to in the span${isNarrowed ? ' that match' : ''}`,
  shownTitle: (rows: number, total: number) =>
    `${formatCounted(rows, 'row is', 'rows are')} loaded of ${formatCount(total)}: one for each external device that was written to in the span. More are loaded as you scroll.`,
  search: 'Devices: name, serial, host or user',
  searchPlaceholder: 'Name, serial, host, user',
  label: 'Devices that were written to in the span',
  nameSays: 'Vendor and product, as events name them',
  columns: {
    decision: ['Decision', 'What was decided about the device in this workspace'],
    serial: ['Serial number', 'Serial number, or none where events give none'],
    busType: ['Bus', 'Bus the device is connected by'],
    shape: ['In the span', 'When it was written to inside the span'],
    writtenBytes: ['Event sum', 'File sizes added up over all counted events in the span: rewrites count again'],
    events: ['Events', 'Counted events in the span: creations, overwrites and modifications'],
    hostCount: ['Hosts', 'Hosts that wrote to it in the span'],
    userCount: ['Users', 'Users who wrote to it in the span'],
    firstSeenMs: ['First seen', 'First write to it in the span'],
    lastSeenMs: ['Last seen', 'Last write to it in the span'],
  },
  showOnly: (name: string, isOnly: boolean) => `${name}. ${isOnly ? 'Show all devices.' : 'Show only this device.'}`,
} as const;
