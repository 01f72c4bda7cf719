import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';

/** Opens the engine of a workspace for `body` and closes it, however that ends. */
export async function withEngine<T>(workspacePath: string, body: (engine: WorkspaceEngine) => Promise<T>): Promise<T> {
  const engine = await openWorkspaceEngine({ workspacePath });
  try {
    return await body(engine);
  } finally {
    await engine.close();
  }
}
