import type { Icon as TablerIcon } from '@tabler/icons-react';

/** An icon of the one set, stroke 1.5 on 16 px (12 px small). Always beside a word or inside a labelled button. */
export function Icon({
  of: Shape,
  isSmall = false,
  className = '',
}: {
  of: TablerIcon;
  isSmall?: boolean;
  className?: string;
}) {
  return <Shape className={`icon ${isSmall ? 'small' : ''} ${className}`} aria-hidden="true" />;
}
