import { knownPrograms, knownProgramsNamed, recognise } from './known-processes.ts';
import { folderOf, isWindowsPath, suspectFolderOf, suspectFolderText } from './path-parts.ts';
import { editDistance, foldLookAlikes, nameTricks } from './process-name.ts';

/** An odd place for a program to run from: in words, and how odd where nothing else is known (nats). */
export interface OddPlace {
  readonly kind: string;
  readonly text: string;
  readonly nats: number;
}

const suspectNats: Readonly<Record<string, number>> = {
  temp: 3.5,
  'recycle-bin': 4.5,
  downloads: 2.5,
  roaming: 2.5,
  public: 3.5,
  removable: 3,
};

const otherOddPlaces: readonly (readonly [string, RegExp, string, number])[] = [
  ['documents', /[\\/](?:documents|desktop|pictures|music|videos)(?:[\\/]|$)/i, 'a folder for documents', 2.5],
  [
    'programdata-root',
    /^c:\\(?:programdata|perflogs|intel|users)(?:\\[^\\]+)?$/i,
    'a folder that programs are not installed to',
    2,
  ],
  ['hidden', /\/\.(?!local\/|nvm|cargo|pyenv|vscode|dotnet)[^/]+(?:\/|$)/, 'a hidden folder', 2.5],
  ['shared', /^\/users\/shared(?:\/|$)/i, 'the shared user folder', 3],
  ['caches', /\/library\/caches(?:\/|$)/i, 'a cache folder', 2.5],
  ['removable', /^(?:\/media\/|\/run\/media\/|\/mnt\/|\/volumes\/)|^[d-z]:/i, 'another drive than the system’s', 2.5],
];

/** The odd place an executable runs from, if it is one. */
export function oddPlaceOf(executable: string): OddPlace | undefined {
  if (executable === '') return undefined;
  const suspect = suspectFolderOf(executable);
  if (suspect) return { kind: suspect, text: suspectFolderText(suspect), nats: suspectNats[suspect] ?? 2.5 };
  const folder = folderOf(executable) ?? '';
  for (const [kind, pattern, text, nats] of otherOddPlaces) {
    if (pattern.test(folder)) return { kind, text, nats };
  }
  return undefined;
}

/** The folder of an executable with what differs between machines taken out: account, numbers, hex, drive, 32-bit folder. */
export function placePattern(executable: string): string {
  const folder = folderOf(executable) ?? '';
  const isWindows = isWindowsPath(executable);
  return (isWindows ? folder.toLowerCase() : folder)
    .replace('program files (x86)', 'program files')
    .replace(/^([a-z]:\\users|\/home|\/users)[\\/][^\\/]+/i, '$1/*')
    .replace(/\b[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+/g, '#');
}

/** What a process name pretends, in words, and how telling that is (nats). */
export interface Disguise {
  readonly figure: string;
  readonly text: string;
  readonly nats: number;
}

/** A name that pretends to be a known program's: a system program's above all. */
export function disguiseOf(process: string, executable: string): Disguise | undefined {
  const shown = { process, executable: executable === '' ? undefined : executable };
  const [trick] = nameTricks(shown);
  switch (trick?.kind) {
    case 'look-alike':
      return {
        figure: `Looks like ${trick.imitates}`,
        text: `The name ${process} reads like ${trick.imitates}, a system program, but is written with other characters.`,
        nats: 7,
      };
    case 'near-miss':
      return {
        figure: `${trick.distance === 1 ? 'One letter' : 'Two letters'} from ${trick.imitates}`,
        text: `The name ${process} differs from ${trick.imitates}, a system program, by ${trick.distance === 1 ? 'one letter' : 'two letters'}.`,
        nats: trick.distance === 1 ? 5.5 : 3,
      };
    case 'wrong-folder':
      return {
        figure: 'System name, other folder',
        text: `${process} is the name of a system program, but it ran as ${executable}, which is not that program’s folder.`,
        nats: 7,
      };
    case 'double-extension':
      return {
        figure: `Shown as ${trick.shown}`,
        text: `The name ${process} hides its last extension, so that it is shown as ${trick.shown}.`,
        nats: 6,
      };
    case 'padded':
      return {
        figure: 'Hidden characters',
        text: `The name ${JSON.stringify(process)} holds blanks or characters that are not seen.`,
        nats: 6,
      };
    case undefined:
      break;
  }
  const known = recognise(shown);
  if (
    known.kind === 'wrong-folder' &&
    known.program.platform !== 'windows' &&
    known.program.category !== 'office' &&
    /^\//.test(executable)
  ) {
    return {
      figure: 'Known name, other folder',
      text: `${process} is the name of a program that usually lies in ${known.program.folders.join(' or ')}, but it ran as ${executable}.`,
      nats: oddPlaceOf(executable) ? 6 : 2.5,
    };
  }
  return undefined;
}

/** Names of the catalogue by what a hasty reader sees, and those long enough to miss by a letter, by their length. */
const catalogueByLook = new Map<string, string>();
const catalogueByLength = new Map<number, string[]>();
for (const name of new Set(knownPrograms.map((program) => program.name.toLowerCase()))) {
  catalogueByLook.set(foldLookAlikes(name), name);
  catalogueByLength.set(name.length, [...(catalogueByLength.get(name.length) ?? []), name]);
}

/** A name (lower case) that reads like a known program's, whether or not any host runs that. */
export function catalogueLikenessOf(name: string): Disguise | undefined {
  const lookAlike = catalogueByLook.get(foldLookAlikes(name));
  const near = [-1, 0, 1].flatMap((more) => catalogueByLength.get(name.length + more) ?? []);
  for (const known of lookAlike === undefined ? near : [lookAlike]) {
    const likeness = likenessOf(name, known, 'is the name of a known program');
    if (likeness) return likeness;
  }
  return undefined;
}

/** A name (lower case) that reads like one that many hosts run, or differs from it by one letter. */
export function likenessOf(name: string, common: string, why = 'many hosts run'): Disguise | undefined {
  if (name === common || Math.abs(name.length - common.length) > 2 || knownProgramsNamed(name).length > 0)
    return undefined;
  if (foldLookAlikes(common) === foldLookAlikes(name)) {
    return {
      figure: `Looks like ${common}`,
      text: `The name ${name} reads like ${common}, which ${why}, but is written with other characters.`,
      nats: 7,
    };
  }
  const stem = common.replace(/\.exe$/, '');
  // Numbers in names are versions: one digit more is no disguise.
  if (stem.length < 6 || /\d/.test(stem) || /\d/.test(name) || editDistance(name, common, 1) > 1) return undefined;
  return {
    figure: `One letter from ${common}`,
    text: `The name ${name} differs by one letter from ${common}, which ${why}.`,
    nats: 4,
  };
}
