import type { AnomalyRecord, DeviceEvent, RuleAlert, WriteEvent } from './event.ts';

/**
 * Evidence as documents with ECS names, nested, the way Elastic Defend, the anomaly jobs and the rule write them. What an
 * event does not know is absent, never null or empty. `ecs-parse.ts` reads them back.
 */

/** What a file or device event says of its host beyond the name; only where the caller knows it. */
export interface EcsHost {
  readonly id: string;
  readonly osType: 'windows' | 'linux' | 'macos';
  /** Such as "Windows 11 Enterprise". */
  readonly osName: string;
}

type EcsObject = { readonly [key: string]: unknown };

/** The file event of a write. Its `event.id` is the event's own id. */
export function toEcsWrite(event: WriteEvent, host?: EcsHost): EcsObject {
  return {
    '@timestamp': new Date(event.atMs).toISOString(),
    event: {
      id: event.id,
      kind: 'event',
      category: ['file'],
      type: [event.action === 'creation' ? 'creation' : 'change'],
      action: event.action,
      outcome: 'success',
      module: 'endpoint',
      dataset: 'endpoint.events.file',
    },
    data_stream: { type: 'logs', dataset: 'endpoint.events.file', namespace: 'default' },
    host: ecsHost(event.host, host),
    user: { name: event.user, id: event.userId },
    process: ecsProcess(event),
    file: {
      path: event.path,
      name: lastPart(event.path),
      extension: event.extension,
      size: event.sizeBytes,
      Ext: {
        header_bytes: event.headerBytes,
        entropy: event.entropy,
        original:
          event.sourcePath === undefined ? undefined : { path: event.sourcePath, name: lastPart(event.sourcePath) },
        device: ecsFileDevice(event),
      },
    },
  };
}

/** The `process` object of a write's document. */
export function ecsProcess(event: WriteEvent): EcsObject {
  return {
    name: event.process,
    executable: event.executable,
    pid: event.pid,
    entity_id: event.processEntityId,
    command_line: event.commandLine,
    parent: event.parentProcess === undefined ? undefined : { name: event.parentProcess },
    hash: event.processSha256 === undefined ? undefined : { sha256: event.processSha256 },
    code_signature:
      event.publisher === undefined && event.publisherTrusted === undefined
        ? undefined
        : {
            exists: event.publisher !== undefined,
            subject_name: event.publisher,
            trusted: event.publisherTrusted,
            status: event.publisherTrusted === true ? 'trusted' : undefined,
          },
    pe: event.originalFileName === undefined ? undefined : { original_file_name: event.originalFileName },
  };
}

/** The `file.Ext.device` object of a write's document: the device that holds the written file. */
export function ecsFileDevice(event: WriteEvent): EcsObject {
  return {
    bus_type: event.busType,
    dos_name: event.volume,
    vendor_id: event.deviceVendor,
    product_id: event.deviceProduct,
    serial_number: event.deviceSerial,
    volume_device_type: 'Disk File System',
  };
}

/** The `host` object of a document. */
export function ecsHost(name: string, host?: EcsHost): EcsObject {
  return {
    name,
    hostname: name,
    id: host?.id,
    os: host === undefined ? undefined : { type: host.osType, name: host.osName },
  };
}

/** A device event as Elastic Defend's device stream has it; its process is the service that saw the device, so it has no user. */
export function toEcsDeviceEvent(event: DeviceEvent, host?: EcsHost): EcsObject {
  return {
    '@timestamp': new Date(event.atMs).toISOString(),
    event: {
      id: event.id,
      kind: 'event',
      category: ['device'],
      type: ['device'],
      action: event.kind,
      outcome: 'success',
      module: 'endpoint',
      dataset: 'endpoint.events.device',
    },
    data_stream: { type: 'logs', dataset: 'endpoint.events.device', namespace: 'default' },
    host: ecsHost(event.host, host),
    device: {
      serial_number: event.serial,
      type: 'Disk File System',
      vendor: { id: event.vendorId, name: event.vendor },
      product: { id: event.productId, name: event.product },
    },
    volume: {
      bus_type: event.busType,
      mount_name: event.volume,
      file_system_type: event.fileSystem,
      size: event.capacityBytes,
      device_type: 'Disk File System',
      removable: true,
      writable: true,
    },
  };
}

/** A record of a `rare` job by process and host, as `.ml-anomalies-*` holds it (with its dotted copies of the names). */
export function toEcsAnomalyRecord(record: AnomalyRecord): EcsObject {
  return {
    job_id: record.jobId,
    result_type: 'record',
    probability: record.probability,
    record_score: record.recordScore,
    initial_record_score: record.initialRecordScore,
    bucket_span: record.bucketSpanMs / 1000,
    detector_index: 0,
    is_interim: false,
    timestamp: record.bucketStartMs,
    partition_field_name: 'host.name',
    partition_field_value: record.host,
    by_field_name: 'process.name',
    by_field_value: record.process,
    function: 'rare',
    function_description: 'rare',
    typical: [record.probability],
    actual: [1],
    multi_bucket_impact: -5,
    anomaly_score_explanation: {
      by_field_first_occurrence: record.isFirstOccurrence,
      by_field_relative_rarity: record.relativeRarity,
    },
    influencers: [
      ...(record.host === undefined
        ? []
        : [{ influencer_field_name: 'host.name', influencer_field_values: [record.host] }]),
      ...(record.process === undefined
        ? []
        : [{ influencer_field_name: 'process.name', influencer_field_values: [record.process] }]),
    ],
    'host.name': record.host === undefined ? undefined : [record.host],
    'process.name': record.process === undefined ? undefined : [record.process],
  };
}

/** An alert of the rule as `.alerts-security.alerts-*` holds it: names in arrays, the record beside `kibana.alert.*`. */
export function toEcsRuleAlert(alert: RuleAlert): EcsObject {
  return {
    '@timestamp': new Date(alert.atMs).toISOString(),
    'kibana.alert.uuid': alert.id,
    'kibana.alert.rule.name': alert.ruleName,
    'kibana.alert.rule.rule_id': alert.ruleId,
    'kibana.alert.rule.rule_type_id': 'siem.mlRule',
    'kibana.alert.workflow_status': alert.status,
    'kibana.alert.status': 'active',
    'kibana.alert.original_time':
      alert.bucketStartMs === undefined ? undefined : new Date(alert.bucketStartMs).toISOString(),
    'kibana.alert.ancestors':
      alert.recordId === undefined
        ? undefined
        : [{ id: alert.recordId, type: 'event', index: '.ml-anomalies-custom-ded', depth: 0 }],
    event: { kind: 'signal' },
    job_id: alert.jobId,
    record_score: alert.recordScore,
    timestamp: alert.bucketStartMs,
    partition_field_name: alert.host === undefined ? undefined : 'host.name',
    partition_field_value: alert.host,
    by_field_name: alert.process === undefined ? undefined : 'process.name',
    by_field_value: alert.process,
    host: alert.host === undefined ? undefined : { name: [alert.host] },
    process: alert.process === undefined ? undefined : { name: [alert.process] },
    user: alert.user === undefined ? undefined : { name: [alert.user] },
  };
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}
