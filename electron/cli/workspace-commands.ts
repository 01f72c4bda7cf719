import { resolve } from 'node:path';
import { formatBytes, formatCount } from '../../shared/base/format.ts';
import type { TableHealth } from '../evidence/workspace-rescue.ts';
import { command, UsageError } from './command.ts';

function lineOf({ table, rows, readableRows, problem }: TableHealth): string {
  const of = rows === undefined ? 'of an unknown number' : `of ${formatCount(rows)}`;
  return `  ${table}: ${formatCount(readableRows)} ${of} rows readable${problem === undefined ? '' : `; ${problem}`}`;
}

const noLog = 'The log of the last changes cannot be read; this is what was stored before them.';

/** Loaded when asked for: the engine takes time to load, and most commands need it through the workspace only. */
const rescue = () => import('../evidence/workspace-rescue.ts');

export const workspaceCheckCommand = command({
  name: 'workspace check',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Reads every value of the evidence file without changing it; says what is whole, and the limits of the engine.',
  options: {},
  async run({ output, signal, workspacePath }) {
    const health = await (await rescue()).checkWorkspace(workspacePath, signal);
    const { counted, limits } = health;
    await output.document(health, () => [
      `${health.path}, ${formatBytes(health.sizeBytes)}: ${health.ok ? 'whole' : 'damaged'}`,
      ...(health.withLog ? [] : [noLog]),
      ...health.tables.map(lineOf),
      ...(counted && !counted.areRollupsWhole
        ? [
            `What is added up does not agree with the evidence (it counts ${formatCount(counted.rolledUp)} of ${formatCount(counted.writes)} writes); "portside workspace rebuild" makes it anew.`,
          ]
        : []),
      `The engine may use ${limits.memory} of memory and ${limits.temporaryDisk} of disk for what does not fit.`,
    ]);
    return health.ok ? undefined : 1;
  },
});

export const workspaceRescueCommand = command({
  name: 'workspace rescue',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Saves what can be read of the evidence into a new folder as Parquet, ready to be imported; changes nothing else.',
  options: { out: { type: 'string' } },
  async run({ values, output, signal, workspacePath }) {
    if (!values.out) throw new UsageError('workspace rescue needs --out FOLDER, which is made.');
    const folder = resolve(values.out);
    const report = await (await rescue()).rescueWorkspace(workspacePath, folder, signal);
    await output.document({ folder, ...report }, () => [
      ...(report.withLog ? [] : [noLog]),
      ...report.tables.map(lineOf),
      `Import ${folder}/writes-*.parquet into a new workspace; rescue.json has these figures.`,
    ]);
    return undefined;
  },
});

export const workspaceRebuildCommand = command({
  name: 'workspace rebuild',
  operands: '',
  operandCount: [0, 0],
  summary: 'Makes what is derived from the evidence anew: the rollup and the kept findings.',
  options: {},
  async run({ output, workspacePath }) {
    const { writes } = await (await rescue()).rebuildWorkspace(workspacePath);
    await output.document({ writes }, () => [`The rollup was made anew from ${formatCount(writes)} writes.`]);
    return undefined;
  },
});
