import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { ActivityChunk } from '../../shared/model/evidence-answer.ts';
import type { FindingVerdict } from '../../shared/model/finding-verdict.ts';
import { demoOptions, writeDemoNdjson } from './demo-files.ts';
import { demoIndices, loadDocuments, makeDemoIndices, readDocuments } from './elastic-demo.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';

const endMs = Date.UTC(2026, 10, 20);
const { signal } = new AbortController();
const context = ignoreItems(signal);
const prefix = 'demo-test-';
const server = await testElasticsearch('plain');

describe.skipIf('reason' in server)(`the demo on both engines${'reason' in server ? `: ${server.reason}` : ''}`, () => {
  let folder: string;
  let embedded: WorkspaceEngine;
  let elastic: WorkspaceEngine;

  beforeAll(async () => {
    if ('reason' in server) return;
    folder = await mkdtemp(join(tmpdir(), 'portside-demo-'));
    const { evidence } = await writeDemoNdjson(join(folder, 'files'), demoOptions(endMs, { hosts: 6, days: 8 }));
    embedded = await openWorkspaceEngine({ workspacePath: join(folder, 'embedded'), now: () => endMs });
    for (const file of evidence) await embedded.importFile(file, { signal, emit: () => undefined });
    const connection = await connectForTests(server);
    await makeDemoIndices(connection, { replace: true, prefix }, signal);
    await loadDocuments(connection, readDocuments(evidence), signal, prefix);
    await connection.close();
    elastic = await openWorkspaceEngine({
      workspacePath: join(folder, 'embedded'),
      source: { nodes: [server.url], indices: demoIndices(prefix) },
      now: () => endMs,
    });
  }, 120_000);

  afterAll(async () => {
    await embedded?.close();
    await elastic?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('gives the same findings with the same scores and reasons', async () => {
    const question = { filter: {}, sort: 'score', descending: true, limit: 1000 } as const;
    const expected = await embedded['findings.list'](question, context);
    expect(expected.total).toBeGreaterThan(50);
    expect(await elastic['findings.list'](question, context)).toEqual(expected);
  });

  it('moves the same findings by a verdict', async () => {
    const question = { filter: {}, sort: 'score', descending: true, limit: 1000 } as const;
    const { rows } = await embedded['findings.list'](question, context);
    const judged = rows.find((one) => rows.some(({ device, startMs }) => device === one.device && startMs > one.endMs));
    if (!judged) throw new Error('No device was written to twice.');
    const { id, host, process, executable, device, endMs: countsFromMs } = judged;
    const about = { findingId: id, host, process, executable, device, points: {} };
    const verdicts: FindingVerdict[] = [
      { ...about, verdict: 'malicious', note: '', actor: 'anna', atMs: endMs, countsFromMs },
    ];
    for (const engine of [embedded, elastic]) await engine['finding-verdicts.set']({ verdicts }, context);
    const expected = await embedded['findings.list'](question, context);
    expect(expected.rows.filter(({ unmovedScore }) => unmovedScore !== undefined).length).toBeGreaterThan(0);
    expect(await elastic['findings.list'](question, context)).toEqual(expected);
    for (const engine of [embedded, elastic]) await engine['finding-verdicts.set']({ verdicts: [] }, context);
    expect((await elastic['findings.list'](question, context)).rows).toEqual(rows);
  });

  it('counts the same', async () => {
    const { revision: _theirs, ...expected } = await embedded['evidence.summary']({}, context);
    const { revision: _own, ...found } = await elastic['evidence.summary']({}, context);
    expect(found).toEqual(expected);
  });

  it.each([
    ['processes', 'processes.list', { filter: {}, sort: 'files', descending: true, limit: 1000 }],
    ['devices', 'devices.list', { filter: {}, limit: 1000 }],
    ['devices by bus', 'devices.list', { filter: { busTypes: ['USB'] }, limit: 1000 }],
    ['sessions', 'sessions.list', { limit: 10_000 }],
    ['executables', 'terms.list', { filter: {}, field: 'executable', limit: 1000 }],
    ['publishers', 'terms.list', { filter: {}, field: 'publisher', contains: 'o', limit: 1000 }],
    ['hours', 'hours.read', { filter: {}, offsetMinutes: 90 }],
    ['device events', 'device-events.list', { limit: 1000 }],
    ['alerts', 'alerts.list', { limit: 1000 }],
    ['anomaly records', 'anomaly-records.list', { limit: 1000 }],
    ['newest writes', 'writes.page', { filter: {}, withRenames: true, ascending: false, limit: 500 }],
  ] as const)('lists the same %s', async (_title, name, input) => {
    const ask = async (engine: WorkspaceEngine) => {
      const answer = (await engine[name](input as never, context)) as { nextCursor?: string };
      return Array.isArray(answer) ? answer : { ...answer, nextCursor: answer.nextCursor !== undefined };
    };
    const expected = await ask(embedded);
    expect(JSON.stringify(expected).length).toBeGreaterThan(100);
    expect(await ask(elastic)).toEqual(expected);
  });

  it('draws the same volume', async () => {
    const question = { filter: {}, bucketMs: 3_600_000, by: 'process', maxKeys: 5 } as const;
    const expected = await embedded['volumes.read'](question, context);
    const { files, isFilesApproximate, ...found } = await elastic['volumes.read'](question, context);
    const { files: exactFiles, isFilesApproximate: _exact, ...rest } = expected;
    expect(found).toEqual(rest);
    expect(isFilesApproximate || files.every((count, index) => count === exactFiles[index])).toBe(true);
  });

  it.each(['rarity', 'elastic', 'writtenBytes', 'files', 'users'] as const)(
    'lists the same processes with their scores by %s, counting what is shown',
    async (sort) => {
      const pages = async (engine: WorkspaceEngine) => {
        const question = { filter: {}, sort, descending: true, limit: 9 } as const;
        const first = await engine['scored-processes.list'](question, context);
        return [first, await engine['scored-processes.list']({ ...question, cursor: first.nextCursor }, context)];
      };
      const expected = await pages(embedded);
      expect(expected[0]?.rows.every(({ files, devices }) => files > 0 && devices > 0)).toBe(true);
      expect(await pages(elastic)).toEqual(expected);
    },
  );

  it('gives the same activity, in the same order', async () => {
    expect(await readActivityRows(elastic)).toEqual(await readActivityRows(embedded));
  });

  it('totals each finding alike', async () => {
    const { rows } = await embedded['findings.list'](
      { filter: {}, sort: 'score', descending: true, limit: 60 },
      context,
    );
    const filters = rows.map(({ host, user, process, device, startMs, endMs: lastMs }) => ({
      hosts: [host],
      users: [user],
      processes: [process],
      devices: [device],
      fromMs: startMs,
      toMs: lastMs + 1,
    }));
    const expected = await embedded['writes.totals']({ filters }, context);
    expect(await elastic['writes.totals']({ filters }, context)).toEqual(expected);
  });
});

async function readActivityRows(engine: WorkspaceEngine): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  const emit = (chunk: ActivityChunk) => {
    for (const [at, slotMs] of chunk.slotMs.entries()) {
      rows.push([
        slotMs,
        chunk.hosts[chunk.hostIndex[at] ?? -1],
        chunk.users[chunk.userIndex[at] ?? -1],
        chunk.processes[chunk.processIndex[at] ?? -1],
        chunk.executables[chunk.executableIndex[at] ?? -1],
        chunk.devices[chunk.deviceIndex[at] ?? -1],
        chunk.identities[chunk.identityIndex[at] ?? -1],
        chunk.events[at],
        chunk.writtenBytes[at],
        chunk.firstMs[at],
        chunk.lastMs[at],
      ]);
    }
  };
  await engine['activity.read']({}, { signal, emit });
  return rows;
}
