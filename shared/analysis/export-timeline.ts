import { formatIso } from '../base/format.ts';
import { wellFormed } from '../base/words.ts';
import type { CaseState } from '../model/case-file.ts';
import type { WriteEvent } from '../model/event.ts';
import type { CaseEvent } from './case-events.ts';
import { toCsv } from './csv.ts';

/** Timesketch wants an offset it can parse; `Z` is one in every version, but older ones read only `+00:00`. */
const isoWithOffset = (atMs: number) => formatIso(atMs).replace('Z', '+00:00');

/** Values longer than this lose their aggregation in Timesketch's index. */
const longestKeyword = 32_000;

const cut = (text: string | undefined) => (text === undefined ? '' : wellFormed(text.slice(0, longestKeyword)));

function timesketchFields(event: CaseEvent, caseId: string): Readonly<Record<string, string | number>> {
  return {
    message: cut(event.text),
    datetime: isoWithOffset(event.atMs),
    timestamp: Math.round(event.atMs * 1000),
    timestamp_desc: event.timeOf,
    source_short: 'PORTSIDE',
    data_type: `portside:${event.kind}`,
    hostname: cut(event.host),
    username: cut(event.user),
    process_name: cut(event.process),
    filename: cut(event.path),
    file_size: event.sizeBytes ?? 0,
    device: cut(event.device),
    case_id: caseId,
    event_id: cut(event.id),
  };
}

/** Timesketch's JSONL import: one event a line. */
export function timesketchJsonl(state: CaseState, events: readonly CaseEvent[]): string {
  return events.map((event) => `${JSON.stringify(timesketchFields(event, state.id))}\n`).join('');
}

/** Timesketch's CSV import. */
export function timesketchCsv(state: CaseState, events: readonly CaseEvent[]): string {
  const header = Object.keys(
    timesketchFields({ atMs: 0, timeOf: '', kind: 'write', text: '', host: '', device: '', id: '' }, ''),
  );
  return toCsv(
    header,
    events.map((event) => Object.values(timesketchFields(event, state.id))),
  );
}

/** DFIR-IRIS refuses a file with a category it does not know; this one every installation has. */
const irisCategory = 'Exfiltration';

/** Most single events an IRIS timeline takes; people read it, and every asset must exist there before. */
const maxIrisEvents = 2_000;

/**
 * DFIR-IRIS timeline CSV: findings and device events first of all, then writes up to a limit. Assets and indicators stay
 * empty, since IRIS refuses those it does not have yet; hosts and devices stand in the content.
 */
export function irisTimelineCsv(state: CaseState, events: readonly CaseEvent[]): string {
  const chosen = new Set(events.filter((event) => event.kind === 'finding' || event.kind === 'device'));
  for (const event of events) {
    if (chosen.size >= maxIrisEvents) break;
    chosen.add(event);
  }
  const rows = events
    .filter((event) => chosen.has(event))
    .map((event) => [
      formatIso(event.atMs).replace('Z', ''),
      '+00:00',
      cut(event.text).slice(0, 400),
      irisCategory,
      [
        `Host ${event.host}`,
        event.user && `user ${event.user}`,
        event.process && `process ${event.process}`,
        event.path && `file ${event.path}`,
        `device ${event.device}`,
      ]
        .filter((part) => part !== undefined && part !== '')
        .join('; ')
        .slice(0, 8_000),
      cut(event.id),
      `Portside ${state.id}`,
      '',
      '',
      ['portside', event.kind].join('|'),
    ]);
  return toCsv(
    [
      'event_date',
      'event_tz',
      'event_title',
      'event_category',
      'event_content',
      'event_raw',
      'event_source',
      'event_assets',
      'event_iocs',
      'event_tags',
    ],
    rows,
  );
}

