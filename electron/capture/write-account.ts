import type { LiveFile, LiveFileState, LiveUsage, WriteQuality } from '../../shared/model/live.ts';
import type { ProcessIo } from './proc-text.ts';

/** What was seen of a file, with its size read just then (so possibly a little after the event). */
export interface FileSight {
  readonly kind: 'open' | 'modify' | 'close';
  readonly atMs: number;
  readonly processKey: string;
  /** Inode and birth time: names change, and numbers are used again. */
  readonly fileKey: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Birth of the file; 0 where the file system keeps none. */
  readonly bornMs: number;
  /** First bytes, read at close. */
  readonly headerBytes?: string | undefined;
}

interface FileEntry {
  path: string;
  sizeBytes: number;
  readonly isNew: boolean;
  /** Who wrote it first: to everybody else even a new file is one that exists. */
  firstWriter: string | undefined;
  /** Whose count of files it is in already. */
  lastWriter: string | undefined;
  /** Was cut shorter by an open whose writes are still to come. */
  isCut: boolean;
}

/** A process and a file it wrote, from its first write until it is closed. */
interface OpenWrite {
  readonly processKey: string;
  readonly fileKey: string;
  readonly firstMs: number;
  lastMs: number;
  grownBytes: number;
  modifies: number;
  isTruncated: boolean;
  readonly isNew: boolean;
  /** Told while still open. */
  isTold: boolean;
}

interface Usage {
  minBytes: number;
  files: number;
  /** Some bytes may have gone over old ones, where growth sees nothing. */
  mayOverwrite: boolean;
  hasOldFiles: boolean;
  isChanged: boolean;
  lastMs: number;
}

export interface WriteAccountOptions {
  readonly mountPoint: string;
  /** Files born after this are new. */
  readonly sinceMs: number;
  /** Bytes a process handed to write calls since it was first known, over all it wrote to; undefined where unknown. */
  readonly writtenSince: (processKey: string) => number | undefined;
}

/** File systems round birth times (FAT to 10 ms), and clocks of the kernel's ticks lag a little. */
const birthToleranceMs = 50;
const maxFiles = 200_000;
const maxOpenWrites = 100_000;
const maxUsages = 20_000;
/** Writing that went elsewhere (messages, pipes) does not make a range of an exact figure below this. */
const strayBytes = 65_536;

/** Bytes of `wchar` between two readings; undefined where one is missing. */
export function writtenBetween(first: ProcessIo | undefined, last: ProcessIo | undefined): number | undefined {
  return first && last ? Math.max(0, last.writtenChars - first.writtenChars) : undefined;
}

/**
 * Accounts what processes wrote to one volume, from sights of files. Growth of files is exact for what is created,
 * appended, streamed or saved by writing a new file and renaming it; it is blind to bytes written over old ones. Where
 * such a rewrite is possible the amount becomes a range, whose upper end is what the process handed to write calls.
 */
