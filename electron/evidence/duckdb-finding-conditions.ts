import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import type { DuckdbParameter } from './duckdb-database.ts';

/** The schema that everything derived from the evidence lies in. */
export const derivedSchema = 'derived';

/** Findings that an alert is about, as `findingAlerts` has it. Each part is a join of its own: together they would be none. */
const raisedIds = `
  SELECT subject FROM ${derivedSchema}.raised_alert WHERE kind = 'finding'
  UNION ALL SELECT r.id FROM ${derivedSchema}.finding r JOIN ${derivedSchema}.raised_alert a
    ON a.kind = 'anomaly-record' AND a.host = r.host AND a.process = r.process AND a.start_ms <= r.end_ms AND a.end_ms >= r.start_ms
  UNION ALL SELECT r.id FROM ${derivedSchema}.finding r JOIN ${derivedSchema}.raised_alert a
    ON a.kind = 'connection' AND a.host = r.host AND a.device = r.device AND a.start_ms <= r.end_ms AND a.end_ms >= r.start_ms`;

/** Parts of a WHERE clause with the values that they bind. */
export interface Conditions {
  readonly sql: string;
  readonly values: DuckdbParameter[];
  /** Binds a value and gives its placeholder. */
  add(value: DuckdbParameter): string;
  and(condition: string): void;
  /** Narrows to any of the values, where there are some. */
  anyOf(expression: string, values: readonly string[] | undefined): void;
}

export function makeConditions(): Conditions {
  const values: DuckdbParameter[] = [];
  const conditions: string[] = ['true'];
  const add = (value: DuckdbParameter) => `$${values.push(value)}`;
  return {
    get sql() {
      return conditions.join(' AND ');
    },
    values,
    add,
    and: (condition) => conditions.push(condition),
    anyOf(expression, options) {
      if (options === undefined) return;
      if (options.length === 0) conditions.push('false');
      else conditions.push(`${expression} IN (SELECT unnest(${add(options)}::VARCHAR[]))`);
    },
  };
}

/** Conditions on `f` (findings) and, where states are asked, `s` (their states). */
export function findingConditions(filter: FindingFilter & EvidenceFilter): Conditions {
  const where = makeConditions();
  if (filter.fromMs !== undefined) where.and(`f.end_ms >= ${where.add(filter.fromMs)}`);
  if (filter.toMs !== undefined) where.and(`f.start_ms < ${where.add(filter.toMs)}`);
  where.anyOf('f.host', filter.hosts);
  where.anyOf('f.user_name', filter.users);
  where.anyOf('f.process', filter.processes);
  where.anyOf("coalesce(f.executable, '')", filter.executables);
  where.anyOf('f.device', filter.devices);
  if (filter.minScore !== undefined) where.and(`f.score >= ${where.add(filter.minScore)}`);
  where.anyOf("coalesce(s.state, 'open')", filter.states);
  if (filter.raised !== undefined) where.and(`f.id ${filter.raised ? 'IN' : 'NOT IN'} (${raisedIds})`);
  if (filter.text !== undefined) {
    const text = where.add(filter.text);
    const columns = ['host', 'user_name', 'process', 'executable', 'device'];
    where.and(`(${columns.map((column) => `contains(lower(f.${column}), lower(${text}))`).join(' OR ')})`);
  }
  return where;
}
