import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { tableTexts } from '../texts/tables.ts';
import { Icon } from './icon.tsx';
import type { TableSort } from './table-columns.ts';

/** The head of a column; where the store can sort by it, a button that does. A second press turns the order. */
export function SortHeader<Sort extends string>({
  title,
  says,
  isNumber = false,
  sort,
  now,
  startsAscending = false,
  onSort,
}: {
  title: string;
  /** What the figure is. */
  says: string;
  isNumber?: boolean;
  sort?: Sort | undefined;
  now: TableSort<Sort>;
  /** Names start at A, figures and times at the largest. */
  startsAscending?: boolean;
  onSort: (sort: TableSort<Sort>) => void;
}) {
  const isSorted = sort !== undefined && now.by === sort;
  return (
    <th
      className={isNumber ? 'num' : ''}
      title={sort === undefined ? says : tableTexts.sortBy(says)}
      aria-sort={isSorted ? (now.isDescending ? 'descending' : 'ascending') : undefined}
      scope="col"
    >
      {sort === undefined ? (
        title
      ) : (
        <button
          type="button"
          onClick={() => onSort({ by: sort, isDescending: isSorted ? !now.isDescending : !startsAscending })}
        >
          {title}
          {isSorted ? <Icon of={now.isDescending ? IconArrowDown : IconArrowUp} isSmall /> : null}
        </button>
      )}
    </th>
  );
}
