import { useMemo } from 'react';
import type { CaseFile } from '../../shared/model/case-file.ts';
import { useAsk } from '../queries.ts';
import { useChoices } from '../state.ts';

/** A note of a case that is about a moment of the evidence. */
export interface TimelineNote {
  readonly caseId: string;
  /** Its place in the journal. */
  readonly seq: number;
  readonly actor: string;
  readonly text: string;
  readonly aboutMs: number;
}

export interface TimelineNotes {
  /** Notes about a moment, in time order. */
  readonly notes: readonly TimelineNote[];
  /** The case that a new note goes into. */
  readonly file: CaseFile | undefined;
}

/** The notes of the newest case that holds the finding and of the case looked at last; new ones go into the first of these. */
export function useTimelineNotes(findingId: string | undefined): TimelineNotes {
  const caseId = useChoices((choices) => choices.caseId);
  const held = useAsk('case.of-finding', { findingId: findingId ?? '' }, { isEnabled: findingId !== undefined });
  const chosen = useAsk('case.read', { id: caseId ?? '' }, { isEnabled: caseId !== undefined });
  const ofFinding = findingId === undefined ? undefined : held.data?.newest;
  const looked = caseId === undefined ? undefined : chosen.data;
  const notes = useMemo(() => {
    const files = new Map<string, CaseFile>();
    for (const file of [looked, ofFinding]) if (file) files.set(file.id, file);
    return [...files.values()]
      .flatMap((file) =>
        file.notes.flatMap(({ seq, actor, text, aboutMs }) =>
          aboutMs === undefined ? [] : [{ caseId: file.id, seq, actor, text, aboutMs }],
        ),
      )
      .sort((a, b) => a.aboutMs - b.aboutMs || a.seq - b.seq);
  }, [looked, ofFinding]);
  return { notes, file: [ofFinding, looked].find((file) => file && file.damage === undefined) };
}
