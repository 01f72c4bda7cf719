import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import { identifyDevice } from '../../shared/model/device-identity.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import type { ImportedFile, ImportProgress } from '../../shared/model/import-report.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';
import { makeTestFolder, testFolder } from './workspace-for-tests.ts';

const context = () => ignoreItems(new AbortController().signal);

type Source = { [key: string]: unknown };

/** A write as Elastic Defend's document; `change` replaces by dotted name, undefined takes away. */
function makeDocument(change: Readonly<Record<string, unknown>> = {}): Source {
  const document: Source = {
    '@timestamp': '2026-11-19T21:40:00.123Z',
    event: { id: 'e-1', action: 'creation', category: ['file'], type: ['creation'], dataset: 'endpoint.events.file' },
    host: { name: 'PC-1', hostname: 'PC-1' },
    user: { name: 'ann', id: 'S-1-5-21' },
    process: {
      name: 'robocopy.exe',
      executable: 'C:\\Windows\\System32\\robocopy.exe',
      pid: 4711,
      code_signature: { subject_name: 'Microsoft Windows', trusted: true },
      parent: { name: 'cmd.exe' },
    },
    file: {
      path: 'E:\\a.txt',
      extension: 'txt',
      size: 100,
      Ext: {
        entropy: 3.5,
        header_bytes: '504b0304',
        device: { bus_type: 'Usb', dos_name: 'E:', vendor_id: 'SanDisk', product_id: 'Ultra', serial_number: 'S1' },
      },
    },
  };
  for (const [name, value] of Object.entries(change)) {
    const keys = name === '@timestamp' ? [name] : name.split('.');
    let node = document;
    for (const key of keys.slice(0, -1)) {
      node[key] ??= {};
      node = node[key] as Source;
    }
    node[keys.at(-1) ?? ''] = value;
  }
  return document;
}

/** The document with other spellings of its keys; `choose` says whether a key is joined to the one below it. */
function respell(document: Source, choose: () => boolean): Source {
  const out: Source = {};
  for (const [key, value] of Object.entries(document)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      out[key] = value;
      continue;
    }
    const below = respell(value as Source, choose);
    const kept: Source = {};
    for (const [inner, innerValue] of Object.entries(below)) {
      if (choose()) out[`${key}.${inner}`] = innerValue;
      else kept[inner] = innerValue;
    }
    if (Object.keys(kept).length > 0) out[key] = kept;
  }
  return out;
}

const flatten = (document: Source) => respell(document, () => true);

function makeMount(id: string): string {
  return JSON.stringify({
    '@timestamp': '2026-11-19T20:00:00Z',
    event: { id, action: 'mount', dataset: 'endpoint.events.device' },
    host: { name: 'PC-1' },
    device: { serial_number: 'S1' },
  });
}

async function importText(
  engine: WorkspaceEngine,
  folder: string,
  content: string | Buffer,
  name = 'file',
): Promise<ImportedFile> {
  const path = join(folder, name);
  await writeFile(path, content);
  return engine.importFile(path, context());
}

async function readWrites(engine: WorkspaceEngine): Promise<readonly WriteEvent[]> {
  const rows: WriteEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await engine['writes.page'](
      { filter: {}, withRenames: true, ascending: true, limit: 1_000, cursor },
      context(),
    );
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return rows;
}

async function withEngine<T>(work: (engine: WorkspaceEngine, folder: string) => Promise<T>): Promise<T> {
  const { path, release } = await makeTestFolder();
  const engine = await openWorkspaceEngine({ workspacePath: join(path, 'workspace') });
  try {
    return await work(engine, path);
  } finally {
    await engine.close();
    await release();
  }
}

function expectAccountedFor(report: ImportedFile): void {
  const { rowsRead, rowsStored, rowsDuplicate, rowsRejected, rowsOther, stored } = report;
  expect(rowsStored + rowsDuplicate + rowsRejected + rowsOther).toBe(rowsRead);
  expect(Object.values(stored).reduce((total, count) => total + count, 0)).toBe(rowsStored);
  expect(rowsOther).toBeGreaterThanOrEqual(0);
}

