import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostilePayloads } from './payloads.ts';

/**
 * Every door by which a hostile text comes in and every exit by which it goes out, and for each pair what looks at it: a test
 * by its file and title, or a reason why nothing can come out there. A door leads to a place where texts are kept; a test
 * of the door shows that the text is there as it came, and a test of the exit that what is kept there comes out safely.
 */

/** A test, by its file and a part of its title; or why there is none. */
type Cell = readonly [file: string, title: string] | { readonly not: string };

/** Where texts are kept: `evidence` in the store, `rules` and `journals` in their files, `settings` in the person's own folder. */
const kinds = ['evidence', 'rules', 'journals', 'settings', 'nowhere'] as const;
type Kind = (typeof kinds)[number];

const text = 'e2e/hostile/hostile-text.test.ts';
const doors = 'e2e/hostile/doors.test.ts';
const names = 'e2e/system/hostile-names.test.tsx';
const ruleTexts = 'texts of a rule file, and of what the page writes into the journal';

const intoKinds: Readonly<Record<string, { readonly kind: Kind; readonly by: Cell }>> = {
  'import NDJSON': { kind: 'evidence', by: [text, 'JSON has every name as it came'] },
  'import CSV': { kind: 'evidence', by: [text, 'JSON has every name as it came'] },
  'import JSON array': { kind: 'evidence', by: [doors, 'a file of the form %s'] },
  'import search response': { kind: 'evidence', by: [doors, 'a file of the form %s'] },
  'import gzip': { kind: 'evidence', by: [doors, 'a file of the form %s'] },
  'import Parquet': { kind: 'evidence', by: [doors, 'a file of the form %s'] },
  'live names': { kind: 'evidence', by: [doors, 'names of live writes'] },
  'answer of a cluster': { kind: 'evidence', by: [doors, 'names that a cluster answers with'] },
  'rule file': { kind: 'rules', by: [doors, ruleTexts] },
  'call of the page': { kind: 'journals', by: [text, 'a whole one verifies'] },
  package: {
    kind: 'journals',
    by: ['electron/cases/case-package.test.ts', 'shows hostile text as text in every file'],
  },
  'settings file': {
    kind: 'settings',
    by: ['e2e/hostile/fuzz/files.test.ts', 'changed sources, and what a workspace'],
  },
  link: { kind: 'nowhere', by: [doors, 'no link of another form'] },
};

const none = (not: string): Cell => ({ not });
const noRules = none('holds evidence and decisions; of rules only what an alert quotes, which is evidence');
const noSettings = none('names of sources are shown in the window and noted in the journal only');
const noPackage = none('not a part of a package');

const fromKinds: Readonly<Record<string, Readonly<Record<Exclude<Kind, 'nowhere'>, Cell>>>> = {
  'window DOM': {
    evidence: [names, 'every hostile name is text in the window'],
    rules: [names, 'every hostile name is text in the window'],
    journals: [names, 'every hostile name is text in the window'],
    settings: [names, 'every hostile name is text in the window'],
  },
  'command line': {
    evidence: [text, 'has one line a row and nothing that steers'],
    rules: [doors, ruleTexts],
    journals: [doors, ruleTexts],
    settings: [doors, ruleTexts],
  },
  'HTML report': {
    evidence: [text, 'every finding is shown as text, whole'],
    rules: noRules,
    journals: [text, 'the report is text and nothing but its template'],
    settings: noSettings,
  },
  PDF: {
    evidence: [text, 'the report is text and nothing but its template'],
    rules: noRules,
    journals: [text, 'the report is text and nothing but its template'],
    settings: noSettings,
  },
  CSV: {
    evidence: [text, '%s has its columns and no formula'],
    rules: noRules,
    journals: [text, '%s has its columns and no formula'],
    settings: noSettings,
  },
  'names in a zip': {
    evidence: [text, 'its files have names that every system takes'],
    rules: noPackage,
    journals: [text, 'its files have names that every system takes'],
    settings: noPackage,
  },
  'STIX, CASE, layer': {
    evidence: [text, 'with ids and keys that no name chose'],
    rules: noRules,
    journals: ['electron/cases/package-validators.test.ts', 'with hostile content'],
    settings: noSettings,
  },
  'ECS, Timesketch, Kibana': {
    evidence: [text, 'lines of ECS, Timesketch and Kibana'],
    rules: noRules,
    journals: ['electron/cases/response-actions.test.ts', 'makes a case there whose texts stay texts'],
    settings: noSettings,
  },
  clipboard: {
    evidence: ['shared/analysis/csv.test.ts', 'never lets a cell begin a formula'],
    rules: none('the window copies tables of evidence and its own words'),
    journals: none('the window copies tables of evidence and its own words'),
    settings: none('the window copies tables of evidence and its own words'),
  },
  notification: {
    evidence: [doors, 'a notification shows names without'],
    rules: [doors, 'a notification shows names without'],
    journals: none('only new alerts are told'),
    settings: none('only new alerts are told'),
  },
  log: {
    evidence: ['electron/platform/log.test.ts', 'with its cause and without evidence'],
    rules: ['electron/platform/log.test.ts', 'with its cause and without evidence'],
    journals: ['electron/platform/log.test.ts', 'with its cause and without evidence'],
    settings: ['electron/platform/log.test.ts', 'with its cause and without evidence'],
  },
  'support bundle': {
    evidence: ['e2e/cli/support.test.ts', 'neither evidence nor secret nor name'],
    rules: ['e2e/cli/support.test.ts', 'neither evidence nor secret nor name'],
    journals: ['e2e/cli/support.test.ts', 'neither evidence nor secret nor name'],
    settings: ['e2e/cli/support.test.ts', 'neither evidence nor secret nor name'],
  },
};

const files = new Map<string, string>();
function isThere([file, title]: readonly [string, string]): boolean {
  const content = files.get(file) ?? readFileSync(join(import.meta.dirname, '../..', file), 'utf8');
  files.set(file, content);
  return content.split('\n').some((line) => !/^\s*(?:\/\/|\*)/.test(line) && line.includes(title));
}

test('each door and each exit has a test that is there, or a reason; each pair of them is one or the other', () => {
  expect(hostilePayloads.length).toBeGreaterThanOrEqual(40);
  const cells = [
    ...Object.values(intoKinds).map(({ by }) => by),
    ...Object.values(fromKinds).flatMap((byKind) => Object.values(byKind)),
  ];
  const missing = cells.filter(
    (cell): cell is readonly [string, string] => Array.isArray(cell) && !isThere(cell as readonly [string, string]),
  );
  expect(missing).toEqual([]);
  for (const cell of cells) if ('not' in cell) expect(cell.not).toMatch(/\w{3}/);

  const exits = Object.keys(fromKinds);
  const rows = Object.entries(intoKinds).map(([door, { kind }]) => {
    const marks = exits.map((exit) => {
      if (kind === 'nowhere') return 'refused';
      return 'not' in (fromKinds[exit]?.[kind] ?? none('')) ? 'argued' : 'tested';
    });
    return { door, marks };
  });
  const widest = Math.max(...exits.map((exit) => exit.length));
  const table = [
    ['', ...exits].map((cell) => cell.padEnd(widest)).join(' '),
    ...rows.map(({ door, marks }) => [door, ...marks].map((cell) => cell.padEnd(widest)).join(' ')),
  ];
  process.stdout.write(`${table.join('\n')}\n`);
  expect(rows.flatMap(({ marks }) => marks).filter((mark) => mark === 'tested').length).toBeGreaterThanOrEqual(120);
});
