import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Span } from '../../shared/base/time.ts';
import type { DeviceRow, VolumeColumns } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useAsk, useClient } from '../queries.ts';
import { type DeviceLane, toDeviceLanes, toVolumeGrid, type VolumeGrid } from './lanes.ts';
import { bucketFor, paddedSpan } from './span.ts';
import { type TimelineNote, useTimelineNotes } from './use-timeline-notes.ts';

/** Volumes together with the question they answer: while a new answer is under way, the old one is still drawn right. */
export interface VolumeAnswer {
  readonly columns: VolumeColumns;
  readonly span: Span;
  readonly bucketMs: number;
}

/** Most names the store keeps apart; the rest comes as one. */
const mostKeys = 100;
/** Connections one span may bring; when there are more, the timeline says so. */
export const mostSessions = 5_000;
/** Findings one span may bring: more badges have no room. */
const mostFindings = 200;
/** Devices and hosts that connections are narrowed to at most. */
const mostTerms = 1_000;
/** Device lanes beside the timeline; more are counted. */
export const mostDeviceLanes = 5;

export interface TimelineData {
  readonly bucketMs: number;
  readonly grid: VolumeGrid | undefined;
  readonly volumes: VolumeAnswer | undefined;
  readonly devices: readonly DeviceLane[];
  readonly hiddenDevices: number;
  readonly isSessionsCut: boolean;
  readonly deviceOf: ReadonlyMap<string, DeviceRow>;
  readonly findings: readonly FindingRow[];
  readonly findingsTotal: number;
  /** Notes of the case about a moment, whether inside the span or not. */
  readonly notes: readonly TimelineNote[];
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

/**
 * Asks the volume of a span, and half of it on each side, by process or device, in as much detail as `plotWidth` pixels can
 * show. The answer before stays until the new one is there.
 */
export function useVolumes(
  span: Span,
  filter: EvidenceFilter,
  plotWidth: number,
  by: 'process' | 'device',
): UseQueryResult<VolumeAnswer, Error> {
  const client = useClient();
  const bucketMs = bucketFor(span.endMs - span.startMs, plotWidth);
  const padded = paddedSpan(span, bucketMs);
  const question = {
    filter: { ...filter, fromMs: padded.startMs, toMs: padded.endMs },
    bucketMs,
    by,
    maxKeys: mostKeys,
  };
  return useQuery({
    queryKey: ['volumes.read', question, 'timeline'],
    queryFn: async ({ signal }): Promise<VolumeAnswer> => ({
      columns: await client.call('volumes.read', question, { signal }),
      span: padded,
      bucketMs,
    }),
    placeholderData: keepPreviousData,
    enabled: plotWidth > 0,
  });
}

/**
 * Asks everything the timeline of a span shows, in as much detail as `plotWidth` pixels can show. `ahead` is the span that
 * volumes are asked for: it may run ahead of `span` while a hand moves, since connections and findings cost more to ask
 * for and can wait until it rests.
 */
export function useTimeline(
  span: Span,
  ahead: Span,
  filter: EvidenceFilter,
  plotWidth: number,
  finding: FindingRow | undefined,
): TimelineData {
  const bucketMs = bucketFor(ahead.endMs - ahead.startMs, plotWidth);
  const volumes = useVolumes(ahead, filter, plotWidth, 'process');
  const restPadded = paddedSpan(span, bucketFor(span.endMs - span.startMs, plotWidth));
  const { fromMs: _from, toMs: _to, devices: chosenDevices, hosts: chosenHosts, ...narrowing } = filter;
  const isNarrowed = Object.keys(narrowing).length > 0;
  // Connections know no user, process or bus: they are narrowed to the devices and hosts of the writes that fit.
  const written = (field: 'device' | 'host') => ({
    field,
    filter: { ...filter, fromMs: restPadded.startMs, toMs: restPadded.endMs },
    limit: mostTerms,
  });
  const options = { isEnabled: isNarrowed, keepsPrevious: true };
  const writtenDevices = useAsk('terms.list', written('device'), options);
  const writtenHosts = useAsk('terms.list', written('host'), options);
  const hosts = chosenHosts ?? (isNarrowed ? writtenHosts.data?.rows.map((row) => row.value) : undefined);
  const wantedDevices = useMemo(
    () => chosenDevices ?? (isNarrowed ? (writtenDevices.data?.rows.map((row) => row.value) ?? []) : undefined),
    [chosenDevices, isNarrowed, writtenDevices.data],
  );
  const sessions = useAsk(
    'sessions.list',
    {
      ...(hosts ? { hosts } : {}),
      // A connection comes whole, also where it reaches out of the span.
      fromMs: span.startMs,
      toMs: span.endMs,
      ...(wantedDevices
        ? {}
        : { latestDevices: { most: mostDeviceLanes, ...(finding ? { first: finding.device } : {}) } }),
      limit: mostSessions,
    },
    { keepsPrevious: true, isEnabled: !isNarrowed || (writtenDevices.data !== undefined && hosts !== undefined) },
  );
  const devices = useAsk('devices.list', { filter: {}, limit: 1_000 });
  const findings = useAsk(
    'findings.list',
    {
      filter: {
        ...(chosenHosts ? { hosts: chosenHosts } : {}),
        ...(filter.users ? { users: filter.users } : {}),
        ...(filter.processes ? { processes: filter.processes } : {}),
        ...(chosenDevices ? { devices: chosenDevices } : {}),
        fromMs: restPadded.startMs,
        toMs: restPadded.endMs,
      },
      sort: 'score',
      descending: true,
      limit: mostFindings,
    },
    { keepsPrevious: true },
  );

  const { notes } = useTimelineNotes(finding?.id);
  const pinnedProcess = finding?.process;
  const grid = useMemo(
    () =>
      volumes.data &&
      toVolumeGrid(volumes.data.columns, volumes.data.span, volumes.data.bucketMs, ahead, pinnedProcess),
    [volumes.data, ahead, pinnedProcess],
  );
  const lanes = useMemo(() => {
    const rows = (sessions.data?.rows ?? []).filter(
      (session) => !wantedDevices || wantedDevices.includes(session.device),
    );
    return toDeviceLanes(rows, span, finding?.device, mostDeviceLanes);
  }, [sessions.data, wantedDevices, span, finding?.device]);
  const deviceOf = useMemo(() => new Map((devices.data?.rows ?? []).map((row) => [row.id, row])), [devices.data]);

  return {
    bucketMs: volumes.data?.bucketMs ?? bucketMs,
    grid,
    volumes: volumes.data,
    devices: lanes.lanes,
    hiddenDevices: Math.max(lanes.hidden, (sessions.data?.devices ?? 0) - lanes.lanes.length),
    isSessionsCut: sessions.data?.isCut ?? false,
    deviceOf,
    findings: findings.data?.rows ?? [],
    findingsTotal: findings.data?.total ?? 0,
    notes,
    isLoading: volumes.isPending,
    error: volumes.error ?? sessions.error ?? findings.error,
    retry: () => {
      void volumes.refetch();
      void sessions.refetch();
      void findings.refetch();
    },
  };
}
