import { parseTime } from '../../shared/base/time.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingFilter } from '../../shared/model/finding-filter.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import type { OptionTable, OptionValues } from './command.ts';

const span = { from: { type: 'string' }, to: { type: 'string' } } as const satisfies OptionTable;

/** Options that narrow which writes a question is about; the named ones may be given several times. */
export const writeFilterOptions = {
  ...span,
  host: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  process: { type: 'string', multiple: true },
  executable: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  bus: { type: 'string', multiple: true },
  path: { type: 'string' },
} as const satisfies OptionTable;

/** Options that narrow which findings are listed. */
export const findingFilterOptions = {
  ...span,
  host: { type: 'string', multiple: true },
  user: { type: 'string', multiple: true },
  process: { type: 'string', multiple: true },
  device: { type: 'string', multiple: true },
  'min-score': { type: 'string' },
  state: { type: 'string', multiple: true },
  text: { type: 'string' },
  raised: { type: 'boolean' },
  'not-raised': { type: 'boolean' },
} as const satisfies OptionTable;

/** Reads `--from` and `--to`. */
export function toSpan(values: OptionValues<typeof span>): { readonly fromMs?: number; readonly toMs?: number } {
  const fromMs = readOption(values.from, (text) => parseTime(text, '--from'));
  const toMs = readOption(values.to, (text) => parseTime(text, '--to'));
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

export function toWriteFilter(values: OptionValues<typeof writeFilterOptions>): EvidenceFilter {
  return {
    ...toSpan(values),
    hosts: values.host,
    users: values.user,
    processes: values.process,
    executables: values.executable,
    devices: values.device,
    busTypes: values.bus,
    pathContains: values.path,
  };
}

export function toFindingFilter(values: OptionValues<typeof findingFilterOptions>): FindingFilter {
  return {
    ...toSpan(values),
    hosts: values.host,
    users: values.user,
    processes: values.process,
    devices: values.device,
    minScore: readOption(values['min-score'], wholeNumber('--min-score', 0, 100)),
    states: values.state?.map(oneOf('--state', ['open', 'acknowledged', 'closed'])),
    text: values.text,
    raised: values.raised ? true : values['not-raised'] ? false : undefined,
  };
}
