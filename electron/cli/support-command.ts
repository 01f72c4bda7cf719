import { Failure } from '../../shared/base/failure.ts';
import { formatBytes } from '../../shared/base/format.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { collectSupportFiles, type WorkspaceFigures, writeSupportFiles } from '../platform/support-files.ts';
import { userDataFolder } from '../platform/user-data.ts';
import type { Services } from '../services.ts';
import { command, UsageError } from './command.ts';

/** Figures of a workspace; one that cannot be opened is a reason for a bundle, and no obstacle to it. */
async function figuresOf(open: () => Promise<Services>, signal: AbortSignal): Promise<WorkspaceFigures> {
  try {
    const { engine, cases } = await open();
    const summary = await engine['evidence.summary']({}, ignoreItems(signal));
    const counts = Object.fromEntries(
      Object.entries(summary).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
    const heads = await Promise.all((await cases.list()).map(({ id }) => cases.read(id)));
    return { counts, cases: heads.map(({ id, entries, head }) => ({ id, entries: entries.length, head })) };
  } catch (error) {
    return { cases: [], problem: error instanceof Failure ? error.code : 'bug' };
  }
}

export const supportCommand = command({
  name: 'support',
  operands: '',
  operandCount: [0, 0],
  summary: 'Writes what helps to find a fault into a folder, as plain text to look through before it is given away.',
  options: { out: { type: 'string' } },
  async run({ values, output, signal, workspacePath, version, openServices }) {
    const { out } = values;
    if (!out) throw new UsageError('support needs --out FOLDER, which is made.');
    const files = await collectSupportFiles({
      userData: userDataFolder(),
      version,
      workspacePath,
      workspace: await figuresOf(openServices, signal),
    });
    await writeSupportFiles(out, files);
    const listed = files.map(({ name, says, text }) => ({ name, says, bytes: Buffer.byteLength(text) }));
    await output.document({ folder: out, files: listed }, () => [
      `${out}: ${listed.length} files. Look through them before you give them away.`,
      ...listed.map(({ name, says, bytes }) => `  ${name}  ${formatBytes(bytes)}  ${says}`),
    ]);
    return undefined;
  },
});
