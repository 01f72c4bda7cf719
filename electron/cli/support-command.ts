import { formatBytes } from '../../shared/base/format.ts';
import { collectSupportFiles, writeSupportFiles } from '../platform/support-files.ts';
import { userDataFolder } from '../platform/user-data.ts';
import { workspaceFigures } from '../workspace-figures.ts';
import { command, UsageError } from './command.ts';

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
      workspace: await workspaceFigures(openServices, signal),
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
