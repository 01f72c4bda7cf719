/** What a package may hold: a closed list. Everything else in a file that calls itself a package is refused. */

export const packageFormat = 1;

export const sumsName = 'SHA256SUMS';
export const signatureName = 'SHA256SUMS.sig';
export const sshSignatureName = 'SHA256SUMS.sshsig';
export const keyName = 'signing-key.pem';
export const signersName = 'allowed-signers';
export const manifestName = 'manifest.json';
export const journalName = 'journal.ndjson';

/** Files that the sums do not list, since they are the sums or made from them. */
export const unlistedNames: ReadonlySet<string> = new Set([sumsName, signatureName, sshSignatureName]);

const fixedNames: ReadonlySet<string> = new Set([
  ...unlistedNames,
  keyName,
  signersName,
  manifestName,
  journalName,
  'case.json',
  'report.html',
  'report.pdf',
  'HANDOVER.txt',
  'VERIFY.txt',
  'exports/attack-navigator-layer.json',
  'exports/case-uco.jsonld',
  'exports/ecs.ndjson',
  'exports/iris-assets.csv',
  'exports/iris-iocs.csv',
  'exports/iris-timeline.csv',
  'exports/kibana-timelines.ndjson',
  'exports/stix.json',
  'exports/timesketch.csv',
  'exports/timesketch.jsonl',
  'exports/writes.csv',
]);

const exhibitName = /^(?:evidence|attachments)\/E-\d{2,4}-[A-Za-z0-9._-]{1,120}$/;

/** Names every package must have. */
export const requiredNames: readonly string[] = [
  sumsName,
  signatureName,
  sshSignatureName,
  keyName,
  manifestName,
  'case.json',
  'report.html',
];

export function isPackageName(name: string): boolean {
  return fixedNames.has(name) || (exhibitName.test(name) && !name.endsWith('.'));
}

export const maxPackageFiles = 10_000;
export const maxPackageBytes = 4_000_000_000;
/** Files read whole while verifying: all of them are small in an honest package. */
export const maxControlBytes = 64_000_000;
