import { earliestEvidenceMs, latestEvidenceMs } from '../../shared/base/time.ts';
import { identifyDevice } from '../../shared/model/device-identity.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert } from '../../shared/model/event.ts';
import { alertMarks, manyValued, writeFields } from './import-fields.ts';

/**
 * What a single document is. A candidate for a write goes back to the engine as flat texts, so that there is one place
 * that decides about writes; the few others are read here.
 */
export type ReadDocument =
  | { readonly kind: 'candidate'; readonly texts: Readonly<Record<string, string>> }
  | { readonly kind: 'device-event'; readonly event: DeviceEvent }
  | { readonly kind: 'alert'; readonly alert: RuleAlert }
  | { readonly kind: 'anomaly-record'; readonly record: AnomalyRecord }
  | { readonly kind: 'other' }
  | { readonly kind: 'rejected'; readonly reason: string };

export interface DocumentOptions {
  /** Values of a CSV: empty and `-` mean absent. */
  readonly isCsv: boolean;
  /** SHA-256 in lower-case hex, for documents that carry no identity of their own. */
  readonly sha256: (text: string) => string;
}

type Fields = ReadonlyMap<string, unknown>;

/** Thrown inside this file only: the document is refused, and why. */
class Refusal extends Error {}

const rejected = (reason: string): ReadDocument => ({ kind: 'rejected', reason });

/** Reads one parsed JSON document in any of the shapes that evidence comes in. Never throws. */
export function readDocument(document: unknown, options: DocumentOptions): ReadDocument {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return rejected('not a JSON object');
  }
  const fields = flatten(document as Record<string, unknown>, options);
  try {
    if (alertMarks.some((name) => fields.has(name)) || fields.has('signal.rule.name'))
      return readAlert(fields, options);
    if (text(fields, 'result_type') !== undefined || isRecordLike(fields)) return readAnomalyRecord(fields, options);
    if (isDeviceEvent(fields)) return readDeviceEvent(fields, options);
    return readCandidate(fields);
  } catch (error) {
    if (error instanceof Refusal) return rejected(error.message);
    throw error;
  }
}

const isRecordLike = (fields: Fields) => fields.has('job_id') && fields.has('record_score');

/** Depth to which nested keys are followed; the names looked for have at most six parts. */
const maxDepth = 12;

/** Dotted names with their values, of all shapes at once: the document itself, below `_source`, below `fields`. First one wins. */
function flatten(document: Record<string, unknown>, options: DocumentOptions): Fields {
  const fields = new Map<string, unknown>();
  const put = (name: string, value: unknown) => {
    if (value === null || value === undefined || fields.has(name)) return;
    if (options.isCsv && (value === '' || value === '-')) return;
    fields.set(name, value);
  };
  const visit = (prefix: string, value: unknown, depth: number) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (prefix !== '') put(prefix, value);
      if (depth >= maxDepth) return;
      for (const [key, below] of Object.entries(value))
        visit(prefix === '' ? key : `${prefix}.${key}`, below, depth + 1);
    } else put(prefix.replace(/^(_source|fields)\./, ''), value);
  };
  const { _source: source, fields: wrapped, ...rest } = document;
  if (typeof source === 'object' && source !== null) visit('', source, 0);
  visit('', rest, 0);
  if (typeof wrapped === 'object' && wrapped !== null && !Array.isArray(wrapped)) visit('', wrapped, 0);
  return fields;
}

/** Well-formed text: an unpaired surrogate cannot be stored and becomes U+FFFD. */
function wellFormed(value: string): string {
  return Buffer.from(value, 'utf8').toString('utf8');
}

function scalarText(name: string, value: unknown): string {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Refusal(`${name} is an object where a text is expected`);
}

/** The one text of a field; a list of one is as good. */
function text(fields: Fields, name: string): string | undefined {
  let value = fields.get(name);
  if (Array.isArray(value)) {
    const values = value.filter((item) => item !== null);
    if (values.length === 0) return undefined;
    if (values.length > 1 && !manyValued.has(name)) {
      throw new Refusal(`${name} has ${values.length} values where one is expected`);
    }
    value = values[0];
    if (Array.isArray(value)) throw new Refusal(`${name} is a list of lists where a text is expected`);
  }
  return value === undefined || value === null ? undefined : scalarText(name, value);
}

function texts(fields: Fields, name: string): readonly string[] {
  const value = fields.get(name);
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).filter((item) => item !== null).map((item) => scalarText(name, item));
}

/** The first text of a field that may have several, as in alerts. */
function firstText(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const first = texts(fields, name).find((value) => value !== '');
    if (first !== undefined) return first;
  }
  return undefined;
}

