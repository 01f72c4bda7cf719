import type { Finding } from '../../shared/model/finding.ts';
import { emptyEvidence, goTo } from '../state.ts';
import { spanAround } from '../timeline/span.ts';

/** Goes from another view to a finding: its host alone is looked at, the span is around it. */
export function showFinding({ id, host, startMs, endMs }: Pick<Finding, 'id' | 'host' | 'startMs' | 'endMs'>): void {
  goTo(
    { view: 'investigate', findingId: id },
    { evidence: { ...emptyEvidence, hosts: [host] }, span: spanAround(startMs, endMs) },
  );
}
