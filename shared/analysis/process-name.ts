import { isInUsualFolder, knownProgramsNamed, windowsSystemNames } from './known-processes.ts';
import { folderOf } from './path-parts.ts';

/** A way in which a process name pretends to be something it is not. */
export type NameTrick =
  /** Looks the same as a system name once look-alike characters are read as what they look like. */
  | { readonly kind: 'look-alike'; readonly imitates: string }
  /** One or two letters away from a system name. */
  | { readonly kind: 'near-miss'; readonly imitates: string; readonly distance: number }
  /** A system name that runs from a folder which is not that program's. */
  | { readonly kind: 'wrong-folder'; readonly usualFolders: readonly string[] }
  /** `invoice.pdf.exe`. */
  | { readonly kind: 'double-extension'; readonly shown: string }
  | { readonly kind: 'padded'; readonly where: 'space' | 'hidden-character' };

/** Characters that look like a Latin letter, by what they look like. Frequent impostors only; case is folded before. */
const lookAlikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '5': 's',
  '|': 'l',
  '!': 'l',
  $: 's',
  '@': 'a',
  а: 'a',
  в: 'b',
  е: 'e',
  к: 'k',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  с: 'c',
  т: 't',
  у: 'y',
  х: 'x',
  ѕ: 's',
  і: 'l',
  ј: 'j',
  ԁ: 'd',
  һ: 'h',
  ӏ: 'l',
  ԛ: 'q',
  ԝ: 'w',
  г: 'r',
  п: 'n',
  α: 'a',
  ε: 'e',
  ι: 'l',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  η: 'n',
  ω: 'w',
  ѵ: 'v',
  ı: 'l',
  i: 'l',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  ß: 'b',
  þ: 'p',
  ʟ: 'l',
  ɡ: 'g',
  ɑ: 'a',
  ʀ: 'r',
  ɴ: 'n',
};

/**
 * A name reduced to what a hasty reader sees: compatibility forms composed, accents dropped, case folded, look-alikes read
 * as the letter they look like (i, l and 1 are one), `rn` as m, `vv` as w, and hidden characters removed.
 */
export function foldLookAlikes(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/gu, '')
    .toLowerCase();
  let folded = '';
  for (const character of plain) folded += Object.hasOwn(lookAlikes, character) ? lookAlikes[character] : character;
  return folded.replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/**
 * Edits between two texts (insert, delete, replace, swap of neighbours), or `limit + 1` as soon as there are more than
 * `limit`. Work is bounded by the length of the shorter text times the limit.
 */
export function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let value = Math.min(
        (previous[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (previous[column - 1] ?? limit) + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        value = Math.min(value, (before[column - 2] ?? limit) + 1);
      }
      current.push(value);
      best = Math.min(best, value);
    }
    if (best > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? limit + 1;
}

const foldedSystemNames: readonly (readonly [string, string])[] = [...windowsSystemNames].map(
  (name) => [foldLookAlikes(name), name] as const,
);

/** Names longer than this are never compared letter by letter: no system name is. */
const longestComparedName = 64;

const programExtension = /\.(?:exe|com|scr|pif|bat|cmd|dll|cpl|msi|ps1|vbs|js)$/i;
const documentBeforeProgram =
  /\.(?:pdf|docx?|xlsx?|pptx?|txt|rtf|jpe?g|png|gif|zip|7z|csv|html?|mp[34])\.(?:exe|com|scr|pif|bat|cmd)$/i;

/**
 * Every trick a process name plays. `knownInFleet` holds names that many hosts run: a name of the fleet is not taken as a
 * misspelt system name. An empty answer means that the name pretends nothing that can be seen.
 */
export function nameTricks(
  process: { readonly process: string; readonly executable?: string | undefined },
  knownInFleet: ReadonlySet<string> = new Set(),
): readonly NameTrick[] {
  const name = process.process;
  const tricks: NameTrick[] = [];
  if (/[\p{Cf}\p{Cc}]/u.test(name)) tricks.push({ kind: 'padded', where: 'hidden-character' });
  else if (/^\s|\s$|\s+\.[a-z]{2,4}$|\s{3,}/i.test(name)) tricks.push({ kind: 'padded', where: 'space' });
  if (documentBeforeProgram.test(name))
    tricks.push({ kind: 'double-extension', shown: name.replace(programExtension, '') });
  const lower = name.trim().toLowerCase();
  if (windowsSystemNames.has(lower)) {
    const folder = process.executable === undefined ? undefined : folderOf(process.executable);
    const usualFolders = knownProgramsNamed(lower)
      .filter((program) => program.platform === 'windows')
      .flatMap((program) => program.folders);
    if (
      folder !== undefined &&
      /^[a-z]:|^\\\\/i.test(folder) &&
      !usualFolders.some((usual) => isInUsualFolder(folder, usual))
    )
      tricks.push({ kind: 'wrong-folder', usualFolders });
    return tricks;
  }
  if (name.length > longestComparedName || knownProgramsNamed(lower).length > 0 || knownInFleet.has(lower))
    return tricks;
  const folded = foldLookAlikes(name.trim());
  const lookAlike = foldedSystemNames.find(([systemName]) => systemName === folded);
  if (lookAlike) tricks.push({ kind: 'look-alike', imitates: lookAlike[1] });
  else {
    const near = [...windowsSystemNames]
      .map((imitates) => ({ imitates, distance: editDistance(lower, imitates, allowedEdits(imitates)) }))
      .filter(({ imitates, distance }) => distance <= allowedEdits(imitates))
      .sort((left, right) => left.distance - right.distance || left.imitates.localeCompare(right.imitates))[0];
    if (near) tricks.push({ kind: 'near-miss', ...near });
  }
  return tricks;
}

/** Two edits for long names, one for short ones: with four letters, everything is two edits from something. */
function allowedEdits(systemName: string): number {
  const stem = systemName.replace(programExtension, '').length;
  return stem >= 7 ? 2 : stem >= 5 ? 1 : 0;
}