describe('a file in which much is wrong', () => {
  const line = (change: Readonly<Record<string, unknown>>) => JSON.stringify(makeDocument(change));
  const withSize = (id: string, size: string) => line({ 'event.id': id, 'file.size': 424_242 }).replace('424242', size);
  const deep = (id: string) =>
    line({ 'event.id': id }).replace('"user":', `"deep":${'['.repeat(100_000)}${']'.repeat(100_000)},"user":`);
  /** What stands in each line, and what must become of it: undefined for stored, a text for the reason. */
  const lines: readonly (readonly [string, string | undefined | 'duplicate' | 'other' | 'blank'])[] = [
    [line({ 'event.id': 'first' }), undefined],
    ['this is no JSON', 'not JSON'],
    [line({ 'event.id': 'long', message: 'x'.repeat(5_000_000) }), undefined],
    [line({ 'event.id': 'y1601', '@timestamp': '1601-01-01T00:00:00Z' }), '@timestamp is before 1990'],
    [line({ 'event.id': 'y2100', '@timestamp': '2100-01-01T00:00:00Z' }), '@timestamp is in 2100 or later'],
    [line({ 'event.id': 'timeless', '@timestamp': undefined }), 'no @timestamp'],
    [line({ 'event.id': 'yesterday', '@timestamp': 'yesterday' }), '@timestamp is not a time'],
    [line({ 'event.id': 'leap', '@timestamp': '2026-12-31T23:59:60Z' }), '@timestamp is not a time'],
    [withSize('negative', '-5'), 'file.size is negative'],
    [withSize('fraction', '1.5'), 'file.size is not a whole number'],
    [withSize('nan', 'NaN'), 'file.size is not a whole number'],
    [withSize('word', '"many"'), 'file.size is not a whole number'],
    [withSize('past', '9007199254740993'), 'file.size is beyond 2^53'],
    [withSize('infinite', '1e400'), 'file.size is beyond 2^53'],
    [withSize('whole', '7.0'), undefined],
    [withSize('text', '"8"'), undefined],
    [withSize('exponent', '1e3'), undefined],
    [withSize('zero', '-0'), undefined],
    [
      line({ 'event.id': 'twice' }).replace('"size":100', '"size":100,"size":200'),
      'the key "size" stands twice in one object',
    ],
    [line({ 'event.id': 'one', 'process.name': ['robocopy.exe'] }), undefined],
    [
      line({ 'event.id': 'two', 'process.name': ['a.exe', 'b.exe'] }),
      'process.name has 2 values where one is expected',
    ],
    [line({ 'event.id': 'actions', 'event.action': ['other', 'overwrite'] }), undefined],
    [line({ 'event.id': 'object', 'process.name': { a: 1 } }), 'process.name is an object where a text is expected'],
    [deep('deep'), 'nested more than 200 levels deep'],
    ['['.repeat(100_000), 'nested more than 200 levels deep'],
    ['', 'blank'],
    ['  \t ', 'blank'],
    [line({ 'event.id': 'nul', 'file.path': 'E:\\a\u0000b' }), undefined],
    [line({ 'event.id': 'surrogate' }).replace('a.txt', '\\ud800.txt'), undefined],
    [
      line({ 'event.id': 'proto' }).replace('"user":', '"__proto__":{"size":1},"constructor":{"name":"x"},"user":'),
      undefined,
    ],
    [line({ 'event.id': 'homeless', host: undefined }), 'no host.name'],
    [line({ 'event.id': 'idle', 'process.name': undefined }), 'no process.name'],
    [line({ 'event.id': 'nameless', 'process.name': '' }), 'no process.name'],
    [line({ 'event.id': 'first' }), 'duplicate'],
    [line({ 'event.id': 'inside', 'file.Ext.device': undefined }), 'other'],
    [line({ 'event.id': 'gone', 'event.action': 'deletion' }), 'other'],
    [line({ 'event.id': 'net', 'event.category': ['network'] }), 'other'],
    ['{}', 'other'],
    ['5', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['[1,2]', 'not a JSON object'],
    ['{"a":1} {"b":2}', 'not JSON'],
    [line({ 'event.id': 'shout', '@timestamp': '2026-11-19T22:40:00.123+01:00' }), undefined],
    // A torn last line.
    [line({ 'event.id': 'torn' }).slice(0, 120), 'not JSON'],
  ];
  const bytes = Buffer.concat([
    Buffer.from(
      `\ufeff${lines
        .slice(0, 40)
        .map(([text]) => text)
        .join('\r\n')}\r\n`,
    ),
    Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0d, 0x0a]),
    Buffer.from(
      lines
        .slice(40)
        .map(([text]) => text)
        .join('\r\n'),
    ),
  ]);
  let report: ImportedFile;
  let stored: readonly WriteEvent[];

  beforeAll(async () => {
    await withEngine(async (engine, folder) => {
      report = await importText(engine, folder, bytes);
      stored = await readWrites(engine);
    });
  });

  it('gives every line its due', () => {
    expectAccountedFor(report);
    expect(report.rowsRead).toBe(lines.filter(([, fate]) => fate !== 'blank').length + 1);
    expect(report.rowsDuplicate).toBe(1);
    expect(report.rowsOther).toBe(4);
    expect(report.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const ids = lines.filter(([, fate]) => fate === undefined).map(([text]) => /"id":"(\w+)"/.exec(text)?.[1]);
    expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(ids));
  });

  it('says the line and the reason of each rejection, in the order of the file', () => {
    const expected = lines.flatMap(([, fate], index) =>
      fate === undefined || fate === 'blank' || fate === 'other' || fate === 'duplicate'
        ? []
        : [[index < 40 ? index + 1 : index + 2, fate] as const],
    );
    expected.push([41, 'not UTF-8']);
    expected.sort((a, b) => a[0] - b[0]);
    expect(
      report.rejected.map(({ line: place, reason }) => [place, reason.replace(/^not JSON: .*/, 'not JSON')]),
    ).toEqual(expected);
    for (const { found } of report.rejected) {
      expect((found ?? '').length).toBeLessThanOrEqual(1_300);
      expect([...(found ?? '')].filter((char) => char < ' ' || char === '\u202e')).toEqual([]);
    }
  });

  it('reads the rest rightly', () => {
    const byId = new Map(stored.map((write) => [write.id, write]));
    expect(byId.get('whole')?.sizeBytes).toBe(7);
    expect(byId.get('text')?.sizeBytes).toBe(8);
    expect(byId.get('exponent')?.sizeBytes).toBe(1_000);
    expect(byId.get('zero')?.sizeBytes).toBe(0);
    expect(byId.get('nul')?.path).toBe('E:\\a\u0000b');
    expect(byId.get('surrogate')?.path).toBe('E:\\\ufffd.txt');
    expect(byId.get('actions')?.action).toBe('overwrite');
    expect(byId.get('proto')?.sizeBytes).toBe(100);
    expect(byId.get('shout')?.atMs).toBe(Date.parse('2026-11-19T21:40:00.123Z'));
    expect(byId.get('first')?.atMs).toBe(Date.parse('2026-11-19T21:40:00.123Z'));
  });
});

