import { app, type BrowserWindow, Notification } from 'electron';
import { visibleText } from '../../shared/base/visible-text.ts';
import { countOf } from '../../shared/base/words.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';

/** Longest text that a notification shows everywhere. */
const maxBody = 200;

/** Tells of new alerts outside the window. */
export interface AlertNotifier {
  tell(alerts: readonly DetectionAlert[]): void;
  /** The person looks at the window: nothing is unseen any more. */
  forget(): void;
}

/**
 * Makes what tells of new alerts: a notification of the desktop, and their number on the application's icon until a window
 * has the focus. While muted, the icon alone tells. `front` gives the window that had the focus last, if one is open.
 */
export function makeAlertNotifier(front: () => BrowserWindow | undefined, isMuted: () => boolean): AlertNotifier {
  let unseen = 0;
  return {
    forget() {
      unseen = 0;
      app.setBadgeCount(0);
    },
    tell(alerts) {
      const [first] = alerts;
      const window = front();
      if (!first || !window) return;
      if (!window.isFocused()) {
        unseen += alerts.length;
        app.setBadgeCount(unseen);
      }
      if (isMuted() || !Notification.isSupported()) return;
      const notification = new Notification({
        title: alerts.length === 1 ? first.ruleName : countOf(alerts.length, 'new alert'),
        // Names come from evidence: nothing hidden in them may reach the desktop.
        body: visibleText(first.reason).slice(0, maxBody),
      });
      notification.on('click', () => {
        const shown = front();
        shown?.show();
        shown?.focus();
      });
      notification.show();
    },
  };
}
