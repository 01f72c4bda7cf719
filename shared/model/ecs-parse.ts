import { earliestEvidenceMs, latestEvidenceMs } from '../base/time.ts';
import { identifyDevice } from './device-identity.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert, WriteAction, WriteEvent } from './event.ts';

/**
 * Documents with ECS names as they come from Elasticsearch, turned into evidence. Everything in them is outside data:
 * names may be nested, dotted or mixed, values single or in arrays, of any type. What cannot be evidence gives undefined.
 */
export interface EcsDocument {
  /** `_id` of the document: its identity where it has no `event.id`. */
  readonly id: string;
  /** `_source`, or `fields` of a hit. */
  readonly source: unknown;
}

const writeActions: readonly string[] = ['creation', 'overwrite', 'modification', 'rename'] satisfies WriteAction[];

/**
 * The value under a path such as `process.parent.name`, however the document spells it: as nested objects, as one dotted
 * key, or partly so. Only own properties count, so that `__proto__` and its like are plain names.
 */
export function readEcsField(source: unknown, path: string): unknown {
  return descend(source, path.split('.'));
}

function descend(value: unknown, names: readonly string[]): unknown {
  if (names.length === 0) return value ?? undefined;
  if (Array.isArray(value)) return descend(value[0], names);
  if (typeof value !== 'object' || value === null) return undefined;
  for (let length = names.length; length > 0; length -= 1) {
    const key = names.slice(0, length).join('.');
    if (!Object.hasOwn(value, key)) continue;
    const found = descend((value as Record<string, unknown>)[key], names.slice(length));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A field as text, as a keyword field would index it: the first value, numbers and booleans spelled out. Of several names
 * the first that is there counts, as in import. Empty text counts as absent.
 */
function text(source: unknown, ...paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const value = first(readEcsField(source, path));
    if (typeof value === 'string') return value === '' ? undefined : value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  return undefined;
}

function first(value: unknown): unknown {
  let found = value;
  for (let depth = 0; Array.isArray(found) && depth < 4; depth += 1) found = found[0];
  return found;
}

/** A field as a finite number; texts of digits count, as they do in a numeric field. */
function number(source: unknown, path: string): number | undefined {
  const value = first(readEcsField(source, path));
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

function boolean(source: unknown, path: string): boolean | undefined {
  const value = first(readEcsField(source, path));
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  return undefined;
}

/** A time within what counts as evidence, read as a date field reads it: ISO 8601 (UTC where no zone is given) or epoch ms. */
export function readEcsTime(source: unknown, path: string): number | undefined {
  const value = first(readEcsField(source, path));
  let atMs = Number.NaN;
  if (typeof value === 'number') atMs = value;
  else if (typeof value === 'string') {
    const hasZone = /(z|[+-]\d{2}:?\d{2})$/i.test(value) || /^\d{4}-\d{2}-\d{2}$/.test(value);
    atMs = /^-?\d{9,16}$/.test(value) ? Number(value) : Date.parse(hasZone ? value : `${value}Z`);
  }
  return atMs >= earliestEvidenceMs && atMs < latestEvidenceMs ? Math.floor(atMs) : undefined;
}

/** Size in bytes: never negative. */
function size(source: unknown, path: string): number | undefined {
  const value = number(source, path);
  return value === undefined ? undefined : Math.max(0, value);
}

/** The size of a volume; what no volume has is no size. */
function capacity(source: unknown): number | undefined {
  const bytes = number(source, 'volume.size');
  return bytes !== undefined && bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

/** A file event on an external device, or undefined: another kind of event, another action, no usable time, no host or process. */
export function parseWriteEvent({ id, source }: EcsDocument): WriteEvent | undefined {
  const atMs = readEcsTime(source, '@timestamp');
  const action = text(source, 'event.action');
  const busType = text(source, 'file.Ext.device.bus_type');
  const host = text(source, 'host.name', 'host.hostname');
  const process = text(source, 'process.name');
  if (atMs === undefined || busType === undefined || !isWriteAction(action)) return undefined;
  if (host === undefined || process === undefined) return undefined;
  const deviceVendor = text(source, 'file.Ext.device.vendor_id');
  const deviceProduct = text(source, 'file.Ext.device.product_id');
  const deviceSerial = text(source, 'file.Ext.device.serial_number');
  const volume = text(source, 'file.Ext.device.dos_name', 'file.Ext.device.nt_name');
  return {
    id: text(source, 'event.id') ?? id,
    atMs,
    action,
    host,
    user: text(source, 'user.name') ?? '',
    userId: text(source, 'user.id'),
    process,
    executable: text(source, 'process.executable'),
    pid: number(source, 'process.pid'),
    processEntityId: text(source, 'process.entity_id'),
    commandLine: text(source, 'process.command_line'),
    parentProcess: text(source, 'process.parent.name'),
    processSha256: text(source, 'process.hash.sha256'),
    publisher: text(source, 'process.code_signature.subject_name', 'process.Ext.code_signature.subject_name'),
    publisherTrusted:
      boolean(source, 'process.code_signature.trusted') ?? boolean(source, 'process.Ext.code_signature.trusted'),
    originalFileName: text(source, 'process.pe.original_file_name'),
    path: text(source, 'file.path', 'file.name') ?? '',
    extension: text(source, 'file.extension'),
    sizeBytes: size(source, 'file.size') ?? 0,
    headerBytes: text(source, 'file.Ext.header_bytes')?.toLowerCase(),
    entropy: number(source, 'file.Ext.entropy'),
    sourcePath: text(source, 'file.Ext.original.path'),
    device: identifyDevice({ vendor: deviceVendor, product: deviceProduct, serial: deviceSerial, volume }).id,
    busType,
    deviceVendor,
    deviceProduct,
    deviceSerial,
    volume,
  };
}

function isWriteAction(action: string | undefined): action is WriteAction {
  return action !== undefined && writeActions.includes(action);
}

/** A device event (`endpoint.events.device`), or undefined: neither a mount nor an unmount, one that failed, no time or host. */
export function parseDeviceEvent({ id, source }: EcsDocument): DeviceEvent | undefined {
  const atMs = readEcsTime(source, '@timestamp');
  const kind = text(source, 'event.action');
  if (atMs === undefined || (kind !== 'mount' && kind !== 'unmount')) return undefined;
  const host = text(source, 'host.name', 'host.hostname');
  if (host === undefined || text(source, 'event.outcome') === 'failure') return undefined;
  const vendor = text(source, 'device.vendor.name', 'device.manufacturer');
  const product = text(source, 'device.product.name', 'device.model.name');
  const serial = text(source, 'device.serial_number');
  const volume = text(source, 'volume.mount_name', 'volume.device_name');
  return {
    id: text(source, 'event.id') ?? id,
    atMs,
    kind,
    host,
    device: identifyDevice({ vendor, product, serial, volume }).id,
    busType: text(source, 'volume.bus_type', 'device.bus_type'),
    vendor,
    vendorId: text(source, 'device.vendor.id'),
    product,
    productId: text(source, 'device.product.id', 'device.product_id'),
    serial,
    volume,
    fileSystem: text(source, 'volume.file_system_type'),
    capacityBytes: capacity(source),
  };
}

/** An alert of a machine-learning rule, or undefined where it has no usable time. */
export function parseRuleAlert({ id, source }: EcsDocument): RuleAlert | undefined {
  const atMs = readEcsTime(source, '@timestamp');
  if (atMs === undefined) return undefined;
  const status = text(source, 'kibana.alert.workflow_status');
  return {
    id: text(source, 'kibana.alert.uuid') ?? id,
    atMs,
    ruleName: text(source, 'kibana.alert.rule.name') ?? '',
    ruleId: text(source, 'kibana.alert.rule.rule_id'),
    jobId: text(source, 'job_id', 'kibana.alert.rule.parameters.machine_learning_job_id'),
    host: text(source, 'host.name', 'partition_field_value'),
    process: text(source, 'process.name', 'by_field_value'),
    user: text(source, 'user.name'),
    status: status === 'acknowledged' || status === 'closed' ? status : 'open',
    recordScore: number(source, 'record_score'),
    recordId: text(source, 'kibana.alert.ancestors.id'),
    bucketStartMs: readEcsTime(source, 'kibana.alert.original_time'),
  };
}

/** Longer than any bucket; what says more is none of a job's, and must not become an infinite span. */
const maxBucketSpanSeconds = 1e9;

/** A record of an anomaly job, or undefined: another kind of result, an interim one, or one without job or time. */
export function parseAnomalyRecord({ id, source }: EcsDocument): AnomalyRecord | undefined {
  const jobId = text(source, 'job_id');
  const bucketStartMs = readEcsTime(source, 'timestamp') ?? readEcsTime(source, '@timestamp');
  if (text(source, 'result_type') !== 'record' || jobId === undefined || bucketStartMs === undefined) return undefined;
  if (boolean(source, 'is_interim') === true) return undefined;
  const named = (kind: string, name: string) =>
    text(source, ...(text(source, `${kind}_field_name`) === name ? [`${kind}_field_value`] : []), name);
  return {
    id,
    jobId,
    bucketStartMs,
    bucketSpanMs: Math.round(Math.min(Math.max(0, number(source, 'bucket_span') ?? 3600), maxBucketSpanSeconds) * 1000),
    host: named('partition', 'host.name'),
    process: named('by', 'process.name'),
    recordScore: number(source, 'record_score') ?? 0,
    initialRecordScore: number(source, 'initial_record_score') ?? number(source, 'record_score') ?? 0,
    probability: number(source, 'probability') ?? 1,
    isFirstOccurrence: boolean(source, 'anomaly_score_explanation.by_field_first_occurrence'),
    relativeRarity: number(source, 'anomaly_score_explanation.by_field_relative_rarity'),
  };
}
