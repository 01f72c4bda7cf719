import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { PagedList } from './use-paged-list.ts';

export interface RowFocus {
  /** For the control of a row that takes the focus; its element carries `data-row`. */
  tabIndexOf(index: number): 0 | -1;
  /** Both for the element that holds the rows. */
  onKeyDown(event: KeyboardEvent): void;
  onFocus(event: FocusEvent): void;
}

const rowsPerPage = 10;

/**
 * Makes the rows of a virtual list one stop for the keyboard: arrows, Page Up and Down, Home and End walk them, whether
 * they are drawn yet or not. `start` is the row that Tab reaches first.
 */
export function useRowFocus({ list, items, rows, scroller }: PagedList<unknown>, start = 0): RowFocus {
  const [active, setActive] = useState<number>();
  const wanted = useRef<number>(undefined);
  const current = active ?? start;
  const stop = items.some((item) => item.index === current) ? current : items[0]?.index;
  // A row far away is drawn only after the list has scrolled to it.
  useEffect(() => {
    if (wanted.current === undefined) return;
    const control = scroller.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (!control) return;
    wanted.current = undefined;
    control.focus({ preventScroll: true });
  });
  return {
    tabIndexOf: (index) => (index === stop ? 0 : -1),
    onFocus(event) {
      const row = rowOf(event.target);
      if (row) setActive(Number(row.dataset.row));
    },
    onKeyDown(event) {
      const row = rowOf(event.target);
      if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
      const from = Number(row.dataset.row);
      const last = rows.length - 1;
      const to = {
        ArrowDown: from + 1,
        ArrowUp: from - 1,
        PageDown: from + rowsPerPage,
        PageUp: from - rowsPerPage,
        Home: 0,
        End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = Math.max(0, Math.min(last, to));
      wanted.current = next;
      setActive(next);
      list.scrollToIndex(next);
    },
  };
}

function rowOf(target: EventTarget): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-row]') : null;
}
