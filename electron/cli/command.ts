import type { parseArgs } from 'node:util';
import type { Failure } from '../../shared/base/failure.ts';
import type { Services } from '../services.ts';
import type { Output } from './output.ts';

/** The options of a command by their long names, as `parseArgs` takes them. */
export interface OptionTable {
  readonly [name: string]: {
    readonly type: 'string' | 'boolean';
    readonly multiple?: boolean;
    readonly short?: string;
    readonly default?: string;
  };
}

/** The values that `parseArgs` finds for a table of options. */
export type OptionValues<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ readonly options: Options; readonly strict: true; readonly allowPositionals: true }>
>['values'];

/** What a command gets to work with. */
export interface CliCall<Options extends OptionTable> {
  readonly values: OptionValues<Options>;
  /** Arguments without a name, as many as the command takes. */
  readonly operands: readonly string[];
  readonly output: Output;
  /** Aborted by Ctrl+C, or when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** The folder of the workspace, whether or not it exists. */
  readonly workspacePath: string;
  /** Version of Portside. */
  readonly version: string;
  /**
   * Opens the workspace for this command; it is closed when the command ends. Ends with `not-found` where there is none,
   * unless it may be made.
   */
  openServices(options?: { readonly mayMake?: boolean }): Promise<Services>;
  /** Says something that is no result, on stderr; not with `--json`, where stderr carries failures only. */
  say(line: string): void;
  /** Tells a failure that does not end the command, on stderr. */
  reportFailure(failure: Failure): void;
  /** After a list: says where it goes on, and of how many rows these are. */
  sayNext(end: ListEnd): void;
}

/** Where a list stopped. */
export interface ListEnd {
  readonly passed: number;
  readonly total: number | undefined;
  readonly nextCursor: string | undefined;
}

/** One command of the command line: an entry of the table in `commands.ts`. */
export interface CliCommand<Options extends OptionTable = OptionTable> {
  /** One or two words: `import`, `rule list`. */
  readonly name: string;
  /** How its operands are written in the usage line, such as `FILE…`; empty where it takes none. */
  readonly operands: string;
  /** Fewest and most operands. */
  readonly operandCount: readonly [number, number];
  readonly summary: string;
  readonly options: Options;
  /** Which workspace it means where none is named: the person's own, or that of the demo. */
  readonly usualWorkspace?: 'demo';
  /** Does the work. Returns the exit code where it is not 0. */
  run(call: CliCall<Options>): Promise<number | undefined>;
}

/** Declares a command, so that `values` has the types of its own options. */
export function command<const Options extends OptionTable>(definition: CliCommand<Options>): CliCommand {
  return definition as unknown as CliCommand;
}

/** Bad usage: ends with exit code 2 and the usage of the command. */
export class UsageError extends Error {}
