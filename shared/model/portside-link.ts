/** What a link leads to. */
export interface LinkTarget {
  readonly kind: 'finding' | 'case';
  /** As the store and the cases write it: `F-` and small letters or figures, `C-`, a year and a number. */
  readonly id: string;
}

/** Longest text that is looked at, in UTF-16 units; the longest link there can be is shorter. */
const longestText = 128;
const findingPattern = /^(?:portside:\/\/finding\/)?f-([0-9a-z]{4,64})$/i;
const casePattern = /^portside:\/\/case\/(c-\d{4}-\d{4,8})$/i;

/**
 * Reads `portside://finding/F-…`, `portside://case/C-…` or a finding's bare id, in letters of any case. The text comes
 * from anywhere: whatever is not exactly one of these, with nothing before, between or behind but white space, is
 * undefined.
 */
export function parsePortsideLink(text: string): LinkTarget | undefined {
  if (text.length > longestText) return undefined;
  const link = text.trim();
  const finding = findingPattern.exec(link)?.[1];
  if (finding !== undefined) return { kind: 'finding', id: `F-${finding.toLowerCase()}` };
  const caseId = casePattern.exec(link)?.[1];
  return caseId === undefined ? undefined : { kind: 'case', id: caseId.toUpperCase() };
}

/** The link to a finding or case, as `parsePortsideLink` reads it. */
export function toPortsideLink({ kind, id }: LinkTarget): string {
  return `portside://${kind}/${encodeURIComponent(id)}`;
}
