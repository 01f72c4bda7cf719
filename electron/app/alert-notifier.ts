import { app, BrowserWindow, Notification } from 'electron';
import { countOf } from '../../shared/base/words.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';
import { notificationText } from './notification-text.ts';

/** Tells of new alerts outside the window. */
export interface AlertNotifier {
  tell(alerts: readonly DetectionAlert[]): void;
  /** The person looks at the window: nothing is unseen any more. */
  forget(): void;
}

/** Notifications whose click is still waited for, at most. */
const mostWaiting = 50;

/**
 * Makes what tells of new alerts while no window has the focus: a notification of the desktop, whose click leads to the
 * first alert, and their number on the application's icon until a window has the focus. While muted, the icon alone tells.
 * `front` gives the window that had the focus last, if one is open.
 */
export function makeAlertNotifier(options: {
  readonly front: () => BrowserWindow | undefined;
  readonly isMuted: () => boolean;
  /** Has the front window show an alert. */
  readonly show: (alert: DetectionAlert) => void;
}): AlertNotifier {
  const { front, isMuted, show } = options;
  let unseen = 0;
  /** Nobody else holds them: what is collected as garbage hears no click. */
  const waiting = new Set<Notification>();
  return {
    forget() {
      unseen = 0;
      app.setBadgeCount(0);
    },
    tell(alerts) {
      const [first] = alerts;
      if (!first || !front() || BrowserWindow.getFocusedWindow()) return;
      unseen += alerts.length;
      app.setBadgeCount(unseen);
      if (isMuted() || !Notification.isSupported()) return;
      const notification = new Notification({
        title: alerts.length === 1 ? notificationText(first.ruleName) : countOf(alerts.length, 'new alert'),
        body: notificationText(first.reason),
      });
      waiting.add(notification);
      for (const old of waiting) if (waiting.size > mostWaiting) waiting.delete(old);
      const done = () => void waiting.delete(notification);
      notification.on('click', () => {
        done();
        const window = front();
        if (window?.isMinimized()) window.restore();
        window?.show();
        window?.focus();
        if (window) show(first);
      });
      notification.on('close', done);
      notification.on('failed', done);
      notification.show();
    },
  };
}
