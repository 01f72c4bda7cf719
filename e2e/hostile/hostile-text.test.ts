import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { JSDOM } from 'jsdom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nameUuid } from '../../electron/cases/name-uuid.ts';
import { cliCommands } from '../../electron/cli/commands.ts';
import { gatherFindingEvidence } from '../../electron/cli/finding-evidence.ts';
import { runCli } from '../../electron/cli/run.ts';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { makeTestFolder } from '../../electron/evidence/workspace-for-tests.ts';
import { openLog } from '../../electron/platform/log.ts';
import { makeServices, type Services } from '../../electron/services.ts';
import { navigatorLayer } from '../../shared/analysis/attack-techniques.ts';
import { caseEvents } from '../../shared/analysis/case-events.ts';
import { caseUcoGraph } from '../../shared/analysis/export-case-uco.ts';
import { stixBundle } from '../../shared/analysis/export-stix.ts';
import {
  irisTimelineCsv,
  kibanaTimelines,
  timesketchCsv,
  timesketchJsonl,
  writesCsv,
} from '../../shared/analysis/export-timeline.ts';
import { handOverText } from '../../shared/analysis/hand-over.ts';
import { caseReport, findingPage } from '../../shared/analysis/report.ts';
import { toEcsWrite } from '../../shared/model/ecs.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { hostilePayloads } from './payloads.ts';

/**
 * Every payload in every name, in by each format and out by each exit: as text, whole, and in the form that is safe there.
 * What is right is computed here, with nothing of the product.
 */

/** A half of a pair cannot be written as UTF-8 and is U+FFFD from the import on. */
const stored = (text: string) => Buffer.from(text, 'utf8').toString('utf8');

interface MadeWrite {
  readonly id: string;
  readonly aim: string;
  readonly text: string;
}

/** The same names from each format; CSV and NDJSON differ in their ids, and so they are two events. */
const madeBy = (format: 'n' | 'c'): readonly MadeWrite[] =>
  hostilePayloads.map(({ aim, text }, index) => ({ id: `${format}-${index}`, aim: `${aim} (${format})`, text }));
const ndjsonWrites = madeBy('n');
const csvWrites = madeBy('c');
const writes = [...ndjsonWrites, ...csvWrites];
const startMs = Date.UTC(2026, 9, 1);
const atOf = (index: number) => new Date(startMs + index * 60_000).toISOString();

function toLine({ id, text }: MadeWrite, index: number): string {
  return JSON.stringify({
    '@timestamp': atOf(index),
    event: { id, category: ['file'], action: 'creation' },
    host: { name: text },
    user: { name: text },
    process: { name: text, executable: `C:\\x\\${text}`, code_signature: { subject_name: text, trusted: false } },
    file: {
      path: `E:\\${text}`,
      size: 1_000 + index,
      Ext: {
        original: { path: `C:\\${text}` },
        device: { bus_type: 'USB', vendor_id: text, product_id: text, serial_number: text, dos_name: text },
      },
    },
  });
}

const csvColumns = [
  '@timestamp',
  'event.id',
  'event.category',
  'event.action',
  'host.name',
  'user.name',
  'process.name',
  'file.path',
  'file.size',
  'file.Ext.device.bus_type',
  'file.Ext.device.vendor_id',
  'file.Ext.device.product_id',
  'file.Ext.device.serial_number',
];

function toCsvRow({ id, text }: MadeWrite, index: number): string {
  const values = [atOf(index), id, 'file', 'creation', text, text, text, `E:\\${text}`, String(1_000 + index), 'USB'];
  return [...values, text, text, text].map((value) => `"${value.replaceAll('"', '""')}"`).join(',');
}

/** Characters that steer a terminal or cannot be seen, by Unicode's own classes; the line feed ends lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const steering = /[\u0000-\u0009\u000b-\u001f]|[\u007f-\u009f]|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u;

/** The text that is shown as `⟨U+202E⟩` for what cannot be seen, as it was. */
const unseen = (shown: string) =>
  shown.replace(/⟨U\+([0-9A-F]{4,6})⟩/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)));

