import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { generateParquet } from '../store/generator.ts';
import { importFolder } from './folder.ts';
import { ecsOf, makeWrites } from './generated-writes.ts';

const oneLineBytes = 1_000_000_000;

async function writeText(path: string, texts: Iterable<string>): Promise<void> {
  await pipeline(texts, createWriteStream(path, { highWaterMark: 1 << 20 }));
}

/** One document of a gigabyte, without a line end. */
function* oneDocument(): Generator<string> {
  const block = 'x'.repeat(1_000_000);
  yield '{"@timestamp":"2026-11-19T20:00:00Z","message":"';
  for (let bytes = 0; bytes < oneLineBytes; bytes += block.length) yield block;
  yield '"}';
}

/** An array of documents in one line of a gigabyte. */
function* oneArray(): Generator<string> {
  yield '[';
  let bytes = 0;
  for (const write of makeWrites(10_000_000)) {
    if (bytes > oneLineBytes) break;
    const text = `${bytes > 0 ? ',' : ''}${JSON.stringify(ecsOf(write))}`;
    bytes += text.length;
    yield text;
  }
  yield ']';
}

async function onEngine(sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB' });
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

interface Case {
  readonly name: string;
  /** Makes the files in an empty folder. */
  readonly make: (folder: string) => Promise<void>;
}

function casesOf(events: number): readonly Case[] {
  const parquet = async (folder: string, sink: string) => {
    const parts = join(folder, '..', 'parts');
    await mkdir(parts);
    await generateParquet(parts, 'bursty', events);
    await onEngine(`COPY (FROM read_parquet('${join(parts, '*.parquet')}')) TO '${join(folder, sink)}'`);
    await rm(parts, { recursive: true });
  };
  return [
    { name: `one Parquet file, ${events} writes`, make: (folder) => parquet(folder, 'all.parquet') },
    { name: `one NDJSON file, ${events} writes`, make: (folder) => parquet(folder, 'all.json') },
    {
      name: `the same NDJSON, gzip, its last line torn`,
      make: async (folder) => {
        await parquet(folder, 'all.json');
        await writeFile(join(folder, 'all.json'), '{"torn', { flag: 'a' });
        const plain = createReadStream(join(folder, 'all.json'), { highWaterMark: 1 << 20 });
        await pipeline(plain, createGzip({ level: 1 }), createWriteStream(join(folder, 'all.gz')));
        await rm(join(folder, 'all.json'));
      },
    },
    {
      name: 'one document of 1 GB in a single line',
      make: (folder) => writeText(join(folder, 'document'), oneDocument()),
    },
    { name: 'an array of 1 GB in a single line', make: (folder) => writeText(join(folder, 'array'), oneArray()) },
    {
      name: '1 GB of one letter, gzip',
      make: (folder) =>
        pipeline(oneDocument(), createGzip({ level: 1 }), createWriteStream(join(folder, 'letters.gz'))),
    },
  ];
}

/**
 * Imports big files, each case in a process of its own, and prints the most memory that it had. `only` names a
 * case by part of its name.
 */
export async function measureBigFiles(events: number, only = process.argv[4] ?? ''): Promise<void> {
  console.log('| case | size MB | stored | rejected | seconds | processor s | peak memory MB |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { name, make } of casesOf(events)) {
    if (!name.includes(only)) continue;
    const folder = await mkdtemp(join(tmpdir(), 'portside-bench-'));
    try {
      const files = join(folder, 'files');
      await mkdir(files);
      await make(files);
      const told = await importFolder(join(folder, 'workspace'), files);
      console.log(
        `| ${name} | ${(told.bytes / 1e6).toFixed(0)} | ${told.stored} | ${told.rejected}${told.refusal ? ` (${told.refusal})` : ''} | ${(told.ms / 1e3).toFixed(1)} | ${(told.cpuMs / 1e3).toFixed(1)} | ${(told.peakBytes / 1e6).toFixed(0)} |`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
