import type { LinkTarget } from './portside-link.ts';
import type { DetectionAlert } from './rule.ts';

/** A case package that was opened from outside the window, by the system's own means. */
export interface PackageOpening {
  readonly kind: 'package';
  /** Stands for the file in `package.verify`. */
  readonly token: string;
  /** Name of the file, without its folder. */
  readonly name: string;
}

/** An alert whose notification was clicked. */
export interface AlertOpening {
  readonly kind: 'alert';
  readonly alert: DetectionAlert;
}

/**
 * What a window is to show because somebody outside it asked: a link that was followed, a notification that was
 * clicked, or a file that was opened.
 */
export type Opening = LinkTarget | AlertOpening | PackageOpening;
