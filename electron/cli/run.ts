import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { Failure, type FailureValue, isCancelled } from '../../shared/base/failure.ts';
import { formatCount } from '../../shared/base/format.ts';
import { visibleText } from '../../shared/base/visible-text.ts';
import type { Log } from '../platform/log.ts';
import { defaultWorkspace, demoWorkspace, userDataFolder } from '../platform/user-data.ts';
import type { Services } from '../services.ts';
import { findCommand, parseCommand, usageOf, usageOfAll } from './arguments.ts';
import { type CliCommand, UsageError } from './command.ts';
import { makeOutput } from './output.ts';

/** What the command line runs in; the built program gives the real process, tests give their own. */
export interface CliHost {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborted by Ctrl+C and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Version of Portside. */
  readonly version: string;
  /** Opens a workspace; where there is none makes it, or ends with `not-found`. */
  openWorkspace(
    workspacePath: string,
    mayMake: boolean,
    source?: SourceOption | undefined,
  ): Promise<Services & { close(): Promise<void> }>;
}

/** A cluster to ask instead of the workspace's own store. Credentials are in the environment. */
export interface SourceOption {
  readonly source: string;
  readonly caFile: string | undefined;
}

const exitDone = 0;
const exitFailed = 1;
const exitBadUsage = 2;

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 bad usage. Never throws. */
export async function runCli(table: readonly CliCommand[], argv: readonly string[], host: CliHost): Promise<number> {
  // Asked of the raw line, because a line that cannot be read must be answered in the asked form too.
  const isJson = argv.includes('--json');
  const output = makeOutput(host.stdout, isJson);
  const write = (text: string) => host.stderr.write(text);

  function tell(failure: FailureValue): void {
    const { code, message, hint } = failure;
    if (isJson) write(`${JSON.stringify({ failure: { code, message, hint } })}\n`);
    else write(`portside: ${visibleText(message)}\n${hint ? `  ${visibleText(hint)}\n` : ''}`);
  }

  const command = findCommand(table, argv);
  if (!command) {
    const asked = argv.find((argument) => !argument.startsWith('-'));
    if (asked === undefined && argv.some((argument) => argument === '--help' || argument === '-h')) {
      await output.raw(usageOfAll(table));
      await output.flush();
      return exitDone;
    }
    const message = asked === undefined ? 'No command was given.' : `There is no command "${asked}".`;
    tell({ code: 'bad-input', message, hint: isJson ? '"portside --help" lists the commands.' : undefined });
    if (!isJson) write(usageOfAll(table));
    return exitBadUsage;
  }

  let opened: (Services & { close(): Promise<void> }) | undefined;
  try {
    const { values, operands } = parseCommand(command, argv);
    if (values.help) {
      await output.raw(usageOf(command));
      await output.flush();
      return exitDone;
    }
    const workspace = typeof values.workspace === 'string' ? values.workspace : undefined;
    const usual = command.usualWorkspace === 'demo' ? demoWorkspace : defaultWorkspace;
    const workspacePath =
      workspace === undefined ? usual(userDataFolder()) : resolve(workspace.replace(/^~(?=$|\/)/, homedir()));
    const source = typeof values.source === 'string' ? readSource(values.source, values.ca) : undefined;
    const code = await command.run({
      values,
      operands,
      output,
      signal: host.signal,
      workspacePath,
      version: host.version,
      openServices: async ({ mayMake = false } = {}) => {
        opened ??= await host.openWorkspace(workspacePath, mayMake, source);
        return opened;
      },
      say: (line) => {
        if (!isJson) write(`${visibleText(line)}\n`);
      },
      reportFailure: (failure) => tell(failure.toValue()),
      sayNext: ({ passed, total, nextCursor }) => {
        if (nextCursor === undefined) return;
        if (isJson) write(`${JSON.stringify({ nextCursor })}\n`);
        else {
          const ofAll = total === undefined ? '' : ` of ${formatCount(total)}`;
          write(
            `${formatCount(passed)}${ofAll} shown; --limit N shows more, --cursor '${visibleText(nextCursor)}' goes on.\n`,
          );
        }
      },
    });
    await output.flush();
    return code ?? exitDone;
  } catch (error) {
    if (error instanceof UsageError) {
      tell({ code: 'bad-input', message: error.message, hint: isJson ? usageOf(command) : undefined });
      if (!isJson) write(usageOf(command));
      return exitBadUsage;
    }
    await output.flush().catch(() => undefined);
    if (isCancelled(error)) tell({ code: 'cancelled', message: 'Cancelled.' });
    else if (error instanceof Failure) tell(error.toValue());
    else {
      const bugId = host.log.bug(`cli ${command.name}`, error);
      tell({
        code: 'bug',
        message: 'Something broke inside Portside.',
        hint: `The log in the user-data folder has the details under ${bugId}.`,
      });
    }
    return exitFailed;
  } finally {
    await opened?.close().catch((error) => host.log.bug('cli close', error));
  }
}

function readSource(source: string, ca: unknown): SourceOption {
  return { source, caFile: typeof ca === 'string' ? ca : undefined };
}
