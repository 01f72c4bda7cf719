import { formatIso } from '../../shared/base/format.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { findingVerdictKinds } from '../../shared/model/finding-verdict.ts';
import { oneOf } from './arguments.ts';
import { command } from './command.ts';

/** Commands that decide about findings. */

export const findingVerdictCommand = command({
  name: 'finding verdict',
  operands: 'ID VERDICT',
  operandCount: [2, 2],
  summary: `Judges a finding (${findingVerdictKinds.join(', ')}), which moves later scores of the same thing; none takes that back.`,
  options: { note: { type: 'string', default: '' }, since: { type: 'string', default: 'now' } },
  async run({ values, operands, output, signal, openServices }) {
    const [findingId = '', text = ''] = operands;
    const verdict = oneOf('VERDICT', [...findingVerdictKinds, 'none'] as const)(text);
    const since = oneOf('--since', ['now', 'finding'] as const)(values.since ?? 'now');
    const note = values.note ?? '';
    const { verdicts } = await openServices();
    if (verdict === 'none') {
      await verdicts.takeBack(findingId, note, signal);
      await output.document({ findingId, verdict }, () => [`${findingId}: the verdict is taken back`]);
      return undefined;
    }
    const given = await verdicts.give({ findingId, verdict, note, since }, signal);
    await output.document(given, () => [
      `${findingId}: ${verdict}`,
      `  moves findings of ${given.process} on ${given.host}, and of ${given.device}, that begin from ${formatIso(given.countsFromMs)} on`,
    ]);
    return undefined;
  },
});

export const findingStateCommand = command({
  name: 'finding state',
  operands: 'ID… STATE',
  operandCount: [2, 1_001],
  summary: 'Acknowledges, closes or reopens findings: open, acknowledged, closed; --reason says why.',
  options: { reason: { type: 'string' } },
  async run({ values, operands, output, signal, openServices }) {
    const state = oneOf('STATE', ['open', 'acknowledged', 'closed'] as const)(operands.at(-1) ?? '');
    const { engine, triage, restoreDecisions } = await openServices();
    await restoreDecisions(signal);
    const ids = [...new Set(operands.slice(0, -1))];
    // What does not exist is told before anything is decided.
    for (const id of ids) await engine['finding.read']({ id }, ignoreItems(signal));
    const reason = values.reason ? { reason: values.reason } : {};
    await triage['finding-states.set']({ states: ids.map((id) => ({ id, state, ...reason })) }, ignoreItems(signal));
    const list = output.list<{ readonly id: string; readonly state: string; readonly reason?: string }>(
      [
        { title: 'id', text: (row) => row.id },
        { title: 'state', text: (row) => row.state },
        { title: 'reason', text: (row) => row.reason },
      ],
      '',
    );
    for (const id of ids) await list.add({ id, state, ...reason });
    await list.end();
    return undefined;
  },
});
