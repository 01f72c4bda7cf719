import { formatBytes, formatCount, formatCounted } from '../window-format.ts';

/** English of what all tables can do: sorting, columns, copying. */
export const tableTexts = {
  columns: 'Columns',
  chooseColumns: 'Choose columns',
  asWidthAllows: 'As the width allows',
  copy: 'Copy',
  copyTitle: (total: number, most: number) =>
    total > most
      ? `Copy the first ${formatCount(most)} of ${formatCount(total)} rows, in the order shown`
      : `Copy ${total === 1 ? 'the row' : `all ${formatCount(total)} rows`}, in the order shown`,
  asCsv: 'As CSV',
  asJson: 'As JSON',
  copying: (rows: number) => `copying, ${formatCount(rows)} read`,
  copied: (rows: number, total: number) =>
    rows < total ? `copied ${formatCount(rows)} of ${formatCount(total)}` : `copied ${formatCount(rows)}`,
  all: (rows: number) => `${formatCount(rows)} in all`,
  latest: (rows: number, most: number) =>
    rows < most ? `${formatCount(rows)} in all` : `the latest ${formatCount(most)}, more are kept`,
  sortBy: (says: string) => `${says}. Sort by it.`,
} as const;

/** English of the process table. */
export const processTexts = {
  heading: 'Processes',
  shown: (rows: number, total: number, isNarrowed: boolean) =>
    `${formatCount(rows)} of ${formatCount(total)} that wrote in the span${isNarrowed ? ' and match' : ''}`,
  search: 'Processes: name, folder or host',
  searchPlaceholder: 'Name, folder, host',
  shownTitle: (rows: number, total: number) =>
    `${formatCounted(rows, 'row is', 'rows are')} loaded of ${formatCount(total)}: one for each program on each host that wrote to an external device in the span. More are loaded as you scroll.`,
  label: 'Processes that wrote in the span',
  columns: {
    host: ['Host', 'Host the process ran on'],
    shape: ['In the span', 'When it wrote inside the span'],
    writtenBytes: ['Event sum', 'File sizes added up over all counted events in the span: rewrites count again'],
    distinctBytes: ['Distinct', 'The last size of each path written in the span, added up'],
    files: ['Files', 'Distinct paths written in the span'],
    events: ['Events', 'Counted events in the span: creations, overwrites and modifications'],
    hosts: ['Hosts', 'Hosts on which a process of this name ever wrote to an external device'],
    users: ['Users', 'Users it ran as in the span'],
    devices: ['Devices', 'Devices it wrote to in the span'],
    firstSeenMs: ['First seen', 'First write in the span'],
    lastSeenMs: ['Last seen', 'Last write in the span'],
    rarity: ['Rarity', 'Highest Portside score of a finding of this process in the span, of 100'],
    elastic: ['Elastic', 'Elastic-comparable score; the mark is the most it can reach on this host'],
  },
  process: 'Process',
  processSays: 'Name and folder of the program',
  hostsOf: (hosts: number) => `Hosts of ${formatCount(hosts)}`,
  elasticMax: (ceiling: number) => `Elastic, max ${formatCount(ceiling)}`,
  showOnly: (name: string) => `${name}. Show only this process.`,
  unknown: '–',
  elasticTitle: (score: number, ceiling: number, hours: number) =>
    `Elastic-comparable score ${formatCount(score)} of at most ${formatCount(ceiling)}: ${formatCount(hours)} process-hours are known on this host.`,
} as const;

/** English of the list of writes. */
export const writesTexts = {
  ofFinding: 'Of the finding',
  counting: 'Counting',
  shown: (rows: number, total: number) => `${formatCount(rows)} of ${formatCount(total)} events shown, newest first.`,
  figures: (writtenBytes: number, distinctBytes: number, files: number) =>
    `Event sum ${formatBytes(writtenBytes)}, distinct ${formatBytes(distinctBytes)} in ${formatCounted(files, 'file', 'files')}.`,
  search: 'Search for a part of a path',
  searchPlaceholder: 'Part of a path',
  searchedTo: (rows: number, time: string) => `Looked back to ${time}, ${formatCount(rows)} found so far.`,
  stop: 'Stop looking',
  goOn: 'Go on looking',
  withRenames: 'With renames',
  renames: (count: number) => ` (${formatCount(count)}, not counted)`,
  none: 'No writes',
  noneText: 'No stored event fits. It may have been left out on import: Sources says how many rows were.',
  noneFound: 'No path has this text. Capitals make no difference.',
  sizeTitle: 'Size of the file after this event',
} as const;
