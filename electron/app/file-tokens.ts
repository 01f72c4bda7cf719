import { randomUUID } from 'node:crypto';
import { fail } from '../../shared/base/failure.ts';

/**
 * Files a person chose in a dialog or dropped. The window holds only tokens, so that a page taken over by hostile
 * evidence cannot name a file to read.
 */
export interface FileTokens {
  /** Gives a token for a path. */
  add(path: string): string;
  /** The path behind a token. A token is good once; an unknown one ends with `bad-input`. */
  take(token: string): string;
}

/** Tokens kept at once; the oldest are forgotten first. */
const maxTokens = 100_000;

export function makeFileTokens(): FileTokens {
  const paths = new Map<string, string>();
  return {
    add(path) {
      const token = randomUUID();
      paths.set(token, path);
      if (paths.size > maxTokens) {
        const [oldest] = paths.keys();
        if (oldest !== undefined) paths.delete(oldest);
      }
      return token;
    },
    take(token) {
      const path = paths.get(token);
      if (path === undefined) throw fail('bad-input', 'The file was not chosen in this window.', 'Choose it again.');
      paths.delete(token);
      return path;
    },
  };
}
