/**
 * Works on a workspace until it is killed, and says on stdout what it begins and what is done: `crash-child WORK WORKSPACE RUN`.
 * `done` is said only after the product said that the thing is on the disk.
 */
import { rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exportCase } from '../../../electron/cases/case-handlers.ts';
import { openWorkspaceEngine } from '../../../electron/evidence/workspace-engine.ts';
import { openSettings } from '../../../electron/platform/settings.ts';
import { makeServices } from '../../../electron/services.ts';
import { ignoreItems } from '../../../shared/ipc/operation.ts';
import { toDocument } from '../../made-evidence.ts';
import { appendRows, caseId, importRows } from './crash-figures.ts';

const [work = '', workspacePath = '', run = ''] = process.argv.slice(2);
const engine = await openWorkspaceEngine({ workspacePath });
const services = makeServices({ workspacePath, engine, version: 'test' });
const quiet = ignoreItems(new AbortController().signal) as never;
const settings = await openSettings(
  join(workspacePath, 'crash-settings.json'),
  z.object({ step: z.string().default('') }),
);

/** Past any pipe's buffer of this process: what is said is out. */
const say = (line: string) => writeSync(1, `${line}\n`);

const atMs = Date.UTC(2026, 10, 2, 9);
/** Each says that it begins once the product has the work, and gives what is appended to the name of what is done. */
const works: Record<string, (name: string) => Promise<string>> = {
  async import(name) {
    const file = join(workspacePath, `${name}.ndjson`);
    const lines = Array.from({ length: importRows }, (_, row) =>
      JSON.stringify({
        ...toDocument(
          {
            atMs: atMs + row * 1_000,
            action: 'creation',
            host: name,
            user: 'u',
            process: 'p.exe',
            path: `E:\\${row}.txt`,
            size: row,
            serial: 'S1',
            isExternal: true,
          },
          row,
        ),
        event: { id: `${name}-${row}`, category: ['file'], action: 'creation', kind: 'event' },
      }),
    );
    writeFileSync(file, `${lines.join('\n')}\n`);
    say(`begin ${name}`);
    await engine['evidence.import']({ path: file }, quiet);
    rmSync(file);
    return '';
  },
  async append(name) {
    const writes = Array.from({ length: appendRows }, (_, row) => ({
      id: `${name}-${row}`,
      atMs: atMs + row * 1_000,
      action: 'creation' as const,
      host: name,
      user: 'u',
      process: 'p.exe',
      path: `E:\\${row}.txt`,
      sizeBytes: row,
      device: 'serial:S1',
      busType: 'USB',
    }));
    say(`begin ${name}`);
    await engine['evidence.append']({ writes, deviceEvents: [] }, quiet);
    return '';
  },
  async journal(name) {
    say(`begin ${name}`);
    await services.decisions.decideDevice(name, 'approved', 'seen');
    return '';
  },
  async settings(name) {
    say(`begin ${name}`);
    await settings.set({ step: name });
    return '';
  },
  async rules(name) {
    say(`begin ${name}`);
    const executedAtMs = Date.now();
    await services.rules.run({ atMs: executedAtMs, signal: new AbortController().signal });
    const runs = await services.rules.runs({ limit: 100_000 });
    return ` ${executedAtMs} ${runs.filter((run) => run.executedAtMs === executedAtMs).length}`;
  },
  async export(name) {
    say(`begin ${name}`);
    await exportCase(services.caseServices, caseId, { path: join(workspacePath, `${name}.zip`) }, quiet);
    return '';
  },
};

const step = works[work];
if (!step) throw new Error(`There is no work "${work}".`);
say('ready');
for (let index = 0; ; index += 1) {
  const name = `${work}-${run}-${index}`;
  say(`done ${name}${await step(name)}`);
}
