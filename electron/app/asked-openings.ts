import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageExtensions } from '../../shared/model/package-extensions.ts';
import { type LinkTarget, parsePortsideLink } from '../../shared/model/portside-link.ts';

/** What a command line, or the system, asks to be shown: a link's target, or a file that may be a case package. */
export type AskedOpening = LinkTarget | { readonly kind: 'file'; readonly path: string };

/** Openings taken from one command line. */
const mostOpenings = 20;
const longestPath = 4_096;
const linkStart = /^portside:\/\//i;

/**
 * The target of a link, where it is one of ours, whole and straight. A bare id, which the palette takes, is no link: on a
 * command line it would be any word.
 */
export function openingOfLink(text: string): LinkTarget | undefined {
  return linkStart.test(text) ? parsePortsideLink(text) : undefined;
}

/**
 * The path of a file that is named like a case package; nothing for any other text. Desktops hand files over as paths or
 * as `file:` addresses. Paths of other computers are refused: only to look at one would sign in there.
 */
export function openingOfFile(text: string, workingFolder: string): { kind: 'file'; path: string } | undefined {
  if (text.length > longestPath || text.startsWith('-')) return undefined;
  let path = text;
  if (/^file:/i.test(text)) {
    try {
      path = fileURLToPath(text);
    } catch {
      return undefined;
    }
  } else if (/^[a-z][a-z\d+.-]+:/i.test(text)) return undefined;
  if (path.includes('\0') || /^[\\/]{2}/.test(path)) return undefined;
  if (!packageExtensions.some((extension) => path.toLowerCase().endsWith(`.${extension}`))) return undefined;
  return { kind: 'file', path: isAbsolute(path) ? path : resolve(workingFolder, path) };
}

/**
 * Links and packages in a command line, in their order. Everything else in it, and everything crooked, offers nothing;
 * whether a file is there is for `isRegularFile` to say.
 */
export function askedOpenings(argv: readonly string[], workingFolder: string): readonly AskedOpening[] {
  return argv
    .slice(1)
    .flatMap((argument): readonly AskedOpening[] => {
      const asked = openingOfLink(argument) ?? openingOfFile(argument, workingFolder);
      return asked ? [asked] : [];
    })
    .slice(0, mostOpenings);
}

/** Whether a plain file is there: no folder, no device, nothing that waits for somebody to write. */
export async function isRegularFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
