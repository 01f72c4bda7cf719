import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { z } from 'zod';
import { replayCase } from '../../shared/analysis/case-replay.ts';
import { readJournal } from '../../shared/analysis/journal.ts';
import { fail, messageOf, throwIfAborted } from '../../shared/base/failure.ts';
import type { PackageContents, Verification } from '../../shared/model/case-file.ts';
import { sha256Of } from './journal-file.ts';
import {
  isPackageName,
  journalName,
  keyName,
  manifestName,
  maxControlBytes,
  maxPackageBytes,
  maxPackageFiles,
  packageFormat,
  requiredNames,
  signatureName,
  sshSignatureName,
  sumsName,
  unlistedNames,
} from './package-names.ts';
import { fingerprintOf, sshSignatureFits } from './workstation-key.ts';
import { layoutProblems, type ZipFileEntry } from './zip-layout.ts';

/** What a manifest says; read strictly, since nothing but Portside writes it. */
export const manifestSchema = z.strictObject({
  kind: z.literal('portside-case-package'),
  format: z.number().int(),
  case: z.strictObject({ id: z.string(), head: z.string(), entries: z.number().int(), changedAt: z.string() }),
  isRedacted: z.boolean(),
  portside: z.string(),
  key: z.strictObject({ algorithm: z.literal('Ed25519'), fingerprint: z.string() }),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int(), sha256: z.string() })),
});
export type PackageManifest = z.infer<typeof manifestSchema>;

/** Most problems that are told of one package. */
const maxProblems = 100;

/**
 * Verifies a package by itself, without unpacking anything: its bytes, its names against a closed list, every file against
 * the sums, the sums against the signature, the journal's chain, and the exhibits against the journal. Ends with
 * `bad-input` only where the file cannot be read at all; whatever is wrong inside is a problem in the answer.
 */
export async function verifyPackage(path: string, signal?: AbortSignal): Promise<Verification> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw fail('bad-input', `${path} cannot be read: ${messageOf(error)}`, 'Give the path of an exported package.');
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw fail('bad-input', `${path} is no file.`, 'Give the path of an exported package.');
    if (status.size > maxPackageBytes)
      return refused([`The file has ${status.size} bytes; a package has at most ${maxPackageBytes}.`]);
    return await verifyHandle(handle, status.size, signal);
  } finally {
    await handle.close();
  }
}

function refused(problems: readonly string[]): Verification {
  return { ok: false, entries: 0, files: 0, problems };
}

async function verifyHandle(handle: FileHandle, size: number, signal: AbortSignal | undefined): Promise<Verification> {
  const directory = await readDirectory(handle, size);
  if (directory.problems.length > 0) return refused(directory.problems);
  const layout = await layoutProblems(handle, size, directory.entries);
  if (layout.length > 0) return { ...refused(layout), files: directory.entries.length };

  const problems: string[] = [];
  const found = new Map<string, { readonly bytes: number; readonly sha256: string }>();
  const contents = new Map<string, Buffer>();
  for (const entry of directory.entries) {
    throwIfAborted(signal);
    const isControl = !entry.name.includes('/') && entry.name !== 'report.pdf';
    if (isControl && entry.bytes > maxControlBytes) {
      problems.push(`${entry.name} has ${entry.bytes} bytes, more than such a file may have.`);
      continue;
    }
    const read = await readContent(handle, entry, isControl);
    if (read.crc32 !== entry.crc32) problems.push(`${entry.name} does not fit its checksum.`);
    found.set(entry.name, { bytes: entry.bytes, sha256: read.sha256 });
    if (read.content) contents.set(entry.name, read.content);
  }
  for (const name of requiredNames) if (!found.has(name)) problems.push(`${name} is missing.`);

  problems.push(...sumProblems(contents.get(sumsName), found));
  const key = contents.get(keyName)?.toString('utf8');
  const signed = signatureProblems(contents, key);
  problems.push(...signed.problems);
  const manifest = parseManifest(contents.get(manifestName));
  if (typeof manifest === 'string') problems.push(manifest);
  else {
    problems.push(...manifestProblems(manifest, found, signed.fingerprint));
    problems.push(...journalProblems(manifest, contents.get(journalName), found));
  }
  return {
    ok: problems.length === 0,
    entries: typeof manifest === 'string' ? 0 : manifest.case.entries,
    files: found.size,
    problems: problems.slice(0, maxProblems),
    head: typeof manifest === 'string' ? undefined : manifest.case.head,
    keyFingerprint: signed.fingerprint,
    ...(problems.length > 0 || typeof manifest === 'string'
      ? {}
      : { contents: contentsOf(manifest, contents.get(journalName)) }),
  };
}

/** Most findings told of a package. */
const maxFindingsTold = 100;

