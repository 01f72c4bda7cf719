import { fail } from '../../shared/base/failure.ts';

/** A cursor is the place of the last row of a page, so that rows that come later do not shift the pages. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Reads a cursor back. Fails with `bad-input` for a text that `writeCursor` did not make. */
export function readCursor(cursor: string, parts: number): readonly string[] {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(place) && place.length === parts && place.every((part) => typeof part === 'string')) return place;
  } catch {
    // Told below, as for any other text.
  }
  throw fail('bad-input', 'The cursor is not one of this list.', 'Start again without a cursor.');
}
