import type { ReactNode } from 'react';
import type { PagedList } from '../use-paged-list.ts';
import type { RowFocus } from '../use-row-focus.ts';

/** The body of a virtual table: the rows on screen, in the height of all of them. `children` draws one, with its key. */
export function PagedBody<Row>({
  paged: { rows, items, abovePx, belowPx },
  focus,
  children,
}: {
  paged: PagedList<Row>;
  focus: RowFocus;
  children: (row: Row, index: number) => ReactNode;
}) {
  return (
    <tbody onKeyDown={focus.onKeyDown} onFocus={focus.onFocus}>
      {abovePx > 0 ? <tr className="spacer" style={{ height: abovePx }} /> : null}
      {items.map(({ index }) => {
        const row = rows[index];
        return row ? children(row, index) : null;
      })}
      {belowPx > 0 ? <tr className="spacer" style={{ height: belowPx }} /> : null}
    </tbody>
  );
}
