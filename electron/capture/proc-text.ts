/** Readers of the texts under `/proc/PID`. Process names and arguments are chosen by the processes: nothing in them is trusted. */

/** From `/proc/PID/stat`. */
export interface ProcessStat {
  readonly pid: number;
  /** At most 15 bytes, may hold blanks and parentheses. */
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
  /** Clock ticks (100 a second) between boot and the start of the process. */
  readonly startTicks: number;
}

/** Parses `/proc/PID/stat`. The name may itself hold `) `: it ends at the last parenthesis. Undefined where it is none. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf(' (');
  const close = text.lastIndexOf(') ');
  if (open < 1 || close < open) return undefined;
  const rest = text.slice(close + 2).split(' ');
  const pid = Number(text.slice(0, open));
  const parentPid = Number(rest[1]);
  const startTicks = Number(rest[19]);
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(parentPid) || !Number.isSafeInteger(startTicks))
    return undefined;
  return { pid, name: text.slice(open + 2, close), state: rest[0] ?? '', parentPid, startTicks };
}

/** The real user id of `/proc/PID/status`. */
export function parseStatusUserId(text: string): number | undefined {
  const found = /^Uid:\t(\d{1,10})\t/m.exec(text);
  return found ? Number(found[1]) : undefined;
}

/** From `/proc/PID/io`. */
export interface ProcessIo {
  /** Bytes handed to write calls of any kind: files, pipes, sockets, terminals. */
  readonly writtenChars: number;
  /** Bytes that the process caused to be sent to storage, when it dirtied the pages. */
  readonly storageBytes: number;
}

export function parseIo(text: string): ProcessIo | undefined {
  const chars = /^wchar: (\d{1,20})$/m.exec(text);
  const storage = /^write_bytes: (\d{1,20})$/m.exec(text);
  return chars && storage ? { writtenChars: Number(chars[1]), storageBytes: Number(storage[1]) } : undefined;
}

/** From `/proc/PID/fdinfo/N`. */
export interface DescriptorInfo {
  readonly position: number;
  readonly canWrite: boolean;
}

export function parseFdinfo(text: string): DescriptorInfo | undefined {
  const position = /^pos:\s+(\d{1,20})$/m.exec(text);
  const flags = /^flags:\s+([0-7]{1,12})$/m.exec(text);
  // The two lowest bits are the access mode: 0 reads, 1 writes, 2 both.
  return position && flags
    ? { position: Number(position[1]), canWrite: (Number.parseInt(flags[1] ?? '0', 8) & 3) !== 0 }
    : undefined;
}

/** Longest command line that is kept; the kernel allows megabytes. */
export const maxCommandLineLength = 8_192;

/**
 * A command line as one text. Arguments end with NUL; one that is empty or holds blanks or quotes is quoted, so that the
 * text says where each begins. Undefined for kernel threads, which have none.
 */
export function parseCmdline(text: string): string | undefined {
  const cut = text.slice(0, maxCommandLineLength);
  // A process that rewrites its title leaves blanks and no NUL.
  const trimmed = cut.replace(/\0+$/, '');
  if (trimmed === '') return undefined;
  const shown = trimmed
    .split('\0')
    .map((part) => (part === '' || /[\s"'\\]/.test(part) ? `"${part.replace(/["\\]/g, '\\$&')}"` : part));
  return trimmed.includes('\0') ? shown.join(' ') : trimmed;
}

/** The boot time in epoch milliseconds, from the `btime` line of `/proc/stat`. */
export function parseBootTime(text: string): number | undefined {
  const found = /^btime (\d{1,12})$/m.exec(text);
  return found ? Number(found[1]) * 1000 : undefined;
}

/** Names of users by id, from `/etc/passwd`. The first entry of an id counts. */
export function parsePasswd(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n', 100_000)) {
    const [name, , id] = line.split(':');
    const userId = Number(id);
    if (name && id && Number.isSafeInteger(userId) && !names.has(userId)) names.set(userId, name);
  }
  return names;
}

/** Bytes written to a disk since boot, from `/sys/block/NAME/stat`: the seventh figure counts sectors of 512 bytes, always. */
export function parseDiskWrittenBytes(text: string): number | undefined {
  const sectors = Number(text.trim().split(/\s+/)[6]);
  return Number.isSafeInteger(sectors * 512) && sectors >= 0 ? sectors * 512 : undefined;
}