describe('one document after another, in every shape', () => {
  const documents = [
    makeDocument({ 'event.id': 'a' }),
    makeDocument({
      'event.id': 'b',
      'event.action': 'modification',
      'file.size': 2 ** 53 - 1,
      'file.path': 'E:\\b, "quoted".txt',
    }),
    makeDocument({ 'event.id': 'c', 'event.action': 'rename', 'file.Ext.original': { path: 'C:\\secret\nplans.txt' } }),
    makeDocument({ 'event.id': 'd', 'user.name': undefined, 'file.size': undefined, 'host.name': 'Übersee-日本' }),
    makeDocument({
      'event.id': 'e',
      'file.Ext.device.serial_number': ' 7&2a&0 ',
      'process.code_signature.trusted': false,
    }),
    makeDocument({ 'event.id': 'f', 'file.Ext.device.serial_number': '0', 'file.Ext.device.product_id': 'Straße' }),
  ].map((document) => JSON.parse(JSON.stringify(document)) as Source);
  const ndjson = (items: readonly unknown[]) => items.map((item) => JSON.stringify(item)).join('\n');
  const toHit = (source: Source, index: number) => ({ _index: 'i', _id: `h${index}`, _score: null, _source: source });
  const toFields = (source: Source, index: number) => ({
    _index: 'i',
    _id: `h${index}`,
    fields: Object.fromEntries(
      Object.entries(flatten(source)).map(([key, value]) => [key, Array.isArray(value) ? value : [value]]),
    ),
  });
  const response = (pretty: number | undefined) =>
    JSON.stringify(
      {
        took: 3,
        timed_out: false,
        _shards: { total: 1, successful: 1 },
        hits: { total: { value: 6 }, max_score: null, hits: documents.map(toHit) },
        aggregations: { x: { buckets: [{ key: 'a', hits: { hits: [] } }] } },
      },
      null,
      pretty,
    );
  let mixed = 0;
  const shapes: readonly (readonly [string, string, string])[] = [
    ['bare and nested', ndjson(documents), 'ndjson'],
    ['dotted', ndjson(documents.map(flatten)), 'ndjson'],
    ['mixed', ndjson(documents.map((document) => respell(document, () => mixed++ % 3 === 0))), 'ndjson'],
    ['hits', ndjson(documents.map(toHit)), 'ndjson'],
    ['hits with dotted sources', ndjson(documents.map((document, index) => toHit(flatten(document), index))), 'ndjson'],
    ['fields', ndjson(documents.map(toFields)), 'ndjson'],
    ['dotted with arrays', ndjson(documents.map((document, index) => toFields(document, index).fields)), 'ndjson'],
    [
      'all kinds of lines at once',
      ndjson([
        documents[0],
        ...documents.slice(1, 3).map(toHit),
        ...documents.slice(3, 5).map(toFields),
        flatten(documents[5] ?? {}),
      ]),
      'ndjson',
    ],
    ['an array', JSON.stringify(documents), 'json'],
    ['an array over many lines', JSON.stringify(documents, null, 2), 'json'],
    ['an array of hits with a mark', `\ufeff${JSON.stringify(documents.map(toHit), null, 2)}`, 'json'],
    ['a search response', response(undefined), 'json'],
    ['a search response over many lines', response(2), 'json'],
    ['two search responses', `${response(undefined)}\n${response(undefined)}`, 'json'],
    ['documents over many lines', documents.map((document) => JSON.stringify(document, null, 2)).join('\n'), 'json'],
    [
      'with blank lines and CRLF',
      `\r\n\r\n${documents.map((document) => JSON.stringify(document)).join('\r\n\r\n')}\r\n`,
      'ndjson',
    ],
    ['after a byte order mark', `\ufeff${ndjson(documents)}`, 'ndjson'],
  ];
  let expected: readonly WriteEvent[];

  beforeAll(async () => {
    expected = await withEngine(async (engine, folder) => {
      await importText(engine, folder, ndjson(documents));
      return readWrites(engine);
    });
    expect(expected).toHaveLength(6);
  });

  it('means what it says', () => {
    const [first] = expected;
    expect(first).toEqual({
      id: 'a',
      atMs: Date.parse('2026-11-19T21:40:00.123Z'),
      action: 'creation',
      host: 'PC-1',
      user: 'ann',
      userId: 'S-1-5-21',
      process: 'robocopy.exe',
      executable: 'C:\\Windows\\System32\\robocopy.exe',
      pid: 4711,
      parentProcess: 'cmd.exe',
      publisher: 'Microsoft Windows',
      publisherTrusted: true,
      path: 'E:\\a.txt',
      extension: 'txt',
      sizeBytes: 100,
      headerBytes: '504b0304',
      entropy: 3.5,
      device: 'serial:S1',
      busType: 'Usb',
      deviceVendor: 'SanDisk',
      deviceProduct: 'Ultra',
      deviceSerial: 'S1',
      volume: 'E:',
    });
    for (const write of expected) {
      const { deviceVendor: vendor, deviceProduct: product, deviceSerial: serial, volume } = write;
      expect(write.device).toBe(identifyDevice({ vendor, product, serial, volume }).id);
    }
    expect(expected[2]).toMatchObject({ action: 'rename', sourcePath: 'C:\\secret\nplans.txt' });
    expect(expected[3]).toMatchObject({ user: '', sizeBytes: 0, host: 'Übersee-日本' });
  });

  it.each(shapes)('%s', async (name, content, format) => {
    const isTwice = name === 'two search responses';
    for (const isGzip of name === 'hits' || name === 'an array' ? [false, true] : [false]) {
      await withEngine(async (engine, folder) => {
        // The name says nothing, and has characters that mean something to the engine.
        const report = await importText(engine, folder, isGzip ? gzipSync(content) : content, "what's [this]*?.csv");
        expectAccountedFor(report);
        expect(report).toMatchObject({
          format,
          isGzip,
          rowsStored: 6,
          rowsRejected: 0,
          rowsOther: 0,
          rowsDuplicate: isTwice ? 6 : 0,
        });
        expect(await readWrites(engine)).toEqual(expected);
      });
    }
  });

  it('Parquet, nested and flat', async () => {
    await withEngine(async (engine, folder) => {
      const json = join(folder, 'in.ndjson');
      await writeFile(json, ndjson(documents.map(toHit)));
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      await connection.run(`SET TimeZone = 'UTC'`);
      await connection.run(`COPY (FROM read_json('${json}')) TO '${join(folder, 'hits')}' (FORMAT parquet)`);
      await connection.run(
        `COPY (SELECT unnest(_source) FROM read_json('${json}')) TO '${join(folder, 'bare')}' (FORMAT parquet)`,
      );
      instance.closeSync();
      for (const name of ['hits', 'bare']) {
        const report = await engine.importFile(join(folder, name), context());
        expect(report).toMatchObject({ format: 'parquet', rowsRead: 6, rowsRejected: 0, rowsOther: 0 });
      }
      expect(await readWrites(engine)).toEqual(expected);
    });
  });

  it('CSV with dotted columns', async () => {
    const columns = [...new Set(documents.flatMap((document) => Object.keys(flatten(document))))];
    const cell = (value: unknown) =>
      `"${String(Array.isArray(value) ? value[0] : (value ?? '')).replaceAll('"', '""')}"`;
    for (const delimiter of [',', ';', '\t']) {
      const rows = documents.map((document) =>
        columns.map((column) => cell(flatten(document)[column])).join(delimiter),
      );
      await withEngine(async (engine, folder) => {
        const report = await importText(engine, folder, `\ufeff${columns.join(delimiter)}\r\n${rows.join('\r\n')}\r\n`);
        expect(report).toMatchObject({ format: 'csv', rowsRead: 6, rowsStored: 6 });
        expect(await readWrites(engine)).toEqual(expected);
      });
    }
  });
});