export function makeWriteAccount(options: WriteAccountOptions) {
  const files = new Map<string, FileEntry>();
  const writes = new Map<string, OpenWrite>();
  const usages = new Map<string, Usage>();
  const ready: LiveFile[] = [];

  function usageOf(processKey: string): Usage {
    let usage = usages.get(processKey);
    if (!usage) {
      if (usages.size >= maxUsages) usages.delete(usages.keys().next().value ?? '');
      usage = { minBytes: 0, files: 0, mayOverwrite: false, hasOldFiles: false, isChanged: false, lastMs: 0 };
      usages.set(processKey, usage);
    }
    return usage;
  }

  function fileOf(sight: FileSight): FileEntry {
    let file = files.get(sight.fileKey);
    if (!file) {
      const isNew = sight.bornMs > 0 && sight.bornMs >= options.sinceMs - birthToleranceMs;
      // Sizes at the first sight of an old file are the base; a new file grew from nothing.
      file = {
        path: sight.path,
        sizeBytes: isNew ? 0 : sight.sizeBytes,
        isNew,
        firstWriter: undefined,
        lastWriter: undefined,
        isCut: false,
      };
      if (files.size >= maxFiles) files.delete(files.keys().next().value ?? '');
      files.set(sight.fileKey, file);
    }
    if (sight.path !== '') file.path = sight.path;
    return file;
  }

  function qualityOf(
    processKey: string,
    usage: Usage,
  ): { readonly quality: WriteQuality; readonly maxBytes?: number | undefined } {
    const written = options.writtenSince(processKey);
    // Nobody can have put more into files than was handed to write calls.
    if (written !== undefined && written <= usage.minBytes) return { quality: 'exact', maxBytes: usage.minBytes };
    const isLoose = usage.hasOldFiles && written !== undefined && written > usage.minBytes * 1.05 + strayBytes;
    if (!usage.mayOverwrite && !isLoose) return { quality: 'exact', maxBytes: usage.minBytes };
    return { quality: 'range', maxBytes: written === undefined ? undefined : Math.max(usage.minBytes, written) };
  }

  /** Writes that made an existing file no longer went over old bytes, or were seen too late: growth cannot tell which. */
  function markRewrite(write: OpenWrite): void {
    const sizeBytes = files.get(write.fileKey)?.sizeBytes ?? 0;
    if (!write.isNew && write.modifies > 0 && write.grownBytes === 0 && sizeBytes > 0)
      usageOf(write.processKey).mayOverwrite = true;
  }

  function stateOf(write: OpenWrite): LiveFileState {
    if (write.isNew) return 'new';
    return write.isTruncated || write.grownBytes === 0 ? 'overwritten' : 'modified';
  }

  function toFile(write: OpenWrite, atMs: number, isOpen: boolean, headerBytes?: string): LiveFile {
    const file = files.get(write.fileKey);
    const usage = usageOf(write.processKey);
    return {
      atMs,
      processKey: write.processKey,
      mountPoint: options.mountPoint,
      path: file?.path ?? '',
      state: stateOf(write),
      sizeBytes: file?.sizeBytes ?? 0,
      grownBytes: write.grownBytes,
      headerBytes,
      quality: qualityOf(write.processKey, usage).quality,
      isOpen,
    };
  }

  return {
    /** Takes in one sight. */
    see(sight: FileSight): void {
      const file = fileOf(sight);
      const growth = sight.sizeBytes - file.sizeBytes;
      const writeKey = `${sight.processKey}|${sight.fileKey}`;
      let write = writes.get(writeKey);
      if (sight.kind === 'open') {
        // Cut to nothing by its open, and perhaps written again before it was seen: what came between is not known.
        if (growth < 0) {
          file.sizeBytes = sight.sizeBytes;
          file.isCut = true;
          usageOf(sight.processKey).mayOverwrite = true;
        }
        return;
      }
      const usage = usageOf(sight.processKey);
      if (!write && (sight.kind === 'modify' || growth !== 0 || (file.isNew && file.firstWriter === undefined))) {
        file.firstWriter ??= sight.processKey;
        const isNew = file.isNew && file.firstWriter === sight.processKey;
        write = {
          processKey: sight.processKey,
          fileKey: sight.fileKey,
          firstMs: sight.atMs,
          lastMs: sight.atMs,
          grownBytes: 0,
          modifies: 0,
          isTruncated: false,
          isNew,
          isTold: false,
        };
        if (writes.size >= maxOpenWrites) writes.delete(writes.keys().next().value ?? '');
        writes.set(writeKey, write);
        if (file.lastWriter !== sight.processKey) usage.files += 1;
        file.lastWriter = sight.processKey;
        if (!isNew) usage.hasOldFiles = true;
      }
      if (!write) return;
      if (file.isCut) {
        file.isCut = false;
        write.isTruncated = true;
      }
      write.lastMs = sight.atMs;
      if (sight.kind === 'modify') write.modifies += 1;
      if (growth > 0) {
        write.grownBytes += growth;
        usage.minBytes += growth;
      } else if (growth < 0) {
        write.isTruncated = true;
        usage.mayOverwrite = true;
      }
      file.sizeBytes = sight.sizeBytes;
      usage.isChanged = true;
      usage.lastMs = sight.atMs;
      if (sight.kind !== 'close') return;
      markRewrite(write);
      ready.push(toFile(write, sight.atMs, false, sight.headerBytes));
      writes.delete(writeKey);
    },

    /** A rename inside the volume: its file keeps its identity and gets the new name. */
    seeRename(rename: {
      readonly atMs: number;
      readonly processKey: string;
      readonly fileKey?: string | undefined;
      readonly fromPath: string;
      readonly path: string;
      readonly sizeBytes: number;
    }): void {
      const file = rename.fileKey === undefined ? undefined : files.get(rename.fileKey);
      if (file) file.path = rename.path;
      ready.push({
        atMs: rename.atMs,
        processKey: rename.processKey,
        mountPoint: options.mountPoint,
        path: rename.path,
        sourcePath: rename.fromPath,
        state: 'renamed-in',
        sizeBytes: rename.sizeBytes,
        grownBytes: 0,
        quality: 'exact',
        isOpen: false,
      });
    },

    /** What is to be told now: files that were closed, open ones that were not told yet, and usages that changed. */
    take(atMs: number): { readonly files: readonly LiveFile[]; readonly usages: readonly LiveUsage[] } {
      for (const write of writes.values()) {
        markRewrite(write);
        if (write.isTold) continue;
        write.isTold = true;
        ready.push(toFile(write, write.firstMs, true));
      }
      const told: LiveUsage[] = [];
      for (const [processKey, usage] of usages) {
        if (!usage.isChanged) continue;
        usage.isChanged = false;
        const { minBytes, files: count } = usage;
        told.push({
          atMs,
          processKey,
          mountPoint: options.mountPoint,
          minBytes,
          files: count,
          ...qualityOf(processKey, usage),
        });
      }
      return { files: ready.splice(0), usages: told };
    },

    /** The end of the volume: everything still open is told as it is. */
    finish(atMs: number): { readonly files: readonly LiveFile[]; readonly usages: readonly LiveUsage[] } {
      for (const write of writes.values()) {
        markRewrite(write);
        usageOf(write.processKey).isChanged = true;
        ready.push(toFile(write, write.lastMs, true));
      }
      writes.clear();
      return this.take(atMs);
    },

    /** Figures of how much is held, for tests of growth. */
    get held() {
      return { files: files.size, writes: writes.size, usages: usages.size };
    },
  };
}

export type WriteAccount = ReturnType<typeof makeWriteAccount>;