function contentsOf(manifest: PackageManifest, journal: Buffer | undefined): PackageContents {
  const file = journal && replayCase(readJournal(journal, 'case', sha256Of, manifest.case.id).entries);
  return {
    caseId: manifest.case.id,
    isRedacted: manifest.isRedacted,
    changedAtMs: Date.parse(manifest.case.changedAt),
    portside: manifest.portside,
    ...(file && {
      title: file.title,
      openedBy: file.openedBy,
      openedAtMs: file.openedAtMs,
      verdict: file.verdict && { verdict: file.verdict.verdict, text: file.verdict.text, actor: file.verdict.actor },
      findings: file.findings
        .slice(0, maxFindingsTold)
        .map(({ finding: { process, host, score } }) => ({ process, host, score })),
      exhibits: file.exhibits.length,
    }),
  };
}

interface Directory {
  readonly entries: readonly ZipFileEntry[];
  readonly problems: readonly string[];
}

/** Reads the directory of the zip and refuses everything that no package has. */
async function readDirectory(handle: FileHandle, size: number): Promise<Directory> {
  const entries: ZipFileEntry[] = [];
  const problems: string[] = [];
  const names = new Set<string>();
  const bad = (problem: string): Directory => ({ entries, problems: [problem] });
  let zip: yauzl.ZipFile;
  try {
    zip = await openZip(handle);
  } catch (error) {
    return bad(`This is no package: ${messageOf(error)}`);
  }
  if (zip.entryCount > maxPackageFiles)
    return bad(`It holds ${zip.entryCount} files; a package has at most ${maxPackageFiles}.`);
  if (zip.comment !== '') return bad('It carries a comment, which no package has.');
  try {
    for await (const entry of eachEntry(zip)) {
      const name = entry.fileName;
      const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
      const shown = JSON.stringify(name.slice(0, 200));
      if (kind !== 0o100000) problems.push(`${shown} is no regular file.`);
      if (!isPackageName(name)) problems.push(`${shown} is not a name that a package has.`);
      const folded = name.normalize('NFC').toLowerCase();
      if (names.has(folded)) problems.push(`${shown} stands in the package more than once.`);
      names.add(folded);
      if (entry.compressionMethod !== 0 || entry.compressedSize !== entry.uncompressedSize)
        problems.push(`${shown} is compressed; packages store files as they are.`);
      if (entry.relativeOffsetOfLocalHeader + entry.compressedSize > size)
        problems.push(`${shown} reaches beyond the end of the file.`);
      if (problems.length >= maxProblems) break;
      entries.push({
        name,
        crc32: entry.crc32,
        bytes: entry.uncompressedSize,
        offset: entry.relativeOffsetOfLocalHeader,
        hasDescriptor: (entry.generalPurposeBitFlag & 8) !== 0,
      });
    }
  } catch (error) {
    problems.push(`This is no package: ${messageOf(error)}`);
  }
  const order = entries.map((entry) => entry.name);
  if (problems.length === 0 && order.some((name, at) => at > 0 && (order[at - 1] ?? '') > name))
    problems.push('The files are not in the order of their names.');
  return { entries, problems };
}

/** A zip reader over the open file, which does not close it. */
function openZip(handle: FileHandle): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    const options: yauzl.Options = {
      lazyEntries: true,
      autoClose: false,
      strictFileNames: true,
      validateEntrySizes: true,
    };
    yauzl.fromFd(handle.fd, options, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

async function* eachEntry(zip: yauzl.ZipFile): AsyncGenerator<yauzl.Entry> {
  for (;;) {
    const entry = await new Promise<yauzl.Entry | undefined>((resolve, reject) => {
      const settle = (end: () => void) => {
        zip.removeAllListeners();
        end();
      };
      zip.once('entry', (one: yauzl.Entry) => settle(() => resolve(one)));
      zip.once('end', () => settle(() => resolve(undefined)));
      zip.once('error', (error: Error) => settle(() => reject(error)));
      zip.readEntry();
    });
    if (!entry) return;
    yield entry;
  }
}

const localHeaderBytes = 30;
const chunkBytes = 1 << 20;

async function readContent(
  handle: FileHandle,
  entry: ZipFileEntry,
  isKept: boolean,
): Promise<{ readonly sha256: string; readonly crc32: number; readonly content: Buffer | undefined }> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let check = 0;
  let at = entry.offset + localHeaderBytes + Buffer.byteLength(entry.name);
  const end = at + entry.bytes;
  while (at < end) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, end - at));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) break;
    const part = chunk.subarray(0, bytesRead);
    hash.update(part);
    check = crc32(part, check);
    if (isKept) kept.push(part);
    at += bytesRead;
  }
  return { sha256: hash.digest('hex'), crc32: check, content: isKept ? Buffer.concat(kept) : undefined };
}

