import { SortHeader } from './sort-header.tsx';
import type { TableColumn, TableSort } from './table-columns.ts';

/** Widths and heads of a table: the name of its rows first, then the columns that are shown. Names sort from A on. */
export function TableHead<Id extends string, Sort extends string>({
  name,
  columns,
  now,
  ascending,
  widthOf = (column) => column.width,
  titleOf = (column) => column.title,
  onSort,
}: {
  name: { readonly title: string; readonly says: string; readonly sort: Sort };
  columns: readonly TableColumn<Id, Sort>[];
  now: TableSort<Sort>;
  /** Columns of names. */
  ascending: readonly Id[];
  widthOf?: (column: TableColumn<Id, Sort>) => number;
  titleOf?: (column: TableColumn<Id, Sort>) => string;
  onSort: (sort: TableSort<Sort>) => void;
}) {
  return (
    <>
      <colgroup>
        <col />
        {columns.map((column) => (
          <col key={column.id} style={{ width: widthOf(column) }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <SortHeader {...name} now={now} startsAscending onSort={onSort} />
          {columns.map((column) => (
            <SortHeader
              key={column.id}
              title={titleOf(column)}
              says={column.says}
              isNumber={column.isNumber ?? false}
              sort={column.sort}
              now={now}
              startsAscending={ascending.includes(column.id)}
              onSort={onSort}
            />
          ))}
        </tr>
      </thead>
    </>
  );
}
