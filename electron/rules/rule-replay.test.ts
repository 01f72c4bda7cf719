import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsWrite } from '../../shared/model/ecs.ts';
import { rareProcessRuleId } from '../../shared/model/elastic-job.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { demoIndices, loadDocuments, makeDemoIndices } from '../evidence/elastic-demo.ts';
import { connectForTests, testElasticsearch } from '../evidence/elastic-for-tests.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../evidence/workspace-engine.ts';
import { makeTestWrite } from '../evidence/write-for-tests.ts';
import { type Replay, replayRules } from './replay-for-tests.ts';
import { makeRuleService } from './rule-service.ts';

/** Rules over the real stores: each quarter of an hour, and once over all, in both engines. */

const startMs = Date.UTC(2026, 8, 1);
const fromMs = startMs + 15 * dayMs + 20 * hourMs;
const toMs = fromMs + 12 * hourMs;
const prefix = 'replay-';
const { signal } = new AbortController();
const plain = await testElasticsearch('plain');
const reason = 'reason' in plain ? plain.reason : undefined;

/** Everyday writes of three hosts, two copies by strangers at odd hours, and two records of the job. */
function makeDocuments(): readonly { readonly id: string; readonly source: object }[] {
  const documents: { id: string; source: object }[] = [];
  const write = (atMs: number, change: Partial<WriteEvent>) => {
    const id = `w${documents.length}`;
    const event = makeTestWrite(atMs, { id, ...change });
    documents.push({ id, source: toEcsWrite(event) });
  };
  const mount = (atMs: number, host: string, serial: string) => {
    const id = `d${documents.length}`;
    const event = { id, atMs, kind: 'mount', host, device: `serial:${serial}`, serial, busType: 'USB' } as const;
    documents.push({ id, source: toEcsDeviceEvent(event) });
  };
  for (let day = 0; day < 17; day++) {
    for (const [index, host] of ['alpha', 'beta', 'gamma'].entries()) {
      mount(startMs + day * dayMs + 8 * hourMs + index * minuteMs, host, 'AA11');
      for (const hour of [9, 11, 14]) {
        write(startMs + day * dayMs + hour * hourMs + index * minuteMs, { host, user: `user-${index}` });
      }
    }
  }
  for (const [host, atMs] of [
    ['alpha', fromMs + 3 * hourMs],
    ['beta', fromMs + 8 * hourMs + 7 * minuteMs],
  ] as const) {
    mount(atMs - 5 * minuteMs, host, 'BB22');
    const stranger = { process: 'rclone.exe', executable: 'C:\\Users\\kim\\rclone.exe' };
    const stick = { device: 'serial:BB22', deviceSerial: 'BB22' };
    for (const minute of [0, 10, 30]) {
      // The last write on alpha is by a copy that nobody signed.
      const isSigned = host === 'beta' || minute < 30;
      const program = isSigned
        ? { publisher: 'Rclone Ltd', publisherTrusted: true, processSha256: 'ab'.repeat(32) }
        : {};
      const path = `F:\\${minute}.zip`;
      write(atMs + minute * minuteMs, { ...stranger, ...program, ...stick, host, path, sizeBytes: 5e8 });
    }
  }
  for (const [id, bucketStartMs, recordScore] of [
    ['high', fromMs + 3 * hourMs, 88],
    ['low', fromMs + 1 * hourMs, 40],
    ['later', fromMs + 8 * hourMs, 97],
  ] as const) {
    const record = {
      id,
      jobId: 'ded_rare_process_writing_to_external_device_ea',
      bucketStartMs,
      bucketSpanMs: hourMs,
      host: id === 'later' ? 'beta' : 'alpha',
      process: 'rclone.exe',
      recordScore,
      initialRecordScore: recordScore,
      probability: 1e-4,
    };
    documents.push({ id, source: toEcsAnomalyRecord(record) });
  }
  return documents;
}

let folder = '';
let embedded: WorkspaceEngine;
let cluster: WorkspaceEngine | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-replay-'));
  const documents = makeDocuments();
  const file = join(folder, 'evidence.ndjson');
  await writeFile(file, documents.map(({ id, source }) => JSON.stringify({ _id: id, _source: source })).join('\n'));
  const now = () => toMs + 2 * dayMs;
  embedded = await openWorkspaceEngine({ workspacePath: join(folder, 'embedded'), now });
  await embedded['evidence.import']({ path: file }, { signal, emit: () => undefined });
  if ('reason' in plain) return;
  const admin = await connectForTests(plain);
  await makeDemoIndices(admin, { replace: true, prefix }, signal);
  await loadDocuments(admin, documents as Parameters<typeof loadDocuments>[1], signal, prefix);
  await admin.close();
  const source = { nodes: [plain.url], indices: demoIndices(prefix) };
  cluster = await openWorkspaceEngine({ workspacePath: folder, now, source });
}, 120_000);

