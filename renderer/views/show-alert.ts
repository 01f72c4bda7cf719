import type { DetectionAlert } from '../../shared/model/rule.ts';
import { emptyEvidence, goTo } from '../state.ts';
import { spanAround } from '../timeline/span.ts';

/** Goes to what an alert is about: its finding, or the connection of a device. */
export function showAlert(alert: DetectionAlert): void {
  goTo(
    { view: 'investigate', ...(alert.subject.kind === 'finding' ? { findingId: alert.subject.id } : {}) },
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