function sumProblems(
  sums: Buffer | undefined,
  found: ReadonlyMap<string, { readonly sha256: string }>,
): readonly string[] {
  if (!sums) return [];
  const problems: string[] = [];
  const listed = new Map<string, string>();
  const lines = sums.toString('utf8').split('\n');
  if (lines.pop() !== '') problems.push(`${sumsName} does not end with a line break.`);
  for (const [at, line] of lines.entries()) {
    const match = /^([0-9a-f]{64}) {2}([\x21-\x7e]+)$/.exec(line);
    if (!match?.[1] || !match[2] || listed.has(match[2]))
      problems.push(`Line ${at + 1} of ${sumsName} is not a sum and a name.`);
    else listed.set(match[2], match[1]);
    if (problems.length >= maxProblems) return problems;
  }
  for (const [name, { sha256 }] of found) {
    if (unlistedNames.has(name)) continue;
    const expected = listed.get(name);
    if (expected === undefined) problems.push(`${name} is not listed in ${sumsName}.`);
    else if (expected !== sha256) problems.push(`${name} was changed: its SHA-256 is not the one in ${sumsName}.`);
  }
  for (const name of listed.keys())
    if (!found.has(name)) problems.push(`${name} is listed in ${sumsName} and missing.`);
  return problems;
}

function signatureProblems(
  contents: ReadonlyMap<string, Buffer>,
  keyPem: string | undefined,
): { readonly problems: readonly string[]; readonly fingerprint: string | undefined } {
  const sums = contents.get(sumsName);
  if (keyPem === undefined || !sums) return { problems: [], fingerprint: undefined };
  const problems: string[] = [];
  let fingerprint: string | undefined;
  try {
    fingerprint = fingerprintOf(keyPem);
    const signature = contents.get(signatureName);
    if (signature && !verifySignature(null, sums, createPublicKey(keyPem), signature))
      problems.push(`The signature does not fit ${sumsName}: the package was changed after it was signed.`);
    const sshSignature = contents.get(sshSignatureName);
    if (sshSignature && !sshSignatureFits(sums, sshSignature.toString('utf8'), keyPem))
      problems.push(`The ssh signature does not fit ${sumsName}.`);
  } catch (error) {
    problems.push(`${keyName}: ${messageOf(error)}`);
  }
  return { problems, fingerprint };
}

function parseManifest(content: Buffer | undefined): PackageManifest | string {
  if (!content) return `${manifestName} is missing.`;
  try {
    const manifest = manifestSchema.parse(JSON.parse(content.toString('utf8')));
    return manifest.format > packageFormat
      ? `The package was written by a newer version (format ${manifest.format}).`
      : manifest;
  } catch {
    return `${manifestName} cannot be understood.`;
  }
}

function manifestProblems(
  manifest: PackageManifest,
  found: ReadonlyMap<string, { readonly bytes: number; readonly sha256: string }>,
  fingerprint: string | undefined,
): readonly string[] {
  const problems: string[] = [];
  const exempt = new Set([...unlistedNames, manifestName]);
  for (const file of manifest.files) {
    const actual = found.get(file.name);
    if (!actual || actual.sha256 !== file.sha256 || actual.bytes !== file.bytes)
      problems.push(`${file.name} is not as ${manifestName} describes it.`);
  }
  const described = new Set(manifest.files.map((file) => file.name));
  for (const name of found.keys())
    if (!exempt.has(name) && !described.has(name)) problems.push(`${name} is not described in ${manifestName}.`);
  if (fingerprint !== undefined && manifest.key.fingerprint !== fingerprint)
    problems.push(`${manifestName} names another key than ${keyName}.`);
  return problems;
}

function journalProblems(
  manifest: PackageManifest,
  journal: Buffer | undefined,
  found: ReadonlyMap<string, { readonly sha256: string }>,
): readonly string[] {
  // A redacted package cannot hold the journal, whose entries name what was taken out; its head is still told.
  if (manifest.isRedacted) return journal ? ['A redacted package must not hold the journal.'] : [];
  if (!journal) return [`${journalName} is missing.`];
  const problems: string[] = [];
  const reading = readJournal(journal, 'case', sha256Of, manifest.case.id);
  if (reading.end.kind === 'damaged')
    problems.push(`${journalName}, entry ${reading.end.line} (byte ${reading.end.offset}): ${reading.end.problem}`);
  else if (reading.end.kind !== 'whole') problems.push(`${journalName} does not end with a whole entry.`);
  if (reading.head !== manifest.case.head || reading.entries.length !== manifest.case.entries)
    problems.push(`${journalName} does not end with the head that ${manifestName} names.`);
  const exhibits = new Map(
    (replayCase(reading.entries)?.exhibits ?? []).map((exhibit) => [
      `${exhibit.kind === 'evidence' ? 'evidence' : 'attachments'}/${exhibit.name}`,
      exhibit.sha256,
    ]),
  );
  for (const [name, sha256] of exhibits) {
    const actual = found.get(name);
    if (!actual) problems.push(`${name} is named in the journal and missing.`);
    else if (actual.sha256 !== sha256) problems.push(`${name} is not the file that the journal names.`);
  }
  for (const name of found.keys())
    if (name.includes('/') && !name.startsWith('exports/') && !exhibits.has(name))
      problems.push(`${name} is not named in the journal.`);
  return problems;
}
