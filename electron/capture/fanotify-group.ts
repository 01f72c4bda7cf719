import koffi from 'koffi';
import { fail } from '../../shared/base/failure.ts';

/**
 * fanotify of the Linux kernel, called through koffi. Event layout: `linux/fanotify.h`. A group delivers what happens on
 * whole file systems; it never decides about an access, so a slow reader delays nobody.
 */

const initFlags = {
  closeOnExec: 0x1,
  nonBlock: 0x2,
  unlimitedQueue: 0x10,
  unlimitedMarks: 0x20,
  reportDirectory: 0x400,
  reportName: 0x800,
};
const openFlags = { largeFile: 0o100000, closeOnExec: 0o2000000, noAccessTime: 0o1000000 };
const markFlags = { add: 0x1, fileSystem: 0x100 };
const here = -100;

/** Bits of an event's mask. */
export const fanotifyMask = {
  modify: 0x2n,
  closeWrite: 0x8n,
  open: 0x20n,
  openExec: 0x1000n,
  overflow: 0x4000n,
  rename: 0x10000000n,
} as const;

const metadataBytes = 24;
/** Each event opens a file: this many at once stay far below the usual limit of 1024 open files. An event whose file cannot be opened is lost. */
const eventsPerRead = 384;
const infoTypes = { oldName: 10, newName: 12 };

/** A folder (as a kernel handle) and a name in it. */
export interface HandledName {
  readonly handle: Buffer;
  readonly name: Buffer;
}

export interface FanotifyEvent {
  readonly mask: bigint;
  /** Open file of the event; the receiver closes it. -1 where there is none. */
  readonly descriptor: number;
  readonly pid: number;
  readonly from?: HandledName | undefined;
  readonly to?: HandledName | undefined;
}

interface Libc {
  readonly init: (flags: number, eventFlags: number) => number;
  readonly mark: (group: number, flags: number, mask: bigint, directory: number, path: string) => number;
  readonly read: (descriptor: number, buffer: Buffer, length: number) => number | bigint;
  readonly poll: { readonly async: (descriptors: Buffer, count: number, timeoutMs: number, done: () => void) => void };
  readonly openByHandle: (mount: number, handle: Buffer, flags: number) => number;
  readonly close: (descriptor: number) => number;
}

let loaded: Libc | undefined;

/** Loads the C library once. Ends with `usb-unavailable` where this is no Linux or koffi has no binary for it. */
function libc(): Libc {
  if (loaded) return loaded;
  try {
    const library = koffi.load('libc.so.6');
    loaded = {
      init: library.func('int fanotify_init(uint flags, uint event_f_flags)'),
      mark: library.func('int fanotify_mark(int fd, uint flags, uint64_t mask, int dirfd, const char *path)'),
      read: library.func('long read(int fd, _Out_ uint8_t *buf, ulong n)'),
      poll: library.func('int poll(_Inout_ uint8_t *fds, ulong n, int timeout)'),
      openByHandle: library.func('int open_by_handle_at(int mount_fd, _Inout_ uint8_t *handle, int flags)'),
      close: library.func('int close(int fd)'),
    };
    return loaded;
  } catch (error) {
    throw fail('usb-unavailable', 'The C library of this system cannot be called.', undefined, error);
  }
}

function errorName(): string {
  const number = koffi.errno();
  return Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
}

export interface FanotifyGroup {
  readonly descriptor: number;
  /** Delivers events of the whole file system that `path` lies on. Ends with `usb-unavailable` and the reason. */
  markFileSystem(path: string, mask: bigint): void;
  /**
   * Reads what is queued, at most `maxReads` buffers; true where more may be waiting. `beforeEvents` is called after each
   * reading and before its events: what another group had queued until then can be taken in first.
   */
  drain(onEvent: (event: FanotifyEvent) => void, maxReads: number, beforeEvents?: () => void): boolean;
  close(): void;
}

