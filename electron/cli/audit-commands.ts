import { formatIso } from '../../shared/base/format.ts';
import type { CaseEntry } from '../../shared/model/case-file.ts';
import { command } from './command.ts';
import { toSpan } from './filters.ts';

export const auditListCommand = command({
  name: 'audit list',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Lists who did what in the workspace, oldest first: decisions, rules, exceptions, imports, actions, exports.',
  options: { from: { type: 'string' }, to: { type: 'string' } },
  async run({ values, output, openServices }) {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = toSpan(values);
    const { decisions } = await openServices();
    const { entries } = await decisions.history();
    const list = output.list<CaseEntry>(
      [
        { title: 'entry', text: (row) => row.seq, align: 'right' },
        { title: 'time', text: (row) => formatIso(row.atMs) },
        { title: 'who', text: (row) => row.actor },
        { title: 'what', text: (row) => row.text, maxWidth: 120 },
      ],
      'Nothing was done in this workspace yet.',
    );
    for (const entry of entries) if (entry.atMs >= fromMs && entry.atMs < toMs) await list.add(entry);
    await list.end();
    return undefined;
  },
});

export const auditVerifyCommand = command({
  name: 'audit verify',
  operands: '',
  operandCount: [0, 0],
  summary: "Checks the chain of the workspace's journal; ends with 1 where an entry was changed, and says which.",
  options: {},
  async run({ output, openServices }) {
    const { entries, damage } = await (await openServices()).decisions.history();
    const head = entries.at(-1)?.hash;
    await output.document({ ok: damage === undefined, entries: entries.length, head, problem: damage }, () => [
      damage === undefined
        ? `The journal is unchanged: ${entries.length} entries.`
        : `The journal was changed. ${entries.length} entries before the change hold. ${damage}`,
      ...(head === undefined ? [] : [`  Head ${head}`]),
    ]);
    return damage === undefined ? undefined : 1;
  },
});
