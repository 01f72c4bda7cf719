import type { FindingRow } from '../../shared/model/finding.ts';
import { choose, emptyEvidence, goTo, useChoices } from '../state.ts';
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
      surroundedId: finding.id,
      evidence: { ...emptyEvidence, busTypes: evidence.busTypes, hosts: [finding.host] },
      ...(isInside ? {} : { span: spanAround(finding.startMs, finding.endMs) }),
      writesAsked: undefined,
    },
  );
}

/**
 * Makes sure, once for each finding that was chosen elsewhere, that it can be seen: its host is among those shown, its
 * time inside the span. What the person narrows afterwards stays.
 */
export function showSurroundings(finding: FindingRow): void {
  const { span, evidence, surroundedId } = useChoices.getState();
  if (surroundedId === finding.id) return;
  choose({ surroundedId: finding.id });
  const isHostShown = evidence.hosts.length === 0 || evidence.hosts.includes(finding.host);
  const isInside = span === undefined || (finding.endMs >= span.startMs && finding.startMs < span.endMs);
  if (isHostShown && isInside) return;
  choose({
    ...(isHostShown ? {} : { evidence: { ...emptyEvidence, busTypes: evidence.busTypes, hosts: [finding.host] } }),
    ...(isInside ? {} : { span: spanAround(finding.startMs, finding.endMs) }),
  });
}
