import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fail } from '../../shared/base/failure.ts';
import { readEcsField } from '../../shared/model/ecs-parse.ts';
import type { ElasticConnection } from './elastic-connection.ts';
import { readFault, toElasticFailure } from './elastic-failure.ts';
import type { ElasticIndices } from './elastic-indices.ts';
import { record } from './elastic-search.ts';

/** An ECS document, and the `_id` it shall have where it matters. */
export interface EcsInput {
  readonly id?: string | undefined;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Plain indices under the names that Elastic's packages use; a cluster with those packages makes data streams instead. */
const indexNames = {
  files: 'logs-endpoint.events.file-default',
  devices: 'logs-endpoint.events.device-default',
  alerts: '.alerts-security.alerts-default',
  anomalies: '.ml-anomalies-shared',
} as const;

type Kind = keyof typeof indexNames;

/** The name of an index behind a prefix, which keeps several sets apart; names with a prefix are no longer hidden. */
function nameOf(kind: Kind, prefix: string): string {
  return prefix === '' ? indexNames[kind] : `${prefix}${indexNames[kind].replace(/^\./, '')}`;
}

/** The patterns to ask for what was loaded under a prefix. */
export function demoIndices(prefix: string): ElasticIndices {
  return {
    files: nameOf('files', prefix),
    devices: nameOf('devices', prefix),
    alerts: nameOf('alerts', prefix),
    anomalies: nameOf('anomalies', prefix),
  };
}

/** Documents in one bulk request. */
const bulkDocuments = 5_000;

/**
 * Makes the four indices with the types that Elastic's packages document, for demonstrations and tests. Nothing of a
 * cluster's own evidence is touched: an index that exists ends it with `store-refused` unless `replace` is set.
 */
export async function makeDemoIndices(
  connection: ElasticConnection,
  options: {
    readonly replace: boolean;
    readonly prefix?: string;
    readonly shards?: number;
    readonly replicas?: number;
  },
  signal: AbortSignal,
): Promise<void> {
  for (const kind of Object.keys(indexNames) as Kind[]) {
    const name = nameOf(kind, options.prefix ?? '');
    const path = `/${encodeURIComponent(name)}`;
    if (options.replace) {
      await send(connection, { method: 'DELETE', path, query: { ignore_unavailable: true } }, signal);
    }
    await send(
      connection,
      {
        method: 'PUT',
        path,
        body: {
          settings: {
            number_of_shards: options.shards ?? 1,
            number_of_replicas: options.replicas ?? 0,
            refresh_interval: '-1',
            hidden: name.startsWith('.'),
          },
          mappings: mappingOf(kind),
        },
      },
      signal,
    );
  }
}

/** Indexes documents, each where its kind belongs, and makes them visible. Returns how many of each kind. */
export async function loadDocuments(
  connection: ElasticConnection,
  documents: Iterable<EcsInput> | AsyncIterable<EcsInput>,
  signal: AbortSignal,
  prefix = '',
): Promise<Readonly<Record<Kind, number>>> {
  const counts: Record<Kind, number> = { files: 0, devices: 0, alerts: 0, anomalies: 0 };
  let lines: object[] = [];
  const flush = async () => {
    if (lines.length === 0) return;
    const sent = lines;
    lines = [];
    const answer = record(await send(connection, { method: 'POST', path: '/_bulk', lines: sent }, signal));
    if (answer?.errors !== false) throw bulkFailure(answer);
  };
  for await (const { id, source } of documents) {
    const kind = kindOf(source);
    counts[kind] += 1;
    lines.push({ index: { _index: nameOf(kind, prefix), ...(id === undefined ? {} : { _id: id }) } }, source);
    if (lines.length >= bulkDocuments * 2) await flush();
  }
  await flush();
  const all = Object.values(demoIndices(prefix)).map(encodeURIComponent).join(',');
  await send(connection, { method: 'POST', path: `/${all}/_refresh` }, signal);
  return counts;
}

/** The documents of NDJSON files, one a line: bare, or as search hits with their `_id`. */
export async function* readDocuments(files: readonly string[]): AsyncGenerator<EcsInput> {
  for (const file of files) {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() === '') continue;
      const document = record(JSON.parse(line)) ?? {};
      const source = record(document._source);
      if (source) yield { id: typeof document._id === 'string' ? document._id : undefined, source };
      else yield { source: document };
    }
  }
}

function kindOf(source: Readonly<Record<string, unknown>>): Kind {
  if (readEcsField(source, 'result_type') !== undefined) return 'anomalies';
  if (readEcsField(source, 'kibana.alert.rule.name') !== undefined) return 'alerts';
  const action = readEcsField(source, 'event.action');
  return action === 'mount' || action === 'unmount' ? 'devices' : 'files';
}

