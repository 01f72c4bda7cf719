import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { ecsOf, makeWrites } from './generated-writes.ts';
import type { ImportedFolder } from './import-folder.ts';

/** Writes in each of the small files. */
const writesOfFile = 5;

/** Imports all files of a folder in a process of its own. */
export async function importFolder(workspacePath: string, files: string): Promise<ImportedFolder> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    join(import.meta.dirname, 'import-folder.ts'),
    workspacePath,
    files,
  ]);
  return JSON.parse(stdout) as ImportedFolder;
}

async function makeSmallFiles(folder: string, count: number): Promise<void> {
  const writes = makeWrites(count * writesOfFile);
  for (let file = 0; file < count; file++) {
    let text = '';
    for (let index = 0; index < writesOfFile; index++) {
      const { value, done } = writes.next();
      if (!done) text += `${JSON.stringify(ecsOf(value))}\n`;
    }
    await writeFile(join(folder, `${file}.ndjson`), text);
  }
}

/** Imports a folder of small files, and lets the engine read the same files raw, as one table. */
export async function measureFolder(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portside-bench-'));
  try {
    const files = join(folder, 'files');
    await mkdir(files);
    await makeSmallFiles(files, count);
    const own = await importFolder(join(folder, 'workspace'), files);
    if (own.stored !== count * writesOfFile) throw new Error(`${own.stored} writes were stored.`);
    const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'), { memory_limit: '4GB' });
    const connection = await instance.connect();
    // As it comes it holds 32 MB for each file that was read, and ends without memory after a few hundred.
    await connection.run('SET preserve_insertion_order = false');
    const beganMs = performance.now();
    const used = process.cpuUsage();
    await connection.run(
      `CREATE TABLE raw AS FROM read_json('${join(files, '*.ndjson')}', maximum_object_size = 1000000)`,
    );
    const ms = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(used);
    connection.closeSync();
    instance.closeSync();
    const cpuMs = (user + system) / 1000;
    console.log(
      `${count} files of ${writesOfFile} writes, ${(own.bytes / 1e6).toFixed(0)} MB; load ${loadavg()[0]?.toFixed(1)}\n`,
    );
    console.log('| | s | processor s | peak memory MB |\n| --- | ---: | ---: | ---: |');
    const seconds = (given: number) => (given / 1e3).toFixed(1);
    console.log(`| import | ${seconds(own.ms)} | ${seconds(own.cpuMs)} | ${(own.peakBytes / 1e6).toFixed(0)} |`);
    console.log(`| raw DuckDB, read_json over all | ${seconds(ms)} | ${seconds(cpuMs)} | |`);
    console.log(`| ratio | ${(own.ms / ms).toFixed(2)} | ${(own.cpuMs / cpuMs).toFixed(2)} | |`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
