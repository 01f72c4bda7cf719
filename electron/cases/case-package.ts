import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';
import { navigatorLayer } from '../../shared/analysis/attack-techniques.ts';
import { type CaseEvidence, caseEvents } from '../../shared/analysis/case-events.ts';
import { caseUcoGraph } from '../../shared/analysis/export-case-uco.ts';
import { stixBundle } from '../../shared/analysis/export-stix.ts';
import {
  irisAssetsCsv,
  irisIndicatorsCsv,
  irisTimelineCsv,
  kibanaTimelines,
  timesketchCsv,
  timesketchJsonl,
  writesCsv,
} from '../../shared/analysis/export-timeline.ts';
import { handOverText } from '../../shared/analysis/hand-over.ts';
import { redactCase } from '../../shared/analysis/redact-case.ts';
import { caseReport, type FindingEvidence, sessionKey } from '../../shared/analysis/report.ts';
import type { VolumeBar } from '../../shared/analysis/report-timeline.ts';
import { fail, throwIfAborted } from '../../shared/base/failure.ts';
import type { CaseProgress } from '../../shared/ipc/case-operations.ts';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { CaseFile, CaseState, Exhibit } from '../../shared/model/case-file.ts';
import { toEcsDeviceEvent, toEcsWrite } from '../../shared/model/ecs.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { DeviceSession } from '../../shared/model/evidence-answer.ts';
import { toWriteFailure } from '../platform/atomic-file.ts';
import type { CaseStore } from './case-store.ts';
import { journalPath } from './journal-file.ts';
import { nameUuid } from './name-uuid.ts';
import {
  journalName,
  keyName,
  manifestName,
  maxPackageBytes,
  packageFormat,
  signatureName,
  signersName,
  sshSignatureName,
  sumsName,
} from './package-names.ts';
import type { PackageManifest } from './package-verify.ts';
import type { WorkstationKey } from './workstation-key.ts';
import { packageMode, packageTime } from './zip-layout.ts';

export interface ExportedPackage {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly files: number;
  readonly head: string;
  readonly keyFingerprint: string;
  /** What was taken out, as sentences; empty for a whole package. */
  readonly redactions: readonly string[];
}

export interface PackageOptions {
  readonly store: CaseStore;
  readonly key: WorkstationKey;
  readonly version: string;
}

/** Most frozen rows of one kind that exports are made from; the frozen files themselves are always whole. */
const maxExportRows = 200_000;

/** A frozen evidence file read back as rows, with the finding it belongs to. */
interface FrozenRows {
  readonly exhibit: Exhibit;
  readonly rows: readonly unknown[];
}

