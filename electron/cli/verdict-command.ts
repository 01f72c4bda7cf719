import { formatIso } from '../../shared/base/format.ts';
import { findingVerdictKinds } from '../../shared/model/finding-verdict.ts';
import { oneOf } from './arguments.ts';
import { command } from './command.ts';

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