describe('CSV', () => {
  const header =
    '"@timestamp","event.action","event.category","event.id","host.name","process.name","process.pid","file.path","file.size","file.Ext.device.bus_type","user.name"';
  const row = (id: string, change: { time?: string; size?: string; path?: string; rest?: string } = {}) =>
    `"${change.time ?? 'Nov 19, 2026 @ 21:40:00.123'}",creation,file,${id},"PC-1","p.exe","4,711","${change.path ?? 'E:\\a, b.txt'}","${change.size ?? '1,234,567'}",Usb,${change.rest ?? 'ann'}`;

  it("reads Kibana's export: its dates, its dashes, its thousands", async () => {
    await withEngine(async (engine, folder) => {
      const report = await importText(
        engine,
        folder,
        [header, row('c1', { rest: '"-"' }), row('c2', { size: '-' })].join('\n'),
      );
      expect(report).toMatchObject({ format: 'csv', rowsStored: 2, rowsRejected: 0 });
      const writes = await readWrites(engine);
      expect(writes).toMatchObject([
        {
          id: 'c1',
          atMs: Date.parse('2026-11-19T21:40:00.123Z'),
          sizeBytes: 1_234_567,
          pid: 4_711,
          user: '',
          path: 'E:\\a, b.txt',
        },
        { id: 'c2', sizeBytes: 0, user: 'ann' },
      ]);
    });
  });

  it('rejects rows that are none with their lines, also after a newline in quotes and a stray quote', async () => {
    await withEngine(async (engine, folder) => {
      const rows = [
        header,
        row('c1', { path: 'E:\\two\nlines.txt' }),
        '"Nov 19, 2026 @ 21:40:00.123",creation,file,short',
        row('c2', { time: 'Nov 39, 2026 @ 21:40:00.123' }),
        row('c3', { rest: '"never closed' }),
        row('c4', { size: '1.5 MB' }),
        row('c5'),
        '',
        row('c6'),
      ];
      const report = await importText(engine, folder, rows.join('\r\n'));
      expectAccountedFor(report);
      expect(report.rejected.map(({ line, reason }) => [line, reason])).toEqual([
        [4, '4 values where the header has 11'],
        [5, '@timestamp is not a time'],
        [6, 'a quote is opened and not closed'],
        [7, 'file.size is not a whole number'],
      ]);
      expect((await readWrites(engine)).map(({ id, path }) => [id, path])).toEqual([
        ['c1', 'E:\\two\nlines.txt'],
        ['c5', 'E:\\a, b.txt'],
        ['c6', 'E:\\a, b.txt'],
      ]);
    });
  });
});

