import type { FileHandle } from 'node:fs/promises';

/**
 * The bytes of a package around its files' contents. A package is written in one way only (stored, not compressed; one
 * fixed time; no comments, no extra fields, nothing between), so every byte of it can be predicted, and a change of any
 * of them is found. What a zip reader would accept beyond that (comments, gaps, overlaps, links) is refused.
 */

/** What the directory of a zip says of a file. */
export interface ZipFileEntry {
  readonly name: string;
  readonly crc32: number;
  readonly bytes: number;
  readonly offset: number;
  /** Sizes stand behind the content and not before it, as they were not known when the content began. */
  readonly hasDescriptor: boolean;
}

/** All files carry the first moment that a zip can hold, as local time: the same bytes on every computer. */
export const packageTime = new Date(1980, 0, 1);
const dosDate = 0x21;
/** A regular file, readable by all, writable by its owner. */
export const packageMode = 0o100644;

const localBytes = 30;
const directoryBytes = 46;
const endBytes = 22;
const descriptorBytes = 16;

const flagsOf = (entry: ZipFileEntry) => 0x0800 | (entry.hasDescriptor ? 0x0008 : 0);

function localHeader(entry: ZipFileEntry): Buffer {
  const name = Buffer.from(entry.name);
  const header = Buffer.alloc(localBytes);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flagsOf(entry), 6);
  header.writeUInt16LE(dosDate, 12);
  if (!entry.hasDescriptor) {
    header.writeUInt32LE(entry.crc32, 14);
    header.writeUInt32LE(entry.bytes, 18);
    header.writeUInt32LE(entry.bytes, 22);
  }
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function descriptor(entry: ZipFileEntry): Buffer {
  if (!entry.hasDescriptor) return Buffer.alloc(0);
  const bytes = Buffer.alloc(descriptorBytes);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(entry.crc32, 4);
  bytes.writeUInt32LE(entry.bytes, 8);
  bytes.writeUInt32LE(entry.bytes, 12);
  return bytes;
}

function directoryRecord(entry: ZipFileEntry): Buffer {
  const name = Buffer.from(entry.name);
  const record = Buffer.alloc(directoryBytes);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE((3 << 8) | 63, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(flagsOf(entry), 8);
  record.writeUInt16LE(dosDate, 14);
  record.writeUInt32LE(entry.crc32, 16);
  record.writeUInt32LE(entry.bytes, 20);
  record.writeUInt32LE(entry.bytes, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt32LE((packageMode << 16) >>> 0, 38);
  record.writeUInt32LE(entry.offset, 42);
  return Buffer.concat([record, name]);
}

/** Problems of a package's own bytes, each with its place; empty where it is laid out exactly as Portside writes it. */
export async function layoutProblems(
  handle: FileHandle,
  size: number,
  entries: readonly ZipFileEntry[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const compare = async (expected: Buffer, at: number, what: string): Promise<void> => {
    const found = Buffer.alloc(expected.length);
    const { bytesRead } = await handle.read(found, 0, expected.length, at);
    if (bytesRead === expected.length && found.equals(expected)) return;
    const differing = expected.findIndex((byte, index) => byte !== found[index]);
    problems.push(`${what} is not as Portside writes it (byte ${at + Math.max(0, differing)}).`);
  };
  let offset = 0;
  for (const entry of entries) {
    if (entry.offset !== offset) {
      problems.push(`${entry.name} does not begin where the file before it ends (byte ${offset}).`);
      return problems;
    }
    const header = localHeader(entry);
    await compare(header, offset, `The header of ${entry.name}`);
    offset += header.length + entry.bytes;
    const trailer = descriptor(entry);
    await compare(trailer, offset, `The trailer of ${entry.name}`);
    offset += trailer.length;
  }
  const directory = Buffer.concat(entries.map(directoryRecord));
  await compare(directory, offset, 'The directory');
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  offset += directory.length;
  await compare(end, offset, 'The end record');
  if (size !== offset + endBytes)
    problems.push(`The file has ${size} bytes where ${offset + endBytes} are accounted for.`);
  return problems;
}
