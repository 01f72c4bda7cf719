import { wellFormed } from '../base/words.ts';

/** A cell: text is kept from being taken for a formula, numbers are written as they are, `undefined` is empty. */
export type CsvCell = string | number | undefined;

/**
 * CSV as RFC 4180 has it (CRLF, quotes doubled), safe to open in a spreadsheet: text that starts like a formula gets an
 * apostrophe before it, which spreadsheets show as text. Control characters except tab and line feed become their escape.
 */
export function toCsv(header: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  let text = `${header.join(',')}\r\n`;
  for (const row of rows) text += `${row.map(toCell).join(',')}\r\n`;
  return text;
}

function toCell(cell: CsvCell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  // Also behind blanks and quotes: some programs look past them.
  const isFormula = /^[\s"'\u00a0\ufeff\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(cell);
  const plain = cell.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  const safe = wellFormed(isFormula ? `'${plain}` : plain);
  return /[",\r\n\t;]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
