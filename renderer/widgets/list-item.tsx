import type { ReactNode } from 'react';

/** An entry of a list at the side of a view: chosen by a click, and marked while its content is shown. */
export function ListItem({
  isChosen,
  onChoose,
  children,
}: {
  isChosen: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <li>
      <button type="button" className="case-item" aria-current={isChosen ? 'true' : undefined} onClick={onChoose}>
        {children}
      </button>
    </li>
  );
}
