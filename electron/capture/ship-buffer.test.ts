import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openShipBuffer, type ShipDocument } from './ship-buffer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portside-ship-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const documents = (from: number, to: number): ShipDocument[] =>
  Array.from({ length: to - from }, (_, index) => ({ id: `d${from + index}`, source: { n: from + index } }));
const idsOf = (found: readonly ShipDocument[]) => found.map(({ id }) => id);
const open = (maxBytes = 1_000_000) => openShipBuffer({ folder, maxBytes, segmentBytes: 200 });

describe('the buffer of events to be sent', () => {
  it('gives the oldest first until they are done, over many files, and keeps its place when it is opened again', async () => {
    const first = await open();
    for (let at = 0; at < 60; at += 6) expect(await first.add(documents(at, at + 6))).toBe(6);
    expect(idsOf(await first.read(5))).toEqual(['d0', 'd1', 'd2', 'd3', 'd4']);
    expect(idsOf(await first.read(20))).toHaveLength(20);
    await first.done(17);
    expect(first.waiting).toBe(43);
    await first.close();

    const second = await open();
    expect(second.waiting).toBe(43);
    expect(idsOf(await second.read(1))).toEqual(['d17']);
    await second.add(documents(60, 62));
    const rest = await second.read(1_000);
    expect(idsOf(rest)).toEqual(idsOf(documents(17, 62)));
    await second.done(rest.length);
    expect(second.waiting).toBe(0);
    expect(await second.read(10)).toEqual([]);
    await second.close();
    expect(readdirSync(folder).filter((name) => name.endsWith('.ndjson')).length).toBeLessThanOrEqual(2);
  });

  it('cuts away a line that was torn off, and passes over one that is damaged', async () => {
    const first = await open();
    await first.add(documents(0, 3));
    await first.close();
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace('{"id":"d1"', '{"id":"d1'));
    appendFileSync(file, '{"id":"torn","sour');
    const second = await open();
    await second.add(documents(3, 4));
    expect(idsOf(await second.read(10))).toEqual(['d0', 'd2', 'd3']);
    await second.close();
  });

  it('takes what there is room for, and more when some was sent', async () => {
    const buffer = await open(120);
    const taken = await buffer.add(documents(0, 10));
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(10);
    expect(await buffer.add(documents(10, 11))).toBe(0);
    expect(buffer.waitingBytes).toBeLessThanOrEqual(120);
    await buffer.read(taken);
    await buffer.done(taken);
    expect(await buffer.add(documents(10, 11))).toBe(1);
    await buffer.close();
  });

  it('belongs to one process; a lock of an ended one counts for nothing', async () => {
    writeFileSync(join(folder, 'lock'), String(process.ppid));
    await expect(open()).rejects.toMatchObject({ code: 'workspace-in-use' });
    writeFileSync(join(folder, 'lock'), '4194304');
    await (await open()).close();
  });
});
