import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePortsideScorer } from '../../shared/analysis/portside-score.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import { openFindingCache } from './duckdb-finding-cache.ts';
import { importFile } from './duckdb-import.ts';
import { appendEvents } from './duckdb-intake.ts';
import { openEvidenceDatabase } from './duckdb-schema.ts';
import { makeDuckdbStore } from './duckdb-store.ts';
import { makeFindingIndex } from './finding-index.ts';
import type { EvidenceIntake } from './store.ts';

/** Findings of Portside's own score carry this as their rule. */
const portsideRuleId = 'portside';

/** Changes whenever the same evidence gets other scores, so that older findings are computed anew. */
const scoringVersion = 'portside-1';

/** Everything the engine of one workspace answers. */
export type WorkspaceEngine = Handlers<EngineOperations> & EvidenceIntake & { close(): Promise<void> };

/**
 * Opens the evidence of a workspace folder in this process: the store, the intake and the findings. Fails with
 * `workspace-in-use` where another process has it open, `store-damaged`, `store-refused`, `workspace-unwritable` or `disk-full`.
 */
export async function openWorkspaceEngine(options: {
  readonly workspacePath: string;
  readonly now?: () => number;
}): Promise<WorkspaceEngine> {
  const database = await openEvidenceDatabase(join(options.workspacePath, 'evidence.duckdb'));
  try {
    await removeLeftovers(options.workspacePath);
    const store = makeDuckdbStore(database);
    const findings = makeFindingIndex({
      store,
      cache: await openFindingCache(database),
      makeScorer: makePortsideScorer,
      scoring: scoringVersion,
      ruleId: portsideRuleId,
      now: options.now ?? Date.now,
    });
    const intake: EvidenceIntake = {
      importFile: (path, context) => importFile(database, path, context),
      append: (events) => appendEvents(database, events),
    };
    return {
      ...store,
      ...findings,
      ...intake,
      'evidence.import': ({ path }, context) => intake.importFile(path, context),
      'evidence.append': (events) => intake.append(events),
      close: () => database.close(),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Folders of imports that a killed process left behind. */
async function removeLeftovers(workspacePath: string): Promise<void> {
  for (const name of await readdir(workspacePath)) {
    if (/^import-[A-Za-z0-9]{6}$/.test(name)) await rm(join(workspacePath, name), { recursive: true, force: true });
  }
}