describe('other kinds of evidence', () => {
  it('counts device events whose volume has a size that no volume has', async () => {
    await withEngine(async (engine, folder) => {
      const sizes = [-1, -0.5, '-9000', 2 ** 63, '1e300', 0, 1_028_096, 'large'];
      const lines = sizes.map((size, index) =>
        JSON.stringify({
          '@timestamp': '2026-11-19T20:00:00.000Z',
          event: { id: `m${index}`, action: 'mount', category: ['volume_device'] },
          host: { name: 'PC-1' },
          device: { serial_number: `S${index}` },
          volume: { mount_name: 'E:', size },
        }),
      );
      const path = join(folder, 'devices.ndjson');
      await writeFile(path, lines.join('\n'));
      const file = await engine.importFile(path, context());
      expect(file).toMatchObject({ rowsRead: 8, rowsStored: 3, rowsRejected: 5 });
      expect(file.rejected.map(({ line, reason }) => `${line} ${reason}`).sort()).toEqual([
        '1 volume.size is negative',
        '2 volume.size is negative',
        '3 volume.size is negative',
        '4 volume.size is beyond 2^53',
        '5 volume.size is beyond 2^53',
      ]);
      const { rows } = await engine['devices.list']({ filter: {}, limit: 10 }, context());
      expect(rows.map(({ capacityBytes }) => capacityBytes).sort()).toEqual([0, 1_028_096, undefined]);
    });
  });

  it('knows device events in both forms, alerts and records', async () => {
    await withEngine(async (engine, folder) => {
      const device = { serial_number: 'S1', vendor: { name: 'PNY', id: '154B' }, product: { name: 'FD', id: '007A' } };
      const volume = { mount_name: 'E:', bus_type: 'Usb', size: 1_028_096, file_system_type: 'FAT' };
      const at = '2026-11-19T20:00:00.000Z';
      const documents = [
        {
          '@timestamp': at,
          event: { id: 'm1', action: 'mount', type: ['start'], category: ['volume_device'] },
          host: { name: 'PC-1' },
          device,
          volume,
        },
        {
          '@timestamp': at,
          event: { id: 'm2', action: 'unmount', type: ['device'], dataset: 'endpoint.events.device' },
          host: { name: 'PC-1' },
          device: { serial_number: 'S1' },
          volume: { mount_name: 'E:' },
        },
        {
          '@timestamp': at,
          event: { id: 'm3', action: 'mount', outcome: 'failure', dataset: 'endpoint.events.device' },
          host: { name: 'PC-1' },
          device,
          volume,
        },
        // A mount in the file stream of a Mac is a file event, and none of a device.
        {
          '@timestamp': at,
          event: { id: 'm4', action: 'mount', category: ['file'] },
          host: { name: 'MAC' },
          file: { path: '/Volumes/X' },
        },
        {
          '@timestamp': at,
          'kibana.alert.uuid': 'alert-1',
          'kibana.alert.rule.name': 'Unusual Process',
          'kibana.alert.workflow_status': 'acknowledged',
          'kibana.alert.ancestors': [{ id: 'rec-1' }],
          host: { name: ['PC-1'] },
          process: { name: ['a.exe', 'b.exe'] },
          record_score: 91.2,
        },
        { '@timestamp': at, kibana: { alert: { uuid: 'alert-2', rule: { name: 'Nested', rule_id: 'r-2' } } } },
        {
          _id: 'rec-1',
          _index: '.ml',
          _source: {
            job_id: 'ded',
            result_type: 'record',
            timestamp: 1_795_122_000_000,
            bucket_span: 3600,
            record_score: 91,
            initial_record_score: 92,
            probability: 0.001,
            partition_field_name: 'host.name',
            partition_field_value: 'PC-1',
            by_field_name: 'process.name',
            by_field_value: 'a.exe',
          },
        },
        {
          _id: 'b-1',
          _source: { job_id: 'ded', result_type: 'bucket', timestamp: 1_795_122_000_000, anomaly_score: 3 },
        },
        {
          _id: 'rec-2',
          _source: {
            job_id: 'ded',
            result_type: 'record',
            timestamp: 1_795_122_000_000,
            is_interim: true,
            record_score: 1,
            probability: 1,
          },
        },
        {
          _id: 'rec-3',
          _source: { job_id: 'ded', result_type: 'record', timestamp: 'soon', record_score: 1, probability: 1 },
        },
      ];
      const report = await importText(engine, folder, documents.map((document) => JSON.stringify(document)).join('\n'));
      expectAccountedFor(report);
      expect(report.stored).toEqual({ writes: 0, renames: 0, deviceEvents: 2, alerts: 2, anomalyRecords: 1 });
      expect(report.rejected.map(({ line, reason }) => [line, reason])).toEqual([[10, 'timestamp is not a time']]);
      const deviceEvents = await engine['device-events.list']({ limit: 10 }, context());
      expect(deviceEvents).toMatchObject([
        { id: 'm1', kind: 'mount', device: 'serial:S1', vendor: 'PNY', vendorId: '154B', capacityBytes: 1_028_096 },
        { id: 'm2', kind: 'unmount', device: 'serial:S1', volume: 'E:' },
      ]);
      const [alert] = await engine['alerts.list']({ hosts: ['PC-1'], limit: 10 }, context());
      expect(alert).toMatchObject({
        id: 'alert-1',
        status: 'acknowledged',
        process: 'a.exe',
        recordId: 'rec-1',
        recordScore: 91.2,
      });
      const records = await engine['anomaly-records.list']({ limit: 10 }, context());
      expect(records).toMatchObject([{ id: 'rec-1', host: 'PC-1', process: 'a.exe', bucketSpanMs: 3_600_000 }]);
      const again = await importText(engine, folder, documents.map((document) => JSON.stringify(document)).join('\n'));
      expect(again).toMatchObject({ rowsStored: 0, rowsDuplicate: 5 });
    });
  });

  it('takes the identity of the event, else of the hit, else of the content', async () => {
    await withEngine(async (engine, folder) => {
      const bare = makeDocument({ 'event.id': undefined });
      const text = [bare, bare, { ...makeDocument({ 'event.id': undefined, 'file.size': 101 }) }]
        .map((item) => JSON.stringify(item))
        .join('\n');
      expect(await importText(engine, folder, text)).toMatchObject({ rowsStored: 2, rowsDuplicate: 1 });
      const hits = [
        { _id: 'one', _source: bare },
        { _id: 'two', _source: bare },
        { _id: 'three', _source: makeDocument({ 'event.id': 'one' }) },
      ];
      const report = await importText(engine, folder, hits.map((item) => JSON.stringify(item)).join('\n'));
      expect(report).toMatchObject({ rowsStored: 2, rowsDuplicate: 1 });
      // The way of reading makes no difference to an identity.
      const [contentId] = (await readWrites(engine)).map(({ id }) => id).filter((id) => id.startsWith('sha256:'));
      expect(contentId).toMatch(/^sha256:[0-9a-f]{64}$/);
      const slowly = JSON.stringify({ ...flatten(bare), 'process.name': ['robocopy.exe'] });
      expect(await importText(engine, folder, slowly)).toMatchObject({ rowsStored: 0, rowsDuplicate: 1 });
    });
  });
});

describe('a file that is no evidence', () => {
  let folder: string;
  let engine: WorkspaceEngine;
  let release: () => Promise<void>;

  beforeAll(async () => {
    const made = await makeTestFolder();
    folder = made.path;
    release = made.release;
    engine = await openWorkspaceEngine({ workspacePath: join(folder, 'workspace') });
    await importText(engine, folder, JSON.stringify(makeDocument()));
    await mkdir(join(folder, 'directory'));
  });

  afterAll(async () => {
    await engine.close();
    await release();
  });

  const packed = gzipSync(`${JSON.stringify(makeDocument({ 'event.id': 'packed' }))}\n`.repeat(500));
  it.each([
    ['empty', Buffer.alloc(0), /is empty/],
    ['blank', Buffer.from(' \n\n'), /nothing but blanks/],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /of another kind/],
    ['prose', Buffer.from('Dear all,\nplease find attached.\n'), /text of another kind/],
    ['a table of something else', Buffer.from('name,age\nann,7\n'), /text of another kind/],
    ['UTF-16', Buffer.from(`\ufeff${JSON.stringify(makeDocument())}`, 'utf16le'), /UTF-16/],
    ['UTF-16 without a mark', Buffer.from(JSON.stringify(makeDocument()), 'utf16le'), /UTF-16/],
    ['a torn gzip', packed.subarray(0, packed.length - 20), /damaged gzip/],
    [
      'a gzip with a changed byte',
      Buffer.from(packed).fill(0x55, packed.length - 7, packed.length - 5),
      /damaged gzip/,
    ],
    ['a gzip of nothing', gzipSync(''), /is empty/],
    ['a torn Parquet', Buffer.from('PAR1 and then nothing of it'), /Parquet/],
  ])('%s is refused and changes nothing', async (_name, content, message) => {
    const before = await engine['evidence.summary']({}, context());
    const asked = importText(engine, folder, content);
    await expect(asked).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('Expected NDJSON'),
    });
    expect(await engine['evidence.summary']({}, context())).toEqual(before);
  });

  it.each(['missing', 'directory'])('%s is refused', async (name) => {
    await expect(engine.importFile(join(folder, name), context())).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('leaves no files behind', async () => {
    expect((await readdir(join(folder, 'workspace'))).filter((name) => name.startsWith('import-'))).toEqual([]);
  });
});

