import { makeVerdictBook, movedByVerdicts, type VerdictBook } from '../../shared/analysis/verdict-feedback.ts';
import type { Facet, Finding } from '../../shared/model/finding.ts';
import type { FindingVerdict } from '../../shared/model/finding-verdict.ts';
import type { DuckdbDatabase, DuckdbSession } from './duckdb-database.ts';
import { derivedSchema } from './duckdb-finding-conditions.ts';

/**
 * What verdicts make of the stored scores. Scores stay as they were computed; those that a verdict moves stand beside them,
 * so that a list can be sorted and cut by what is shown. Taking a verdict back removes its row and nothing else.
 */
export interface MovedScores {
  /** Findings for a FROM clause, as `f`: `score` is what is shown; where verdicts stand, `stored_score` is what was computed. */
  readonly source: string;
  readonly book: VerdictBook;
  /** Puts all verdicts in the place of those before, and moves the findings they are about. */
  set(verdicts: readonly FindingVerdict[]): Promise<void>;
  /** Moves findings that are being stored, inside the transaction that stores them. */
  take(session: DuckdbSession, findings: readonly Finding[]): Promise<void>;
  /** Forgets which findings are moved, not the verdicts: the findings are gone. */
  clear(session: DuckdbSession): Promise<void>;
}

const tables = `
  CREATE SCHEMA IF NOT EXISTS ${derivedSchema};
  CREATE TABLE IF NOT EXISTS ${derivedSchema}.finding_verdict (verdict VARCHAR);
  CREATE TABLE IF NOT EXISTS ${derivedSchema}.moved_score (id VARCHAR, score DOUBLE);
`;

const plainSource = `${derivedSchema}.finding f`;
const movedSource = `(SELECT f.* REPLACE (coalesce(m.score, f.score) AS score), f.rowid, f.score AS stored_score
  FROM ${derivedSchema}.finding f LEFT JOIN ${derivedSchema}.moved_score m ON m.id = f.id) f`;

/** Findings looked at together when verdicts change: their explanations are long. */
const batchFindings = 5_000;

/** Opens what earlier runs moved. The table of findings may be made later. */
export async function openMovedScores(database: DuckdbDatabase): Promise<MovedScores> {
  await database.transaction((session) => session.run(tables));
  const stored = await database.all<{ verdict: string }>(`SELECT verdict FROM ${derivedSchema}.finding_verdict`);
  let known = JSON.stringify(stored.map(({ verdict }) => verdict).sort());
  let book = makeVerdictBook(stored.map(({ verdict }) => JSON.parse(verdict) as FindingVerdict));

  async function insert(session: DuckdbSession, moved: readonly { readonly id: string; readonly score: number }[]) {
    if (moved.length === 0) return;
    await session.run(
      `INSERT INTO ${derivedSchema}.moved_score
       SELECT r.id, r.score FROM (SELECT unnest(from_json($1::JSON, '[{"id":"VARCHAR","score":"DOUBLE"}]')) AS r)`,
      [JSON.stringify(moved)],
    );
  }

  function toMoved(findings: readonly Parameters<typeof movedByVerdicts>[0][], by: VerdictBook) {
    return findings.flatMap((finding) => {
      const moved = movedByVerdicts(finding, by);
      return moved && moved.score !== finding.score ? [{ id: finding.id, score: moved.score }] : [];
    });
  }

  return {
    get source() {
      return book.byFinding.size > 0 ? movedSource : plainSource;
    },
    get book() {
      return book;
    },

    async set(verdicts) {
      const texts = verdicts.map((verdict) => JSON.stringify(verdict)).sort();
      if (JSON.stringify(texts) === known) return;
      const next = makeVerdictBook(verdicts);
      const before = book;
      const moveAll = async (session: DuckdbSession) => {
        // Findings that are stored right after this transaction are moved by these verdicts.
        book = next;
        await session.run(`DELETE FROM ${derivedSchema}.finding_verdict`);
        await session.run(`DELETE FROM ${derivedSchema}.moved_score`);
        if (texts.length === 0) return;
        await session.run(`INSERT INTO ${derivedSchema}.finding_verdict SELECT unnest($1::VARCHAR[])`, [texts]);
        const processes = [...new Set(verdicts.map(({ process }) => process.toLowerCase()))];
        for (let after = -1; ; ) {
          const rows = await session.all<StoredFinding>(
            `SELECT rowid AS row, id, host, process, executable, device, start_ms, score, facets
             FROM ${derivedSchema}.finding
             WHERE rowid > $1 AND start_ms >= $2 AND (lower(process) IN (SELECT unnest($3::VARCHAR[]))
               OR device IN (SELECT unnest($4::VARCHAR[])))
             ORDER BY rowid LIMIT ${batchFindings}`,
            [after, next.earliestMs, processes, [...next.byDevice.keys()]],
          );
          await insert(session, toMoved(rows.map(toFinding), next));
          const last = rows.at(-1);
          if (!last || rows.length < batchFindings) break;
          after = last.row;
        }
      };
      try {
        await database.transaction(moveAll);
      } catch (error) {
        book = before;
        throw error;
      }
      known = JSON.stringify(texts);
    },

    async take(session, findings) {
      const touched = findings.filter(({ startMs }) => startMs >= book.earliestMs);
      if (touched.length === 0) return;
      await session.run(`DELETE FROM ${derivedSchema}.moved_score WHERE id IN (SELECT unnest($1::VARCHAR[]))`, [
        touched.map(({ id }) => id),
      ]);
      await insert(session, toMoved(touched, book));
    },

    async clear(session) {
      await session.run(`DELETE FROM ${derivedSchema}.moved_score`);
    },
  };
}

interface StoredFinding {
  readonly row: number;
  readonly id: string;
  readonly host: string;
  readonly process: string;
  readonly executable?: string | undefined;
  readonly device: string;
  readonly start_ms: number;
  readonly score: number;
  readonly facets: string;
}

function toFinding({ start_ms, facets, ...rest }: StoredFinding) {
  return { ...rest, startMs: start_ms, facets: JSON.parse(facets) as Facet[] };
}
