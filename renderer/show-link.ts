import type { LinkTarget } from '../shared/model/portside-link.ts';
import { goTo } from './state.ts';

/** Goes to what a link leads to. Whether it exists is said there. */
export function showLink({ kind, id }: LinkTarget): void {
  if (kind === 'finding') goTo({ view: 'investigate', findingId: id }, { findingTab: 'steps' });
  else goTo({ view: 'cases', caseId: id });
}
