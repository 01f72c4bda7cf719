import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import { renameCode } from './duckdb-actions.ts';
import type { DuckdbParameter } from './duckdb-database.ts';

/** Collects the parameters of a statement; `bind` gives the placeholder to write. */
export interface Binder {
  readonly parameters: DuckdbParameter[];
  bind(value: DuckdbParameter): string;
}

export function makeBinder(): Binder {
  const parameters: DuckdbParameter[] = [];
  return {
    parameters,
    bind: (value) => {
      parameters.push(value);
      return `$${parameters.length}`;
    },
  };
}

/** Times are whole milliseconds: a bound between two of them is the next one, for either end of a span. */
export const wholeMs = (ms: number) => Math.max(-9e15, Math.min(9e15, Math.ceil(ms)));

/** Conditions on the time column `column`; none where the filter has no bounds. */
export function timeConditions(
  span: { readonly fromMs?: number | undefined; readonly toMs?: number | undefined },
  column: string,
  binder: Binder,
): readonly string[] {
  const conditions: string[] = [];
  if (span.fromMs !== undefined) conditions.push(`${column} >= ${binder.bind(wholeMs(span.fromMs))}`);
  if (span.toMs !== undefined) conditions.push(`${column} < ${binder.bind(wholeMs(span.toMs))}`);
  return conditions;
}

/** `column` is any of `values`; with none given, nothing matches. */
export function anyOf(column: string, values: readonly string[], binder: Binder): string {
  if (values.length === 0) return 'false';
  if (values.length === 1) return `${column} = ${binder.bind(values[0] ?? '')}`;
  return `${column} IN (SELECT unnest(${binder.bind(values)}))`;
}

/** Conditions on the streams `k`. */
export function streamConditions(filter: EvidenceFilter, binder: Binder): readonly string[] {
  const conditions: string[] = [];
  const add = (column: string, values: readonly string[] | undefined) => {
    if (values) conditions.push(anyOf(column, values, binder));
  };
  add('k.host', filter.hosts);
  add('k.user_name', filter.users);
  add('k.process', filter.processes);
  add('k.executable', filter.executables);
  add('k.device', filter.devices);
  if (filter.busTypes) {
    conditions.push(
      anyOf(
        'lower(k.bus_type)',
        filter.busTypes.map((bus) => bus.toLowerCase()),
        binder,
      ),
    );
  }
  return conditions;
}

const where = (conditions: readonly string[]) => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`);

/**
 * A FROM clause over single writes `w` with their streams `k`. Renames only where asked. The dictionaries are filtered
 * first, so that text is compared once per distinct value and not once per event.
 */
export function writesSql(filter: EvidenceFilter, binder: Binder, withRenames = false): string {
  const conditions = [...timeConditions(filter, 'w.at_ms', binder)];
  if (!withRenames) conditions.push(`w.action < ${renameCode}`);
  if (filter.pathContains !== undefined) {
    conditions.push(
      `w.path IN (SELECT id FROM paths WHERE contains(lower(path), ${binder.bind(filter.pathContains.toLowerCase())}))`,
    );
  }
  conditions.push(...streamConditions(filter, binder));
  return `FROM writes w JOIN streams k ON k.id = w.stream ${where(conditions)}`;
}