describe('an import that is cancelled', () => {
  it.each(['hashing', 'reading', 'storing'] as const)('while %s leaves nothing', async (phase) => {
    await withEngine(async (engine, folder) => {
      const path = join(folder, 'file');
      const lines = Array.from({ length: 20_000 }, (_value, index) =>
        JSON.stringify(makeDocument({ 'event.id': `e-${index}` })),
      );
      await writeFile(path, lines.join('\n'));
      const abort = new AbortController();
      const seen: ImportProgress[] = [];
      const importing = engine.importFile(path, {
        signal: abort.signal,
        emit: (progress) => {
          seen.push(progress);
          if (progress.phase === phase) abort.abort();
        },
      });
      await expect(importing).rejects.toMatchObject({ code: 'cancelled' });
      expect(seen.at(-1)?.phase).toBe(phase);
      expect((await engine['evidence.summary']({}, context())).writes).toBe(0);
      expect((await readdir(join(folder, 'workspace'))).filter((name) => name.startsWith('import-'))).toEqual([]);
      expect(await engine.importFile(path, context())).toMatchObject({ rowsStored: 20_000 });
    });
  });
});

describe('however evidence comes in', () => {
  const arbitraryDocument = fc.record({
    id: fc.integer({ min: 0, max: 12 }),
    minute: fc.integer({ min: 0, max: 60 }),
    host: fc.constantFrom('PC-1', 'PC-2'),
    process: fc.constantFrom('a.exe', 'b.exe'),
    path: fc.constantFrom('E:\\a', 'E:\\b', 'E:\\c'),
    size: fc.integer({ min: 0, max: 1000 }),
    action: fc.constantFrom('creation', 'overwrite', 'modification', 'rename'),
    isArray: fc.boolean(),
  });

  it('split, shuffled, respelled or twice, the answers are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        // The same id is the same event.
        fc.uniqueArray(arbitraryDocument, { minLength: 1, maxLength: 12, selector: ({ id }) => id }),
        fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }),
        fc.integer({ min: 0, max: 12 }),
        async (items, choices, cut) => {
          const documents = items.map((item) =>
            makeDocument({
              'event.id': `e-${item.id}`,
              '@timestamp': new Date(Date.UTC(2026, 10, 19, 20, item.minute)).toISOString(),
              'host.name': item.host,
              'process.name': item.isArray ? [item.process] : item.process,
              'file.path': item.path,
              'file.size': item.size,
              'event.action': item.action,
            }),
          );
          let at = 0;
          const spelled = documents.map((document) => respell(document, () => choices[at++ % choices.length] ?? false));
          const text = (sources: readonly Source[]) => sources.map((source) => JSON.stringify(source)).join('\n');
          const answers = async (engine: WorkspaceEngine) => ({
            writes: await readWrites(engine),
            totals: await engine['writes.totals']({ filters: [{}] }, context()),
            processes: (
              await engine['processes.list']({ filter: {}, sort: 'host', descending: false, limit: 100 }, context())
            ).rows,
            volumes: await engine['volumes.read']({ filter: {}, bucketMs: 900_000, by: 'host', maxKeys: 9 }, context()),
            devices: (await engine['devices.list']({ filter: {}, limit: 10 }, context())).rows,
          });
          const whole = await withEngine(async (engine, folder) => {
            await importText(engine, folder, text(documents));
            return answers(engine);
          });
          const parts = await withEngine(async (engine, folder) => {
            for (const part of [spelled.slice(cut).reverse(), spelled.slice(0, cut), spelled.slice(0, 3)]) {
              if (part.length > 0) expectAccountedFor(await importText(engine, folder, text(part)));
            }
            return answers(engine);
          });
          expect(parts).toEqual(whole);
          // The rollup and the events tell the same.
          const [totals] = whole.totals;
          const sums = (column: Float64Array) => column.reduce((total, value) => total + value, 0);
          expect(sums(whole.volumes.writtenBytes)).toBe(totals?.writtenBytes);
          expect(whole.devices.reduce((total, { writtenBytes }) => total + writtenBytes, 0)).toBe(totals?.writtenBytes);
          expect(whole.devices.reduce((total, { events }) => total + events, 0)).toBe(totals?.events);
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe('a large file whose documents look alike', () => {
  it('has the odd ones among them read as rightly as the rest', async () => {
    const usual = Array.from({ length: 4_000 }, (_value, index) =>
      makeDocument({ 'event.id': `u-${index}`, 'file.path': `E:\\${index}` }),
    );
    const odd = (id: string, change: Readonly<Record<string, unknown>> = {}) =>
      makeDocument({ 'event.id': id, 'file.size': 7, ...change });
    let choice = 0;
    const oddOnes: readonly unknown[] = [
      flatten(odd('dotted')),
      respell(odd('mixed'), () => choice++ % 2 === 0),
      {
        ...odd('partly'),
        file: { ...(odd('x').file as Source), Ext: { 'device.bus_type': 'Usb', 'device.serial_number': 'S9' } },
      },
      { _id: 'h', _source: odd('hit') },
      {
        _id: 'f',
        fields: Object.fromEntries(Object.entries(flatten(odd('fields'))).map(([key, value]) => [key, [value].flat()])),
      },
      odd('userless', { user: undefined }),
      odd('sizeless', { 'file.size': undefined }),
      odd('several', { 'process.name': ['a', 'b'] }),
      {
        '@timestamp': '2026-11-19T20:00:00Z',
        event: { id: 'm', action: 'mount', dataset: 'endpoint.events.device' },
        host: { name: 'PC-1' },
        device: { serial_number: 'S1' },
      },
      odd('inside', { 'file.Ext.device': undefined }),
      odd('timeless', { '@timestamp': undefined }),
    ];
    // In the second half of the fifth of eight parts: no sample of the file sees them.
    const documents: unknown[] = [...usual];
    documents.splice(2_200, 0, ...oddOnes);
    await withEngine(async (engine, folder) => {
      const report = await importText(engine, folder, documents.map((document) => JSON.stringify(document)).join('\n'));
      expectAccountedFor(report);
      expect(report.stored).toMatchObject({ writes: 4_007, renames: 0, deviceEvents: 1 });
      expect(report.rowsOther).toBe(1);
      expect(report.rejected.map(({ line, reason }) => [line, reason])).toEqual([
        [2_208, 'process.name has 2 values where one is expected'],
        [2_211, 'no @timestamp'],
      ]);
      const { rows } = await engine['writes.page'](
        { filter: { pathContains: 'a.txt' }, withRenames: true, ascending: true, limit: 100 },
        context(),
      );
      const [reference] = rows;
      expect(rows.map(({ id }) => id).sort()).toEqual([
        'dotted',
        'fields',
        'hit',
        'mixed',
        'partly',
        'sizeless',
        'userless',
      ]);
      for (const row of rows) {
        expect(row.sizeBytes).toBe(row.id === 'sizeless' ? 0 : 7);
        expect(row.user).toBe(row.id === 'userless' ? '' : 'ann');
        expect(row.device).toBe(row.id === 'partly' ? 'serial:S9' : 'serial:S1');
        expect(row.process).toBe(reference?.process);
      }
    });
  });
});

describe('a large file, plain or packed, with a few damaged lines', () => {
  it('is read in parts, each bad line is named by its place in the whole, and every part is as it looks', async () => {
    const count = 60_000;
    // Long enough for two parts; the second half is spelled otherwise than the first.
    const lines = Array.from({ length: count }, (_value, index) => {
      const document = makeDocument({
        'event.id': `u-${index}`,
        'file.path': `E:\\${index}`,
        message: 'x'.repeat(200),
      });
      return JSON.stringify(index < count / 2 ? document : { _id: `h-${index}`, _source: flatten(document) });
    });
    lines.splice(
      55_000,
      0,
      'torn {',
      '',
      JSON.stringify(makeDocument({ 'event.id': 'timeless', '@timestamp': undefined })),
    );
    lines.splice(10, 0, '', makeMount('m-1'));
    lines.push(makeMount('m-2'), '{"event":');
    const content = lines.join('\n');
    expect(content.length).toBeGreaterThan(40_000_000);
    for (const isGzip of [false, true]) {
      await withEngine(async (engine, folder) => {
        const report = await importText(engine, folder, isGzip ? gzipSync(content, { level: 1 }) : content);
        expectAccountedFor(report);
        expect(report).toMatchObject({ format: 'ndjson', isGzip, rowsRead: count + 5, rowsRejected: 3 });
        expect(report.stored).toMatchObject({ writes: count, deviceEvents: 2 });
        expect(report.rejected.map(({ line, reason }) => [line, reason.replace(/^not JSON: .*/, 'not JSON')])).toEqual([
          [55_003, 'not JSON'],
          [55_005, 'no @timestamp'],
          [count + 7, 'not JSON'],
        ]);
        const totals = await engine['writes.totals']({ filters: [{}] }, context());
        expect(totals).toMatchObject([{ events: count, files: count, writtenBytes: count * 100 }]);
        expect((await readdir(join(folder, 'workspace'))).filter((name) => name.startsWith('import-'))).toEqual([]);
      });
    }
  });

  it('of nothing but one line that is too long is refused as that line, plain or packed', async () => {
    const content = JSON.stringify(makeDocument({ message: 'x'.repeat(17_000_000) }));
    for (const isGzip of [false, true]) {
      await withEngine(async (engine, folder) => {
        const report = await importText(engine, folder, isGzip ? gzipSync(content) : content);
        expect(report).toMatchObject({ rowsRead: 1, rowsStored: 0, rowsRejected: 1 });
        expect(report.rejected).toMatchObject([{ line: 1, reason: 'longer than 16777216 bytes' }]);
        expect(report.rejected[0]?.found?.length).toBeLessThanOrEqual(200);
      });
    }
  });

  it('that is packed and damaged at its end changes nothing, though its parts were read', async () => {
    const lines = Array.from({ length: 60_000 }, (_value, index) =>
      JSON.stringify(makeDocument({ 'event.id': `u-${index}`, message: 'x'.repeat(300) })),
    );
    const packed = gzipSync(lines.join('\n'), { level: 1 });
    await withEngine(async (engine, folder) => {
      const asked = importText(engine, folder, packed.fill(0x55, packed.length - 7, packed.length - 5));
      await expect(asked).rejects.toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('damaged gzip'),
      });
      expect((await engine['evidence.summary']({}, context())).writes).toBe(0);
    });
  });
});

