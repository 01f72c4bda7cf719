import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  maxCommandLineLength,
  parseBootTime,
  parseCmdline,
  parseDiskWrittenBytes,
  parseFdinfo,
  parseIo,
  parsePasswd,
  parseStat,
  parseStatusUserId,
} from './proc-text.ts';

const tail = 'S 41 1 1 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 8123456 1000 10';

describe('stat', () => {
  it('reads pid, name, parent and start', () => {
    expect(parseStat(`77 (cp) ${tail}`)).toEqual({
      pid: 77,
      name: 'cp',
      state: 'S',
      parentPid: 41,
      startTicks: 8_123_456,
    });
  });
  it('is not misled by a name that imitates the rest of the line', () => {
    expect(parseStat(`77 (a) R 1 (b) ${tail}`)).toMatchObject({ name: 'a) R 1 (b', parentPid: 41 });
    expect(parseStat(`77 (x\ny) ${tail}`)?.name).toBe('x\ny');
  });
  it.each(['', '77', '77 (cp', '(cp) S 1', `x (cp) ${tail}`, '77 (cp) S'])('is undefined for "%s"', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});

test('status, io, fdinfo and disk counters', () => {
  expect(parseStatusUserId('Name:\tcp\nUid:\t1000\t1000\t1000\t1000\n')).toBe(1000);
  expect(
    parseIo('rchar: 5\nwchar: 4096\nsyscr: 1\nread_bytes: 0\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n'),
  ).toEqual({
    writtenChars: 4096,
    storageBytes: 8192,
  });
  expect(parseFdinfo('pos:\t100\nflags:\t0100001\nmnt_id:\t30\n')).toEqual({ position: 100, canWrite: true });
  expect(parseFdinfo('pos:\t100\nflags:\t0100000\nmnt_id:\t30\n')?.canWrite).toBe(false);
  expect(
    parseDiskWrittenBytes('     125        0     3564      108        1        0        8        0        0      104'),
  ).toBe(4096);
  expect(parseBootTime('cpu 1 2\nbtime 1700000000\n')).toBe(1_700_000_000_000);
  expect(
    parsePasswd('root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n').get(0),
  ).toBe('root');
});

describe('cmdline', () => {
  it.each([
    ['cp\0-r\0my file\0', 'cp -r "my file"'],
    ['a\0\0b\0', 'a "" b'],
    ['say\0"hi"\0', 'say "\\"hi\\""'],
    ['nginx: worker process', 'nginx: worker process'],
    ['\0\0', undefined],
    ['', undefined],
  ])('%j reads %j', (text, expected) => {
    expect(parseCmdline(text)).toBe(expected);
  });
  it('is bounded', () => {
    expect(parseCmdline('x'.repeat(1_000_000))?.length).toBe(maxCommandLineLength);
  });
});

test('the files of this very process parse', () => {
  const read = (name: string) => readFileSync(`/proc/self/${name}`, 'utf8');
  if (process.platform !== 'linux') return;
  expect(parseStat(read('stat'))).toMatchObject({ pid: process.pid, parentPid: process.ppid });
  expect(parseStatusUserId(read('status'))).toBe(process.getuid?.());
  expect(parseCmdline(read('cmdline'))).toContain('node');
});

test('no text breaks any of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const parse of [
        parseStat,
        parseIo,
        parseFdinfo,
        parseStatusUserId,
        parseCmdline,
        parseDiskWrittenBytes,
        parseBootTime,
      ])
        expect(() => parse(text)).not.toThrow();
    }),
  );
});
