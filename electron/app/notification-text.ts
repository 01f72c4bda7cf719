import { visibleText } from '../../shared/base/visible-text.ts';

/** Longest text that a notification shows everywhere. */
const maxText = 200;

/**
 * Text from evidence or a rule file for a notification of the desktop: nothing hidden, one line, and no `<`, which some
 * desktops read as markup.
 */
export function notificationText(text: string): string {
  return visibleText(text).replaceAll('<', '‹').slice(0, maxText);
}