afterAll(async () => {
  await embedded.close();
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});

async function replay(engine: WorkspaceEngine, name: string): Promise<Replay> {
  const service = (part: string) =>
    makeRuleService({
      folder: join(folder, name, part),
      sources: engine,
      actor: 'r.osei',
      isApproved: async () => false,
      now: () => toMs,
    });
  return replayRules({
    stepping: service('steps'),
    atOnce: service('once'),
    fromMs,
    toMs,
    stepMs: 15 * minuteMs,
    signal,
  });
}

/** What exceptions of each kind would hide, by host and rule. */
async function previews(engine: WorkspaceEngine, name: string) {
  const service = makeRuleService({
    folder: join(folder, name),
    sources: engine,
    actor: 'r.osei',
    isApproved: async () => false,
    now: () => toMs,
  });
  const drafts = [
    { publishers: ['Rclone Ltd'] },
    { hashes: ['ab'.repeat(32)] },
    { hashes: ['cd'.repeat(32)] },
    { publishers: ['rclone ltd'] },
    { executables: ['c:\\users\\*\\rclone.exe'], publishers: ['Rclone Ltd', 'Others'], devices: ['serial:BB22'] },
    { executables: ['C:\\Windows\\*'] },
    { users: ['kim'], hosts: ['alpha'] },
  ];
  const hidden: string[][] = [];
  for (const draft of drafts) {
    const { examples, considered } = await service.previewException({ ...draft, reason: 'tried' }, signal);
    expect(considered).toBeGreaterThan(0);
    hidden.push(examples.map(({ host, subject, ruleId }) => `${host} ${subject.kind} ${ruleId}`).sort());
  }
  return hidden;
}

describe('exceptions for what only the evidence tells', () => {
  let inStore: string[][];

  it('hide what they cover whole, and nothing of which a part is of somebody else, on the embedded store', async () => {
    inStore = await previews(embedded, 'exceptions-embedded');
    const [publisher, hash, otherHash, otherCase, allTogether, elsewhere, alphas] = inStore;
    expect(publisher).toContain(`beta anomaly-record ${rareProcessRuleId}`);
    expect(publisher?.filter((line) => line.startsWith('alpha'))).toEqual([]);
    expect(hash).toEqual(publisher);
    expect([otherHash, otherCase]).toEqual([[], []]);
    expect(allTogether?.length).toBeGreaterThan(0);
    expect(allTogether?.filter((line) => !line.startsWith('beta'))).toEqual([]);
    expect(elsewhere?.filter((line) => line.includes('anomaly-record'))).toEqual([]);
    expect(alphas).toContain(`alpha anomaly-record ${rareProcessRuleId}`);
  }, 120_000);

  it.skipIf(reason !== undefined)(
    `and the same on a cluster${reason ? `: ${reason}` : ''}`,
    async () => {
      if (!cluster) throw new Error('no cluster');
      expect(await previews(cluster, 'exceptions-cluster')).toEqual(inStore);
    },
    120_000,
  );
});

describe('rules every quarter of an hour and once over all', () => {
  let inStore: Replay;

  it('raise the same, each thing once, on the embedded store', async () => {
    inStore = await replay(embedded, 'rules-embedded');
    expect(inStore).toMatchObject({ runs: 48, dropped: 0 });
    expect(inStore.bySteps).toEqual(inStore.atOnce);
    expect(new Set(inStore.bySteps).size).toBe(inStore.bySteps.length);
    expect(inStore.atOnce.length).toBeGreaterThan(3);
  }, 120_000);

  it.skipIf(reason !== undefined)(
    `and on a cluster, where they raise what the store raises${reason ? `: ${reason}` : ''}`,
    async () => {
      if (!cluster) throw new Error('no cluster');
      const there = await replay(cluster, 'rules-cluster');
      expect(there).toEqual(inStore);
      const run = makeRuleService({
        folder: join(folder, 'records'),
        sources: cluster,
        actor: 'r.osei',
        isApproved: async () => false,
      });
      // The names of the job: the built-in rule runs on the records of the cluster, at and above its threshold.
      const outcome = await run.run({ atMs: toMs, ruleIds: [rareProcessRuleId], lookBackMs: toMs - fromMs, signal });
      expect(outcome.runs.map(({ source }) => source)).toEqual(['anomaly-records']);
      expect(outcome.alerts.map(({ host, process, score }) => [host, process, score])).toEqual([
        ['beta', 'rclone.exe', 97],
        ['alpha', 'rclone.exe', 88],
      ]);
    },
    240_000,
  );
});