function number(fields: Fields, name: string): number | undefined {
  const value = firstText(fields, name);
  if (value === undefined) return undefined;
  const figure = Number(/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(value) ? value.replaceAll(',', '') : value);
  return Number.isFinite(figure) && value.trim() !== '' ? figure : undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Epoch milliseconds of a time as evidence writes it; undefined where it is none. A time without zone is UTC. */
export function readTime(value: string): number | undefined {
  const trimmed = value.trim();
  if (/^-?\d{10,16}(\.0+)?$/.test(trimmed)) return Math.trunc(Number(trimmed));
  const kibana = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}) @ (\d{2}):(\d{2}):(\d{2})\.(\d{3})$/.exec(trimmed);
  if (kibana) {
    const [, month = '', day, year, hour, minute, second, milli] = kibana;
    const index = months.indexOf(month);
    if (index < 0) return undefined;
    return Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second), Number(milli));
  }
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d{1,12})?\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.exec(
    trimmed,
  );
  if (!iso) return undefined;
  const [, day = '', clock = '00:00', fraction = '', zone = 'Z'] = iso;
  const fullZone = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const atMs = Date.parse(
    `${day}T${clock.length === 5 ? `${clock}:00` : clock}${fraction.slice(0, 4)}${fullZone.toUpperCase()}`,
  );
  return Number.isNaN(atMs) || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day ? undefined : atMs;
}

function evidenceTime(fields: Fields, ...names: readonly string[]): number {
  const value = firstText(fields, ...names);
  if (value === undefined) throw new Refusal(`no ${names[0]}`);
  const atMs = readTime(value);
  if (atMs === undefined) throw new Refusal(`${names[0]} is not a time`);
  if (atMs < earliestEvidenceMs) throw new Refusal(`${names[0]} is before 1990`);
  if (atMs >= latestEvidenceMs) throw new Refusal(`${names[0]} is in 2100 or later`);
  return atMs;
}

/** The identity of a document: its own, else that of the hit, else its content. */
function identity(
  fields: Fields,
  options: DocumentOptions,
  own: string | undefined,
  content: readonly unknown[],
): string {
  return (
    own || firstText(fields, '_id') || `sha256:${options.sha256(content.map((part) => part ?? '').join('\u001f'))}`
  );
}

/** The size of a volume. Refuses what no volume has, as sizes of files are refused. */
function capacity(fields: Fields): number | undefined {
  const bytes = number(fields, 'volume.size');
  if (bytes !== undefined && bytes < 0) throw new Refusal('volume.size is negative');
  if (bytes !== undefined && bytes > Number.MAX_SAFE_INTEGER) throw new Refusal('volume.size is beyond 2^53');
  return bytes;
}

function isDeviceEvent(fields: Fields): boolean {
  const actions = texts(fields, 'event.action');
  if (!actions.includes('mount') && !actions.includes('unmount')) return false;
  const categories = texts(fields, 'event.category');
  if (categories.includes('file')) return false;
  const dataset = firstText(fields, 'event.dataset') ?? '';
  return (
    /^endpoint\.events\.(volume_)?device$/.test(dataset) ||
    categories.some((category) => category === 'volume_device' || category === 'device') ||
    texts(fields, 'event.type').includes('device') ||
    [...fields.keys()].some((name) => name.startsWith('volume.') || name.startsWith('device.'))
  );
}

function readDeviceEvent(fields: Fields, options: DocumentOptions): ReadDocument {
  if (firstText(fields, 'event.outcome') === 'failure') return { kind: 'other' };
  const atMs = evidenceTime(fields, '@timestamp');
  const host = text(fields, 'host.name') || text(fields, 'host.hostname');
  if (!host) throw new Refusal('no host.name');
  const kind = texts(fields, 'event.action').includes('mount') ? 'mount' : 'unmount';
  const vendor = firstText(fields, 'device.vendor.name', 'device.manufacturer');
  const product = firstText(fields, 'device.product.name', 'device.model.name');
  const serial = firstText(fields, 'device.serial_number');
  const volume = firstText(fields, 'volume.mount_name', 'volume.device_name');
  const device = identifyDevice({ vendor, product, serial, volume }).id;
  return {
    kind: 'device-event',
    event: {
      id: identity(fields, options, firstText(fields, 'event.id'), [host, atMs, kind, device, volume]),
      atMs,
      kind,
      host,
      device,
      busType: firstText(fields, 'volume.bus_type', 'device.bus_type'),
      vendor,
      vendorId: firstText(fields, 'device.vendor.id'),
      product,
      productId: firstText(fields, 'device.product.id', 'device.product_id'),
      serial,
      volume,
      fileSystem: firstText(fields, 'volume.file_system_type'),
      capacityBytes: capacity(fields),
    },
  };
}

