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

/** Rejected rows that a report shows; all are counted. */
const maxRejectedShown = 1_000;

/** Rejected rows: all counted, the first ones by line kept. */
class Rejections {
  count = 0;
  readonly #rows: RejectedRow[] = [];

  add(row: RejectedRow): void {
    this.count++;
    this.#rows.push(row);
    if (this.#rows.length > 4 * maxRejectedShown) this.#trim();
  }

  shown(): readonly RejectedRow[] {
    this.#trim();
    return this.#rows;
  }

  #trim(): void {
    this.#rows.sort((a, b) => a.line - b.line);
    this.#rows.length = Math.min(this.#rows.length, maxRejectedShown);
  }
}

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

const rowFiles = ['candidates', 'deviceEvents', 'alerts', 'anomalyRecords'] as const;
type RowFileName = (typeof rowFiles)[number];

/** Reads the staged rows that the engine could not settle, and gives every rejected row its line. */
export class Settler {
  readonly rejections = new Rejections();
  /** Rejected rows that never came on the stage. */
  refused = 0;
  readonly #session: DuckdbWorkSession;
  readonly #stage: Stage;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #writers: Partial<Record<RowFileName, LineWriter>> = {};
  /** What was there, of the first candidates. */
  readonly #candidateTexts: string[] = [];

  constructor(session: DuckdbWorkSession, stage: Stage, folder: string, signal: AbortSignal) {
    this.#session = session;
    this.#stage = stage;
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Counts a row that will not come on the stage. */
  refuse(row: RejectedRow): void {
    this.refused++;
    this.rejections.add(row);
  }

  /** Settles the rows of the stage from `fromRow` on, all of which came from `source`. */
  async settle(fromRow: number, source: RowSource): Promise<void> {
    const open = await this.#session.columns(
      `SELECT CAST(rowid AS DOUBLE) AS ordinal, CAST(code AS DOUBLE) AS code FROM stage
       WHERE rowid >= $1 AND code >= ${rowCodes.unsettled} ORDER BY rowid`,
      [fromRow],
      this.#signal,
    );
    if (open.rowCount === 0) return;
    const ordinals = open.column('ordinal') as Float64Array;
    const codes = open.column('code') as Float64Array;
    const options = {
      isCsv: source.isCsv,
      sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    };
    let ordinal = fromRow;
    let at = 0;
    for await (const piece of source.pieces()) {
      if (at >= ordinals.length) break;
      if (ordinal++ !== ordinals[at]) continue;
      const code = codes[at++] ?? rowCodes.unsettled;
      if (piece.kind === 'rejected') {
        this.rejections.add(piece.row);
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
        if (this.#candidateTexts.length < 10 * maxRejectedShown) {
          this.#candidateTexts.push(excerpt(piece.bytes.subarray(0, 400).toString('utf8')));
        }
        await this.#write('candidates', { ...document.texts, [lineKey]: piece.line });
      } else if (document.kind === 'device-event') await this.#write('deviceEvents', document.event);
      else if (document.kind === 'alert') await this.#write('alerts', document.alert);
      else if (document.kind === 'anomaly-record') await this.#write('anomalyRecords', document.record);
    }
    if (at < ordinals.length) throw new Error(`${ordinals.length - at} staged rows were not found again.`);
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
    const refused = await this.#session.columns(
      `SELECT CAST(rowid - $1 AS DOUBLE) AS ordinal, CAST(code AS DOUBLE) AS code FROM stage
       WHERE rowid >= $1 AND code >= ${rowCodes.unsettled} ORDER BY rowid`,
      [first],
      this.#signal,
    );
    if (refused.rowCount === 0) return;
    const ordinals = refused.column('ordinal') as Float64Array;
    const codes = refused.column('code') as Float64Array;
    let ordinal = 0;
    let at = 0;
    for await (const piece of splitLines(this.#pathOf('candidates'), this.#signal)) {
      if (at >= ordinals.length) break;
      if (ordinal++ !== ordinals[at] || piece.kind === 'rejected') continue;
      const reason = rejectionReasons[(codes[at++] ?? 0) - firstRejection] ?? 'not readable';
      const texts = JSON.parse(piece.bytes.toString('utf8')) as Readonly<Record<typeof lineKey, number>>;
      this.rejections.add({ line: texts[lineKey], reason, found: this.#candidateTexts[ordinal - 1] });
    }
  }

  #reject(line: number, reason: string, bytes: Buffer): void {
    this.rejections.add({ line, reason, found: excerpt(bytes.subarray(0, 800).toString('utf8')) });
  }

  async #write(name: RowFileName, row: object): Promise<void> {
    this.#writers[name] ??= makeLineWriter(this.#pathOf(name));
    await this.#writers[name].write(Buffer.from(JSON.stringify(row)));
  }

  #pathOf(name: RowFileName): string {
    return join(this.#folder, `rows-${name}`);
  }
}
