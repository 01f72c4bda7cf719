import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../../shared/base/failure.ts';
import type { RejectedRow } from '../../shared/model/import-report.ts';
import type { DuckdbWorkSession } from './duckdb-database.ts';
import { columnsSql, fileSql, firstRejection, flatShape, rejectionReasons, rowCodes } from './duckdb-import-sql.ts';
import type { Stage } from './duckdb-import-stage.ts';
import type { RowFiles } from './duckdb-intake.ts';
import { readDocument } from './import-document.ts';
import { type LineWriter, makeLineWriter } from './import-lines.ts';
import { excerpt, maxRecordBytes, type Piece, splitLines } from './import-split.ts';

/** A document as parsed, or why it could not be. */
export interface Parsed {
  readonly value: unknown;
  readonly fault: string | undefined;
}

/** Where staged rows came from. */
export interface RowSource {
  /** Walks over the pieces behind the rows, in their order. */
  readonly pieces: () => AsyncGenerator<Piece>;
  readonly parse: (bytes: Buffer) => Parsed;
  /** Values of a CSV: empty and `-` mean absent. */
  readonly isCsv: boolean;
}

export function parseJson(bytes: Buffer): Parsed {
  try {
    return { value: JSON.parse(bytes.toString('utf8')) as unknown, fault: undefined };
  } catch (error) {
    return { value: undefined, fault: `not JSON: ${excerpt(messageOf(error))}` };
  }
}

/** Where the line of a candidate stands among its texts; no field of evidence has this name. */
const lineKey = 'portside line';

/** Files that rows read one by one are written to: writes that go back to the engine, and the rarer kinds. */
export type RowFileName = 'candidates' | 'deviceEvents' | 'alerts' | 'anomalyRecords';

/** Hears of rows as they are read one by one. */
export interface RowListener {
  /** A row that is not stored, and why; in no order. */
  reject(row: RejectedRow): void;
  /** The row of this line was written to the file of its kind, behind those told before. */
  wrote?(name: RowFileName, line: number): void;
}

/** Texts of candidates that are kept for the case that they are refused. */
const maxCandidateTexts = 10_000;

/** A staged row that is not settled yet: its code, its place among those walked over, and what was in the file. */
interface OpenRow {
  readonly code: number;
  readonly index: number;
  readonly piece: Piece;
}

/** Reads the staged rows that the engine could not settle, and gives every rejected row its line. */
export class Settler {
  /** Rejected rows that never came on the stage. */
  refused = 0;
  readonly #session: DuckdbWorkSession;
  readonly #stage: Stage;
  readonly #folder: string;
  readonly #listener: RowListener;
  readonly #signal: AbortSignal;
  readonly #writers: Partial<Record<RowFileName, LineWriter>> = {};
  /** What was there, of the first candidates. */
  readonly #candidateTexts: string[] = [];

  constructor(
    session: DuckdbWorkSession,
    stage: Stage,
    place: { readonly folder: string; readonly listener: RowListener },
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#stage = stage;
    this.#folder = place.folder;
    this.#listener = place.listener;
    this.#signal = signal;
  }

  /** Counts a row that will not come on the stage. */
  refuse(row: RejectedRow): void {
    this.refused++;
    this.#listener.reject(row);
  }

