import { randomUUID } from 'node:crypto';
import { app, nativeImage, type WebContents } from 'electron';
import { fail } from '../../shared/base/failure.ts';
import { isRegularFile } from './asked-openings.ts';

/**
 * Files that a window may hand to the desktop: those that main itself wrote because of it. The page has tokens only, so
 * that a page taken over by hostile evidence cannot drag out what it names.
 */
export interface DragOut {
  /** Gives a token for a file that was just written. */
  offer(path: string): string;
  /** Hands the file to the desktop, while the page is being dragged from. Ends with `not-found` where it is gone. */
  start(token: string): Promise<void>;
}

/** Files that are remembered; the oldest are forgotten first. */
const mostOffered = 100;
const iconPx = 48;

/** Makes what hands files out of one window; `iconPath` names the picture under the pointer. */
export function makeDragOut(contents: WebContents, iconPath: string): DragOut {
  const offered = new Map<string, string>();
  return {
    offer(path) {
      const token = randomUUID();
      offered.set(token, path);
      const [oldest] = offered.keys();
      if (offered.size > mostOffered && oldest !== undefined) offered.delete(oldest);
      return token;
    },
    async start(token) {
      const file = offered.get(token);
      if (file === undefined) throw fail('bad-input', 'The file was not written from this window.');
      if (!(await isRegularFile(file))) throw fail('not-found', `${file} is not there any more.`, 'Export it again.');
      const picture = nativeImage.createFromPath(iconPath).resize({ width: iconPx });
      // An empty picture is refused, and it is only a picture.
      const icon = picture.isEmpty() ? await app.getFileIcon(file) : picture;
      if (!contents.isDestroyed()) contents.startDrag({ file, icon });
    },
  };
}
