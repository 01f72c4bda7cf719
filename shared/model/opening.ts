import type { LinkTarget } from './portside-link.ts';

/** A case package that was opened from outside the window, by the system's own means. */
export interface PackageOpening {
  readonly kind: 'package';
  /** Stands for the file in `package.verify`. */
  readonly token: string;
  /** Name of the file, without its folder. */
  readonly name: string;
}

/** What a window is to show because somebody outside it asked: a link that was followed, or a file that was opened. */
export type Opening = LinkTarget | PackageOpening;
