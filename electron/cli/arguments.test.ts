import { expect, test } from 'vitest';
import { fail } from '../../shared/base/failure.ts';
import { findCommand, oneOf, parseCommand, readOption, usageOf, usageOfAll, wholeNumber } from './arguments.ts';
import { UsageError } from './command.ts';
import { cliCommands } from './commands.ts';

const commandOf = (...argv: string[]) => {
  const found = findCommand(cliCommands, argv);
  if (!found) throw new Error(`no command in ${argv}`);
  return parseCommand(found, argv);
};

test('a command is found by its words, and its options are read', () => {
  const { command, values, operands } = commandOf('import', 'a.ndjson', '--json', 'b.csv', '--workspace=w');
  expect(command.name).toBe('import');
  expect(operands).toEqual(['a.ndjson', 'b.csv']);
  expect(values).toMatchObject({ json: true, workspace: 'w' });
});

test('filters may be given several times', () => {
  expect(commandOf('writes', '--host', 'a', '--host', 'b').values).toMatchObject({ host: ['a', 'b'] });
});

test.each([
  [['import']],
  [['writes', 'extra']],
  [['writes', '--nonsense']],
  [['writes', '--host']],
  [['volumes', '--json=yes']],
])('bad usage is told: %j', (argv) => {
  expect(() => commandOf(...argv)).toThrow(UsageError);
});

test('what an option refuses is bad usage', () => {
  const refuse = () => {
    throw fail('bad-input', 'No time.', 'Give one.');
  };
  expect(() => readOption('x', refuse)).toThrow('No time. Give one.');
  expect(readOption(undefined, refuse)).toBeUndefined();
  expect(readOption('7', wholeNumber('--limit', 1, 10))).toBe(7);
  for (const text of ['0', '11', '1.5', '-1', '1e3', '', ' 1']) {
    expect(() => readOption(text, wholeNumber('--limit', 1, 10))).toThrow(UsageError);
  }
  expect(readOption('host', oneOf('--by', ['process', 'host']))).toBe('host');
  expect(() => readOption('Host', oneOf('--by', ['process', 'host']))).toThrow('process, host');
});

test('every command has its usage, and all are listed', () => {
  const all = usageOfAll(cliCommands);
  for (const command of cliCommands) {
    expect(all).toContain(`  ${command.name} `);
    expect(usageOf(command)).toContain(`portside ${command.name}`);
    expect(command.summary).toMatch(/^[A-Z].*\.$/);
  }
  expect(new Set(cliCommands.map(({ name }) => name)).size).toBe(cliCommands.length);
});
