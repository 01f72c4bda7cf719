import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fail, messageOf } from '../../shared/base/failure.ts';
import type { SupportFile } from '../../shared/ipc/support-operations.ts';

/** What is known of a workspace without any of its evidence: figures, and the heads of its journals. */
export interface WorkspaceFigures {
  readonly counts?: Readonly<Record<string, number>>;
  readonly cases: readonly { readonly id: string; readonly entries: number; readonly head: string }[];
  /** Why the evidence could not be asked, as a code. */
  readonly problem?: string;
}

/** Most of each log that goes in, from its end. */
const logBytes = 256_000;
const maxSettingsBytes = 1_000_000;

/** The same settings with every text taken out: an address, a name or a filter of a person is nobody else's business. */
export function withoutTexts(value: unknown): unknown {
  if (typeof value === 'string') return `(text of ${value.length} characters)`;
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutTexts(inner)]));
}

/**
 * What helps to find a fault: versions, the machine, settings without their texts, the ends of the logs (which hold no
 * evidence, see `log.ts`), figures of the workspace. No evidence, no secret, no name of a person, host or file.
 */
export async function collectSupportFiles(options: {
  readonly userData: string;
  readonly version: string;
  readonly workspacePath: string;
  readonly workspace: WorkspaceFigures;
}): Promise<readonly SupportFile[]> {
  const about = {
    portside: options.version,
    node: process.versions.node,
    electron: process.versions.electron,
    platform: `${platform()} ${release()} ${arch()}`,
    processors: cpus().length,
    memoryBytes: totalmem(),
    timeZone: new Date().getTimezoneOffset(),
  };
  const files: SupportFile[] = [
    { name: 'about.json', says: 'versions and machine', text: json(about) },
    {
      name: 'workspace.json',
      says: 'figures of the workspace and the heads of its journals',
      text: json({ ...options.workspace, files: await sizesIn(options.workspacePath) }),
    },
  ];
  const settings = await readFile(join(options.userData, 'settings.json'), 'utf8').catch(() => undefined);
  if (settings !== undefined)
    files.push({ name: 'settings.json', says: 'settings, every text taken out', text: json(readSettings(settings)) });
  const logs = join(options.userData, 'logs');
  for (const name of (await readdir(logs).catch(() => [])).filter((one) => /^[\w-]+\.log(?:\.\d)?$/.test(one)).sort()) {
    const bytes = await readFile(join(logs, name)).catch(() => undefined);
    if (!bytes) continue;
    const end = bytes.subarray(Math.max(0, bytes.length - logBytes)).toString('utf8');
    // A line that was cut in the middle is left out.
    const text = bytes.length > logBytes ? end.slice(end.indexOf('\n') + 1) : end;
    files.push({ name: `${name}.txt`, says: 'what the program logged', text });
  }
  return files;
}

/**
 * Writes a bundle into a folder of its own. Ends with `export-failed` where the folder cannot be made or holds something.
 */
export async function writeSupportFiles(folder: string, files: readonly SupportFile[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) throw new Error('it is not empty');
    for (const { name, text } of files) await writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw fail('export-failed', `${folder} cannot take the bundle: ${messageOf(error)}`, 'Name another folder.', error);
  }
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

function readSettings(text: string): unknown {
  if (text.length > maxSettingsBytes) return { problem: 'too large' };
  try {
    return withoutTexts(JSON.parse(text));
  } catch {
    return { problem: 'not JSON' };
  }
}

/** Sizes of the files right in a workspace, whose names are the program's own. */
async function sizesIn(folder: string): Promise<Readonly<Record<string, number>>> {
  const names = (await readdir(folder).catch(() => [])).filter((name) =>
    /^(?:evidence|decisions|elastic)[\w.-]*$/.test(name),
  );
  const sizes = await Promise.all(
    names
      .sort()
      .map(async (name) => [name, (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0] as const),
  );
  return Object.fromEntries(sizes);
}
