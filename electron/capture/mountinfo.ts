/** One line of `/proc/PID/mountinfo`. */
export interface Mount {
  readonly id: number;
  /** Major and minor number of the file system's device, `8:17`. */
  readonly deviceNumber: string;
  /** The part of the file system that is mounted: `/` except for bind mounts. */
  readonly root: string;
  readonly mountPoint: string;
  readonly isReadOnly: boolean;
  readonly fileSystem: string;
  readonly source: string;
}

const maxMounts = 20_000;

/** Undoes the kernel's octal escapes of blank, tab, newline and backslash. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Parses a mountinfo table. Names are decoded as UTF-8 by the caller's reading; lines that are none are skipped, and so is
 * everything past 20,000 mounts.
 */
export function parseMountinfo(text: string): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n', maxMounts)) {
    const fields = line.split(' ');
    const [id, , deviceNumber, root, mountPoint, options] = fields;
    const dash = fields.indexOf('-', 6);
    const fileSystem = fields[dash + 1];
    const source = fields[dash + 2];
    if (
      dash < 6 ||
      !/^\d{1,10}$/.test(id ?? '') ||
      !/^\d{1,7}:\d{1,7}$/.test(deviceNumber ?? '') ||
      !root ||
      !mountPoint ||
      !fileSystem
    )
      continue;
    mounts.push({
      id: Number(id),
      deviceNumber: deviceNumber ?? '',
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      isReadOnly: (options ?? '').split(',').includes('ro'),
      fileSystem,
      source: unescapeOctal(source ?? ''),
    });
  }
  return mounts;
}

/** The mount that `path` lies in: the longest mount point above it, the last one where several are stacked. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    const holds = path === mount.mountPoint || path.startsWith(prefix);
    if (holds && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  return best;
}
