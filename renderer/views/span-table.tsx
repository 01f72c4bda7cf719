import type { ReactNode } from 'react';
import { choose, useChoices } from '../state.ts';
import { spanDeviceTexts } from '../texts/span-devices.ts';
import type { CopyRows } from '../use-copy-rows.ts';
import type { PagedList } from '../use-paged-list.ts';
import type { RowFocus } from '../use-row-focus.ts';
import { ColumnMenu } from '../widgets/column-menu.tsx';
import { CopyMenu } from '../widgets/copy-menu.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { PagedBody } from '../widgets/paged-body.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { Segments } from '../widgets/segments.tsx';
import type { TableColumn, TableSort } from '../widgets/table-columns.ts';
import { TableHead } from '../widgets/table-head.tsx';

/** Height of a row. */
export const spanRowPx = 29;
/** Rows of a page. */
export const spanPageRows = 200;
/** Least width of the column of names. */
export const spanNamePx = 144;

const kinds = [
  { value: 'process', title: spanDeviceTexts.process },
  { value: 'device', title: spanDeviceTexts.device },
] as const;

/** The table below the timeline: its bar with the choice between processes and devices, and its rows, by the page. */
export function SpanTable<Row, Id extends string, Sort extends string>({
  words,
  isNarrowed,
  answer,
  paged,
  focus,
  search,
  copied,
  columns,
  shown,
  onToggle,
  onReset,
  name,
  sort,
  onSort,
  ascending,
  widthOf = (column) => column.width,
  titleOf = (column) => column.title,
  children,
}: {
  words: {
    readonly heading: string;
    readonly label: string;
    readonly search: string;
    readonly searchPlaceholder: string;
    shown(rows: number, total: number, isNarrowed: boolean): string;
    shownTitle(rows: number, total: number): string;
  };
  /** Whether a search leaves rows out. */
  isNarrowed: boolean;
  answer: { readonly data: unknown; readonly error: Error | null; refetch(): unknown };
  paged: PagedList<Row>;
  focus: RowFocus;
  search: { readonly text: string; readonly onChange: (text: string) => void };
  copied: CopyRows;
  /** All columns beside the name, and those that are shown. */
  columns: readonly TableColumn<Id, Sort>[];
  shown: readonly TableColumn<Id, Sort>[];
  /** Switches a column on or off; all of them back to what the width allows. */
  onToggle: (id: Id, isShown: boolean) => void;
  onReset: () => void;
  name: { readonly title: string; readonly says: string; readonly sort: Sort };
  sort: TableSort<Sort>;
  onSort: (sort: TableSort<Sort>) => void;
  /** Columns of names. */
  ascending: readonly Id[];
  widthOf?: (column: TableColumn<Id, Sort>) => number;
  titleOf?: (column: TableColumn<Id, Sort>) => string;
  /** Draws a row, with its key. */
  children: (row: Row, index: number) => ReactNode;
}) {
  const kind = useChoices((choices) => choices.spanTable);
  const { rows, total } = paged;
  return (
    <>
      <div className="bar table-bar">
        <h2>{words.heading}</h2>
        <span className="t11 faint clip" title={words.shownTitle(rows.length, total)}>
          {answer.data ? words.shown(rows.length, total, isNarrowed) : ''}
        </span>
        <span className="grow" />
        <Segments
          label={spanDeviceTexts.choice}
          value={kind}
          options={kinds}
          onChange={(spanTable) => choose({ spanTable })}
        />
        <SearchField
          label={words.search}
          placeholder={words.searchPlaceholder}
          value={search.text}
          onChange={search.onChange}
        />
        <CopyMenu rows={copied} total={total} />
        <ColumnMenu columns={columns} shown={shown} onToggle={onToggle} onReset={onReset} />
      </div>
      <section className="scroll" ref={paged.scroller} aria-label={words.label}>
        {answer.error ? (
          <div className="page">
            <FailureNotice error={answer.error} onRetry={() => void answer.refetch()} />
          </div>
        ) : (
          <table
            className="process-table"
            aria-rowcount={total + 1}
            style={{ minWidth: spanNamePx + shown.reduce((sum, column) => sum + widthOf(column), 0) }}
          >
            <TableHead
              name={name}
              columns={shown}
              now={sort}
              ascending={ascending}
              widthOf={widthOf}
              titleOf={titleOf}
              onSort={onSort}
            />
            <PagedBody paged={paged} focus={focus}>
              {children}
            </PagedBody>
          </table>
        )}
      </section>
    </>
  );
}
