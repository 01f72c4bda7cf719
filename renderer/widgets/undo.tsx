import { Name } from './name.tsx';

/** Says what was just done and takes it back. */
export function Undo({ text, onUndo }: { text: string; onUndo: () => void }) {
  return (
    <div className="page-note" role="status">
      <div className="note">
        <span className="grow">
          <Name text={text} />
        </span>
        <button type="button" className="btn sm" onClick={onUndo}>
          Undo
        </button>
      </div>
    </div>
  );
}
