import type { auditOperations } from '../../shared/ipc/audit-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { Decisions } from './decisions.ts';

/** Answers who did what, from the workspace's journal; each answer has checked the whole chain. */
export function makeAuditHandlers(decisions: Pick<Decisions, 'history'>): Handlers<typeof auditOperations> {
  return {
    'audit.list': async ({ contains = '', limit, cursor }) => {
      const { entries, damage } = await decisions.history();
      const wanted = contains.trim().toLowerCase();
      const found = entries
        .filter(({ actor, text }) => wanted === '' || `${actor}\n${text}`.toLowerCase().includes(wanted))
        .reverse();
      const before = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
      const left = found.filter(({ seq }) => seq < before);
      const rows = left.slice(0, limit);
      return {
        rows,
        total: found.length,
        entries: entries.length,
        head: entries.at(-1)?.hash,
        damage,
        nextCursor: left.length > rows.length ? String(rows.at(-1)?.seq) : undefined,
      };
    },
  };
}