  /** Settles the rows of the stage from `fromRow` on, all of which came from `source`. */
  async settle(fromRow: number, source: RowSource): Promise<void> {
    const options = {
      isCsv: source.isCsv,
      sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    };
    for await (const { code, piece } of this.#openRows(fromRow, source.pieces)) {
      if (piece.kind === 'rejected') {
        this.#listener.reject(piece.row);
        continue;
      }
      if (code >= firstRejection) {
        this.#reject(piece.line, rejectionReasons[code - firstRejection] ?? 'not readable', piece.bytes);
        continue;
      }
      const parsed = source.parse(piece.bytes);
      const document =
        parsed.fault === undefined
          ? readDocument(parsed.value, options)
          : ({ kind: 'rejected', reason: parsed.fault } as const);
      if (document.kind === 'rejected') this.#reject(piece.line, document.reason, piece.bytes);
      else if (document.kind === 'candidate') {
        if (this.#candidateTexts.length < maxCandidateTexts) {
          this.#candidateTexts.push(excerpt(piece.bytes.subarray(0, 400).toString('utf8')));
        }
        await this.#write('candidates', piece.line, { ...document.texts, [lineKey]: piece.line });
      } else if (document.kind === 'device-event') await this.#write('deviceEvents', piece.line, document.event);
      else if (document.kind === 'alert') await this.#write('alerts', piece.line, document.alert);
      else if (document.kind === 'anomaly-record') await this.#write('anomalyRecords', piece.line, document.record);
    }
  }

  /** Adds what was found out to the stage; says where the rows of the rarer kinds lie. */
  async finish(isCsv: boolean): Promise<RowFiles> {
    for (const writer of Object.values(this.#writers)) await writer.end();
    if (this.#writers.candidates) await this.#addCandidates(isCsv);
    const file = (name: RowFileName) => (this.#writers[name] ? fileSql(this.#pathOf(name)) : undefined);
    return {
      deviceEvents: file('deviceEvents'),
      alerts: file('alerts'),
      anomalyRecords: file('anomalyRecords'),
    };
  }

  async #addCandidates(isCsv: boolean): Promise<void> {
    const shape = flatShape();
    const first = this.#stage.rows;
    await this.#stage.add(
      `read_json(${fileSql(this.#pathOf('candidates'))}, columns = ${columnsSql(shape)}, format = 'newline_delimited',
        auto_detect = false, compression = 'uncompressed', maximum_object_size = ${2 * maxRecordBytes})`,
      shape,
      { isCsv, isSettled: true },
    );
    const lines = () => splitLines(this.#pathOf('candidates'), this.#signal);
    for await (const { code, index, piece } of this.#openRows(first, lines)) {
      if (piece.kind === 'rejected') continue;
      const reason = rejectionReasons[code - firstRejection] ?? 'not readable';
      const texts = JSON.parse(piece.bytes.toString('utf8')) as Readonly<Record<typeof lineKey, number>>;
      this.#listener.reject({ line: texts[lineKey], reason, found: this.#candidateTexts[index] });
    }
  }

  /** The rows of the stage from `fromRow` on that are not settled, with the pieces behind them; those come in the order of the rows. */
  async *#openRows(fromRow: number, pieces: () => AsyncGenerator<Piece>): AsyncGenerator<OpenRow> {
    const open = await this.#session.columns(
      `SELECT CAST(rowid - $1 AS DOUBLE) AS place, CAST(code AS DOUBLE) AS code FROM stage
       WHERE rowid >= $1 AND code >= ${rowCodes.unsettled} ORDER BY rowid`,
      [fromRow],
      this.#signal,
    );
    if (open.rowCount === 0) return;
    const places = open.column('place') as Float64Array;
    const codes = open.column('code') as Float64Array;
    let index = -1;
    let at = 0;
    for await (const piece of pieces()) {
      index++;
      if (index !== places[at]) continue;
      yield { code: codes[at] ?? rowCodes.unsettled, index, piece };
      at++;
      if (at >= places.length) break;
    }
    if (at < places.length) throw new Error(`${places.length - at} staged rows were not found again.`);
  }

  #reject(line: number, reason: string, bytes: Buffer): void {
    this.#listener.reject({ line, reason, found: excerpt(bytes.subarray(0, 800).toString('utf8')) });
  }

  async #write(name: RowFileName, line: number, row: object): Promise<void> {
    this.#listener.wrote?.(name, line);
    this.#writers[name] ??= makeLineWriter(this.#pathOf(name));
    await this.#writers[name].write(Buffer.from(JSON.stringify(row)));
  }

  #pathOf(name: RowFileName): string {
    return join(this.#folder, `rows-${name}`);
  }
}
