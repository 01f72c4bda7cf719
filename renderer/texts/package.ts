import { formatCounted } from '../window-format.ts';

/** English of the dialog that shows a case package. */
export const packageTexts = {
  title: 'Case package',
  verifying: 'Every file is being compared with its sum, the sums with the signature.',
  unchanged: 'Unchanged since it was exported.',
  changed: 'This is not what was exported.',
  counts: (entries: number, files: number) =>
    `${formatCounted(entries, 'entry', 'entries')} of the journal and ${formatCounted(files, 'file', 'files')} were checked.`,
  whoSigned: 'The signature shows that nothing changed since, not who signed: compare the key with one you know.',
  case: 'Case',
  opened: 'Opened',
  by: 'by',
  changedAt: 'Last entry',
  verdict: 'Verdict',
  noVerdict: 'None yet',
  exhibits: 'Exhibits',
  findings: 'Findings',
  key: 'Signing key',
  head: 'Journal head',
  redacted: 'Names and paths were replaced before it was exported.',
  on: 'on',
  nothing: 'No package was opened.',
} as const;
