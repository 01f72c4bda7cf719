/** Imports all files of a folder into a workspace and prints what that took as JSON: `import-folder.ts WORKSPACE FOLDER`. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { importEach } from '../../electron/evidence/import-each.ts';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';

/** What importing a folder took. */
export interface ImportedFolder {
  readonly bytes: number;
  readonly stored: number;
  readonly rejected: number;
  /** Why the last refused file was refused. */
  readonly refusal: string | undefined;
  readonly ms: number;
  readonly cpuMs: number;
  /** The most resident memory that the process had. */
  readonly peakBytes: number;
}

const [workspacePath = '', folder = ''] = process.argv.slice(2);
const engine = await openWorkspaceEngine({ workspacePath });
let bytes = 0;
let stored = 0;
let rejected = 0;
let refusal: string | undefined;
for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
const beganMs = performance.now();
const usedBefore = process.cpuUsage();
await importEach(engine, [folder], {
  signal: new AbortController().signal,
  onProgress: () => undefined,
  onOutcomes: (outcomes) => {
    for (const outcome of outcomes) {
      if (outcome.kind === 'failed') {
        refusal = outcome.code;
        continue;
      }
      stored += outcome.file.rowsStored;
      rejected += outcome.file.rowsRejected;
    }
  },
});
const { user, system } = process.cpuUsage(usedBefore);
const told: ImportedFolder = {
  bytes,
  stored,
  rejected,
  refusal,
  ms: performance.now() - beganMs,
  cpuMs: (user + system) / 1000,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(told));
await engine.close();
