import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../shared/base/failure.ts';
import { cliCommands } from './cli/commands.ts';
import { runCli } from './cli/run.ts';
import { toWriteFailure } from './platform/atomic-file.ts';
import { openLog } from './platform/log.ts';
import { userDataFolder } from './platform/user-data.ts';
import { makeServices } from './services.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
  readonly version: string;
};
const abort = new AbortController();
// The first Ctrl+C cancels the command; a second one ends the process as usual.
process.once('SIGINT', () => abort.abort());
process.once('SIGTERM', () => abort.abort());
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has enough (`| head`): that is its right, and no failure.
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

process.exitCode = await runCli(cliCommands, process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  signal: abort.signal,
  log: openLog(join(userDataFolder(), 'logs'), 'cli'),
  version,
  async openWorkspace(workspacePath, mayMake, asked) {
    // With a cluster as the source the folder only keeps what can be derived again: it may always be made.
    if (!mayMake && !asked && !existsSync(workspacePath)) {
      throw fail('not-found', `There is no workspace at ${workspacePath}.`, 'portside import FILE makes it.');
    }
    try {
      await mkdir(workspacePath, { recursive: true });
    } catch (error) {
      throw toWriteFailure(workspacePath, error);
    }
    const { openWorkspaceEngine } = await import('./evidence/workspace-engine.ts');
    const { readElasticSource } = await import('./evidence/elastic-source.ts');
    const source = asked && (await readElasticSource(asked, process.env));
    const engine = await openWorkspaceEngine({ workspacePath, source });
    const services = makeServices({
      workspacePath,
      engine,
      version,
      source: asked && `Elasticsearch at ${asked.source}`,
    });
    return { ...services, close: () => engine.close() };
  },
});
