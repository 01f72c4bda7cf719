import type { DetectionAlert } from '../../shared/model/rule.ts';
import type { WorkbenchClient } from '../ipc.ts';
import { emptyEvidence, goTo } from '../state.ts';
import { spanAround } from '../timeline/span.ts';

/**
 * Goes to what an alert is about: its finding, the strongest one where it is about a record or a connection, or the
 * connection of a device to which nothing was written.
 */
export async function showAlert(alert: DetectionAlert, client: WorkbenchClient): Promise<void> {
  const findingId = await findingOf(alert, client);
  goTo(
    { view: 'investigate', ...(findingId === undefined ? {} : { findingId }) },
    {
      evidence: {
        ...emptyEvidence,
        hosts: alert.host ? [alert.host] : [],
        devices: alert.subject.kind === 'connection' && alert.device ? [alert.device] : [],
      },
      span: spanAround(alert.startMs, alert.endMs),
    },
  );
}

async function findingOf(alert: DetectionAlert, client: WorkbenchClient): Promise<string | undefined> {
  const { subject, host, process, device, startMs, endMs } = alert;
  if (subject.kind === 'finding') return subject.id;
  const name = subject.kind === 'connection' ? device : process;
  if (host === undefined || name === undefined) return undefined;
  const about = subject.kind === 'connection' ? { devices: [name] } : { processes: [name] };
  const filter = { hosts: [host], fromMs: startMs, toMs: endMs + 1, ...about };
  const asked = { filter, sort: 'score', descending: true, limit: 1 } as const;
  // Without an answer the host and the time are still what it is about.
  const page = await client.call('findings.list', asked).catch(() => undefined);
  return page?.rows[0]?.id;
}
