import { createHash } from 'node:crypto';
import { readdir, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePortsideScorer, portsideScoreVersion } from '../../shared/analysis/portside-score.ts';
import { fail } from '../../shared/base/failure.ts';
import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import { type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import type { ChosenLimits, EngineLimits } from '../../shared/model/engine-limits.ts';
import { type DuckdbDatabase, openDuckdb } from './duckdb-database.ts';
import { openFindingCache } from './duckdb-finding-cache.ts';
import { importFile } from './duckdb-import.ts';
import { importFiles } from './duckdb-import-bundle.ts';
import { appendEvents } from './duckdb-intake.ts';
import { evidencePath, openEvidenceDatabase } from './duckdb-schema.ts';
import { makeDuckdbStore } from './duckdb-store.ts';
import type { ElasticWorkspaceSource } from './elastic-source.ts';
import { makeFindingIndex } from './finding-index.ts';
import { keepOpen, type OpenedEngine } from './keep-open.ts';
import type { EvidenceIntake } from './store.ts';

/** Findings of Portside's own score carry this as their rule. */
const portsideRuleId = 'portside';

/** Everything the engine of one workspace answers. */
export type WorkspaceEngine = Handlers<EngineOperations> & EvidenceIntake & { close(): Promise<void> };

/**
 * Opens the evidence of a workspace folder in this process: the store, the intake and the findings. Fails with
 * `workspace-in-use` where another process has it open, `store-damaged`, `store-refused`, `workspace-unwritable` or `disk-full`.
 * With a `source` the evidence stays on that cluster and only what is derived from it lies in the folder. Where a full disk
 * ended the file's instance, the questions after it open the file again as soon as there is room.
 */
export async function openWorkspaceEngine(options: {
  readonly workspacePath: string;
  readonly now?: () => number;
  readonly source?: ElasticWorkspaceSource | undefined;
  readonly limits?: ChosenLimits | undefined;
}): Promise<WorkspaceEngine> {
  const { workspacePath, source, limits, now = Date.now } = options;
  const open = () =>
    source ? openSourceEngine(workspacePath, source, now, limits) : openEmbeddedEngine(workspacePath, now, limits);
  return keepOpen(await open(), open);
}

async function openEmbeddedEngine(
  workspacePath: string,
  now: () => number,
  limits: ChosenLimits | undefined,
): Promise<OpenedEngine<WorkspaceEngine>> {
  const database = await openEvidenceDatabase(evidencePath(workspacePath), limits);
  try {
    await removeLeftovers(workspacePath);
    const store = makeDuckdbStore(database);
    const findings = makeFindingIndex({
      store,
      readState: (signal) => store['evidence.summary']({}, ignoreItems(signal)),
      cache: await openFindingCache(database),
      makeScorer: makePortsideScorer,
      scoring: portsideScoreVersion,
      ruleId: portsideRuleId,
      now,
    });
    const intake: EvidenceIntake = {
      importFile: (path, context) => importFile(database, path, context),
      importFiles: (paths, context) => importFiles(database, paths, context),
      append: (events) => appendEvents(database, events),
    };
    const engine: WorkspaceEngine = {
      ...store,
      ...findings,
      ...intake,
      'engine.limits': async () => readLimits(database),
      'evidence.import': ({ path }, context) => intake.importFile(path, context),
      'evidence.import-files': ({ paths }, context) => intake.importFiles(paths, context),
      'evidence.append': (events) => intake.append(events),
      close: () => database.close(),
    };
    return { engine, isOver: () => database.isOver };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The engine of a workspace whose evidence is on a cluster. Findings are kept in a file per cluster, which may be deleted any time. */
async function openSourceEngine(
  workspacePath: string,
  source: ElasticWorkspaceSource,
  now: () => number,
  limits: ChosenLimits | undefined,
): Promise<OpenedEngine<WorkspaceEngine>> {
  // The client of Elasticsearch is large, and most workspaces never need it.
  const [{ connectElastic }, { makeElasticStore }] = await Promise.all([
    import('./elastic-connection.ts'),
    import('./elastic-store.ts'),
  ]);
  const connection = await connectElastic(source);
  const place = JSON.stringify([connection.place, source.cloudId ?? '', source.indices]);
  const name = createHash('sha256').update(place).digest('hex').slice(0, 16);
  const database = await openDuckdb(join(workspacePath, `elasticsearch-${name}.duckdb`), limits);
  try {
    const {
      close: closeStore,
      processes,
      readState,
      ...store
    } = makeElasticStore(connection, { indices: source.indices, now });
    const findings = makeFindingIndex({
      store,
      readState,
      processes,
      cache: await openFindingCache(database),
      makeScorer: makePortsideScorer,
      scoring: portsideScoreVersion,
      ruleId: portsideRuleId,
      now,
    });
    const refuse = (): never => {
      throw fail(
        'bad-input',
        `This workspace reads its evidence from ${connection.place}; nothing can be added to it here.`,
        'Import into a workspace of its own, or choose the embedded store under Sources.',
      );
    };
    const intake: EvidenceIntake = {
      importFile: async () => refuse(),
      importFiles: async () => refuse(),
      append: async () => refuse(),
    };
    const engine: WorkspaceEngine = {
      ...store,
      ...findings,
      ...intake,
      'engine.limits': async () => readLimits(database),
      'evidence.import': async () => refuse(),
      'evidence.import-files': async () => refuse(),
      'evidence.append': async () => refuse(),
      async close() {
        await closeStore();
        await database.close();
      },
    };
    return { engine, isOver: () => database.isOver };
  } catch (error) {
    await connection.close();
    await database.close();
    throw error;
  }
}

async function readLimits({ limits, path }: DuckdbDatabase): Promise<EngineLimits> {
  const { bavail, bsize } = await statfs(dirname(path));
  return { ...limits, freeDiskBytes: bavail * bsize };
}

/** Folders of imports that a killed process left behind. */
async function removeLeftovers(workspacePath: string): Promise<void> {
  for (const name of await readdir(workspacePath)) {
    if (/^import-[A-Za-z0-9]{6}$/.test(name)) await rm(join(workspacePath, name), { recursive: true, force: true });
  }
}