let folder = '';
let unpacked = '';
let services: Services;
let release: () => Promise<void> = () => Promise.resolve();
let findings: readonly FindingRow[] = [];
/** Findings for which the steps of the investigation are collected: that asks the store hundreds of questions each. */
let sample: readonly FindingRow[] = [];

function collector(): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

async function portside(...args: string[]): Promise<string> {
  const [stdout, stderr] = [collector(), collector()];
  const code = await runCli(cliCommands, [...args, '--workspace', join(folder, 'workspace')], {
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: new AbortController().signal,
    version: '0.0.0',
    log: openLog(join(folder, 'logs'), 'cli'),
    openWorkspace: async () => ({ ...services, close: () => Promise.resolve() }),
  });
  expect({ args, code, stderr: stderr.text() }).toMatchObject({ code: 0 });
  expect(stderr.text()).not.toMatch(steering);
  return stdout.text();
}

const rowsOf = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  (await portside(...args, '--json'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  const made = await makeTestFolder();
  folder = made.path;
  const { XDG_CONFIG_HOME: before } = process.env;
  // Keys of the workstation are made in the person's own folder: not in that of whoever runs the tests.
  process.env.XDG_CONFIG_HOME = join(folder, 'config');
  const workspacePath = join(folder, 'workspace');
  const engine = await openWorkspaceEngine({ workspacePath });
  services = makeServices({ workspacePath, engine, version: '0.0.0' });
  release = async () => {
    await engine.close();
    if (before === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = before;
    await made.release();
  };
  const ndjson = join(folder, 'events.ndjson');
  const csv = join(folder, 'events.csv');
  await writeFile(ndjson, ndjsonWrites.map(toLine).join('\n'));
  await writeFile(csv, `${csvColumns.join(',')}\r\n${csvWrites.map(toCsvRow).join('\r\n')}\r\n`);
  const imported = JSON.parse(await portside('import', ndjson, csv, '--json')) as { files: object[] };
  const all = { rowsRead: hostilePayloads.length, rowsStored: hostilePayloads.length, rowsRejected: 0 };
  expect(imported.files).toMatchObject([all, all]);
  findings = (await rowsOf('findings')) as unknown as FindingRow[];
  sample = findings.filter((_, index) => index % 9 === 0);
}, 120_000);
afterAll(() => release());

test('there are at least forty', () => {
  expect(new Set(hostilePayloads.map(({ text }) => text)).size).toBeGreaterThanOrEqual(40);
});

describe('on the command line', () => {
  test('JSON has every name as it came', async () => {
    const rows = new Map((await rowsOf('writes')).map((row) => [row.id, row]));
    expect(rows.size).toBe(writes.length);
    for (const { id, aim, text } of writes) {
      const name = stored(text);
      expect({ aim, row: rows.get(id) }).toMatchObject({
        aim,
        row: {
          path: `E:\\${name}`,
          process: name,
          user: name,
          host: name,
          deviceVendor: name,
          deviceProduct: name,
          deviceSerial: name,
        },
      });
    }
  });

  test.each([
    ['writes'],
    ['processes'],
    ['devices'],
    ['sessions'],
    ['findings'],
    ['volumes', '--bucket', '1h', '--by', 'process'],
  ])('the table of %s has one line a row and nothing that steers a terminal', async (...args) => {
    const limit = ['writes', 'processes', 'findings'].includes(args[0]) ? ['--limit', '1000'] : [];
    const rows = await rowsOf(...args, ...limit);
    const table = await portside(...args, ...limit);
    expect(rows.length).toBeGreaterThanOrEqual(hostilePayloads.length - 1);
    expect(table).not.toMatch(steering);
    expect(table.trimEnd().split('\n')).toHaveLength(rows.length + 1);
  });

  test('each finding is told without anything that steers a terminal', async () => {
    for (const { id } of findings) expect(await portside('finding', id)).not.toMatch(steering);
  });
});

/** Elements and attributes that the templates of pages use; anything else came from a name. */
const templateElements = new Set(
  `html head meta title style body main header div h1 h2 h3 p span b br code dl dt dd table thead tbody tr th td ul li
   figure figcaption svg defs pattern rect path text`.split(/\s+/),
);
const templateAttributes = new Set(
  `lang charset name content http-equiv class style viewBox role aria-label id width height patternUnits
   patternTransform d fill stroke stroke-width stroke-dasharray x y font-size font-weight text-anchor`.split(/\s+/),
);

/** Reads a page as a browser with scripts on would, and fails where more than the template is in it. */
function expectOnlyTemplate(html: string, about: string): Document {
  expect(html, about).not.toMatch(steering);
  const { window } = new JSDOM(html, { runScripts: 'dangerously' });
  expect((window as unknown as { taken?: unknown }).taken, about).toBeUndefined();
  const foreign: string[] = [];
  for (const element of window.document.querySelectorAll('*')) {
    if (!templateElements.has(element.localName)) foreign.push(element.localName);
    for (const { name, value } of element.attributes) {
      const isOwn = name !== 'style' || /^(?:margin-top|width):[\d.]+(?:mm|pt)$/.test(value);
      if (!templateAttributes.has(name) || !isOwn) foreign.push(`${name}="${value}"`);
    }
  }
  expect(foreign, about).toEqual([]);
  // One policy, and no refresh beside it.
  expect(window.document.querySelectorAll('meta[http-equiv]'), about).toHaveLength(1);
  expect(window.document.querySelectorAll('title, style'), about).toHaveLength(2);
  return window.document;
}

describe('on pages', () => {
  function expectFinding(html: string, { process, host }: FindingRow): void {
    const about = JSON.stringify(process).slice(0, 80);
    const page = expectOnlyTemplate(html, about);
    expect(unseen(page.querySelector('h1')?.textContent ?? ''), about).toBe(`${process} on ${host}`);
    expect(unseen(page.querySelector('title')?.textContent ?? ''), about).toBe(`Finding: ${process} on ${host}`);
  }

  test('every finding is shown as text, whole', async () => {
    expect(new Set(findings.map(({ process }) => process)).size).toBeGreaterThanOrEqual(hostilePayloads.length - 1);
    for (const finding of findings) {
      const evidence = await gatherFindingEvidence(services.engine, finding, new AbortController().signal);
      expectFinding(findingPage(finding, evidence), finding);
    }
  });

  test('so it is with the evidence of its steps, as the command line gives it', async () => {
    for (const finding of sample) expectFinding(await portside('finding', finding.id, '--html'), finding);
  });
});

/** Rows of a CSV by RFC 4180. */
function parseCsv(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let rest = csv;
  while (rest !== '') {
    const [whole, quoted, bare, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/.exec(rest) ?? [];
    if (whole === undefined) throw new Error(`no CSV at: ${JSON.stringify(rest.slice(0, 60))}`);
    row.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    rest = rest.slice(whole.length);
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

const jsonLinesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('in a package', () => {
  /** The files of a package on all findings, made by what makes them for a case. */
  const files = new Map<string, string>();
  const read = (name: string) => files.get(name) ?? '';

  beforeAll(async () => {
    unpacked = join(folder, 'unpacked');
    const { id } = JSON.parse(
      await portside('case', 'open', ...sample.flatMap((finding) => ['--finding', finding.id]), '--json'),
    ) as { id: string };
    for (const { text } of hostilePayloads)
      await portside('case', 'note', id, `--text=${stored(text).slice(0, 4_000)}`);
    expect(await portside('case', 'show', id)).not.toMatch(steering);
    expect(await portside('case', 'list')).not.toMatch(steering);
    const zip = join(folder, 'case.zip');
    await portside('case', 'export', id, '--out', zip);
    expect(JSON.parse(await portside('verify', zip, '--json'))).toMatchObject({ ok: true });
    await promisify(execFile)('unzip', ['-q', zip, '-d', unpacked]);

    const opened = await services.cases.read(id);
    const state = { ...opened, findings: findings.map((finding) => ({ finding, steps: [], marks: [] })) };
    const rows = (await rowsOf('writes')) as unknown as WriteEvent[];
    const evidence = { writes: rows, deviceEvents: [], sessions: [], volume: [] };
    const events = caseEvents(state, evidence);
    const byFinding = new Map(findings.map((finding) => [finding.id, evidence]));
    const context = { evidence: byFinding, keyFingerprint: 'SHA256:x', version: '0.0.0', redactions: [] };
    files
      .set('report.html', caseReport(state, context))
      .set('HANDOVER.txt', handOverText(state))
      .set('writes.csv', writesCsv(rows))
      .set('timesketch.csv', timesketchCsv(state, events))
      .set('timesketch.jsonl', timesketchJsonl(state, events))
      .set('iris-timeline.csv', irisTimelineCsv(state, events))
      .set('kibana-timelines.ndjson', kibanaTimelines(state))
      .set('ecs.ndjson', rows.map((row) => `${JSON.stringify(toEcsWrite(row))}\n`).join(''))
      .set('stix.json', stixBundle(state, evidence, nameUuid))
      .set('case-uco.jsonld', caseUcoGraph(state, evidence, nameUuid))
      .set('attack-navigator-layer.json', navigatorLayer(state));
  }, 120_000);

  test('a whole one verifies, and its files have names that every system takes', async () => {
    const names = (await readdir(unpacked, { recursive: true, withFileTypes: true })).map(({ name }) => name);
    for (const name of files.keys()) expect(names).toContain(name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,119}(?<!\.)$/);
    for (const name of ['case.json', 'manifest.json'])
      expect(JSON.parse(await readFile(join(unpacked, name), 'utf8'))).toBeTypeOf('object');
    expectOnlyTemplate(await readFile(join(unpacked, 'report.html'), 'utf8'), 'report of the package');
  });

  test('the report is text and nothing but its template', () => {
    const page = expectOnlyTemplate(read('report.html'), 'report');
    const text = unseen(page.body.textContent ?? '');
    for (const { text: name } of hostilePayloads) expect(text).toContain(stored(name).slice(0, 200));
    expect(read('HANDOVER.txt')).not.toMatch(steering);
  });

  test.each(['writes.csv', 'timesketch.csv', 'iris-timeline.csv'])('%s has its columns and no formula', (name) => {
    const [header = [], ...rows] = parseCsv(read(name));
    expect(rows.length).toBeGreaterThanOrEqual(writes.length);
    for (const row of rows) {
      expect(row).toHaveLength(header.length);
      for (const cell of row) {
        // Numbers and the offset of a time are the program's own.
        if (/^-?\d+(?:\.\d+)?$/.test(cell) || cell === '+00:00') continue;
        // What a spreadsheet may look past before it finds a formula.
        expect(cell.replace(/^[\s\p{Cf}"]+/u, '')).not.toMatch(/^[=+\-@＝＋－＠]/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
        expect(cell).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }
    }
  });

  test('lines of ECS, Timesketch and Kibana are JSON with the names as they came', () => {
    const ecs = jsonLinesOf(read('ecs.ndjson'));
    const byId = new Map(ecs.map((row) => [(row.event as { id: string }).id, row]));
    for (const { id, aim, text } of writes) {
      const name = stored(text);
      expect({ aim, row: byId.get(id) }).toMatchObject({
        aim,
        row: { host: { name }, user: { name }, process: { name }, file: { path: `E:\\${name}` } },
      });
    }
    const processes = new Set(jsonLinesOf(read('timesketch.jsonl')).map((row) => row.process_name));
    for (const { text } of hostilePayloads) expect(processes).toContain(stored(text).slice(0, 32_000));
    expect(jsonLinesOf(read('kibana-timelines.ndjson'))).toHaveLength(findings.length);
  });

  test('STIX, CASE and the layer are JSON, with ids and keys that no name chose', () => {
    const { objects } = JSON.parse(read('stix.json')) as { objects: { id: string }[] };
    for (const { id } of objects)
      expect(id).toMatch(/^[a-z0-9-]+--[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const keys = new Set<string>();
    for (const name of ['stix.json', 'case-uco.jsonld', 'attack-navigator-layer.json'])
      JSON.parse(read(name), (key, value) => {
        keys.add(key);
        return value;
      });
    for (const { text } of hostilePayloads.filter((one) => !/^\w{1,4}$/.test(one.text)))
      expect(keys).not.toContain(stored(text));
  });
});
