import { visibleText } from '../base/visible-text.ts';

/** Markup that was made by `markup` and is safe as it is. Nothing else is: every other value is escaped. */
export interface Markup {
  readonly markup: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The one escape of reports: hidden and reordering characters made visible, then HTML's five characters. */
export function escapeMarkup(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

type Piece = string | number | Markup | undefined | false | readonly Piece[];

function toText(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (typeof piece === 'string') return escapeMarkup(piece);
  if (typeof piece === 'number') return String(piece);
  if ('markup' in piece) return piece.markup;
  return piece.map(toText).join('');
}

/** Template of markup: everything put in is escaped, except what this function made itself. */
export function markup(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  let text = strings[0] ?? '';
  for (const [at, piece] of pieces.entries()) text += toText(piece) + (strings[at + 1] ?? '');
  return { markup: text };
}
