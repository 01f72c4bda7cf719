import { hourMs } from '../base/time.ts';
import { identifyDevice } from '../model/device-identity.ts';
import type { DeviceEvent } from '../model/event.ts';
import type { DeviceSession, DeviceSessions } from '../model/evidence-answer.ts';

/** A gap of more than this between two writes parts two inferred sessions. */
export const inferredGapMs = 8 * hourMs;

/**
 * Counted writes of one host, device and volume that are at most `inferredGapMs` apart and with no device event of that
 * host between them (at its very instant counts as after it). Engines compute these; they are all that sessions need of writes.
 */
export interface WriteRun {
  readonly host: string;
  readonly device: string;
  readonly volume?: string | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A session under way of being put together. Writes belong to it from `fromMs` until before `untilMs`. */
interface Draft {
  readonly device: string;
  readonly host: string;
  readonly volume: string | undefined;
  readonly connectedMs: number | undefined;
  disconnectedMs: number | undefined;
  fromMs: number;
  untilMs: number;
  firstActivityMs: number;
  lastActivityMs: number;
  readonly source: 'events' | 'inferred';
}

/**
 * The connections that events and writes tell of. A mount opens one and the next unmount of the same host, device and volume
 * closes it; a mount after a mount leaves the end of the first unknown, an unmount without a mount the start. Writes that
 * no such session holds make inferred ones. Where the device of a write has no identity of its own (no serial), the session of
 * the same volume of the same host at that time is its session too: a drive letter belongs to one device at a time.
 * Sorted by start, then device, then host.
 */
export function toDeviceSessions(events: readonly DeviceEvent[], runs: readonly WriteRun[]): readonly DeviceSession[] {
  const paired = pairEvents(events);
  const byDevice = groupBy(paired, ({ host, device }) => keyOf(host, device));
  const byVolume = groupBy(
    paired.filter(({ volume }) => volume !== undefined),
    ({ host, volume }) => keyOf(host, volumeKey(volume)),
  );
  const aliases = new Map<string, Draft>();
  const unplaced: WriteRun[] = [];
  // Later runs first: a session without a known start reaches back from its unmount, run by run.
  for (const run of [...runs].sort((a, b) => b.firstMs - a.firstMs)) {
    const own = byDevice.get(keyOf(run.host, run.device))?.find((draft) => holds(draft, run));
    if (own) {
      extend(own, run);
      continue;
    }
    const near = run.volume === undefined ? [] : (byVolume.get(keyOf(run.host, volumeKey(run.volume))) ?? []);
    const other = near.find((draft) => isJoinable(draft, run) && holds(draft, run));
    if (!other) {
      unplaced.push(run);
      continue;
    }
    const key = keyOf(run.host, run.device, String(paired.indexOf(other)));
    const alias = aliases.get(key) ?? { ...other, device: run.device };
    aliases.set(key, alias);
    extend(alias, run);
  }
  const drafts = [...paired, ...aliases.values(), ...inferSessions(unplaced)];
  return drafts.map(toSession).sort(compareSessions);
}

const startOf = (session: DeviceSession) => session.connectedMs ?? session.firstActivityMs;

/** Order of sessions in every list: by start, then device, then host, then volume. */
export function compareSessions(a: DeviceSession, b: DeviceSession): number {
  return (
    startOf(a) - startOf(b) ||
    compareText(a.device, b.device) ||
    compareText(a.host, b.host) ||
    compareText(a.volume ?? '', b.volume ?? '')
  );
}

/** The answer of `limit` connections from all that are asked about, which are in order; with `latestDevices`, of those devices only. */
export function answerSessions(
  sessions: readonly DeviceSession[],
  {
    latestDevices,
    limit,
  }: {
    readonly latestDevices?: { readonly most: number; readonly first?: string | undefined } | undefined;
    readonly limit: number;
  },
): DeviceSessions {
  if (!latestDevices) return { rows: sessions.slice(0, limit), isCut: sessions.length > limit };
  const latestMs = new Map<string, number>();
  for (const { device, disconnectedMs, lastActivityMs } of sessions) {
    latestMs.set(device, Math.max(latestMs.get(device) ?? -Infinity, disconnectedMs ?? lastActivityMs));
  }
  const { most, first } = latestDevices;
  const kept = new Set(
    [...latestMs]
      .sort(([a, at], [b, bt]) => Number(b === first) - Number(a === first) || bt - at || compareText(a, b))
      .slice(0, most)
      .map(([device]) => device),
  );
  const rows = sessions.filter(({ device }) => kept.has(device));
  return { rows: rows.slice(0, limit), isCut: rows.length > limit, devices: latestMs.size };
}

/** Whether a session touches a span: from its start to its end, or where it certainly was connected. */
export function touchesSpan(
  session: DeviceSession,
  span: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
): boolean {
  const endMs = Math.max(session.disconnectedMs ?? session.lastActivityMs, session.lastActivityMs);
  return (
    (span.toMs === undefined || Math.min(startOf(session), session.firstActivityMs) < span.toMs) &&
    (span.fromMs === undefined || endMs >= span.fromMs)
  );
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (...parts: readonly string[]) => parts.join('\u0000');
const volumeKey = (volume: string | undefined) => (volume ?? '').trim().toLowerCase();

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function pairEvents(events: readonly DeviceEvent[]): readonly Draft[] {
  const drafts: Draft[] = [];
  /** Per host, device and volume: the session that is open, and when the last one ended at the latest. */
  const open = new Map<string, Draft>();
  const lastEnd = new Map<string, number>();
  const sorted = [...events].sort((a, b) => a.atMs - b.atMs || compareText(a.kind, b.kind) || compareText(a.id, b.id));
  for (const event of sorted) {
    const place = keyOf(event.host, event.device);
    const key = keyOf(place, volumeKey(event.volume));
    if (event.kind === 'mount') {
      const before = open.get(key);
      if (before) before.untilMs = event.atMs;
      const draft = makeDraft(event, event.atMs, undefined);
      draft.fromMs = event.atMs;
      open.set(key, draft);
      drafts.push(draft);
      continue;
    }
    // An unmount that names no volume ends all that is open of the device; one that does may end a mount that named none.
    const ended =
      event.volume === undefined || event.volume === ''
        ? [...open.entries()].filter(([openKey]) => openKey.startsWith(`${place}\u0000`))
        : [key, keyOf(place, '')]
            .flatMap((openKey) => {
              const draft = open.get(openKey);
              return draft ? [[openKey, draft] as const] : [];
            })
            .slice(0, 1);
    for (const [openKey, draft] of ended) {
      draft.disconnectedMs = event.atMs;
      draft.untilMs = event.atMs;
      draft.lastActivityMs = event.atMs;
      open.delete(openKey);
      lastEnd.set(openKey, event.atMs);
    }
    if (ended.length === 0) {
      const draft = makeDraft(event, undefined, event.atMs);
      draft.fromMs = lastEnd.get(key) ?? Number.NEGATIVE_INFINITY;
      draft.untilMs = event.atMs;
      drafts.push(draft);
      lastEnd.set(key, event.atMs);
    }
  }
  return drafts;
}

function makeDraft(event: DeviceEvent, connectedMs: number | undefined, disconnectedMs: number | undefined): Draft {
  return {
    device: event.device,
    host: event.host,
    volume: event.volume,
    connectedMs,
    disconnectedMs,
    fromMs: Number.NEGATIVE_INFINITY,
    untilMs: Number.POSITIVE_INFINITY,
    firstActivityMs: event.atMs,
    lastActivityMs: event.atMs,
    source: 'events',
  };
}

/** Whether a run lies in a session. Where no event tells the start, writes reach back only as far as an inferred session would. */
function holds(draft: Draft, run: WriteRun): boolean {
  if (run.volume !== undefined && draft.volume !== undefined && volumeKey(run.volume) !== volumeKey(draft.volume)) {
    return false;
  }
  if (run.firstMs < draft.fromMs || run.firstMs >= draft.untilMs) return false;
  return draft.connectedMs !== undefined || draft.firstActivityMs - run.lastMs <= inferredGapMs;
}

function extend(draft: Draft, run: WriteRun): void {
  draft.firstActivityMs = Math.min(draft.firstActivityMs, run.firstMs);
  draft.lastActivityMs = Math.max(draft.lastActivityMs, run.lastMs);
}

const isWeak = (device: string) =>
  device.startsWith('model:') || identifyDevice({ serial: device.slice(7) }).strength !== 'serial';

/** Only a session with both ends known can be lent to another device: anything else might reach over another stick's time. */
function isJoinable(draft: Draft, run: WriteRun): boolean {
  return (
    draft.connectedMs !== undefined &&
    draft.untilMs !== Number.POSITIVE_INFINITY &&
    (isWeak(run.device) || isWeak(draft.device))
  );
}

function inferSessions(runs: readonly WriteRun[]): readonly Draft[] {
  const drafts: Draft[] = [];
  const groups = groupBy(runs, ({ host, device, volume }) => keyOf(host, device, volumeKey(volume)));
  for (const group of groups.values()) {
    let current: Draft | undefined;
    for (const run of [...group].sort((a, b) => a.firstMs - b.firstMs)) {
      if (current && run.firstMs - current.lastActivityMs <= inferredGapMs) {
        extend(current, run);
        continue;
      }
      current = {
        device: run.device,
        host: run.host,
        volume: run.volume,
        connectedMs: undefined,
        disconnectedMs: undefined,
        fromMs: run.firstMs,
        untilMs: run.lastMs,
        firstActivityMs: run.firstMs,
        lastActivityMs: run.lastMs,
        source: 'inferred',
      };
      drafts.push(current);
    }
  }
  return drafts;
}

function toSession(draft: Draft): DeviceSession {
  const { device, host, volume, connectedMs, disconnectedMs, firstActivityMs, lastActivityMs, source } = draft;
  return { device, host, volume, connectedMs, disconnectedMs, firstActivityMs, lastActivityMs, source };
}