function readAlert(fields: Fields, options: DocumentOptions): ReadDocument {
  const atMs = evidenceTime(fields, '@timestamp');
  const status = firstText(fields, 'kibana.alert.workflow_status', 'signal.status');
  const ruleName = firstText(fields, 'kibana.alert.rule.name', 'signal.rule.name');
  if (!ruleName) throw new Refusal('no kibana.alert.rule.name');
  const original = firstText(fields, 'kibana.alert.original_time');
  const ancestors = fields.get('kibana.alert.ancestors');
  const ancestor = Array.isArray(ancestors) ? (ancestors[0] as unknown) : undefined;
  const ancestorId =
    typeof ancestor === 'object' && ancestor !== null ? (ancestor as Record<string, unknown>).id : undefined;
  const host = firstText(fields, 'host.name', 'partition_field_value');
  const process = firstText(fields, 'process.name', 'by_field_value');
  return {
    kind: 'alert',
    alert: {
      id: identity(fields, options, firstText(fields, 'kibana.alert.uuid'), [atMs, ruleName, host, process]),
      atMs,
      ruleName,
      ruleId: firstText(fields, 'kibana.alert.rule.rule_id', 'signal.rule.rule_id'),
      jobId: firstText(fields, 'job_id', 'kibana.alert.rule.parameters.machine_learning_job_id'),
      host,
      process,
      user: firstText(fields, 'user.name'),
      status: status === 'closed' || status === 'acknowledged' ? status : 'open',
      recordScore: number(fields, 'record_score'),
      recordId: typeof ancestorId === 'string' ? ancestorId : firstText(fields, 'kibana.alert.ancestors.id'),
      bucketStartMs: original === undefined ? undefined : readTime(original),
    },
  };
}

/** Longer than any bucket; one figure past what the store can hold must not stop a whole import. */
const maxBucketSpanSeconds = 1e9;

function readAnomalyRecord(fields: Fields, options: DocumentOptions): ReadDocument {
  // Buckets, influencers, plots and interim results are no findings of the job.
  const type = firstText(fields, 'result_type');
  if (type !== 'record' || firstText(fields, 'is_interim') === 'true') return { kind: 'other' };
  const jobId = firstText(fields, 'job_id');
  if (!jobId) return { kind: 'other' };
  const bucketStartMs = evidenceTime(fields, 'timestamp', '@timestamp');
  const required = (name: string): number => {
    const value = number(fields, name);
    if (value === undefined) throw new Refusal(fields.has(name) ? `${name} is not a number` : `no ${name}`);
    return value;
  };
  const host =
    firstText(fields, 'partition_field_name') === 'host.name'
      ? firstText(fields, 'partition_field_value')
      : firstText(fields, 'host.name');
  const process =
    firstText(fields, 'by_field_name') === 'process.name'
      ? firstText(fields, 'by_field_value')
      : firstText(fields, 'process.name');
  const probability = required('probability');
  const recordScore = required('record_score');
  const first = firstText(fields, 'anomaly_score_explanation.by_field_first_occurrence');
  return {
    kind: 'anomaly-record',
    record: {
      id: identity(fields, options, undefined, [
        jobId,
        bucketStartMs,
        firstText(fields, 'detector_index'),
        firstText(fields, 'partition_field_value'),
        firstText(fields, 'by_field_value'),
        firstText(fields, 'over_field_value'),
      ]),
      jobId,
      bucketStartMs,
      bucketSpanMs: Math.round(
        Math.min(Math.max(0, number(fields, 'bucket_span') ?? 3600), maxBucketSpanSeconds) * 1000,
      ),
      host,
      process,
      recordScore,
      initialRecordScore: number(fields, 'initial_record_score') ?? recordScore,
      probability,
      isFirstOccurrence: first === undefined ? undefined : first === 'true',
      relativeRarity: number(fields, 'anomaly_score_explanation.by_field_relative_rarity'),
    },
  };
}

const countedOrRename = ['creation', 'overwrite', 'modification', 'rename'];

function readCandidate(fields: Fields): ReadDocument {
  if (!texts(fields, 'event.category').includes('file') || !fields.has('file.Ext.device.bus_type')) {
    return { kind: 'other' };
  }
  const action = texts(fields, 'event.action').find((value) => countedOrRename.includes(value));
  if (action === undefined) return { kind: 'other' };
  const out: Record<string, string> = { 'event.action': action, 'event.category': 'file' };
  const id = firstText(fields, '_id');
  if (id !== undefined) out._id = id;
  for (const name of Object.values(writeFields).flat()) {
    if (name in out) continue;
    if (name === 'process.Ext.code_signature') {
      if (fields.has(name)) out[name] = wellFormed(JSON.stringify(fields.get(name)));
      continue;
    }
    const value = text(fields, name);
    if (value !== undefined) out[name] = value;
  }
  return { kind: 'candidate', texts: out };
}
