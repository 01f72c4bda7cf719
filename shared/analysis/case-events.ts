import { formatBytes } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf } from '../base/words.ts';
import type { CaseState } from '../model/case-file.ts';
import type { DeviceEvent, WriteEvent } from '../model/event.ts';
import type { DeviceSession } from '../model/evidence-answer.ts';
import type { VolumeBar } from './report-timeline.ts';

/** Everything that was frozen in a case, read back from its files. */
export interface CaseEvidence {
  readonly writes: readonly WriteEvent[];
  readonly deviceEvents: readonly DeviceEvent[];
  readonly sessions: readonly DeviceSession[];
  readonly volume: readonly VolumeBar[];
  /** Frozen rows that no list above holds (alerts, records) are exported as they lie in the package. */
}

/** One event of a case's timeline, for tools that take events one by one. */
export interface CaseEvent {
  readonly atMs: number;
  /** What the time is of, in Timesketch's words. */
  readonly timeOf: string;
  readonly kind: 'write' | 'rename' | 'device' | 'finding';
  readonly text: string;
  readonly host: string;
  readonly user?: string | undefined;
  readonly process?: string | undefined;
  readonly path?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly device: string;
  readonly id: string;
}

/** The timeline of a case: its writes, device events and findings, oldest first (ties by id), each event once. */
export function caseEvents(state: CaseState, evidence: CaseEvidence): readonly CaseEvent[] {
  const events = new Map<string, CaseEvent>();
  for (const { finding } of state.findings) {
    events.set(`finding ${finding.id}`, {
      atMs: finding.startMs,
      timeOf: 'Finding started',
      kind: 'finding',
      text: `Finding: ${visibleText(finding.process)} wrote ${countOf(finding.files, 'file')} (${formatBytes(finding.distinctBytes)} distinct) to ${visibleText(finding.device)}, score ${Math.round(finding.score)}`,
      host: finding.host,
      user: finding.user,
      process: finding.process,
      device: finding.device,
      id: finding.id,
    });
  }
  for (const write of evidence.writes) {
    const isRename = write.action === 'rename';
    events.set(`write ${write.id}`, {
      atMs: write.atMs,
      timeOf: isRename ? 'File renamed' : write.action === 'creation' ? 'File created' : 'File modified',
      kind: isRename ? 'rename' : 'write',
      text: `${visibleText(write.process)} ${isRename ? 'moved' : write.action === 'creation' ? 'created' : 'wrote'} ${visibleText(write.path)}${isRename && write.sourcePath !== undefined ? ` from ${visibleText(write.sourcePath)}` : ''} (${formatBytes(write.sizeBytes)})`,
      host: write.host,
      user: write.user,
      process: write.process,
      path: write.path,
      sizeBytes: write.sizeBytes,
      device: write.device,
      id: write.id,
    });
  }
  for (const event of evidence.deviceEvents) {
    const name = [event.vendor, event.product, event.volume]
      .filter((part) => part !== undefined && part !== '')
      .join(' ');
    events.set(`device ${event.id}`, {
      atMs: event.atMs,
      timeOf: event.kind === 'mount' ? 'Device connected' : 'Device removed',
      kind: 'device',
      text: `${event.kind === 'mount' ? 'Connected' : 'Removed'}: ${visibleText(name === '' ? event.device : name)}`,
      host: event.host,
      device: event.device,
      id: event.id,
    });
  }
  return [...events.values()].sort(
    (left, right) => left.atMs - right.atMs || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0),
  );
}
