import { type RefObject, useEffect, useRef } from 'react';

/**
 * Scrolls a pane so that the part below its tabs is in sight whenever another part, or other content of it, is asked for.
 * What is there at first stays as it is. For the element that scrolls and holds the tabs and their panel.
 */
export function usePartInSight(...asked: readonly unknown[]): RefObject<HTMLDivElement | null> {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(asked);
  useEffect(() => {
    const isSame = before.current.every((part, index) => part === asked[index]);
    before.current = asked;
    const pane = scroller.current;
    const panel = pane?.querySelector('[role="tabpanel"]');
    const tabs = panel?.previousElementSibling;
    if (isSame || !pane || !panel || !tabs) return;
    pane.scrollTop += panel.getBoundingClientRect().top - pane.getBoundingClientRect().top - tabs.clientHeight;
  });
  return scroller;
}
