import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingAlerts } from '../../shared/analysis/finding-alerts.ts';
import { hourMs, minuteMs } from '../../shared/base/time.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../evidence/workspace-engine.ts';
import { answerRaised } from './raised-filter.ts';

const startMs = Date.UTC(2026, 8, 1);
const context = ignoreItems(new AbortController().signal);
const hosts = ['alpha', 'beta'];
const processes = ['copy.exe', 'zip.exe'];
const devices = ['serial:AA11', 'serial:BB22'];

let folder = '';
let engine: WorkspaceEngine;
let findings: readonly FindingRow[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-raised-'));
  engine = await openWorkspaceEngine({ workspacePath: folder, now: () => startMs + 60 * 24 * hourMs });
  const writes = hosts.flatMap((host) =>
    processes.flatMap((process) =>
      devices.flatMap((device) =>
        [0, 5, 10].map((hour) => ({
          id: `${host} ${process} ${device} ${hour}`,
          atMs: startMs + hour * hourMs,
          action: 'creation' as const,
          host,
          user: `of ${host}`,
          process,
          path: 'E:\\a.txt',
          sizeBytes: 100 + hour,
          device,
          deviceSerial: device.slice('serial:'.length),
          busType: 'USB',
        })),
      ),
    ),
  );
  await engine['evidence.append']({ writes, deviceEvents: [] }, context);
  findings = (await engine['findings.list']({ filter: {}, sort: 'score', descending: true, limit: 1_000 }, context))
    .rows;
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

function alert(change: Partial<DetectionAlert>): DetectionAlert {
  return {
    id: 'A-1',
    ruleId: 'rule',
    ruleName: 'Rule',
    ruleVersion: 1,
    severity: 'low',
    riskScore: 21,
    subject: { kind: 'finding', id: 'F-none' },
    startMs,
    endMs: startMs,
    reason: 'because',
    raisedMs: startMs,
    ...change,
  };
}

const anyAlert = fc
  .record({
    kind: fc.constantFrom('finding', 'anomaly-record', 'connection'),
    finding: fc.nat({ max: 23 }),
    host: fc.constantFrom(...hosts, 'gamma', undefined),
    process: fc.constantFrom(...processes, undefined),
    device: fc.constantFrom(...devices, undefined),
    hour: fc.nat({ max: 12 }),
    minutes: fc.nat({ max: 400 }),
  })
  .map(({ kind, finding, host, process, device, hour, minutes }) =>
    alert({
      id: JSON.stringify([kind, finding, host, process, device, hour, minutes]),
      subject: { kind, id: kind === 'finding' ? (findings[finding]?.id ?? '') : 'elsewhere' },
      host: kind === 'finding' ? findings[finding]?.host : host,
      process,
      device,
      startMs: startMs + hour * hourMs,
      endMs: startMs + hour * hourMs + minutes * minuteMs,
    }),
  );

test('the filter and what stands at a finding agree, whatever was raised', async () => {
  expect(findings).toHaveLength(24);
  await fc.assert(
    fc.asyncProperty(fc.array(anyAlert, { maxLength: 6 }), async (alerts) => {
      const asked = answerRaised(engine, async () => alerts);
      const about = findingAlerts(alerts);
      for (const raised of [true, false]) {
        const { rows, total } = await asked['findings.list'](
          { filter: { raised }, sort: 'score', descending: true, limit: 1_000 },
          context,
        );
        const expected = findings.filter((finding) => about.of(finding).length > 0 === raised);
        expect(rows.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        expect(total).toBe(expected.length);
        const groups = await asked['finding-groups.list'](
          { filter: { raised }, by: 'host', sort: 'name', limit: 1_000 },
          context,
        );
        expect(groups.rows.map(({ name, findings: count }) => [name, count])).toEqual(
          hosts
            .map((host) => [host, expected.filter((finding) => finding.host === host).length] as const)
            .filter(([, count]) => count > 0),
        );
      }
    }),
    { numRuns: 25 },
  );
});

test('the engine is told once of the same alerts, again of others, and in parts of many', async () => {
  let parts = 0;
  const counting: typeof engine = {
    ...engine,
    'raised-alerts.tell': (input, call) => {
      if (input.part) parts++;
      return engine['raised-alerts.tell'](input, call);
    },
  };
  const of = (id: string): DetectionAlert =>
    alert({ id, subject: { kind: 'finding', id: findings[3]?.id ?? '' }, host: findings[3]?.host });
  let alerts = [of('A-first')];
  const asked = answerRaised(counting, async () => alerts);
  const question = { filter: { raised: true }, sort: 'score', descending: true, limit: 10 } as const;
  const both = await Promise.all([
    asked['findings.list'](question, context),
    asked['findings.list'](question, context),
  ]);
  expect(both.map(({ total }) => total)).toEqual([1, 1]);
  expect(parts).toBe(1);
  await asked['findings.list']({ ...question, filter: {} }, context);
  expect(parts).toBe(1);
  alerts = [...Array.from({ length: 10_001 }, (_, index) => alert({ id: `A-${index}` })), of('A-last')];
  expect((await asked['findings.list'](question, context)).rows.map(({ id }) => id)).toEqual([findings[3]?.id]);
  expect(parts).toBe(3);
});

test('groups come by what findings share, with their figures, by the page', async () => {
  const rows = await engine['finding-groups.list']({ filter: {}, by: 'process', sort: 'name', limit: 10 }, context);
  const [copies] = rows.rows;
  const own = findings.filter(({ process }) => process === 'copy.exe');
  expect(copies).toEqual({
    name: 'copy.exe',
    findings: own.length,
    open: own.length,
    score: Math.max(...own.map(({ score }) => score)),
    elastic: Math.max(...own.map(({ elastic }) => elastic.score)),
    writtenBytes: own.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
    startMs: Math.max(...own.map((finding) => finding.startMs)),
  });
  const [first] = own;
  await engine['finding-states.set']({ states: [{ id: first?.id ?? '', state: 'closed' }] }, context);
  for (const by of ['host', 'user', 'process', 'device'] as const) {
    const whole = await engine['finding-groups.list']({ filter: {}, by, sort: 'score', limit: 10 }, context);
    expect(whole.rows.reduce((sum, { findings: count }) => sum + count, 0)).toBe(findings.length);
    expect(whole.rows.reduce((sum, { open }) => sum + open, 0)).toBe(findings.length - 1);
    expect(whole.rows.map(({ score }) => score)).toEqual(
      [...whole.rows.map(({ score }) => score)].sort((a, b) => b - a),
    );
    const page = await engine['finding-groups.list']({ filter: {}, by, sort: 'score', limit: 1 }, context);
    const next = await engine['finding-groups.list'](
      { filter: {}, by, sort: 'score', limit: 1, cursor: page.nextCursor },
      context,
    );
    expect([...page.rows, ...next.rows]).toEqual(whole.rows);
    expect([page.total, next.nextCursor]).toEqual([2, undefined]);
  }
  const none = await engine['finding-groups.list'](
    { filter: { hosts: ['gamma'] }, by: 'host', sort: 'score', limit: 10 },
    context,
  );
  expect(none).toEqual({ rows: [], total: 0, nextCursor: undefined });
  await expect(
    engine['finding-groups.list']({ filter: {}, by: 'host', sort: 'score', limit: 1, cursor: 'x' }, context),
  ).rejects.toMatchObject({ code: 'bad-input' });
});
