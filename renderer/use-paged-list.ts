import { useVirtualizer, type VirtualItem, type Virtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useMemo, useRef } from 'react';

/** What `usePages` gives, as far as a list needs it. */
interface Pages<Row> {
  readonly data: { readonly pages: readonly { readonly rows: readonly Row[]; readonly total?: number }[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
}

export interface PagedList<Row> {
  /** Rows that were loaded so far. */
  readonly rows: readonly Row[];
  /** Rows that match in all, as the store counts them; 0 where it does not say. */
  readonly total: number;
  /** For the element that scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly list: Virtualizer<HTMLDivElement, Element>;
  /** Rows on screen, and the height of those above and below them. */
  readonly items: readonly VirtualItem[];
  readonly abovePx: number;
  readonly belowPx: number;
}

/** Height of the head of a table, which stays above the rows. */
const headPx = 25;
/** Rows left below the screen at which the next page is asked for. */
const aheadRows = 30;

/** A list of rows of one height that come by the page: only those on screen are drawn, the next page comes in time. */
export function usePagedList<Row>(pages: Pages<Row>, rowPx: number): PagedList<Row> {
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
    scrollPaddingStart: headPx,
    scrollPaddingEnd: headPx,
  });
  const items = list.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastShown > rows.length - aheadRows) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastShown, rows.length]);
  return {
    rows,
    total: pages.data?.pages[0]?.total ?? 0,
    scroller,
    list,
    items,
    abovePx: items[0]?.start ?? 0,
    belowPx: list.getTotalSize() - (items.at(-1)?.end ?? 0),
  };
}
