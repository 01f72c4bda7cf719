import type { ReactNode } from 'react';
import type { TableColumn } from '../widgets/table-columns.ts';

const timeColumns: readonly string[] = ['firstSeenMs', 'lastSeenMs'];

/** A row of the table below the timeline: its name, which is the row's stop for the keyboard, and a cell for each shown column. */
export function SpanRow<Id extends string>({
  index,
  tabIndex,
  isSelected,
  mark,
  name,
  title,
  columns,
  cell,
  onShow,
}: {
  index: number;
  tabIndex: 0 | -1;
  isSelected: boolean;
  /** What stands before the name. */
  mark?: ReactNode;
  name: ReactNode;
  /** Of the name: what a press does. */
  title: string;
  columns: readonly TableColumn<Id, string>[];
  cell: (id: Id) => ReactNode;
  /** Narrows the view to the row, or widens it again. */
  onShow: () => void;
}) {
  return (
    <tr className={isSelected ? 'is-selected' : ''} aria-rowindex={index + 2} onClick={onShow}>
      <td className="cell-name">
        <span className="row">
          {mark}
          <button
            type="button"
            className="lane-name"
            data-row={index}
            tabIndex={tabIndex}
            title={title}
            onClick={(event) => {
              event.stopPropagation();
              onShow();
            }}
          >
            {name}
          </button>
        </span>
      </td>
      {columns.map(({ id, isNumber }) => (
        <td key={id} className={isNumber ? 'num' : timeColumns.includes(id) ? 'tn' : 'clip'}>
          {cell(id)}
        </td>
      ))}
    </tr>
  );
}