/** Parses the records after an event that name folders. Lengths are checked: a record that does not fit ends the reading. */
function parseNames(buffer: Buffer, start: number, end: number): Pick<FanotifyEvent, 'from' | 'to'> {
  const found: { from?: HandledName; to?: HandledName } = {};
  let at = start;
  while (at + 20 <= end) {
    const type = buffer.readUInt8(at);
    const length = buffer.readUInt16LE(at + 2);
    if (length < 20 || at + length > end) break;
    const handleBytes = buffer.readUInt32LE(at + 12);
    const nameStart = at + 20 + handleBytes;
    if (handleBytes <= 128 && nameStart <= at + length) {
      const rest = buffer.subarray(nameStart, at + length);
      const zero = rest.indexOf(0);
      const handled = {
        handle: Buffer.from(buffer.subarray(at + 12, nameStart)),
        name: Buffer.from(zero < 0 ? rest : rest.subarray(0, zero)),
      };
      if (type === infoTypes.oldName) found.from = handled;
      if (type === infoTypes.newName) found.to = handled;
    }
    at += length;
  }
  return found;
}

/** Calls `onEvent` for each event in the first `length` bytes of `buffer`. */
export function parseFanotifyEvents(buffer: Buffer, length: number, onEvent: (event: FanotifyEvent) => void): void {
  let at = 0;
  while (at + metadataBytes <= length) {
    const eventBytes = buffer.readUInt32LE(at);
    if (eventBytes < metadataBytes || at + eventBytes > length) return;
    const names =
      eventBytes > metadataBytes ? parseNames(buffer, at + buffer.readUInt16LE(at + 6), at + eventBytes) : {};
    onEvent({
      mask: buffer.readBigUInt64LE(at + 8),
      descriptor: buffer.readInt32LE(at + 16),
      pid: buffer.readInt32LE(at + 20),
      ...names,
    });
    at += eventBytes;
  }
}

/**
 * Opens a group: `contents` delivers open files of opens, writes and closes; `names` delivers renames with both names
 * (kernel 5.17). The queue is unlimited, so a burst costs memory and no events. Needs CAP_SYS_ADMIN; ends with
 * `usb-unavailable` without it.
 */
export function openFanotifyGroup(delivers: 'contents' | 'names'): FanotifyGroup {
  const c = libc();
  const common = initFlags.closeOnExec | initFlags.nonBlock | initFlags.unlimitedQueue | initFlags.unlimitedMarks;
  const descriptor =
    delivers === 'contents'
      ? c.init(common, openFlags.largeFile | openFlags.closeOnExec | openFlags.noAccessTime)
      : c.init(common | initFlags.reportDirectory | initFlags.reportName, 0);
  if (descriptor < 0) {
    throw fail(
      'usb-unavailable',
      `The kernel refuses to report file events: ${errorName()}.`,
      'The helper must run as root (CAP_SYS_ADMIN).',
    );
  }
  const buffer = Buffer.alloc(eventsPerRead * (delivers === 'contents' ? metadataBytes : 1024));
  return {
    descriptor,
    markFileSystem(path, mask) {
      if (c.mark(descriptor, markFlags.add | markFlags.fileSystem, mask, here, path) < 0)
        throw fail('usb-unavailable', `File events of ${path} cannot be had: ${errorName()}.`);
    },
    drain(onEvent, maxReads, beforeEvents) {
      for (let reads = 0; reads < maxReads; reads += 1) {
        const length = Number(c.read(descriptor, buffer, buffer.length));
        if (length <= 0) return false;
        beforeEvents?.();
        parseFanotifyEvents(buffer, length, onEvent);
      }
      return true;
    },
    close() {
      c.close(descriptor);
    },
  };
}

/** Waits (in a thread of its own) until one of the groups has events, at most `timeoutMs`. */
export function waitForFanotify(groups: readonly FanotifyGroup[], timeoutMs: number): Promise<void> {
  const descriptors = Buffer.alloc(Math.max(1, groups.length) * 8);
  groups.forEach((group, index) => {
    descriptors.writeInt32LE(group.descriptor, index * 8);
    descriptors.writeInt16LE(1, index * 8 + 4);
  });
  return new Promise((resolve) => {
    libc().poll.async(descriptors, groups.length, timeoutMs, () => resolve());
  });
}

/** Opens the folder behind a kernel handle on the file system of `mountDescriptor`; -1 where it is gone. The caller closes it. */
export function openHandledFolder(mountDescriptor: number, { handle }: HandledName): number {
  // O_PATH: names a folder without opening it for reading.
  return libc().openByHandle(mountDescriptor, handle, 0o10000000 | openFlags.closeOnExec);
}