describe('a document that is read one by one and refused after that', () => {
  it('is told with its own line and text, behind rows of all other kinds', async () => {
    await withEngine(async (engine, folder) => {
      // A list where a text is normal: these are read one by one, and go back to the engine.
      const many = (id: string, change: Readonly<Record<string, unknown>> = {}) =>
        JSON.stringify(makeDocument({ 'event.id': id, 'process.name': ['a.exe'], ...change }));
      const lines = [
        ...Array.from({ length: 30 }, (_value, index) => JSON.stringify(makeDocument({ 'event.id': `p-${index}` }))),
        many('kept-1'),
        JSON.stringify(makeDocument({ 'event.id': 'plain', 'file.size': -1 })),
        makeMount('m-1'),
        many('bad-1', { 'file.size': [-7] }),
        '',
        many('kept-2'),
        many('bad-2', { '@timestamp': ['yesterday'] }),
      ];
      const report = await importText(engine, folder, lines.join('\n'));
      expectAccountedFor(report);
      expect(report.rejected.map(({ line, reason }) => [line, reason])).toEqual([
        [32, 'file.size is negative'],
        [34, 'file.size is negative'],
        [37, '@timestamp is not a time'],
      ]);
      for (const { line, found } of report.rejected) expect(lines[line - 1]?.slice(0, 150)).toBe(found?.slice(0, 150));
      expect(report.rowsStored).toBe(33);
    });
  });
});

