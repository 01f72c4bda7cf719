import { type FindingEvidence, volumeBucketMs } from '../../shared/analysis/report.ts';
import { eventsOf } from '../../shared/analysis/triage-scope.ts';
import { hourMs } from '../../shared/base/time.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import { type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import type { FindingRow } from '../../shared/model/finding.ts';

/** How far around the finding its picture reaches. */
const aroundMs = 2 * hourMs;
const maxSessions = 1_000;
const maxProcesses = 5;

/** Asks the store for what a page about a finding shows: its newest 1,000 writes, the device, and the hours around it. */
export async function gatherFindingEvidence(
  questions: Handlers<EvidenceOperations>,
  finding: FindingRow,
  signal: AbortSignal,
): Promise<FindingEvidence> {
  const context = ignoreItems(signal);
  const span = { fromMs: finding.startMs - aroundMs, toMs: finding.endMs + aroundMs };
  const { host, device } = finding;
  const [writes, sessions, deviceEvents, volume, devices] = await Promise.all([
    questions['writes.page'](
      { filter: eventsOf(finding), withRenames: false, ascending: false, limit: 1_000 },
      context,
    ),
    questions['sessions.list']({ hosts: [host], ...span, limit: maxSessions }, context),
    questions['device-events.list']({ host, ...span, limit: 1_000 }, context),
    questions['volumes.read'](
      { filter: { hosts: [host], ...span }, bucketMs: volumeBucketMs, by: 'process', maxKeys: maxProcesses },
      context,
    ),
    questions['devices.list']({ filter: { devices: [device] }, limit: 1 }, context),
  ]);
  return {
    writes: writes.rows,
    sessions: sessions.rows,
    deviceEvents,
    volume: Array.from(volume.startMs, (startMs, row) => ({
      startMs,
      process: volume.keys[volume.keyIndex[row] ?? 0] ?? '',
      writtenBytes: volume.writtenBytes[row] ?? 0,
    })),
    device: devices.rows[0],
  };
}
