import { app, type BrowserWindow, Notification } from 'electron';
import { visibleText } from '../../shared/base/visible-text.ts';
import { countOf } from '../../shared/base/words.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';

/** Longest text that a notification shows everywhere. */
const maxBody = 200;

/**
 * Tells of new alerts outside the window: a notification of the desktop, and their number on the application's icon
 * until the window has the focus. While muted, the icon alone tells.
 */
export function makeAlertNotifier(
  window: BrowserWindow,
  isMuted: () => boolean,
): (alerts: readonly DetectionAlert[]) => void {
  let unseen = 0;
  const forget = () => {
    unseen = 0;
    app.setBadgeCount(0);
  };
  window.on('focus', forget);
  window.once('closed', forget);
  return (alerts) => {
    const [first] = alerts;
    if (!first || window.isDestroyed()) return;
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
      if (window.isDestroyed()) return;
      window.show();
      window.focus();
    });
    notification.show();
  };
}