/** Reads the evidence of a case back from its own files. */
async function readFrozen(store: CaseStore, state: CaseState, signal: AbortSignal): Promise<readonly FrozenRows[]> {
  const frozen: FrozenRows[] = [];
  for (const exhibit of state.exhibits.filter((one) => one.kind === 'evidence')) {
    throwIfAborted(signal);
    const rows: unknown[] = [];
    const lines = createInterface({
      input: createReadStream(store.exhibitPath(state.id, exhibit), { signal }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      if (line !== '') rows.push(JSON.parse(line));
      if (rows.length >= maxExportRows) break;
    }
    lines.close();
    frozen.push({ exhibit, rows });
  }
  return frozen;
}

const of = <T>(frozen: readonly FrozenRows[], question: string, name = ''): readonly T[] =>
  frozen
    .filter(({ exhibit }) => exhibit.question === question && exhibit.name.includes(name))
    .flatMap(({ rows }) => rows as T[]);

function evidenceOf(frozen: readonly FrozenRows[]): CaseEvidence {
  return {
    writes: of<WriteEvent>(frozen, 'writes.page'),
    deviceEvents: of<DeviceEvent>(frozen, 'device-events.list'),
    sessions: of<DeviceSession>(frozen, 'sessions.list', 'connections'),
    volume: of<VolumeBar>(frozen, 'volumes.read'),
  };
}

function evidenceByFinding(state: CaseState, frozen: readonly FrozenRows[]): ReadonlyMap<string, FindingEvidence> {
  return new Map([
    ...state.findings.map(
      ({ finding }) =>
        [finding.id, evidenceOf(frozen.filter(({ exhibit }) => exhibit.findingId === finding.id))] as const,
    ),
    ...state.sessions.map(
      (session) =>
        [
          sessionKey(session),
          evidenceOf(frozen.filter(({ exhibit }) => exhibit.sessionFromMs === session.fromMs)),
        ] as const,
    ),
  ]);
}

/** The report of a case, from its journal and its own frozen files alone. */
export async function makeReport(
  { store, key, version }: PackageOptions,
  id: string,
  signal: AbortSignal,
): Promise<string> {
  const state = await store.read(id);
  const frozen = await readFrozen(store, state, signal);
  return caseReport(state, {
    evidence: evidenceByFinding(state, frozen),
    keyFingerprint: key.fingerprint,
    version,
    redactions: [],
  });
}

interface PackagedFile {
  readonly name: string;
  readonly content: Uint8Array | { readonly path: string; readonly bytes: number; readonly sha256: string };
}

/**
 * Writes a case as a package: one zip that anybody can verify. The same case gives the same bytes, whatever the clock
 * says. A case that does not verify is not exported (`case-damaged`); a failed export leaves no file (`export-failed`).
 */
export async function exportPackage(
  options: PackageOptions,
  id: string,
  target: {
    readonly path: string;
    readonly isRedacted?: boolean | undefined;
    readonly reportPdf?: Uint8Array | undefined;
  },
  context: CallContext<CaseProgress>,
): Promise<ExportedPackage> {
  const { store, key, version } = options;
  const { signal, emit } = context;
  emit({ text: `Checking case ${id}` });
  const check = await store.verify(id);
  if (!check.ok)
    throw fail(
      'case-damaged',
      `Case ${id} does not verify, so no package is made of it. ${check.problems[0] ?? ''}`,
      'Run verify on the case to see every problem.',
    );
  const whole = await store.read(id);
  emit({ text: 'Reading frozen evidence' });
  const frozen = await readFrozen(store, whole, signal);
  const isRedacted = target.isRedacted === true;
  const { state, evidence, byFinding, redactions } = isRedacted
    ? redactCase(whole, evidenceOf(frozen), evidenceByFinding(whole, frozen))
    : { state: whole, evidence: evidenceOf(frozen), byFinding: evidenceByFinding(whole, frozen), redactions: [] };

  emit({ text: 'Writing report and exports' });
  const report = caseReport(state, { evidence: byFinding, keyFingerprint: key.fingerprint, version, redactions });
  const files: PackagedFile[] = [
    ...contentFiles(state, evidence, report, target.reportPdf, version),
    text(keyName, key.publicPem),
    text(signersName, key.allowedSigners),
    text('VERIFY.txt', verifyText(state, key, isRedacted)),
  ];
  if (!isRedacted) {
    files.push({ name: journalName, content: await readFile(journalPath(store.place(id).folder)) });
    for (const exhibit of state.exhibits) {
      const folder = exhibit.kind === 'evidence' ? 'evidence' : 'attachments';
      files.push({
        name: `${folder}/${exhibit.name}`,
        content: { path: store.exhibitPath(id, exhibit), bytes: exhibit.bytes, sha256: exhibit.sha256 },
      });
    }
  }
  const manifest = manifestOf(whole, files, key, version, isRedacted);
  files.push(text(manifestName, `${JSON.stringify(manifest, undefined, 2)}\n`));
  const sums = sumsOf(files);
  files.push(
    text(sumsName, sums),
    { name: signatureName, content: key.sign(Buffer.from(sums)) },
    text(sshSignatureName, key.sshSign(Buffer.from(sums))),
  );
  const total = files.reduce((sum, file) => sum + sizeOf(file) + 200, 0);
  if (total > maxPackageBytes)
    throw fail(
      'store-too-large',
      `The package would have ${total} bytes; a package has at most ${maxPackageBytes}.`,
      'Leave large attachments out of the case.',
    );

  emit({ text: `Packing ${files.length} files` });
  const written = await writeZip(files, target.path, signal);
  return {
    path: target.path,
    ...written,
    files: files.length,
    head: whole.head,
    keyFingerprint: key.fingerprint,
    redactions,
  };
}

function text(name: string, content: string): PackagedFile {
  return { name, content: Buffer.from(content) };
}

function sizeOf({ content }: PackagedFile): number {
  return content instanceof Uint8Array ? content.length : content.bytes;
}

function hashOf({ content }: PackagedFile): string {
  return content instanceof Uint8Array ? createHash('sha256').update(content).digest('hex') : content.sha256;
}

function ndjson(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function contentFiles(
  state: CaseState,
  evidence: CaseEvidence,
  report: string,
  reportPdf: Uint8Array | undefined,
  version: string,
): readonly PackagedFile[] {
  const events = caseEvents(state, evidence);
  const { damage: _damage, ...plainState } = state as CaseFile;
  return [
    text('case.json', `${JSON.stringify({ format: packageFormat, portside: version, ...plainState }, undefined, 2)}\n`),
    text('report.html', report),
    text('HANDOVER.txt', handOverText(state)),
    ...(reportPdf ? [{ name: 'report.pdf', content: reportPdf }] : []),
    text('exports/timesketch.csv', timesketchCsv(state, events)),
    text('exports/timesketch.jsonl', timesketchJsonl(state, events)),
    text('exports/iris-assets.csv', irisAssetsCsv(state, evidence.writes)),
    text('exports/iris-iocs.csv', irisIndicatorsCsv(state, evidence.writes)),
    text('exports/iris-timeline.csv', irisTimelineCsv(state, events)),
    text('exports/stix.json', stixBundle(state, evidence, nameUuid)),
    text('exports/case-uco.jsonld', caseUcoGraph(state, evidence, nameUuid)),
    text('exports/attack-navigator-layer.json', navigatorLayer(state)),
    text('exports/kibana-timelines.ndjson', kibanaTimelines(state)),
    text(
      'exports/ecs.ndjson',
      ndjson([
        ...evidence.writes.map((write) => toEcsWrite(write)),
        ...evidence.deviceEvents.map((event) => toEcsDeviceEvent(event)),
      ]),
    ),
    text('exports/writes.csv', writesCsv(evidence.writes)),
  ];
}

const byName = (left: { readonly name: string }, right: { readonly name: string }) =>
  left.name < right.name ? -1 : left.name > right.name ? 1 : 0;

function manifestOf(
  state: CaseState,
  files: readonly PackagedFile[],
  key: WorkstationKey,
  version: string,
  isRedacted: boolean,
): PackageManifest {
  return {
    kind: 'portside-case-package',
    format: packageFormat,
    case: {
      id: state.id,
      head: state.head,
      entries: state.entries.length,
      changedAt: new Date(state.changedAtMs).toISOString(),
    },
    isRedacted,
    portside: version,
    key: { algorithm: 'Ed25519', fingerprint: key.fingerprint },
    files: [...files].sort(byName).map((file) => ({ name: file.name, bytes: sizeOf(file), sha256: hashOf(file) })),
  };
}

/** The sums as `sha256sum -c` reads them. */
function sumsOf(files: readonly PackagedFile[]): string {
  return [...files]
    .sort(byName)
    .map((file) => `${hashOf(file)}  ${file.name}\n`)
    .join('');
}

async function writeZip(
  files: readonly PackagedFile[],
  path: string,
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const part = `${path}.part`;
  const hash = createHash('sha256');
  try {
    const zip = new yazl.ZipFile();
    const options = { mtime: packageTime, mode: packageMode, compress: false, forceDosTimestamp: true };
    for (const { name, content } of [...files].sort(byName)) {
      if (content instanceof Uint8Array) zip.addBuffer(Buffer.from(content), name, options);
      else
        zip.addReadStreamLazy(name, { ...options, size: content.bytes }, (done) => {
          done(null, createReadStream(content.path));
        });
    }
    zip.end();
    await pipeline(
      zip.outputStream,
      async function* hashed(source) {
        for await (const chunk of source) {
          hash.update(chunk as Uint8Array);
          yield chunk;
        }
      },
      createWriteStream(part, { mode: 0o600 }),
      { signal },
    );
    const handle = await open(part, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw toWriteFailure(path, error);
  }
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}

function verifyText(state: CaseState, key: WorkstationKey, isRedacted: boolean): string {
  return `Portside case ${state.id}${isRedacted ? ' (redacted: without journal, evidence and attachments)' : ''}

Head of the journal: ${state.head} (${state.entries.length} entries)
Signing key:         ${key.fingerprint}

With Portside:  portside verify ${state.id}.zip

With common tools, in an empty folder:

  unzip ${state.id}.zip
  sha256sum -c SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  ssh-keygen -Y verify -f allowed-signers -I portside -n portside-case -s SHA256SUMS.sshsig < SHA256SUMS
${
  isRedacted
    ? ''
    : `
The journal by hand: entry N+1 names, as "prev", the SHA-256 of line N without its line break.

  sed -n 3p journal.ndjson | tr -d '\\n' | sha256sum
  sed -n 4p journal.ndjson | grep -o '"prev":"[0-9a-f]*"'
`
}
What this shows: nothing was changed since the key above signed it. What it does not show: who held the key, and
whether the journal was cut or written anew before it was signed. Compare the fingerprint with one you were given in
another way, and the head with one that was noted or printed earlier.
`;
}
