import { goTo } from '../state.ts';
import type { TimelineNote } from './use-timeline-notes.ts';

/** Opens the case at the entry that the note is. */
export function showNote({ caseId, seq }: TimelineNote): void {
  goTo({ view: 'cases', caseId }, { caseEntry: { caseId, seq } });
}
