import type { FindingRow } from '../../shared/model/finding.ts';
import { emptyEvidence, goTo, useChoices } from '../state.ts';
import { spanAround } from '../timeline/span.ts';

/** Selects a finding: its host and process become what is looked at; the span moves only if the finding lies outside. */
export function selectFinding(finding: FindingRow): void {
  const { span, evidence } = useChoices.getState();
  const isInside =
    span !== undefined &&
    finding.endMs >= span.startMs &&
    finding.startMs < span.endMs &&
    finding.endMs - finding.startMs >= (span.endMs - span.startMs) / 200;
  goTo(
    { view: 'investigate', findingId: finding.id },
    {
      evidence: { ...emptyEvidence, busTypes: evidence.busTypes, hosts: [finding.host] },
      ...(isInside ? {} : { span: spanAround(finding.startMs, finding.endMs) }),
      writesAsked: undefined,
    },
  );
}
