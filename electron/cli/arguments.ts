import { parseArgs } from 'node:util';
import { Failure } from '../../shared/base/failure.ts';
import { type CliCommand, type OptionTable, type OptionValues, UsageError } from './command.ts';

/** Options of every command. */
export const commonOptions = {
  workspace: { type: 'string' },
  source: { type: 'string' },
  ca: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies OptionTable;

export interface ParsedCommand {
  readonly command: CliCommand;
  readonly values: OptionValues<OptionTable>;
  readonly operands: readonly string[];
}

/** Finds the command that the first one or two words name. */
export function findCommand(table: readonly CliCommand[], argv: readonly string[]): CliCommand | undefined {
  const [first = '', second = ''] = argv;
  return table.find(({ name }) => name === `${first} ${second}`) ?? table.find(({ name }) => name === first);
}

/** Reads a command line by the command's own table. Anything it does not name is a `UsageError`. */
export function parseCommand(command: CliCommand, argv: readonly string[]): ParsedCommand {
  const args = argv.slice(command.name.split(' ').length);
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { ...commonOptions, ...command.options },
      strict: true,
      allowPositionals: true,
    });
    const [fewest, most] = command.operandCount;
    if (!values.help && positionals.length < fewest) throw new UsageError(`${command.name} needs ${command.operands}.`);
    if (positionals.length > most) throw new UsageError(`${command.name} does not take "${positionals[most]}".`);
    return { command, values, operands: positionals };
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message.split('. ')[0]);
    throw error;
  }
}

/** Reads an option's text with `parse`; what it refuses is bad usage. */
export function readOption<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Failure) throw new UsageError(error.hint ? `${error.message} ${error.hint}` : error.message);
    throw error;
  }
}

/** A whole number within bounds, for `readOption`. */
export function wholeNumber(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
    }
    return value;
  };
}

/** One of the given words, for `readOption`. */
export function oneOf<const Words extends readonly string[]>(
  name: string,
  words: Words,
): (text: string) => Words[number] {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) throw new UsageError(`${name} must be one of ${words.join(', ')}, not "${text}".`);
    return found;
  };
}

/** The usage of one command. */
export function usageOf({ name, operands, summary, options }: CliCommand): string {
  const all: OptionTable = { ...options, ...commonOptions };
  const written = Object.entries(all).map(([option, { type, multiple }]) => {
    const value = type === 'boolean' ? '' : ` ${valueWord(option)}`;
    return `[--${option}${value}]${multiple ? '…' : ''}`;
  });
  return `Usage: portside ${[name, operands, ...written].filter((part) => part !== '').join(' ')}\n${summary}\n`;
}

const valueWords: Readonly<Record<string, string>> = {
  workspace: 'DIR',
  from: 'TIME',
  to: 'TIME',
  at: 'TIME',
  bucket: '15m',
  for: '30s',
  limit: 'N',
  out: 'FILE',
  source: 'URL',
  ca: 'FILE',
};

function valueWord(option: string): string {
  return valueWords[option] ?? option.replace(/^.*-/, '').toUpperCase();
}

/** The list of all commands. */
export function usageOfAll(table: readonly CliCommand[]): string {
  const lines = table.map(({ name, operands, summary }) => `  ${`${name} ${operands}`.padEnd(24)} ${summary}`);
  return [
    'Usage: portside COMMAND [options]',
    '',
    ...lines,
    '',
    '--workspace DIR chooses the workspace, --json prints JSON. "portside COMMAND --help" lists the options of one.',
    '--source URL asks Elasticsearch (--ca FILE, PORTSIDE_ES_API_KEY or PORTSIDE_ES_USERNAME and _PASSWORD).',
    'Times are ISO 8601 (2026-11-19T21:40:00Z) or epoch milliseconds. Exit codes: 0 done, 1 failed, 2 bad usage.',
    '',
  ].join('\n');
}
