import type { Virtualizer } from '@tanstack/react-virtual';
import type { KeyboardEvent, ReactNode } from 'react';

/** The list of the queue: one stop of the keyboard, whose keys walk its options. Home is the timeline's. */
export function QueueListBox({
  label,
  list,
  activeId,
  onKeyDown,
  children,
}: {
  label: string;
  list: Virtualizer<HTMLDivElement, Element>;
  activeId: string | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
  children: ReactNode;
}) {
  return (
    <div
      className="queue"
      role="listbox"
      aria-label={label}
      aria-activedescendant={activeId}
      tabIndex={0}
      style={{ height: list.getTotalSize() }}
      onKeyDown={onKeyDown}
    >
      {children}
    </div>
  );
}

/** The entry that a key leads to from another one; undefined for keys that lead nowhere. It may lie beyond the ends. */
export function entryOfKey(
  key: string,
  from: number,
  list: { readonly entries: number; readonly entryPx: number; readonly viewPx: number | undefined },
): number | undefined {
  const pageBy = Math.max(1, Math.floor((list.viewPx ?? list.entryPx) / list.entryPx) - 1);
  return {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + pageBy,
    PageUp: from - pageBy,
    End: list.entries - 1,
  }[key];
}
