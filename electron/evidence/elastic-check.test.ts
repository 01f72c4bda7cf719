import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert, toEcsWrite } from '../../shared/model/ecs.ts';
import { rareProcessJobs, rareProcessRuleId } from '../../shared/model/elastic-job.ts';
import type { WriteEvent } from '../../shared/model/event.ts';
import { checkElastic } from './elastic-check.ts';
import { connectElastic, type ElasticConnection } from './elastic-connection.ts';
import { demoIndices, type EcsInput, loadDocuments, makeDemoIndices } from './elastic-demo.ts';
import { connectForTests, testElasticsearch } from './elastic-for-tests.ts';
import { defaultIndices } from './elastic-indices.ts';
import { record } from './elastic-search.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);
const { signal } = new AbortController();
const plain = await testElasticsearch('plain');
const secure = await testElasticsearch('secure');
const reason = 'reason' in plain ? plain.reason : 'reason' in secure ? secure.reason : undefined;

const write: WriteEvent = {
  id: 'w1',
  atMs: nowMs - hourMs,
  action: 'creation',
  host: 'ws-042',
  user: 'm.keller',
  process: '7zG.exe',
  path: 'E:\\a.zip',
  sizeBytes: 10,
  device: 'serial:4C53',
  busType: 'Usb',
  deviceSerial: '4C53',
};

const oldRecord = {
  id: 'r1',
  jobId: rareProcessJobs[0],
  bucketStartMs: nowMs - 3 * dayMs,
  bucketSpanMs: hourMs,
  host: 'ws-042',
  process: '7zG.exe',
  recordScore: 80,
  initialRecordScore: 90,
  probability: 0.001,
};

async function check(connection: ElasticConnection, prefix: string | undefined) {
  const indices = prefix === undefined ? defaultIndices : demoIndices(prefix);
  const rows = new Map<string, { state: string; detail: string; hint: string }>();
  for await (const { name, ...row } of checkElastic(connection, { indices, now: () => nowMs }, signal))
    rows.set(name, row);
  return rows;
}

const stateOf = (rows: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries([...rows].map(([name, { state }]) => [name, state]));

describe.skipIf(reason !== undefined)(`check of the prerequisites${reason ? `: ${reason}` : ''}`, () => {
  let connection: ElasticConnection;

  beforeAll(async () => {
    if ('reason' in plain) return;
    connection = await connectForTests(plain);
  });

  afterAll(() => connection?.close());

  async function load(prefix: string, documents: readonly EcsInput[]): Promise<void> {
    await makeDemoIndices(connection, { replace: true, prefix }, signal);
    await loadDocuments(connection, documents, signal, prefix);
  }

  it('says of an empty cluster what is missing, and that the API for jobs is not there', async () => {
    const rows = await check(connection, 'nothing-here-*-');
    expect(stateOf(rows)).toEqual({
      cluster: 'ok',
      privileges: 'ok',
      fields: 'missing',
      'file-events': 'missing',
      clock: 'unknown',
      'device-events': 'missing',
      license: 'warning',
      'anomaly-job': 'unknown',
      datafeed: 'unknown',
      'job-results': 'missing',
      rule: 'unknown',
    });
    expect(rows.get('fields')?.detail).toContain('No index matches');
    expect(rows.get('anomaly-job')?.hint).toContain('computes both scores itself');
  });

  it('tells files without device events', async () => {
    await load('check-files-', [{ source: toEcsWrite(write) }]);
    const rows = await check(connection, 'check-files-');
    expect(stateOf(rows)).toMatchObject({ fields: 'ok', 'file-events': 'ok', clock: 'ok', 'device-events': 'missing' });
    expect(rows.get('file-events')?.detail).toContain('1 writes to external devices in the last 24 hours');
    expect(rows.get('device-events')?.detail).toContain('inferred from writes');
  });

  it('tells a job that has stopped, alerts, and a clock that is ahead', async () => {
    const mount = {
      id: 'd1',
      atMs: nowMs - hourMs,
      kind: 'mount',
      host: 'ws-042',
      device: '',
      serial: '4C53',
    } as const;
    const alert = {
      id: 'a1',
      atMs: nowMs - 2 * dayMs,
      ruleName: 'Unusual Process Writing Data to an External Device',
      ruleId: rareProcessRuleId,
      status: 'open',
    } as const;
    await load('check-job-', [
      { source: toEcsWrite({ ...write, atMs: nowMs + 20 * minuteMs }) },
      { source: toEcsDeviceEvent(mount) },
      { id: 'r1', source: toEcsAnomalyRecord(oldRecord) },
      { id: 'a1', source: toEcsRuleAlert(alert) },
    ]);
    const rows = await check(connection, 'check-job-');
    expect(stateOf(rows)).toMatchObject({
      clock: 'warning',
      'device-events': 'ok',
      'job-results': 'warning',
      rule: 'ok',
    });
    expect(rows.get('job-results')?.detail).toMatch(/2026-11-17T12:00:00.000Z.*stopped/);
    expect(rows.get('clock')?.detail).toContain('20 minutes in the future');
  });

  it('says of a key without privileges what it may not do, row by row', async () => {
    if ('reason' in secure) throw new Error(secure.reason);
    const admin = await connectForTests(secure);
    const roles = { none: { cluster: [], indices: [] } };
    const body = { name: 'portside-none', role_descriptors: roles };
    const key = record(await admin.send({ method: 'POST', path: '/_security/api_key', body }, signal));
    await makeDemoIndices(admin, { replace: true }, signal);
    await admin.close();
    const auth = { kind: 'api-key', apiKey: String(key?.encoded) } as const;
    const limited = await connectElastic({ nodes: [secure.url], ca: secure.ca, auth });
    const rows = await check(limited, undefined);
    await limited.close();
    expect(stateOf(rows)).toMatchObject({ privileges: 'missing', fields: 'unknown', 'file-events': 'unknown' });
    expect(rows.get('privileges')).toMatchObject({ hint: 'Give it the role from docs/elasticsearch.md.' });
    // Nothing of the key itself is ever shown.
    expect(JSON.stringify([...rows])).not.toContain(String(key?.api_key));
  });

  it('stops at a cluster that does not answer', async () => {
    const nowhere = await connectElastic({ nodes: ['http://127.0.0.1:1'] });
    const rows = await check(nowhere, undefined);
    await nowhere.close();
    expect([...rows.keys()]).toEqual(['cluster']);
    expect(rows.get('cluster')).toMatchObject({ state: 'unknown', detail: 'Nothing listens at http://127.0.0.1:1.' });
  });
});
