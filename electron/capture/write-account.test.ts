import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type FileSight, makeWriteAccount } from './write-account.ts';

const sinceMs = 1_000_000;
const account = (written?: number) => makeWriteAccount({ mountPoint: '/m', sinceMs, writtenSince: () => written });
const sight = (kind: FileSight['kind'], sizeBytes: number, more: Partial<FileSight> = {}): FileSight => ({
  kind,
  atMs: sinceMs + 10,
  processKey: '7:1',
  fileKey: 'f',
  path: '/m/a',
  sizeBytes,
  bornMs: sinceMs + 5,
  ...more,
});
const old = { bornMs: sinceMs - 5_000 };

describe('one process and one file', () => {
  it('a new file grew from nothing, however late it is seen', () => {
    const one = account();
    one.see(sight('open', 500));
    one.see(sight('close', 900, { headerBytes: '504b' }));
    expect(one.take(sinceMs)).toEqual({
      files: [
        {
          atMs: sinceMs + 10,
          processKey: '7:1',
          mountPoint: '/m',
          path: '/m/a',
          state: 'new',
          sizeBytes: 900,
          grownBytes: 900,
          headerBytes: '504b',
          quality: 'exact',
          isOpen: false,
        },
      ],
      usages: [
        {
          atMs: sinceMs,
          processKey: '7:1',
          mountPoint: '/m',
          minBytes: 900,
          maxBytes: 900,
          files: 1,
          quality: 'exact',
        },
      ],
    });
  });

  it('an appended file counts what it grew by', () => {
    const one = account(130);
    one.see(sight('open', 100, old));
    one.see(sight('modify', 180, old));
    one.see(sight('close', 220, old));
    expect(one.take(0)).toMatchObject({
      files: [{ state: 'modified', grownBytes: 120 }],
      usages: [{ minBytes: 120, quality: 'exact' }],
    });
  });

  it('a rewrite in place is a range up to what the process wrote in all', () => {
    const one = account(4_000);
    one.see(sight('open', 4_000, old));
    one.see(sight('modify', 4_000, old));
    one.see(sight('close', 4_000, old));
    expect(one.take(0)).toMatchObject({
      files: [{ state: 'overwritten' }],
      usages: [{ minBytes: 0, maxBytes: 4_000, quality: 'range' }],
    });
  });

  it('without counters the upper end is open', () => {
    const one = account(undefined);
    one.see(sight('modify', 4_000, old));
    one.see(sight('close', 4_000, old));
    const [usage] = one.take(0).usages;
    expect(usage).toMatchObject({ minBytes: 0, quality: 'range' });
    expect(usage?.maxBytes).toBeUndefined();
  });

  it('an old file that grew, by a process that wrote far more, is a range', () => {
    const one = account(10_000_000);
    one.see(sight('open', 100, old));
    one.see(sight('modify', 1_100, old));
    expect(one.take(0).usages).toMatchObject([{ minBytes: 1_000, maxBytes: 10_000_000, quality: 'range' }]);
  });

  it('a new file that another process rewrites is one that exists', () => {
    const one = account(50);
    one.see(sight('close', 40));
    one.see(sight('modify', 40, { processKey: '8:1' }));
    one.see(sight('close', 40, { processKey: '8:1' }));
    const { files, usages } = one.take(0);
    expect(files.map(({ state }) => state)).toEqual(['new', 'overwritten']);
    expect(usages.map(({ minBytes, maxBytes, quality }) => [minBytes, maxBytes, quality])).toEqual(
      [
        [40, 50, 'exact'],
        [0, 50, 'range'],
      ].map(([min, max, quality]) => [min, quality === 'exact' ? 40 : max, quality]),
    );
  });

  it('one that only reads is not told', () => {
    const one = account();
    one.see(sight('open', 100, old));
    one.see(sight('close', 100, old));
    expect(one.take(0)).toEqual({ files: [], usages: [] });
  });

  it('an open file is told once while it is open, once at its close, and at the end where it never closes', () => {
    const one = account();
    one.see(sight('modify', 10));
    expect(one.take(1).files).toMatchObject([{ isOpen: true, sizeBytes: 10 }]);
    one.see(sight('modify', 20));
    expect(one.take(2).files).toEqual([]);
    expect(one.finish(3).files).toMatchObject([{ isOpen: true, sizeBytes: 20 }]);
    expect(one.held.writes).toBe(0);
  });

  it('a rename gives the file its new name', () => {
    const one = account();
    one.see(sight('close', 10, { path: '/m/doc.tmp' }));
    one.seeRename({
      atMs: 5,
      processKey: '7:1',
      fileKey: 'f',
      fromPath: '/m/doc.tmp',
      path: '/m/doc.txt',
      sizeBytes: 10,
    });
    one.see(sight('modify', 30, { path: '' }));
    one.see(sight('close', 30, { path: '' }));
    expect(one.take(0).files.map(({ state, path, sourcePath }) => [state, path, sourcePath])).toEqual([
      ['new', '/m/doc.tmp', undefined],
      ['renamed-in', '/m/doc.txt', '/m/doc.tmp'],
      ['new', '/m/doc.txt', undefined],
    ]);
  });
});

test('growth is conserved: what processes are given sums to what files grew by, however events are merged', () => {
  const write = fc.record({
    process: fc.integer({ min: 1, max: 3 }),
    file: fc.integer({ min: 1, max: 3 }),
    grows: fc.nat(5_000),
    isSeen: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 60 }), (steps) => {
      const one = account();
      const sizes = new Map<number, number>();
      let last: FileSight | undefined;
      for (const step of steps) {
        const size = (sizes.get(step.file) ?? 0) + step.grows;
        sizes.set(step.file, size);
        last = sight('modify', size, { processKey: `${step.process}:1`, fileKey: String(step.file) });
        if (step.isSeen) one.see(last);
      }
      for (const [file, size] of sizes) one.see(sight('close', size, { fileKey: String(file) }));
      const given = one.finish(0).usages.reduce((sum, { minBytes }) => sum + minBytes, 0);
      expect(given).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
    }),
  );
});

test('what is held is bounded', () => {
  const one = account();
  for (let number = 0; number < 201_000; number += 1) one.see(sight('close', 1, { fileKey: String(number) }));
  expect(one.held.files).toBeLessThanOrEqual(200_000);
});
