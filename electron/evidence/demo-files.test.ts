import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isCancelled } from '../../shared/base/failure.ts';
import { parseDeviceEvent, parseWriteEvent } from '../../shared/model/ecs-parse.ts';
import { demoOptions, writeDemoNdjson } from './demo-files.ts';

const options = demoOptions(Date.UTC(2026, 10, 20), { hosts: 10, days: 9 });
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-demo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function linesOf(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('demo files', () => {
  it('hold every write and device event as a document that is read as evidence', async () => {
    const progress: number[] = [];
    const files = await writeDemoNdjson(folder, options, undefined, ({ writes }) => progress.push(writes));
    expect(files.evidence.map((file) => basename(file))).toEqual([
      'writes-1.ndjson',
      'writes-2.ndjson',
      'device-events.ndjson',
      'records-and-alerts.ndjson',
    ]);
    const [first = '', second = '', devices = ''] = files.evidence;
    const writes = [...(await linesOf(first)), ...(await linesOf(second))];
    expect(writes.length).toBe(files.writes);
    expect(progress.at(-1)).toBe(files.writes);
    expect(writes.every((source) => parseWriteEvent({ id: '', source }) !== undefined)).toBe(true);
    const deviceEvents = await linesOf(devices);
    expect(deviceEvents.length).toBe(files.deviceEvents);
    expect(deviceEvents.every((source) => parseDeviceEvent({ id: '', source }) !== undefined)).toBe(true);
    expect((await linesOf(files.labels)).length).toBeGreaterThan(50);
  });

  it('end when aborted', async () => {
    const abort = new AbortController();
    const writing = writeDemoNdjson(folder, options, abort.signal, ({ days }) => {
      if (days === 3) abort.abort();
    });
    await expect(writing).rejects.toSatisfy(isCancelled);
  });
});
