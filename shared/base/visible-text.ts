/**
 * Characters that change how a name reads without being seen: C0 and C1 controls, soft hyphen, zero-width and
 * bidirectional marks, invisible operators, variation selectors, tags, the byte-order mark and lone surrogates.
 */
const hidden =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds.
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points, each shown by its own number.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

/** One piece of a text: as it is, or a hidden character by its code such as `U+202E`. */
export interface TextPart {
  readonly text: string;
  readonly isHidden: boolean;
}

/** The code of a character as people write it: `U+202E`. */
function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Splits text from outside into what can be shown as it is and what cannot be seen. Joined with {@link visibleText}'s
 * brackets, nothing is lost: a name made with U+202E (`exe.gpj` shown as `jpg.exe`) reads in the order it is stored.
 */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), isHidden: false });
    parts.push({ text: codeOf(match[0]), isHidden: true });
    from = match.index + match[0].length;
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from), isHidden: false });
  return parts;
}

/** Text from outside as plain text, with each hidden character as `⟨U+202E⟩`. Ordinary text comes back unchanged. */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => `⟨${codeOf(character)}⟩`);
}
