import { formatBytes } from '../../shared/base/format.ts';
import type { Verification } from '../../shared/model/case-file.ts';
import { exportCase } from '../cases/case-handlers.ts';
import { verifyPackage } from '../cases/package-verify.ts';
import { command, UsageError } from './command.ts';

export const caseExportCommand = command({
  name: 'case export',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Writes a case as a package that anybody can verify.',
  options: { out: { type: 'string' }, redacted: { type: 'boolean' } },
  async run({ values, operands, output, signal, openServices, say }) {
    const [id = ''] = operands;
    const { out } = values;
    if (!out) throw new UsageError('case export needs --out FILE.zip.');
    const { caseServices } = await openServices();
    const exported = await exportCase(
      caseServices,
      id,
      { path: out, isRedacted: values.redacted === true },
      { signal, emit: ({ text }) => say(text) },
    );
    await output.document(exported, () => [
      `${exported.path}: ${exported.files} files, ${formatBytes(exported.bytes)}`,
      `  SHA-256      ${exported.sha256}`,
      `  Journal head ${exported.head}`,
      `  Signed by    ${exported.keyFingerprint}`,
      ...exported.redactions.map((text) => `  ${text}`),
    ]);
    return undefined;
  },
});

function verificationLines(what: string, found: Verification): string[] {
  return [
    found.ok
      ? `${what}: unchanged. ${found.entries} entries, ${found.files} files.`
      : `${what}: does not verify. ${found.problems.length} problems:`,
    ...found.problems.map((problem) => `  ${problem}`),
    ...(found.head === undefined ? [] : [`  Journal head ${found.head}`]),
    ...(found.keyFingerprint === undefined ? [] : [`  Signed by    ${found.keyFingerprint}`]),
  ];
}

export const verifyCommand = command({
  name: 'verify',
  operands: 'FILE.zip|CASE',
  operandCount: [1, 1],
  summary: 'Checks a package, or a case of the workspace, for every change since it was written.',
  options: {},
  async run({ operands, output, signal, openServices }) {
    const [what = ''] = operands;
    // A case id is no path that anybody exports to; everything else is a file, and needs no workspace.
    const found = /^C-\d{4}-\d{4,6}$/.test(what)
      ? await (await openServices()).cases.verify(what)
      : await verifyPackage(what, signal);
    await output.document(found, () => verificationLines(what, found));
    return found.ok ? undefined : 1;
  },
});
