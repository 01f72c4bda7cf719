import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { InputOf } from '../../shared/ipc/operation.ts';
import { parseDeviceEvent } from '../../shared/model/ecs-parse.ts';
import type { DeviceEvent } from '../../shared/model/event.ts';
import { documentOf } from './elastic-alerts.ts';
import type { ElasticEvidence } from './elastic-evidence.ts';
import { deviceEventFields, mountedDevice } from './elastic-fields.ts';
import { type Clause, deviceClause, nameClauses, timeClauses } from './elastic-queries.ts';

interface DeviceEventsFilter {
  readonly device?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** Device events that count as evidence: mounts and unmounts that did not fail, of a named host. */
export function deviceEventsQuery({ device, hosts, fromMs, toMs }: DeviceEventsFilter): Clause {
  return {
    bool: {
      filter: [
        { terms: { [deviceEventFields.action]: ['mount', 'unmount'] } },
        { exists: { field: deviceEventFields.host } },
        ...timeClauses(deviceEventFields.time, fromMs, toMs),
        ...nameClauses(deviceEventFields.host, hosts),
        ...(device === undefined ? [] : [deviceClause(device, mountedDevice)]),
      ],
      must_not: [{ term: { [deviceEventFields.outcome]: 'failure' } }, { term: { 'event.category': 'file' } }],
    },
  };
}

/** Answers `device-events.list`. A cluster without device events (they need agent 9.2 and a policy) has none. */
export async function listDeviceEvents(
  { search, indices }: ElasticEvidence,
  input: InputOf<EvidenceOperations['device-events.list']>,
  signal: AbortSignal,
): Promise<readonly DeviceEvent[]> {
  const { device, host, fromMs, toMs, limit } = input;
  const body = {
    size: limit,
    track_total_hits: false,
    query: deviceEventsQuery({ device, hosts: host === undefined ? undefined : [host], fromMs, toMs }),
    sort: [
      { [deviceEventFields.time]: { order: 'asc', unmapped_type: 'date' } },
      { 'event.id': { order: 'asc', unmapped_type: 'keyword' } },
    ],
  };
  const answer = await search.search(indices.devices, body, { signal, question: 'device events', mayBeMissing: true });
  return (answer?.hits ?? []).flatMap((hit) => parseDeviceEvent(documentOf(hit)) ?? []);
}
