import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of the files right in a folder, and free bytes of the disk it is on, where they can be known. */
export async function readDiskSpace(
  folder: string,
): Promise<{ readonly usedBytes: number; readonly freeBytes: number | undefined }> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => undefined);
      return found?.isFile() ? found.size : 0;
    }),
  );
  const disk = await statfs(folder).catch(() => undefined);
  return { usedBytes: sizes.reduce((sum, size) => sum + size, 0), freeBytes: disk && disk.bavail * disk.bsize };
}
