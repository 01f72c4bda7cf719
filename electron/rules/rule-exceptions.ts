import { ignoreItems } from '../../shared/ipc/operation.ts';
import { type ExceptionField, exceptionFields, type RuleExceptionDraft } from '../../shared/model/rule.ts';
import type { Candidate, RuleSources } from './rule-candidates.ts';

/** Values of one field that one candidate may have; with more, no exception covers it. */
const maxValues = 100;

const termFields = {
  processes: 'process',
  executables: 'executable',
  publishers: 'publisher',
  hashes: 'processSha256',
  users: 'user',
  hosts: 'host',
  devices: 'device',
} as const;

/**
 * Tells whether exceptions hide candidates. All of a candidate's writes must be covered: where one of them has another
 * publisher, or none, an exception for a publisher does not hide it. What a candidate does not know by itself is looked
 * up in its evidence, once.
 */
export interface ExceptionMatcher {
  isHidden(exception: RuleExceptionDraft, candidate: Candidate, atMs: number, signal: AbortSignal): Promise<boolean>;
}

export function makeExceptionMatcher(sources: RuleSources): ExceptionMatcher {
  const known = new WeakMap<Candidate, Map<ExceptionField, Promise<readonly string[] | undefined>>>();

  /** The values that cover all writes of the candidate; absent where some have none, or there are too many. */
  async function lookUp(
    candidate: Candidate,
    field: ExceptionField,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const [terms, totals] = await Promise.all([
      sources['terms.list'](
        { field: termFields[field], filter: candidate.evidence, limit: maxValues },
        ignoreItems(signal),
      ),
      sources['writes.totals']({ filters: [candidate.evidence] }, ignoreItems(signal)),
    ]);
    const covered = terms.rows.reduce((sum, row) => sum + (row.value === '' ? 0 : row.events), 0);
    return covered > 0 && covered === totals[0]?.events ? terms.rows.map(({ value }) => value) : undefined;
  }

  function valuesOf(candidate: Candidate, field: ExceptionField, signal: AbortSignal) {
    const { alert } = candidate;
    const own = { hosts: alert.host, users: alert.user, processes: alert.process, devices: alert.device };
    const value = field in own ? own[field as keyof typeof own] : undefined;
    if (value !== undefined) return Promise.resolve([value]);
    // A connection is about a device and a host: who wrote what to it later is no part of it.
    if (alert.subject.kind === 'connection') return Promise.resolve(undefined);
    let fields = known.get(candidate);
    if (!fields) {
      fields = new Map();
      known.set(candidate, fields);
    }
    let values = fields.get(field);
    if (!values) {
      values = lookUp(candidate, field, signal);
      fields.set(field, values);
    }
    return values;
  }

  return {
    async isHidden(exception, candidate, atMs, signal) {
      if (exception.expiresMs !== undefined && exception.expiresMs <= atMs) return false;
      if (exception.ruleIds && !exception.ruleIds.includes(candidate.alert.ruleId)) return false;
      for (const field of exceptionFields) {
        const allowed = exception[field];
        if (!allowed) continue;
        const values = await valuesOf(candidate, field, signal);
        const isAllowed = field === 'executables' ? pathMatcher(allowed) : (value: string) => allowed.includes(value);
        if (!values?.every(isAllowed)) return false;
      }
      return exceptionFields.some((field) => exception[field] !== undefined);
    },
  };
}

/** Patterns of paths: `*` for any text, without case. Linear in the length of the text, whatever the pattern. */
function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  const split = patterns.map((pattern) => pattern.toLowerCase().split('*'));
  return (path) => split.some((parts) => matchesParts(parts, path.toLowerCase()));
}

function matchesParts(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const to = text.length - last.length;
  for (const part of others) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > to) return false;
    from = at + part.length;
  }
  return from <= to;
}
