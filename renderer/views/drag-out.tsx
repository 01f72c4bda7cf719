import { useClient } from '../queries.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { Name } from '../widgets/name.tsx';

/** A file that was written, by its path; dragged by it, it goes to the desktop or another program. */
export function DragOut({ path, token }: { path: string; token: string | undefined }) {
  const client = useClient();
  if (token === undefined) return <Name text={path} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the file lies where it was saved; dragging is one more way to it.
    <span
      draggable
      className="drag-out"
      title={texts.drag}
      onDragStart={(event) => {
        // The page itself can only give text away.
        event.preventDefault();
        // A drag that did not begin is seen by the person.
        client.call('file.drag', { token }).catch(() => undefined);
      }}
    >
      <Name text={path} />
    </span>
  );
}