function bulkFailure(answer: Readonly<Record<string, unknown>> | undefined): Error {
  const items: unknown[] = Array.isArray(answer?.items) ? answer.items : [];
  const bad = items.map((item) => record(record(item)?.index)).find((item) => item?.error !== undefined);
  const fault = readFault(bad, Number(bad?.status ?? 0));
  return fail(
    'store-refused',
    `The cluster did not take a document: ${fault?.reason ?? 'no reason given'}`,
    'See its log.',
  );
}

async function send(
  connection: ElasticConnection,
  request: Parameters<ElasticConnection['send']>[0],
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await connection.send(request, signal);
  } catch (error) {
    throw toElasticFailure(error, 'loading the demonstration', connection.place);
  }
}

type Mapping = { [name: string]: Mapping | object };

const keyword = { type: 'keyword', ignore_above: 32_000 };
const number = { type: 'double' };
const whole = { type: 'long' };
const date = { type: 'date' };
const boolean = { type: 'boolean' };

/** Types of dotted names as an index takes them. */
function properties(types: Readonly<Record<string, object>>): object {
  const root: Mapping = {};
  for (const [name, type] of Object.entries(types)) {
    const parts = name.split('.');
    const last = parts.pop() ?? name;
    let node = root;
    for (const part of parts) {
      const known = (node[part] ?? { properties: {} }) as { properties: Mapping };
      known.properties ??= {};
      node[part] = known;
      node = known.properties;
    }
    node[last] = type;
  }
  return root;
}

function keywords(...names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, keyword]));
}

const common = {
  '@timestamp': date,
  ...keywords(
    'event.id',
    'event.action',
    'event.category',
    'event.type',
    'event.dataset',
    'event.outcome',
    'event.kind',
  ),
  ...keywords('host.id', 'host.name', 'host.hostname', 'host.os.type', 'user.id', 'user.name', 'user.domain'),
  'event.created': date,
  'event.sequence': whole,
};

const process = {
  ...keywords('process.name', 'process.executable', 'process.entity_id', 'process.command_line', 'process.hash.sha256'),
  ...keywords('process.parent.name', 'process.pe.original_file_name', 'process.code_signature.subject_name'),
  'process.code_signature.trusted': boolean,
  'process.pid': whole,
};

const file = {
  ...keywords(
    'file.path',
    'file.name',
    'file.extension',
    'file.hash.sha256',
    'file.Ext.header_bytes',
    'file.Ext.original.path',
  ),
  ...keywords(
    ...['bus_type', 'dos_name', 'nt_name', 'vendor_id', 'product_id', 'serial_number'].map(
      (name) => `file.Ext.device.${name}`,
    ),
  ),
  'file.size': whole,
  'file.Ext.entropy': number,
};

const device = {
  ...keywords(
    'device.id',
    'device.serial_number',
    'device.type',
    'device.manufacturer',
    'device.product_id',
    'device.bus_type',
  ),
  ...keywords(
    'device.vendor.id',
    'device.vendor.name',
    'device.product.id',
    'device.product.name',
    'device.model.name',
  ),
  ...keywords(
    'volume.bus_type',
    'volume.device_name',
    'volume.mount_name',
    'volume.file_system_type',
    'volume.device_type',
  ),
  'volume.size': whole,
  'volume.removable': boolean,
  'volume.writable': boolean,
};

const result = {
  ...keywords(
    'job_id',
    'result_type',
    'partition_field_name',
    'partition_field_value',
    'by_field_name',
    'by_field_value',
    'function',
  ),
  timestamp: date,
  is_interim: boolean,
  bucket_span: whole,
  detector_index: whole,
  record_score: number,
  initial_record_score: number,
  probability: number,
  actual: number,
  typical: number,
  multi_bucket_impact: number,
  'anomaly_score_explanation.by_field_first_occurrence': boolean,
  'anomaly_score_explanation.by_field_relative_rarity': number,
};

const alert = {
  ...keywords('kibana.alert.uuid', 'kibana.alert.workflow_status', 'kibana.alert.severity', 'kibana.alert.reason'),
  ...keywords('kibana.alert.rule.name', 'kibana.alert.rule.rule_id', 'kibana.alert.rule.uuid'),
  ...keywords(
    'kibana.alert.rule.parameters.machine_learning_job_id',
    'kibana.alert.ancestors.id',
    'kibana.alert.ancestors.index',
  ),
  'kibana.alert.original_time': date,
};

/** The mapping of a data stream that holds file and device events alike. */
export function shippedMapping(): object {
  return {
    dynamic: false,
    properties: properties({ ...common, ...process, ...file, ...device } as Record<string, object>),
  };
}

function mappingOf(kind: Kind): object {
  const types: Readonly<Record<Kind, object>> = {
    files: { ...common, ...process, ...file },
    devices: { ...common, ...device },
    alerts: { ...common, ...keywords('process.name'), ...result, ...alert },
    anomalies: { ...common, ...keywords('process.name', 'file.path', 'file.name'), ...result },
  };
  // As with Elastic's own data streams, fields that nobody asks about are kept but not indexed.
  return { dynamic: false, properties: properties(types[kind] as Record<string, object>) };
}