describe('live events', () => {
  it('are stored once, with all they say, also when they come as a file later', async () => {
    await withEngine(async (engine, folder) => {
      await importText(engine, folder, JSON.stringify(makeDocument({ 'event.id': 'known' })));
      const [known] = await readWrites(engine);
      if (!known) throw new Error('The document was not stored.');
      const fresh: WriteEvent = {
        ...known,
        id: 'fresh',
        atMs: known.atMs + 1,
        commandLine: 'robocopy /mir',
        entropy: 7.25,
        publisherTrusted: false,
        path: 'E:\\new',
      };
      const moved: WriteEvent = { ...fresh, id: 'moved', action: 'rename', sourcePath: 'C:\\x', atMs: known.atMs + 2 };
      const mount = {
        id: 'm',
        atMs: known.atMs - 1,
        kind: 'mount',
        host: 'PC-1',
        device: known.device,
        serial: 'S1',
        volume: 'E:',
        capacityBytes: 5,
      } as const;
      expect(await engine.append({ writes: [known, fresh, moved, fresh], deviceEvents: [mount] })).toEqual({
        stored: 3,
        duplicate: 2,
      });
      expect(await readWrites(engine)).toEqual([known, fresh, moved]);
      expect(await engine['device-events.list']({ limit: 5 }, context())).toEqual([mount]);
      const before = await engine['evidence.summary']({}, context());
      expect(await engine.append({ writes: [fresh], deviceEvents: [mount] })).toEqual({ stored: 0, duplicate: 2 });
      expect(await engine['evidence.summary']({}, context())).toEqual(before);
      const report = await importText(engine, folder, JSON.stringify(makeDocument({ 'event.id': 'fresh' })));
      expect(report).toMatchObject({ rowsStored: 0, rowsDuplicate: 1 });
      expect(await engine.append({ writes: [], deviceEvents: [] })).toEqual({ stored: 0, duplicate: 0 });
    });
  });

  it('have each path once, however often, in whatever order and with whatever letters it comes', async () => {
    const letter = fc.constantFrom('a', 'b', '\u0000', '\ud800', '\ud801', '\ufffd', '\ud83d\ude00', '"', "'");
    const path = fc.array(letter, { minLength: 1, maxLength: 2 }).map((letters) => `E:\\${letters.join('')}`);
    const batches = fc.array(fc.array(fc.tuple(path, fc.nat(3), fc.option(fc.nat(2))), { maxLength: 8 }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        await withEngine(async (engine) => {
          const sent: WriteEvent[] = [];
          let serial = 0;
          for (const batch of given) {
            const writes = batch.map(([name, program, pid]) => ({
              id: `e-${serial++}`,
              atMs: Date.UTC(2026, 10, 20) + ((serial * 7) % 5),
              action: 'creation' as const,
              host: 'LIVE',
              user: 'u',
              process: `p${program}`,
              ...(pid === null ? {} : { pid }),
              path: name,
              sizeBytes: 1,
              device: 'serial:S1',
              busType: 'usb',
            }));
            expect(await engine.append({ writes, deviceEvents: [] })).toEqual({ stored: writes.length, duplicate: 0 });
            sent.push(...writes);
          }
          const asStored = sent.map((write) => ({ ...write, path: Buffer.from(write.path).toString() }));
          const rows = await readWrites(engine);
          expect(rows).toHaveLength(sent.length);
          for (const { id, process, pid, path: stored } of rows) {
            expect({ id, process, pid, path: stored }).toEqual(
              asStored
                .filter((write) => write.id === id)
                .map((write) => ({ id, process: write.process, pid: write.pid, path: write.path }))[0],
            );
          }
          if (sent.length === 0) return;
          const [totals] = await engine['writes.totals']({ filters: [{}] }, context());
          expect(totals?.files).toBe(new Set(asStored.map((write) => write.path)).size);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('can come side by side with an import and with questions', async () => {
    await withEngine(async (engine, folder) => {
      const lines = Array.from({ length: 5_000 }, (_value, index) =>
        JSON.stringify(makeDocument({ 'event.id': `e-${index}` })),
      );
      const importing = importText(engine, folder, lines.join('\n'));
      const template = {
        id: '',
        atMs: Date.UTC(2026, 10, 20),
        action: 'creation',
        host: 'LIVE',
        user: 'u',
        process: 'p',
        path: '/x',
        sizeBytes: 1,
        device: 'serial:S1',
        busType: 'usb',
      } as const;
      const appending = Array.from({ length: 10 }, (_value, index) =>
        engine.append({ writes: [{ ...template, id: `l-${index}` }], deviceEvents: [] }),
      );
      const asking = Array.from({ length: 10 }, () =>
        engine['processes.list']({ filter: {}, sort: 'events', descending: true, limit: 5 }, context()),
      );
      await Promise.all([importing, ...appending, ...asking]);
      const summary = await engine['evidence.summary']({}, context());
      expect(summary.writes).toBe(5_010);
      expect((await readWrites(engine)).find(({ host }) => host === 'LIVE')).toMatchObject({ device: 'serial:S1' });
    });
  });
});

describe('memory of the engine', () => {
  it('is what an import needs while one runs, and little before and after', async () => {
    await withEngine(async (engine, folder) => {
      const memory = async () => (await engine['engine.limits']({}, context())).memoryBytes;
      const before = await memory();
      expect(before).toBeLessThanOrEqual(300_000_000);
      await Promise.all([
        importText(engine, folder, JSON.stringify(makeDocument({ 'event.id': 'a' })), 'a'),
        importText(engine, folder, JSON.stringify(makeDocument({ 'event.id': 'b' })), 'b'),
        expect(importText(engine, folder, 'no evidence', 'c')).rejects.toMatchObject({ code: 'bad-input' }),
      ]);
      expect(await memory()).toBe(before);
      expect(await readWrites(engine)).toHaveLength(2);
    });
  });
});

describe('the hash of a file', () => {
  it('is of the bytes as they lie on disk', async () => {
    const folder = await testFolder();
    const engine = await openWorkspaceEngine({ workspacePath: join(folder, 'workspace') });
    const report = await importText(engine, folder, gzipSync(JSON.stringify(makeDocument())));
    expect(report.sha256).toBe(
      createHash('sha256')
        .update(await readFile(report.path))
        .digest('hex'),
    );
    await engine.close();
  });
});
