import type { ClientMessage, ServerMessage } from './protocol.ts';

/** The locales (BCP 47) the system writes numbers and dates in; most have one for both. */
export interface FigureLocale {
  readonly numbers: string;
  readonly dates: string;
}

/** Everything the preload gives to the page, as `window.portside`. It has no other way out. */
export interface WindowBridge {
  /** How the system writes figures; the page's texts are English whatever this says. */
  readonly figures: FigureLocale;
  send(message: ClientMessage): void;
  /** Registers the one listener for answers. */
  onReply(listener: (message: ServerMessage) => void): void;
  /**
   * Hands a file that the person dropped onto the window (a DOM `File`) to main, and gives the token that stands for it
   * in `import.run`. Gives nothing for a file that the page made up: such a file has no place on the disk.
   */
  takeDroppedFile(file: unknown): Promise<string | undefined>;
}

/** The page's only origin. */
export const windowOrigin = 'app://portside';

/** Ends the address of a page that is a further window of an open workspace. */
export const besideMark = '#beside';
