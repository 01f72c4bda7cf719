import catalogue from './known-processes.json' with { type: 'json' };
import { folderOf, isWindowsPath } from './path-parts.ts';

/**
 * Programs that may write to removable drives for everyday reasons, and system programs that impostors like to look
 * like. A name is a hint and never a proof: a process counts as known only by name, folder and publisher together.
 * `confirmed` says which of a program's facts were read in a public source; the rest is general knowledge.
 */

export type ProgramCategory =
  | 'system'
  | 'backup'
  | 'sync'
  | 'transfer'
  | 'update'
  | 'maintenance'
  | 'archiver'
  | 'office'
  | 'lolbin';

export interface KnownProgram {
  readonly name: string;
  readonly platform: 'windows' | 'linux' | 'macos';
  readonly category: ProgramCategory;
  /** Usual folders; `*` stands for one part of a path, a folder without a root may stand anywhere. */
  readonly folders: readonly string[];
  /** Subjects of the signature that its vendor uses. Empty where none is known. */
  readonly publishers: readonly string[];
  /** What `publishers` holds: signature subjects can be compared with events, package names and team ids cannot. */
  readonly publisherKind?: 'signer' | 'package' | 'apple-team' | undefined;
  readonly confirmed: readonly ('name' | 'folder' | 'publisher')[];
}

export const knownPrograms: readonly KnownProgram[] = (
  catalogue.programs as readonly (Omit<KnownProgram, 'publishers'> & { readonly publishers: readonly string[] })[]
).map((program) => ({
  ...program,
  publishers: program.publishers.flatMap((publisher) => (publisher === '@microsoft' ? catalogue.microsoft : publisher)),
}));

const byName = new Map<string, KnownProgram[]>();
for (const program of knownPrograms) {
  const name = program.name.toLowerCase();
  byName.set(name, [...(byName.get(name) ?? []), program]);
}

/** The catalogue's entries of a process name, without case. */
export function knownProgramsNamed(process: string): readonly KnownProgram[] {
  return byName.get(process.toLowerCase()) ?? [];
}

/** Names of Windows' own programs, in lower case: what impostors imitate. */
export const windowsSystemNames: ReadonlySet<string> = new Set(
  knownPrograms
    .filter(
      (program) => program.platform === 'windows' && program.folders.some((folder) => /^C:\\Windows\b/i.test(folder)),
    )
    .map((program) => program.name.toLowerCase()),
);

/** How far a process agrees with the catalogue. */
export type Recognition =
  | { readonly kind: 'unlisted' }
  /** Name, folder and publisher agree: known. */
  | { readonly kind: 'known'; readonly program: KnownProgram }
  /** Name and folder agree; the events or the catalogue name no publisher to compare. */
  | { readonly kind: 'folder-agrees'; readonly program: KnownProgram }
  /** Only the name can be compared. */
  | { readonly kind: 'name-only'; readonly program: KnownProgram }
  | { readonly kind: 'wrong-folder'; readonly program: KnownProgram }
  | { readonly kind: 'wrong-publisher'; readonly program: KnownProgram };

/** Compares a process with the catalogue's entries of its name; the best agreement counts. */
export function recognise(process: {
  readonly process: string;
  readonly executable?: string | undefined;
  readonly publisher?: string | undefined;
  readonly publisherTrusted?: boolean | undefined;
}): Recognition {
  const order: readonly Recognition['kind'][] = [
    'known',
    'folder-agrees',
    'name-only',
    'wrong-publisher',
    'wrong-folder',
  ];
  const found = knownProgramsNamed(process.process).map((program) => recogniseAs(program, process));
  return order.map((kind) => found.find((one) => one.kind === kind)).find((one) => one) ?? { kind: 'unlisted' };
}

function recogniseAs(
  program: KnownProgram,
  process: {
    readonly executable?: string | undefined;
    readonly publisher?: string | undefined;
    readonly publisherTrusted?: boolean | undefined;
  },
): Recognition {
  const folder = process.executable === undefined ? undefined : folderOf(process.executable);
  if (folder === undefined || program.folders.length === 0) return { kind: 'name-only', program };
  if (!program.folders.some((usual) => isInUsualFolder(folder, usual))) return { kind: 'wrong-folder', program };
  if (program.publisherKind !== 'signer' || process.publisher === undefined) return { kind: 'folder-agrees', program };
  const agrees = program.publishers.some(
    (publisher) => publisher.toLowerCase() === process.publisher?.trim().toLowerCase(),
  );
  return agrees && process.publisherTrusted !== false
    ? { kind: 'known', program }
    : { kind: 'wrong-publisher', program };
}

/** Folders in which everything may lie: only the folder itself counts, not what is below it. */
const crowdedFolders = new Set(
  ['c:\\windows', 'c:\\windows\\system32', 'c:\\windows\\syswow64', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].map(
    (text) => text.toLowerCase(),
  ),
);

/** Whether `folder` is the usual folder or lies below it (versions live in folders of their own). */
export function isInUsualFolder(folder: string, usual: string): boolean {
  const isWindows = isWindowsPath(usual) || /^[^/]*\\/.test(usual);
  const separator = isWindows ? '\\' : '/';
  const parts = (text: string) =>
    (isWindows ? text.toLowerCase().replaceAll('/', '\\').replace('program files (x86)', 'program files') : text)
      .split(separator)
      .filter((part) => part !== '');
  const wanted = parts(usual);
  const given = parts(folder);
  const isRooted = isWindows ? /^[a-z]:/i.test(usual) : usual.startsWith('/');
  const isCrowded = crowdedFolders.has(isWindows ? usual.toLowerCase() : usual);
  if (isCrowded && given.length !== wanted.length) return false;
  const lastStart = isRooted ? 0 : given.length - wanted.length;
  for (let start = 0; start <= lastStart; start += 1) {
    if (wanted.length <= given.length - start && wanted.every((part, at) => part === '*' || part === given[start + at]))
      return true;
  }
  return false;
}
