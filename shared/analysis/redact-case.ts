import { countOf } from '../base/words.ts';
import type { CaseFinding, CaseState } from '../model/case-file.ts';
import type { CaseEvidence } from './case-events.ts';
import { extensionOf, fileNameOf, folderOf } from './path-parts.ts';
import type { FindingEvidence } from './report.ts';

/** A case without the names of its users and the paths of its files, and what was taken out. */
export interface RedactedCase {
  readonly state: CaseState;
  readonly evidence: CaseEvidence;
  readonly byFinding: ReadonlyMap<string, FindingEvidence>;
  readonly redactions: readonly string[];
}

/**
 * Replaces user names by `user-1`, `user-2`, … and file paths by `file-1.ext`, everywhere they occur, also inside notes
 * and sentences. The names of people who worked on the case stay: they answer for it. Texts that people wrote may still
 * describe somebody in other words; the redactions say so.
 */
export function redactCase(
  state: CaseState,
  evidence: CaseEvidence,
  byFinding: ReadonlyMap<string, FindingEvidence>,
): RedactedCase {
  const workers = new Set([
    state.openedBy,
    ...state.people.map((person) => person.name),
    ...state.entries.map((entry) => entry.actor),
  ]);
  const users = new Set<string>();
  const paths = new Set<string>();
  for (const { finding } of state.findings) {
    users.add(finding.user);
    if (finding.executable) paths.add(finding.executable);
  }
  for (const write of evidence.writes) {
    users.add(write.user);
    for (const path of [write.path, write.sourcePath, write.executable]) if (path) paths.add(path);
    if (write.commandLine) paths.add(write.commandLine);
  }
  const replacements = new Map<string, string>();
  // The name without its domain too: paths and texts mostly hold that.
  let number = 0;
  for (const user of [...users].sort()) {
    if (user === '' || workers.has(user)) continue;
    number += 1;
    replacements.set(user, `user-${number}`);
    const short = user.split('\\').at(-1) ?? '';
    if (short.length >= 3 && !workers.has(short) && !replacements.has(short)) replacements.set(short, `user-${number}`);
  }
  const userCount = number;
  number = 0;
  for (const path of [...paths].sort()) {
    number += 1;
    const extension = extensionOf(path);
    const label = `file-${number}${/^[a-z0-9]{1,8}$/.test(extension) ? `.${extension}` : ''}`;
    replacements.set(path, label);
    const folder = folderOf(path);
    // Sentences name folders too. Those of the system and of installed programs tell nothing about a person.
    if (
      folder &&
      folder.length >= 4 &&
      !/^(?:[a-z]:\\(?:windows|program files)|\/(?:usr|s?bin|opt|lib))(?:[\\/ ]|$)/i.test(folder) &&
      !replacements.has(folder)
    )
      replacements.set(folder, `folder-${number}`);
    const name = fileNameOf(path);
    // Names of programs say what ran, and are what the case is about.
    if (name.length >= 6 && !/\.(?:exe|dll|com)$/i.test(name) && !replacements.has(name)) replacements.set(name, label);
  }
  const replace = makeReplacer(replacements);
  const walk = <T>(value: T): T => {
    if (typeof value === 'string') return replace(value) as T;
    if (Array.isArray(value)) return value.map(walk) as T;
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, isKept(key) ? inner : walk(inner)]),
      ) as T;
    return value;
  };
  return {
    state: walk({ ...state, findings: state.findings.map(withoutLists) }),
    evidence: walk(evidence),
    byFinding: new Map([...byFinding].map(([id, one]) => [id, walk(one)])),
    redactions: [
      `${countOf(userCount, 'user name')} and ${countOf(paths.size, 'path')} were replaced, the same one by the same word everywhere.`,
      'Journal, frozen evidence and attachments are not in the package, since they hold what was taken out.',
      'Texts that people wrote were searched for these names only; they may describe somebody in other words.',
    ],
  };
}

/** Lists of the settings name people and words of their own; the thresholds name nobody. */
function withoutLists({ settings, ...finding }: CaseFinding): CaseFinding {
  if (!settings) return finding;
  const thresholds = Object.entries(settings).filter(([, value]) => typeof value === 'number');
  return { ...finding, settings: Object.fromEntries(thresholds) };
}

/** Ids, hashes and names of exhibits hold nothing of a person, and must stay what they are. */
function isKept(key: string): boolean {
  return ['hash', 'head', 'sha256', 'id', 'findingId', 'taskId', 'exhibit', 'kind', 'actor', 'question'].includes(key);
}

/** Longest first, so that a path is replaced as a whole and not from its file name. */
function makeReplacer(replacements: ReadonlyMap<string, string>): (text: string) => string {
  const known = [...replacements].sort(([left], [right]) => right.length - left.length || (left < right ? -1 : 1));
  const whole = new Map([...known].map(([from, to]) => [from.toLowerCase(), to]));
  const cache = new Map<string, string>();
  return (text) => {
    const exact = whole.get(text.toLowerCase());
    if (exact !== undefined) return exact;
    const seen = cache.get(text);
    if (seen !== undefined) return seen;
    let result = text;
    // Texts without a single known name are the most; a cheap look for each is enough for what a case holds.
    for (const [from, to] of known) if (from.length <= result.length) result = replaceAllWithoutCase(result, from, to);
    cache.set(text, result);
    return result;
  };
}

function replaceAllWithoutCase(text: string, from: string, to: string): string {
  const lower = text.toLowerCase();
  const wanted = from.toLowerCase();
  // Lower case may change a length; then only exact matches are safe to cut out.
  if (lower.length !== text.length || wanted.length !== from.length) return text.replaceAll(from, () => to);
  let result = '';
  let at = 0;
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, at)) {
    result += text.slice(at, found) + to;
    at = found + from.length;
  }
  return result + text.slice(at);
}
