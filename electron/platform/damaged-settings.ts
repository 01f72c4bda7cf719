import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A settings file that could not be understood and was set aside (see `openSettings`). */
export interface DamagedSettings {
  /** Where it is kept now. */
  readonly path: string;
  /** The file it was; defaults hold in its place. */
  readonly original: string;
  /** When it was set aside. */
  readonly atMs: number;
}

const ending = '.json.damaged';

/** Settings files that were set aside in these folders and still lie there, the newest first. */
export async function listDamagedSettings(folders: readonly string[]): Promise<readonly DamagedSettings[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending));
      return await Promise.all(
        names.map(async (name) => {
          const path = join(folder, name);
          // A rename changes the time of the entry, not that of the content.
          const atMs = (await stat(path).catch(() => undefined))?.ctimeMs;
          return { path, original: path.slice(0, -'.damaged'.length), atMs: atMs ?? 0 };
        }),
      );
    }),
  );
  return found.flat().sort((one, other) => other.atMs - one.atMs);
}
