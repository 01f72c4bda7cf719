/** Imports all files of a folder into a workspace and prints what that took as JSON: `import-folder.ts WORKSPACE FOLDER`. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openWorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { Failure } from '../../shared/base/failure.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';

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
const beganMs = performance.now();
for (const name of await readdir(folder)) {
  const path = join(folder, name);
  bytes += (await stat(path)).size;
  try {
    const report = await engine.importFile(path, ignoreItems(new AbortController().signal));
    stored += report.rowsStored;
    rejected += report.rowsRejected;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    refusal = error.code;
  }
}
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const told: ImportedFolder = {
  bytes,
  stored,
  rejected,
  refusal,
  ms: performance.now() - beganMs,
  cpuMs: (userCPUTime + systemCPUTime) / 1000,
  peakBytes: maxRSS * 1024,
};
console.log(JSON.stringify(told));
await engine.close();
