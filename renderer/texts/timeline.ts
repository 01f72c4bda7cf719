import { formatBytes, formatCount, formatCounted } from '../window-format.ts';

/** English of the timeline, its readout, its table and the notes on it. */
export const timelineTexts = {
  buckets: {
    days: (count: number) => (count === 1 ? 'day' : `${formatCount(count)} days`),
    hours: (count: number) => (count === 1 ? 'hour' : `${formatCount(count)} h`),
    minutes: (count: number) => (count === 1 ? 'minute' : `${formatCount(count)} min`),
    seconds: (count: number) => (count === 1 ? 'second' : `${formatCount(count)} s`),
  },
  others: (names: number, isMore: boolean) =>
    names === 0
      ? 'others'
      : `${isMore ? 'over ' : ''}${formatCount(names)} ${names === 1 && !isMore ? 'other' : 'others'}`,
  label: (from: string, to: string, devices: number, lanes: number, findings: number, notes: number) =>
    `Timeline, ${from} to ${to}: ${formatCounted(devices, 'device', 'devices')}, ${formatCounted(lanes, 'lane of processes', 'lanes of processes')}, ${formatCounted(findings, 'finding', 'findings')}, ${formatCounted(notes, 'note', 'notes')}. Arrow keys read it bucket by bucket, N notes something there, T shows it as a table.`,
  newDevice: 'new to this host and user',
  noSerial: 'no serial number',
  openNote: (text: string, actor: string) => `${text} (${actor}). Open the case.`,

  findings: 'Findings',
  findingsTitle: (count: number, isCut: boolean) =>
    `${formatCounted(count, 'finding', 'findings')} in the span${isCut ? ', of the best around it' : ''}, on the hosts shown`,
  atLeast: '≥ ',
  notes: 'Notes',
  notesTitle: (all: number, inSpan: number) =>
    `Notes of the case about a moment: ${formatCounted(all, 'note', 'notes')} in all, ${formatCount(inSpan)} in the span`,
  deviceTitle: (name: string, connections: number) =>
    `${name}: ${formatCounted(connections, 'connection', 'connections')} in the span. Show the device.`,
  hosts: (count: number) => formatCounted(count, 'host', 'hosts'),
  moreDevices: (count: number) => formatCounted(count, 'more device', 'more devices'),
  firstConnections: (count: number) => `, first ${formatCount(count)} connections`,
  writtenPer: (bucket: string) => `Written per ${bucket}`,
  eventSum: 'event sum',
  chosenProcesses: 'chosen processes',
  allProcesses: 'all processes',
  laneTitle: (name: string, bytes: number, isOnly: boolean) =>
    `${name}: event sum ${formatBytes(bytes)} in the span. ${isOnly ? 'Show all processes.' : 'Show only this process.'}`,
  nothingWritten: 'No process wrote to a device.',
  nothingWrittenIn: (when: string) => `${when}: no process wrote to a device.`,
  files: (count: number) => formatCounted(count, 'file', 'files'),
  approximately: '≈ ',
  connected: 'Connected:',
  connectedOfShown: 'Connected, of those shown:',
  noneRecorded: 'none recorded',
  moreNames: (count: number) => `, ${formatCount(count)} more`,
  note: 'Note',
  noteSaid: (text: string) => ` Note: ${text}`,

  span: (days: number, bucket: string) => `${formatCounted(days, 'day', 'days')}, per ${bucket}`,
  dragToChoose: 'drag to choose the span',

  tables: 'Timeline as tables',
  findingsIn: (count: number, isCut: boolean) =>
    `Findings in the span: ${formatCount(count)}${isCut ? ', of the best around it' : ''}`,
  notesIn: (count: number) => `Notes of the case in the span: ${formatCount(count)}`,
  connectionsIn: (count: number, hidden: number) =>
    `Connections in the span: ${formatCount(count)}${hidden > 0 ? `, ${formatCounted(hidden, 'more device', 'more devices')} not shown` : ''}`,
  volumesIn: (bucket: string, withWrites: number, intervals: number) =>
    `Written per ${bucket}, event sum: ${formatCount(withWrites)} of ${formatCount(intervals)} intervals with writes`,
  heads: {
    score: 'Score',
    process: 'Process',
    host: 'Host',
    from: 'From',
    to: 'To',
    eventSum: 'Event sum',
    about: 'About',
    note: 'Note',
    by: 'By',
    case: 'Case',
    device: 'Device',
    volume: 'Volume',
    connected: 'Connected',
    disconnected: 'Disconnected',
    knownFrom: 'Known from',
    remark: 'Remark',
    total: 'Total',
  },
  entry: (caseId: string, seq: number) => `${caseId}, entry ${seq}`,
  notRecordedSince: 'not recorded, there from',
  notRecordedUntil: 'not recorded, there until',
  deviceEvents: 'device events',
  writesOnly: 'writes only',
  unknown: '–',

  noteAbout: (when: string) => `Note about ${when}`,
  keptIn: (when: string, caseId: string) => `${when}, kept in ${caseId}. It cannot be changed afterwards.`,
  keptInCase: 'A note is kept in a case.',
  chooseFinding: 'Choose a finding first.',
  whatHappened: 'What happened here',
  add: 'Add',
  cancel: 'Cancel',
} as const;
