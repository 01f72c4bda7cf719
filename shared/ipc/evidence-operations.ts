import { z } from 'zod';
import type { AnomalyRecord, DeviceEvent, RuleAlert } from '../model/event.ts';
import {
  type ActivityChunk,
  type DeviceRow,
  type DeviceSessions,
  deviceIdentityStrengths,
  deviceSorts,
  type EvidenceSummary,
  type Page,
  type ProcessRow,
  type TermRow,
  type VolumeColumns,
  type WriteRow,
  type WriteTotals,
} from '../model/evidence-answer.ts';
import { cursorSchema, evidenceFilterSchema } from '../model/evidence-filter.ts';
import { maxPageRows } from '../model/page-limit.ts';
import { operation } from './operation.ts';

const limit = z.number().int().min(1).max(maxPageRows);
const instant = z.number();
const deviceIds = z.array(z.string().max(4096)).max(10_000);

/**
 * The questions an evidence store answers, whatever its engine. Each is a question of the field, each answer is bounded
 * by an argument, each honours the abort signal. "Counted" events are creation, overwrite and modification on an
 * external device; renames are only told where a question says so. The contract suite `store-contract.ts` is the
 * executable form of these sentences.
 */
export const evidenceOperations = {
  /** What the store holds. */
  'evidence.summary': operation(z.strictObject({})).returns<EvidenceSummary>(),

  /**
   * Written volume per bucket. Buckets are aligned to the epoch. With `by`, the `maxKeys` keys with the largest event
   * sum in the whole span keep their rows, the rest is folded into `otherKey`. Fails with `store-too-large` where span ÷
   * bucket exceeds 20,000.
   */
  'volumes.read': operation(
    z.strictObject({
      filter: evidenceFilterSchema,
      bucketMs: z.number().int().min(1_000),
      by: z.enum(['process', 'device', 'host']).optional(),
      maxKeys: z.number().int().min(1).max(1_000).default(20),
    }),
  ).returns<VolumeColumns>(),

  /** A row per process name, executable and host, in the asked order (ties by host, process, executable). */
  'processes.list': operation(
    z.strictObject({
      filter: evidenceFilterSchema,
      sort: z
        .enum(['writtenBytes', 'files', 'events', 'firstSeenMs', 'lastSeenMs', 'process', 'host'])
        .default('writtenBytes'),
      descending: z.boolean().default(true),
      limit,
      cursor: cursorSchema.optional(),
    }),
  ).returns<Page<ProcessRow>>(),

  /**
   * A row per device that writes or device events name. The filter applies to writes; with an empty one, devices without
   * writes are included. The figures are those under the filter. In the asked order, ties by last seen (latest first),
   * then id; what is not known sorts as the smallest. `total` counts the devices that every condition lets through.
   */
  'devices.list': operation(
    z.strictObject({
      filter: evidenceFilterSchema,
      /** Only devices whose id, vendor and product, ids of these, serial, bus, volume, host or user contains this text, without case. */
      contains: z.string().max(256).optional(),
      /** Only these devices. */
      among: deviceIds.optional(),
      /** None of these devices. */
      notAmong: deviceIds.optional(),
      /** Only devices whose identity is as sure as one of these says. */
      identities: z.array(z.enum(deviceIdentityStrengths)).max(8).optional(),
      /** Newest last counted write first where absent. Names sort by vendor, then product, without case. */
      sort: z.enum(deviceSorts).optional(),
      /** From the largest on where absent. */
      descending: z.boolean().optional(),
      limit,
      cursor: cursorSchema.optional(),
    }),
  ).returns<Page<DeviceRow>>(),

  /**
   * Connections that touch the span, by start. From device events; where a host's device has none, inferred from its writes.
   * With `latestDevices` only those of so many devices: `first`, then the ones connected latest (ties by id); `devices` then
   * says of how many devices there are any.
   */
  'sessions.list': operation(
    z.strictObject({
      device: z.string().max(4096).optional(),
      hosts: z.array(z.string().max(4096)).max(1000).optional(),
      fromMs: instant.optional(),
      toMs: instant.optional(),
      latestDevices: z
        .strictObject({ most: z.number().int().min(1).max(100), first: z.string().max(4096).optional() })
        .optional(),
      limit: z.number().int().min(1).max(10_000),
    }),
  ).returns<DeviceSessions>(),

  /**
   * Single events, newest first unless `ascending` (ties by id). Renames only with `withRenames`. A page is full where there are
   * more events, but where a part of a path is asked `withinMs`: it may then be given back with what was found in about that
   * time, even nothing, and tells in `searchedToMs` up to which time all was looked through; its cursor goes on from there.
   */
  'writes.page': operation(
    z.strictObject({
      filter: evidenceFilterSchema,
      withRenames: z.boolean().default(false),
      ascending: z.boolean().default(false),
      limit,
      cursor: cursorSchema.optional(),
      withinMs: z.number().int().min(1).max(60_000).optional(),
    }),
  ).returns<{
    readonly rows: readonly WriteRow[];
    readonly nextCursor?: string | undefined;
    readonly searchedToMs?: number | undefined;
  }>(),

  /** Exact figures of each filter, in the given order. */
  'writes.totals': operation(z.strictObject({ filters: z.array(evidenceFilterSchema).min(1).max(500) })).returns<
    readonly WriteTotals[]
  >(),

  /**
   * The values of one field among the asked writes, by events (ties by value). `extension` is lower case without a dot.
   * `total` counts distinct values.
   */
  'terms.list': operation(
    z.strictObject({
      field: z.enum([
        'host',
        'user',
        'process',
        'executable',
        'device',
        'busType',
        'extension',
        'publisher',
        'processSha256',
        'originalFileName',
        'parentProcess',
        'action',
      ]),
      filter: evidenceFilterSchema,
      /** Only values that contain this text, without case. */
      contains: z.string().max(256).optional(),
      limit,
    }),
  ).returns<{ readonly rows: readonly TermRow[]; readonly total: number }>(),

  /** Counted events per hour of the day (24 figures) of the asked writes; hours are shifted by `offsetMinutes` from UTC. */
  'hours.read': operation(
    z.strictObject({ filter: evidenceFilterSchema, offsetMinutes: z.number().int().min(-900).max(900).default(0) }),
  ).returns<{ readonly events: readonly number[] }>(),

  /** Device events as they are, oldest first. */
  'device-events.list': operation(
    z.strictObject({
      device: z.string().max(4096).optional(),
      host: z.string().max(4096).optional(),
      fromMs: instant.optional(),
      toMs: instant.optional(),
      limit,
    }),
  ).returns<readonly DeviceEvent[]>(),

  /** Alerts of Elastic's rule by time, newest first. */
  'alerts.list': operation(
    z.strictObject({
      hosts: z.array(z.string().max(4096)).max(1000).optional(),
      fromMs: instant.optional(),
      toMs: instant.optional(),
      limit,
    }),
  ).returns<readonly RuleAlert[]>(),

  /** Records of the anomaly job that start in the span, highest score first. */
  'anomaly-records.list': operation(
    z.strictObject({
      hosts: z.array(z.string().max(4096)).max(1000).optional(),
      fromMs: instant.optional(),
      toMs: instant.optional(),
      limit,
    }),
  ).returns<readonly AnomalyRecord[]>(),

  /**
   * The aggregate behind all scores, oldest slot first: rows inside a chunk are ordered by slot, host, user, process,
   * executable, device, and a slot never spreads over two chunks. A chunk holds at most about 200,000 rows.
   */
  'activity.read': operation(z.strictObject({ fromMs: instant.optional(), toMs: instant.optional() }))
    .emits<ActivityChunk>()
    .returns<{ readonly rows: number }>(),
} as const;

export type EvidenceOperations = typeof evidenceOperations;
