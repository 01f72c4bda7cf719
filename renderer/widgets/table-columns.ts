/** A column that a person may switch on and off. */
export interface TableColumn<Id extends string, Sort extends string> {
  readonly id: Id;
  readonly title: string;
  /** What the figure is, for the header's title. */
  readonly says: string;
  /** In CSS pixels. */
  readonly width: number;
  /** What the store sorts by for it; it cannot be sorted where absent. */
  readonly sort?: Sort;
  readonly isNumber?: boolean;
  /** Shown by default from this width of the pane on; never by itself where absent. */
  readonly from?: number;
}

/** How a table is sorted. */
export interface TableSort<Sort extends string> {
  readonly by: Sort;
  readonly isDescending: boolean;
}

const scrollbarPx = 10;

/** The columns the person wants, and of the others those that have room beside the first one, in the order of `columns`. */
export function chooseColumns<Id extends string, Column extends TableColumn<Id, string>>(
  columns: readonly Column[],
  {
    wanted,
    width,
    namePx,
    dropOrder,
    widthOf = (column) => column.width,
  }: {
    /** Columns that were switched on or off by hand. */
    readonly wanted: Readonly<Partial<Record<Id, boolean>>>;
    readonly width: number;
    /** Least width of the first column, which always stays. */
    readonly namePx: number;
    /** Columns that go first where not all have room, unless they were switched on. */
    readonly dropOrder: readonly Id[];
    readonly widthOf?: (column: Column) => number;
  },
): readonly Column[] {
  let shown = columns.filter((column) => wanted[column.id] ?? (column.from !== undefined && width >= column.from));
  const needed = () => namePx + scrollbarPx + shown.reduce((sum, column) => sum + widthOf(column), 0);
  for (const id of dropOrder) {
    if (needed() > width && wanted[id] === undefined) shown = shown.filter((column) => column.id !== id);
  }
  return shown;
}
