import { fail } from '../../shared/base/failure.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { Page, ProcessRow } from '../../shared/model/evidence-answer.ts';
import { figureOf, readBuckets } from './elastic-buckets.ts';
import { groupOfKey, readDistinct } from './elastic-distinct.ts';
import { compareNames, type ElasticEvidence } from './elastic-evidence.ts';
import { deviceOfKey, fields, textOfKey, writtenDevice } from './elastic-fields.ts';
import {
  anyOf,
  type Clause,
  deviceSources,
  nameClauses,
  type Source,
  volumeFigures,
  writesQuery,
} from './elastic-queries.ts';

type ProcessesInput = InputOf<EvidenceOperations['processes.list']>;

const groupSources: readonly Source[] = [
  { name: 'host', field: fields.host },
  { name: 'process', field: fields.process },
  { name: 'executable', field: fields.executable },
];

/** Rows whose files are counted in one request: each is a clause of the query. */
const groupsAtOnce = 250;

interface Group {
  readonly name: string;
  readonly host: string;
  readonly process: string;
  readonly executable: string;
  readonly writtenBytes: number;
  readonly events: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  files: number;
  distinctBytes: number;
}

/**
 * Answers `processes.list`: all groups with their sums first, which decide the order; files, devices and users are counted
 * for the rows of the page only, unless files are what is sorted by.
 */
export async function listProcesses(
  evidence: ElasticEvidence,
  input: ProcessesInput,
  signal: AbortSignal,
): Promise<Page<ProcessRow>> {
  const groups = await readGroups(evidence, input, signal);
  const query = writesQuery(input.filter);
  if (input.sort === 'files') await addFiles(evidence, query, groups, signal);
  const direction = input.descending ? -1 : 1;
  const figure = (group: Group) => group[input.sort];
  groups.sort((a, b) => {
    const left = figure(a);
    const right = figure(b);
    const order = typeof left === 'string' ? compareNames(left, String(right)) : left - Number(right);
    return (
      direction * order ||
      compareNames(a.host, b.host) ||
      compareNames(a.process, b.process) ||
      compareNames(a.executable, b.executable)
    );
  });
  const start = input.cursor === undefined ? 0 : positionAfter(groups, input.cursor);
  const page = groups.slice(start, start + input.limit);
  const isMore = start + page.length < groups.length;
  const rows = await toRows(evidence, query, page, input.sort === 'files', signal);
  const last = page.at(-1);
  return { rows, total: groups.length, nextCursor: isMore && last ? cursorOf(last) : undefined };
}

/** A cursor names the last row: a list that grew meanwhile goes on behind it. */
function cursorOf({ host, process, executable }: Group): string {
  return Buffer.from(JSON.stringify([host, process, executable])).toString('base64url');
}

function positionAfter(groups: readonly Group[], cursor: string): number {
  const name = parseCursor(cursor);
  const at = groups.findIndex((group) => group.name === name);
  if (at < 0) throw fail('bad-input', 'The list has changed; its page cannot be found again.', 'Load the list anew.');
  return at + 1;
}

function parseCursor(cursor: string): string {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) return parts.map(String).join('\u0000');
  } catch {
    // Said below, with what it means.
  }
  throw fail('bad-input', 'The cursor is none that this list has given out.', 'Load the list anew.');
}

async function readGroups(
  { search, indices }: ElasticEvidence,
  input: ProcessesInput,
  signal: AbortSignal,
): Promise<Group[]> {
  const groups: Group[] = [];
  const pages = readBuckets(search, {
    index: indices.files,
    query: writesQuery(input.filter),
    sources: groupSources,
    figures: volumeFigures,
    signal,
    question: 'processes',
  });
  for await (const page of pages) {
    for (const { key, events, figures } of page) {
      groups.push({
        name: groupOfKey(groupSources, key),
        host: textOfKey(key.host),
        process: textOfKey(key.process),
        executable: textOfKey(key.executable),
        writtenBytes: figureOf(figures, 'bytes'),
        events,
        firstSeenMs: Math.floor(figureOf(figures, 'first')),
        lastSeenMs: Math.floor(figureOf(figures, 'last')),
        files: 0,
        distinctBytes: 0,
      });
    }
  }
  return groups;
}

/** Counts files of all groups in one sweep. */
async function addFiles(
  { search, indices }: ElasticEvidence,
  query: Clause,
  groups: readonly Group[],
  signal: AbortSignal,
): Promise<void> {
  const asked = { index: indices.files, query, groups: groupSources, question: 'files per process' };
  const figures = await readDistinct(search, asked, signal);
  for (const group of groups) Object.assign(group, figures.get(group.name));
}

async function toRows(
  evidence: ElasticEvidence,
  query: Clause,
  page: readonly Group[],
  hasFiles: boolean,
  signal: AbortSignal,
): Promise<readonly ProcessRow[]> {
  const devices = new Map<string, Set<string>>();
  const users = new Map<string, Set<string>>();
  for (let start = 0; start < page.length; start += groupsAtOnce) {
    const some = page.slice(start, start + groupsAtOnce);
    const narrowed = { bool: { filter: [query, anyOf(some.map(groupClause))] } };
    if (!hasFiles) await addFiles(evidence, narrowed, some, signal);
    const { search, indices } = evidence;
    const base = { index: indices.files, query: narrowed, signal, question: 'devices and users per process' };
    for await (const buckets of readBuckets(search, {
      ...base,
      sources: [...groupSources, ...deviceSources(writtenDevice)],
    })) {
      for (const { key } of buckets) addTo(devices, groupOfKey(groupSources, key), deviceOfKey(key).id);
    }
    for await (const buckets of readBuckets(search, {
      ...base,
      sources: [...groupSources, { name: 'user', field: fields.user }],
    })) {
      for (const { key } of buckets) {
        const user = textOfKey(key.user);
        if (user !== '') addTo(users, groupOfKey(groupSources, key), user);
      }
    }
  }
  return page.map((group) => ({
    host: group.host,
    process: group.process,
    executable: group.executable === '' ? undefined : group.executable,
    writtenBytes: group.writtenBytes,
    distinctBytes: group.distinctBytes,
    files: group.files,
    events: group.events,
    devices: devices.get(group.name)?.size ?? 0,
    users: users.get(group.name)?.size ?? 0,
    firstSeenMs: group.firstSeenMs,
    lastSeenMs: group.lastSeenMs,
  }));
}

function groupClause({ host, process, executable }: Group): Clause {
  return {
    bool: {
      filter: [
        ...nameClauses(fields.host, [host]),
        ...nameClauses(fields.process, [process]),
        ...nameClauses(fields.executable, [executable]),
      ],
    },
  };
}

/** Adds a value to the set of a name. */
export function addTo(sets: Map<string, Set<string>>, name: string, value: string): void {
  const known = sets.get(name);
  if (known) known.add(value);
  else sets.set(name, new Set([value]));
}
