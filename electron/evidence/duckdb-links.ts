import type { DuckdbSession } from './duckdb-database.ts';
import { slotMs } from './duckdb-slot.ts';

/**
 * What shared paths are counted by where nothing but a span is asked: writes that no other tells apart than by these columns
 * of their streams. `copy` is what bytes of last writes are told by for a program, `device` for everything; the others know
 * no bytes.
 */
export const linkKinds = {
  all: { code: 0, columns: [] },
  process: { code: 1, columns: ['process'] },
  host: { code: 2, columns: ['host'] },
  device: { code: 3, columns: ['device'] },
  program: { code: 4, columns: ['host', 'process', 'executable'] },
  copy: { code: 5, columns: ['host', 'process', 'executable', 'device'] },
  extension: { code: 6, columns: [] },
} as const;

export type LinkKind = keyof typeof linkKinds;

const kindNames = Object.keys(linkKinds) as readonly LinkKind[];

/** Makes the temporary table `stream_groups`: for each stream the first one that has the same columns, by kind of link. */
export async function makeStreamGroups(session: DuckdbSession, signal?: AbortSignal): Promise<void> {
  const groups = kindNames.map((kind) => {
    const { columns } = linkKinds[kind];
    return `min(id) OVER (${columns.length === 0 ? '' : `PARTITION BY ${columns.join(', ')}`}) AS of_${kind}`;
  });
  await session.run(
    `CREATE OR REPLACE TEMP TABLE stream_groups AS SELECT id AS stream, ${groups.join(', ')} FROM streams`,
    [],
    signal,
  );
}

/** One write after another of the same `group` among `rows`: `stream`, `extension`, `n`, and both writes. */
export function chainSql(
  rows: string,
  sign: 1 | -1,
  { stream, extension, group }: { readonly stream: string; readonly extension: string; readonly group: string },
): string {
  return `SELECT ${stream} AS stream, ${extension} AS extension, at_ms, size, ${sign} AS n,
      lag(at_ms) OVER "chain_${rows}" AS before_ms, lag(size) OVER "chain_${rows}" AS before_size
    FROM ${rows} WINDOW "chain_${rows}" AS (PARTITION BY ${group} ORDER BY at_ms, size)`;
}

/** Selects of `chainSql` added up. Pairs within one slot are counted together, as if they took all of it. */
export function pairsSql(chains: string): string {
  return `SELECT CASE WHEN in_slot THEN at_ms // ${slotMs} * ${slotMs} ELSE before_ms END AS from_ms,
      CASE WHEN in_slot THEN at_ms // ${slotMs} * ${slotMs} + ${slotMs - 1} ELSE at_ms END AS to_ms,
      stream, extension, sum(n) AS events, sum(n * before_size::HUGEINT) AS bytes
    FROM (SELECT *, at_ms // ${slotMs} = before_ms // ${slotMs} AS in_slot FROM (${chains}) WHERE before_ms IS NOT NULL)
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 OR sum(n * before_size::HUGEINT) <> 0 ORDER BY 1, 2, 3, 4`;
}

/**
 * Adds to `links` what the writes of the table `chains` (all there are to their paths) say of the paths in the table `mixed`,
 * and takes back what was said of these before.
 */
export async function addLinks(session: DuckdbSession, hasKnown: boolean, signal?: AbortSignal): Promise<void> {
  const [mixed] = await session.all<{ paths: number }>('SELECT count(*) AS paths FROM mixed', [], signal);
  if ((mixed?.paths ?? 0) === 0) return;
  await makeStreamGroups(session, signal);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE linked AS
     SELECT c.at_ms, c.path, c.size, c.extension, c.is_new, m.was_mixed, g.* EXCLUDE (stream)
     FROM chains c JOIN mixed m USING (path) JOIN stream_groups g USING (stream)`,
    [],
    signal,
  );
  for (const kind of kindNames) {
    const isExtension = kind === 'extension';
    const of = isExtension ? 'extension' : `of_${kind}`;
    const chain = {
      stream: isExtension ? 'of_all' : of,
      extension: isExtension ? 'extension' : "''",
      group: `path, ${of}`,
    };
    // Most paths are written once by most groups: there is nothing to put in order.
    await session.run(
      `INSERT INTO links
       WITH twice AS (SELECT path, ${of} FROM linked GROUP BY ALL HAVING count(*) > 1),
         now AS MATERIALIZED (SELECT l.* FROM linked l SEMI JOIN twice USING (path, ${of})),
         before AS (FROM now WHERE NOT is_new AND was_mixed)
       SELECT ${linkKinds[kind].code}, ${kind === 'device' || kind === 'copy' ? '*' : '* REPLACE (0 AS bytes)'} FROM (
         ${pairsSql(`${chainSql('now', 1, chain)} ${hasKnown ? `UNION ALL ${chainSql('before', -1, chain)}` : ''}`)})`,
      [],
      signal,
    );
  }
  await session.run('DROP TABLE linked; DROP TABLE stream_groups', [], signal);
}