const irisTypeOfSystem = [
  [/^[a-z]:\\/i, 'Windows - Computer'],
  [/^\/(?:Users|Volumes|Applications)\//, 'Mac - Computer'],
  [/^\//, 'Linux - Computer'],
] as const;

/** What kind of computer a host is, told from the paths of its programs; IRIS wants one. */
function irisHostType(host: string, state: CaseState, writes: readonly WriteEvent[]): string {
  const paths = [
    ...state.findings.filter(({ finding }) => finding.host === host).map(({ finding }) => finding.executable),
    ...writes.filter((write) => write.host === host).flatMap((write) => [write.executable, write.path]),
  ];
  for (const path of paths)
    for (const [pattern, type] of irisTypeOfSystem) if (path !== undefined && pattern.test(path)) return type;
  return 'Windows - Computer';
}

/** DFIR-IRIS asset CSV: hosts and accounts of a case. Imported before the timeline, they can be linked to it there. */
export function irisAssetsCsv(state: CaseState, writes: readonly WriteEvent[]): string {
  const hosts = [...state.findings.map(({ finding }) => finding.host), ...state.sessions.map(({ host }) => host)];
  const users = state.findings.map(({ finding }) => finding.user).filter((user) => user !== '');
  const rows = [
    ...[...new Set(hosts)].map((host) => [
      cut(host),
      irisHostType(host, state, writes),
      `Host of case ${state.id}`,
      '',
      '',
      'portside',
    ]),
    ...[...new Set(users)].map((user) => {
      const [domain, name] = user.includes('\\') ? user.split('\\', 2) : ['', user];
      return [cut(user), 'Account', `Account ${name} of case ${state.id}`, '', cut(domain), 'portside'];
    }),
  ];
  return toCsv(['asset_name', 'asset_type_name', 'asset_description', 'asset_ip', 'asset_domain', 'asset_tags'], rows);
}

/** TLP as IRIS spells it; it has no `AMBER+STRICT` by default, and `amber` would say less than is meant. */
const irisTlp: Readonly<Record<CaseState['tlp'], string>> = {
  CLEAR: 'clear',
  GREEN: 'green',
  AMBER: 'amber',
  'AMBER+STRICT': 'red',
  RED: 'red',
};

/** DFIR-IRIS indicator CSV: hashes and paths of the programs, and serials of the devices, of a case. */
export function irisIndicatorsCsv(state: CaseState, writes: readonly WriteEvent[]): string {
  const tlp = irisTlp[state.tlp];
  const rows = new Map<string, readonly string[]>();
  const add = (value: string | undefined, type: string, text: string) => {
    if (value !== undefined && value !== '' && !rows.has(`${type} ${value}`))
      rows.set(`${type} ${value}`, [cut(value), type, text, 'portside', tlp]);
  };
  for (const { finding } of state.findings) {
    add(finding.executable, 'filename', `Program that wrote to a removable device on ${finding.host}`);
    for (const write of writes) {
      if (write.host !== finding.host || write.process !== finding.process) continue;
      add(write.processSha256, 'sha256', `Executable of ${cut(finding.process).slice(0, 200)}`);
      add(write.deviceSerial, 'other', 'Serial number of the removable device');
    }
  }
  return toCsv(['ioc_value', 'ioc_type', 'ioc_description', 'ioc_tags', 'ioc_tlp'], [...rows.values()]);
}

/** All writes of a case as a table for spreadsheets. */
export function writesCsv(writes: readonly WriteEvent[]): string {
  return toCsv(
    [
      'time_utc',
      'action',
      'host',
      'user',
      'process',
      'executable',
      'pid',
      'publisher',
      'process_sha256',
      'path',
      'size_bytes',
      'header_bytes',
      'source_path',
      'device',
      'device_vendor',
      'device_product',
      'device_serial',
      'bus_type',
      'volume',
      'event_id',
    ],
    writes.map((write) => [
      formatIso(write.atMs),
      write.action,
      write.host,
      write.user,
      write.process,
      write.executable,
      write.pid,
      write.publisher,
      write.processSha256,
      write.path,
      write.sizeBytes,
      write.headerBytes,
      write.sourcePath,
      write.device,
      write.deviceVendor,
      write.deviceProduct,
      write.deviceSerial,
      write.busType,
      write.volume,
      write.id,
    ]),
  );
}

/**
 * A Kibana timeline (one object a line, `/api/timeline/_import`): the writes of each finding as a query, so that the
 * person who imports it looks at the cluster's own events.
 */
export function kibanaTimelines(state: CaseState): string {
  const kql = (text: string) => `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, ' ')}"`;
  return state.findings
    .map(({ finding }, index) => {
      const timeline = {
        savedObjectId: null,
        version: null,
        title: wellFormed(`${state.id}: ${finding.process} on ${finding.host}`.slice(0, 500)),
        description: `Finding ${finding.id} of case ${state.id}, score ${Math.round(finding.score)}`,
        columns: ['@timestamp', 'event.action', 'host.name', 'user.name', 'process.name', 'file.path', 'file.size'].map(
          (id) => ({ columnHeaderType: 'not-filtered', id }),
        ),
        dataProviders: [],
        dataViewId: null,
        dateRange: { start: finding.startMs, end: finding.endMs + 1 },
        eventNotes: [],
        eventType: 'all',
        excludedRowRendererIds: [],
        favorite: [],
        filters: [],
        globalNotes: [],
        indexNames: ['logs-endpoint.events.file-*', 'logs-endpoint.events.device-*'],
        kqlMode: 'filter',
        kqlQuery: {
          filterQuery: {
            kuery: {
              kind: 'kuery',
              expression: `host.name: ${kql(finding.host)} and process.name: ${kql(finding.process)} and file.Ext.device.bus_type: *`,
            },
            serializedQuery: '',
          },
        },
        pinnedEventIds: [],
        pinnedEventsSaveObject: [],
        sort: [{ columnId: '@timestamp', columnType: 'date', sortDirection: 'asc' }],
        status: 'active',
        templateTimelineId: null,
        templateTimelineVersion: null,
        timelineType: 'default',
        created: state.openedAtMs + index,
        createdBy: state.openedBy,
        updated: state.changedAtMs,
        updatedBy: state.openedBy,
      };
      return `${JSON.stringify(timeline)}\n`;
    })
    .join('');
}
