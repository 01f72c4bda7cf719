import { formatCount, formatCounted } from '../window-format.ts';

const entriesOf = (count: number) => formatCounted(count, 'entry', 'entries');

/** English of the audit journal. */
export const auditTexts = {
  lead: 'Who did what in this workspace, newest first: decisions, rules, exceptions, imports, actions, exports. Each entry carries the hash of the one before, so that a change made outside Portside is noticed.',
  find: 'Find in who and what',
  checking: 'Checking the chain',
  whole: (entries: number) => `The chain holds: ${entriesOf(entries)}, unchanged`,
  head: 'Head',
  changed: 'The journal was changed outside Portside.',
  kept: (entries: number) => `${entriesOf(entries)} before that place hold; entries after it are not shown.`,
  checkAgain: 'Check again',
  shown: (total: number, entries: number) => `${formatCount(total)} of ${entriesOf(entries)} fit`,
  none: 'Nothing was done in this workspace yet.',
  nothingFits: 'No entry fits.',
  entries: 'Entries of the journal',
  who: 'Who',
} as const;
