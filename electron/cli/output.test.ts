import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { type Column, makeOutput, type Output } from './output.ts';

interface Row {
  readonly name: string;
  readonly size?: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'name', text: (row) => row.name, maxWidth: 12 },
  { title: 'size', text: (row) => row.size, align: 'right' },
];

async function written(isJson: boolean, work: (output: Output) => Promise<void>): Promise<string> {
  const stream = new PassThrough({ highWaterMark: 16 });
  const all = text(stream);
  const output = makeOutput(stream, isJson);
  await work(output);
  await output.flush();
  stream.end();
  return all;
}

async function writeRows(output: Output, rows: readonly Row[]): Promise<void> {
  const list = output.list(columns, 'Nothing here.');
  for (const row of rows) await list.add(row);
  await list.end();
}

test('JSON is one object a line, whole and unchanged, however long', async () => {
  const rows = Array.from({ length: 5_000 }, (_, size) => ({ name: `evil\u202e\u001b[31m\n${size}`, size }));
  const lines = (await written(true, (output) => writeRows(output, rows))).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
  expect(await written(true, (output) => writeRows(output, []))).toBe('');
});

test('a table is aligned, cuts long names and neutralises what steers a terminal', async () => {
  const rows = [{ name: 'a.exe', size: 7 }, { name: '財務.exe', size: 1234 }, { name: 'a-very-long-name.exe' }];
  expect(await written(false, (output) => writeRows(output, rows))).toBe(
    ['name          size', 'a.exe            7', '財務.exe      1234', 'a-very-long…', ''].join('\n'),
  );
  const hostile = await written(false, (output) => writeRows(output, [{ name: '\u001b[2J\u202e\r\nx' }]));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  expect(hostile.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(hostile).toContain('⟨U+001B⟩');
});

test('an empty table says what to do, a note is for people only', async () => {
  expect(await written(false, (output) => writeRows(output, []))).toBe('Nothing here.\n');
  expect(await written(false, (output) => output.note('x\u0007'))).toBe('x⟨U+0007⟩\n');
  expect(await written(true, (output) => output.note('x'))).toBe('');
});

test('rows past the measured ones keep the order', async () => {
  const rows = Array.from({ length: 250 }, (_, size) => ({ name: `n${size}`, size }));
  const lines = (await written(false, (output) => writeRows(output, rows))).trimEnd().split('\n');
  expect(lines.slice(1).map((line) => Number(line.trim().split(/\s+/)[1]))).toEqual(rows.map(({ size }) => size));
});
