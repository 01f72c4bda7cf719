import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { visibleText } from '../../shared/base/visible-text.ts';

/** A column of a table for people. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string | number | undefined;
  /** Figures stand at the right edge. */
  readonly align?: 'right';
  /** Cut beyond this many characters; the JSON output has the whole text. */
  readonly maxWidth?: number;
}

/** Where results go: JSON for programs, tables for people. Nothing else is ever written there. */
export interface Output {
  readonly isJson: boolean;
  /** One result: a JSON document, or for people the given lines. */
  document(value: object, lines: () => readonly string[]): Promise<void>;
  /** Rows as they come: a JSON object each, or a table. With no row a table says `empty`. */
  list<Row extends object>(columns: readonly Column<Row>[], empty: string): RowSink<Row>;
  /** A line for people; left out of JSON. */
  note(line: string): Promise<void>;
  /** Text as it is, such as a page of HTML that was asked for. */
  raw(text: string): Promise<void>;
  /** Hands everything to the stream. */
  flush(): Promise<void>;
}

export interface RowSink<Row> {
  add(row: Row): Promise<void>;
  end(): Promise<void>;
}

const flushBytes = 65_536;
/** Rows that decide the widths of a table; later ones may stick out. */
const measuredRows = 100;
const usualMaxWidth = 48;

/** How many columns of a terminal a text takes, near enough: wide East Asian characters take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}

function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept) + widthOf(character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? `${blanks}${text}` : `${text}${blanks}`;
}

export function makeOutput(stream: Writable, isJson: boolean): Output {
  let waiting = '';

  async function write(text: string): Promise<void> {
    waiting += text;
    if (waiting.length >= flushBytes) await flush();
  }

  async function flush(): Promise<void> {
    const text = waiting;
    waiting = '';
    if (text !== '' && !stream.write(text)) await once(stream, 'drain');
  }

  function listForPeople<Row extends object>(columns: readonly Column<Row>[], empty: string): RowSink<Row> {
    let held: string[][] = [];
    let widths: number[] | undefined;

    const line = (cells: readonly string[]) =>
      `${columns
        .map((column, index) => pad(cells[index] ?? '', widths?.[index] ?? 0, column.align))
        .join('  ')
        .trimEnd()}\n`;

    async function start(): Promise<void> {
      widths = columns.map((column, index) =>
        Math.max(widthOf(column.title), ...held.map((cells) => widthOf(cells[index] ?? ''))),
      );
      await write(line(columns.map((column) => column.title)));
      for (const cells of held) await write(line(cells));
      held = [];
    }

    return {
      async add(row) {
        // Names come from evidence: what cannot be seen, or steers a terminal, is shown by its code.
        const cells = columns.map((column) =>
          cut(visibleText(String(column.text(row) ?? '')), column.maxWidth ?? usualMaxWidth),
        );
        if (widths) return write(line(cells));
        held.push(cells);
        if (held.length >= measuredRows) await start();
      },
      async end() {
        if (!widths && held.length === 0) await write(`${empty}\n`);
        else if (!widths) await start();
      },
    };
  }

  return {
    isJson,
    async document(value, lines) {
      if (isJson) await write(`${JSON.stringify(value)}\n`);
      else for (const text of lines()) await write(`${visibleText(text)}\n`);
    },
    list: (columns, empty) =>
      isJson
        ? { add: (row) => write(`${JSON.stringify(row)}\n`), end: () => Promise.resolve() }
        : listForPeople(columns, empty),
    async note(text) {
      if (!isJson) await write(`${visibleText(text)}\n`);
    },
    raw: write,
    flush,
  };
}
