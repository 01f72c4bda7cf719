/** The kinds of reason a finding can be unusual for. Each has a weight in `portside-weights.ts`. */
export type EvidenceFacetName =
  | 'process-on-host'
  | 'fleet-prevalence'
  | 'device-new'
  | 'hour-of-user'
  | 'bytes'
  | 'executable-path'
  | 'masquerade'
  | 'files'
  | 'user-on-host'
  | 'living-off-the-land'
  | 'publisher'
  | 'original-name'
  | 'program-hash'
  | 'parent-process'
  | 'weak-findings'
  | 'rhythm';

/** Reasons, and what people concluded of the same thing before, which is no evidence. */
export type FacetName = EvidenceFacetName | 'verdict-on-program' | 'verdict-on-device';
