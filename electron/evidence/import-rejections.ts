import type { RejectedRow } from '../../shared/model/import-report.ts';

/** Rejected rows that a report shows; all are counted. */
const maxShown = 1_000;

/** Rejected rows of one file, which may come in any order: all counted, the first ones by line kept. */
export class Rejections {
  count = 0;
  readonly #rows: RejectedRow[] = [];

  reject(row: RejectedRow): void {
    this.count++;
    this.#rows.push(row);
    if (this.#rows.length > 4 * maxShown) this.#trim();
  }

  /** The first 1,000 by line. */
  shown(): readonly RejectedRow[] {
    this.#trim();
    return this.#rows;
  }

  #trim(): void {
    this.#rows.sort((a, b) => a.line - b.line);
    this.#rows.length = Math.min(this.#rows.length, maxShown);
  }
}
