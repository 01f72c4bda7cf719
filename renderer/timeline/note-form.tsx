import { useState } from 'react';
import type { CaseFile } from '../../shared/model/case-file.ts';
import { useAct } from '../queries.ts';
import { useZone } from '../state.ts';
import { timelineTexts as texts } from '../texts/timeline.ts';
import { caseQuestions } from '../views/case-of-finding.ts';
import { OpenCaseButton } from '../views/open-case.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { formatTime } from '../window-format.ts';

const formPx = 288;

/** Writes a note about a moment into the case; without a case, says where one comes from. */
export function NoteForm({
  atMs,
  left,
  top,
  width,
  file,
  findingId,
  onDone,
}: {
  atMs: number;
  /** Where the moment lies in the timeline, in CSS pixels. */
  left: number;
  top: number;
  width: number;
  file: CaseFile | undefined;
  findingId: string | undefined;
  onDone: () => void;
}) {
  const zone = useZone();
  const [text, setText] = useState('');
  const record = useAct('case.record', caseQuestions);
  const when = formatTime(atMs, zone, { seconds: true });
  const save = () =>
    void record
      .mutateAsync({
        id: file?.id ?? '',
        change: { kind: 'note.added', payload: { text: text.trim(), aboutMs: Math.round(atMs) } },
      })
      // What fails is shown below.
      .then(onDone, () => undefined);
  return (
    <form
      className="note-form"
      aria-label={texts.noteAbout(when)}
      style={{ left: Math.max(4, Math.min(left + 8, width - formPx - 4)), top, width: formPx }}
      onPointerDown={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        onDone();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        if (file && text.trim() !== '') save();
      }}
    >
      <span className="t11 faint">{file ? texts.keptIn(when, file.id) : texts.keptInCase}</span>
      {file ? (
        <span className="row">
          <input
            // biome-ignore lint/a11y/noAutofocus: it was opened to be typed into.
            autoFocus
            className="field grow"
            aria-label={texts.noteAbout(when)}
            placeholder={texts.whatHappened}
            maxLength={20_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className="btn sm primary" disabled={text.trim() === '' || record.isPending}>
            {texts.add}
          </button>
        </span>
      ) : (
        <span className="row">
          {findingId === undefined ? texts.chooseFinding : <OpenCaseButton findingIds={[findingId]} />}
        </span>
      )}
      <button type="button" className="btn sm quiet" onClick={onDone}>
        {texts.cancel}
      </button>
      {record.error ? <FailureNotice error={record.error} /> : null}
    </form>
  );
}
