import { useEffect, useRef, useState } from 'react';
import type { LiveState } from '../../shared/model/live.ts';
import { useAct } from '../queries.ts';
import { useZone } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { Name } from '../widgets/name.tsx';
import { formatClock, formatCount } from '../window-format.ts';

/** Asks for the note of a mark at this moment. */
export function MarkForm({ onDone }: { onDone: () => void }) {
  const mark = useAct('live.mark');
  const [note, setNote] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="bar"
      onSubmit={(event) => {
        event.preventDefault();
        mark.mutate({ note: note.trim() }, { onSuccess: onDone });
      }}
    >
      <input
        ref={field}
        className="field grow"
        aria-label={texts.noteForThisMoment}
        placeholder={texts.whatHappensNow}
        maxLength={4096}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
      />
      <button type="submit" className="btn sm" disabled={mark.isPending}>
        {texts.markThisMoment}
      </button>
    </form>
  );
}

/** The marks of this capture. */
export function LiveMarks({ state }: { state: LiveState }) {
  const zone = useZone();
  return (
    <>
      <div className="bar table-bar">
        <h2>{texts.marks}</h2>
        <span className="t11 faint">{formatCount(state.marks.length)}</span>
      </div>
      <ul>
        {state.marks.map((mark) => (
          <li key={mark.atMs} className="line-row">
            <span className="faint t11 tn">{formatClock(mark.atMs, zone, true)}</span>
            <Name text={mark.note || 'marked'} className="grow" />
          </li>
        ))}
      </ul>
    </>
  );
}
