import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import {
  firstSeenDeviceRuleId,
  newStorageDeviceRuleId,
  volumeSpikeRuleId,
  watchListRuleId,
} from '../../shared/model/built-in-rules.ts';
import { toEcsAnomalyRecord } from '../../shared/model/ecs.ts';
import { rareProcessRuleId } from '../../shared/model/elastic-job.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { Detection, Rule } from '../../shared/model/rule.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../evidence/workspace-engine.ts';
import { makeTestWrite } from '../evidence/write-for-tests.ts';
import { addException, alertDocuments, importRules, listExceptions, listRules, runRules } from './rule-commands.ts';
import { makeRuleService, maxCatchUpMs, type RuleService } from './rule-service.ts';

const startMs = Date.UTC(2026, 8, 1);
const incidentMs = startMs + 15 * dayMs + 23 * hourMs;
const { signal } = new AbortController();

let folder = '';
let engine: WorkspaceEngine;
let nowMs = startMs + 20 * dayMs;
const approved = new Set<string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-rules-'));
  nowMs = startMs + 20 * dayMs;
  approved.clear();
  engine = await openWorkspaceEngine({ workspacePath: folder, now: () => nowMs });
});

afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

let nextId = 0;

function write(atMs: number, change: Partial<WriteEvent> = {}): WriteEvent {
  return makeTestWrite(atMs, { publisher: 'Microsoft', ...change });
}

const stranger = { process: 'rclone.exe', executable: 'C:\\Users\\kim\\rclone.exe', publisher: undefined };
const stick = { device: 'serial:BB22', deviceSerial: 'BB22' };

function mount(atMs: number, host: string, serial: string): DeviceEvent {
  return { id: `d${nextId++}`, atMs, kind: 'mount', host, device: `serial:${serial}`, serial, busType: 'USB' };
}

/** Everyday writes of three hosts over eighteen days, and two incidents in the night of the sixteenth. */
async function fill(): Promise<void> {
  const writes: WriteEvent[] = [];
  const deviceEvents: DeviceEvent[] = [];
  for (let day = 0; day < 18; day++) {
    for (const [index, host] of ['alpha', 'beta', 'gamma'].entries()) {
      deviceEvents.push(mount(startMs + day * dayMs + 8 * hourMs + index * minuteMs, host, 'AA11'));
      for (const hour of [9, 11, 14]) {
        const atMs = startMs + day * dayMs + hour * hourMs + index * minuteMs;
        writes.push(write(atMs, { host, user: `user-${index}`, path: `E:\\${day}-${hour}.txt` }));
      }
    }
  }
  for (const [host, at] of [
    ['alpha', incidentMs],
    ['beta', incidentMs + 20 * minuteMs],
  ] as const) {
    deviceEvents.push(mount(at - 5 * minuteMs, host, 'BB22'));
    for (const minute of [0, 10, 30]) {
      writes.push(
        write(at + minute * minuteMs, { ...stranger, ...stick, host, path: `F:\\${minute}.zip`, sizeBytes: 5e8 }),
      );
    }
  }
  await engine.append({ writes, deviceEvents });
}

function makeService(change: Partial<Parameters<typeof makeRuleService>[0]> = {}): RuleService {
  return makeRuleService({
    folder: join(folder, 'rules'),
    sources: engine,
    actor: 'r.osei',
    isApproved: async (device) => approved.has(device),
    now: () => nowMs,
    monotonicMs: () => 0,
    ...change,
  });
}

/** A rule that every finding with some score reaches, whatever the score's weights. */
async function lowRule(service: RuleService, threshold = 20) {
  return service.makeRule({
    name: 'Low',
    severity: 'medium',
    detection: { kind: 'finding-score', score: 'portside', threshold, filter: {} },
  });
}

describe('a run', () => {
  it('raises what became complete in its look-back, once', async () => {
    await fill();
    const service = makeService();
    const rule = await lowRule(service);
    const run = (atMs: number) => runRules(service, { atMs, ruleIds: [rule.id], signal });
    expect(await run(incidentMs + 29 * minuteMs)).toMatchObject({ candidates: 0, alerts: [] });
    const first = await run(incidentMs + 31 * minuteMs);
    expect(first).toMatchObject({
      executedAtMs: incidentMs + 31 * minuteMs,
      candidates: 1,
      known: 0,
      suppressed: 0,
      dropped: 0,
      warnings: [],
    });
    const [finding] = (
      await engine['findings.list'](
        { filter: { hosts: ['alpha'] }, sort: 'score', descending: true, limit: 1 },
        { signal, emit: () => undefined },
      )
    ).rows;
    expect(first.alerts).toEqual([
      {
        id: expect.stringMatching(/^A-[0-9a-f]{16}$/),
        ruleId: rule.id,
        ruleName: 'Low',
        ruleVersion: 1,
        severity: 'medium',
        riskScore: 47,
        subject: { kind: 'finding', id: finding?.id },
        host: 'alpha',
        user: 'kim',
        process: 'rclone.exe',
        executable: 'C:\\Users\\kim\\rclone.exe',
        device: 'serial:BB22',
        startMs: incidentMs,
        endMs: incidentMs + 30 * minuteMs,
        score: finding?.score,
        reason: expect.stringContaining('rclone.exe wrote 1.50 GB to serial:BB22 on alpha as kim: score '),
        raisedMs: incidentMs + 31 * minuteMs,
      },
    ]);
    expect(await run(incidentMs + hourMs)).toMatchObject({ candidates: 2, known: 1, alerts: [{ host: 'beta' }] });
    expect(await run(incidentMs + 3 * hourMs)).toMatchObject({ candidates: 0, alerts: [] });
    // All of it is on the disk.
    const again = makeService();
    expect((await again.alerts({ limit: 10 })).map(({ host }) => host)).toEqual(['beta', 'alpha']);
    expect((await again.runs({ limit: 10 })).map(({ alerts, known }) => [alerts, known])).toEqual([
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 0],
    ]);
    // An alert leads to the run that raised it.
    const [raisedBy] = await again.alerts({ limit: 1 });
    const ofAlert = { limit: 10, ruleId: raisedBy?.ruleId, executedAtMs: raisedBy?.raisedMs };
    expect(await again.runs(ofAlert)).toMatchObject([
      { ruleId: rule.id, executedAtMs: incidentMs + hourMs, alerts: 1 },
    ]);
    expect(await again.runs({ ...ofAlert, ruleId: 'another' })).toEqual([]);
    expect(await runRules(again, { atMs: incidentMs + hourMs, ruleIds: [rule.id], signal })).toMatchObject({
      known: 2,
      alerts: [],
    });
  });

  it('every quarter of an hour raises the same as one run over all, each thing once', async () => {
    await fill();
    const service = makeService();
    const rule = await lowRule(service);
    const ruleIds = [rule.id, newStorageDeviceRuleId, firstSeenDeviceRuleId];
    const fromMs = incidentMs - 3 * hourMs;
    const raised: string[] = [];
    for (let atMs = fromMs; atMs <= fromMs + 6 * hourMs; atMs += 15 * minuteMs) {
      const lookBackMs = 2 * hourMs;
      const { alerts } = await service.run({ atMs, ruleIds, lookBackMs, signal });
      raised.push(...alerts.map(({ id }) => id));
    }
    // Another folder with the same rules, in which nothing was raised yet.
    await cp(join(folder, 'rules'), join(folder, 'other'), {
      recursive: true,
      filter: (path) => !path.endsWith('.jsonl'),
    });
    const once = makeService({ folder: join(folder, 'other') });
    const { alerts } = await once.run({ atMs: fromMs + 6 * hourMs, ruleIds, lookBackMs: 8 * hourMs, signal });
    expect(raised.length).toBe(new Set(raised).size);
    expect([...raised].sort()).toEqual(alerts.map(({ id }) => id).sort());
    expect(alerts.map(({ subject }) => subject.kind).sort()).toEqual([
      'connection',
      'connection',
      'connection',
      'finding',
      'finding',
    ]);
  });

  it('raises no more than the limit, says how many were dropped, and raises them with the next run', async () => {
    await fill();
    const service = makeService();
    const file = join(folder, 'limited.ndjson');
    const rule = {
      rule_id: 'limited',
      name: 'Limited',
      type: 'machine_learning',
      severity: 'low',
      risk_score: 1,
      from: 'now-2h',
      interval: '15m',
      anomaly_threshold: 10,
      max_signals: 1,
      machine_learning_job_id: 'ded_rare_process_writing_to_external_device',
    };
    await writeFile(file, JSON.stringify(rule));
    expect(await importRules(service, file)).toMatchObject({
      imported: [{ id: 'limited', maxAlerts: 1, threshold: 10 }],
      refused: [],
    });
    const run = () => runRules(service, { atMs: incidentMs + 2 * hourMs, ruleIds: ['limited'], signal });
    const first = await run();
    expect(first).toMatchObject({ candidates: 2, dropped: 1 });
    expect(first.alerts).toHaveLength(1);
    expect(first.warnings).toEqual([
      'Limited: 1 more than the limit of 1 alerts reached the threshold; they were not raised by this run.',
    ]);
    // A run that catches up on a quarter of an hour stands for two.
    const late = makeService({ folder: join(folder, 'late') });
    await importRules(late, file);
    const lookBackMs = 2.25 * hourMs;
    expect(await late.run({ atMs: incidentMs + 2 * hourMs, ruleIds: ['limited'], lookBackMs, signal })).toMatchObject({
      candidates: 2,
      dropped: 0,
    });
    expect(await run()).toMatchObject({ candidates: 2, known: 1, dropped: 0, warnings: [] });
  });

  it('that fails says so, and hides no other', async () => {
    const broken = { ...engine, 'findings.list': () => Promise.reject(new Error('no findings today')) };
    const outcome = await makeService({ sources: broken }).run({ atMs: nowMs, signal });
    expect(outcome.warnings).toContainEqual(expect.stringContaining('no findings today'));
    expect(outcome.runs.find(({ ruleId }) => ruleId === newStorageDeviceRuleId)).not.toHaveProperty('failure');
  });
});

describe('sources', () => {
  const record = (change: Parameters<typeof toEcsAnomalyRecord>[0]) => JSON.stringify(toEcsAnomalyRecord(change));

  it('are the records of the job where there are any, else Portside’s own scores', async () => {
    await fill();
    const service = makeService();
    const ruleIds = [rareProcessRuleId, volumeSpikeRuleId];
    const before = await service.run({ atMs: incidentMs + hourMs, ruleIds, signal });
    expect(before.runs.map(({ source }) => source)).toEqual(['findings', 'findings']);
    const common = {
      jobId: 'ded_rare_process_writing_to_external_device',
      bucketStartMs: incidentMs,
      bucketSpanMs: hourMs,
      host: 'alpha',
      process: 'rclone.exe',
      initialRecordScore: 90,
      probability: 1e-4,
    };
    const file = join(folder, 'records.ndjson');
    await writeFile(
      file,
      [
        record({ ...common, id: 'high', recordScore: 88.4 }),
        record({ ...common, id: 'low', recordScore: 74.9, process: 'other.exe' }),
        record({ ...common, id: 'later', recordScore: 99, bucketStartMs: incidentMs + hourMs }),
        record({ ...common, id: 'of-another-job', recordScore: 99, jobId: 'something_else' }),
      ].join('\n'),
    );
    await engine['evidence.import']({ path: file }, { signal, emit: () => undefined });
    // The bucket of the incident ends with the hour.
    expect(await service.run({ atMs: incidentMs + hourMs - 1, ruleIds: [rareProcessRuleId], signal })).toMatchObject({
      candidates: 0,
    });
    const run = await service.run({ atMs: incidentMs + hourMs, ruleIds, signal });
    expect(run.runs.map(({ source }) => source)).toEqual(['anomaly-records', 'findings']);
    expect(run.alerts).toMatchObject([
      {
        ruleId: rareProcessRuleId,
        subject: { kind: 'anomaly-record' },
        host: 'alpha',
        process: 'rclone.exe',
        score: 88.4,
        startMs: incidentMs,
        reason:
          'rclone.exe on alpha: a record of ded_rare_process_writing_to_external_device scored 88, the threshold is 75.',
      },
    ]);
    // What the record itself does not know, an exception looks up in the evidence.
    await service.addException({ users: ['somebody'], reason: 'x' });
    await service.addException({ users: ['kim'], devices: ['serial:BB22'], reason: 'y' });
    const other = makeService({ folder: join(folder, 'other') });
    await other.addException({ users: ['kim'], reason: 'known copy' });
    expect(await other.run({ atMs: incidentMs + hourMs, ruleIds: [rareProcessRuleId], signal })).toMatchObject({
      suppressed: 1,
      alerts: [],
    });
  });

  it('of new devices are connections that nobody had before; approved devices are none', async () => {
    await fill();
    const run = (ruleId: string, service = makeService({ folder: join(folder, `r-${nextId++}`) })) =>
      service.run({ atMs: startMs + 20 * dayMs, ruleIds: [ruleId], lookBackMs: 20 * dayMs, signal });
    const mounted = await run(newStorageDeviceRuleId);
    expect(mounted.alerts.map(({ device, host }) => `${device} ${host}`).sort()).toEqual([
      'serial:AA11 alpha',
      'serial:AA11 beta',
      'serial:AA11 gamma',
      'serial:BB22 alpha',
      'serial:BB22 beta',
    ]);
    const seen = await run(firstSeenDeviceRuleId);
    expect(seen.alerts.map(({ device, host }) => `${device} ${host}`)).toEqual([
      'serial:AA11 alpha',
      'serial:BB22 alpha',
    ]);
    // Where an answer holds too few connections the rest is asked for: the same are new.
    let asked = 0;
    const inParts = makeService({
      folder: join(folder, 'in-parts'),
      sources: {
        ...engine,
        'sessions.list': (input, context) => {
          asked += 1;
          return engine['sessions.list']({ ...input, limit: 4 }, context);
        },
      },
    });
    const ids = ({ alerts }: { alerts: readonly { id: string }[] }) => alerts.map(({ id }) => id);
    const parted = await run(newStorageDeviceRuleId, inParts);
    expect([ids(parted), parted.warnings]).toEqual([ids(mounted), []]);
    expect(ids(await run(firstSeenDeviceRuleId, inParts))).toEqual(ids(seen));
    expect(asked).toBeGreaterThan(2);
    approved.add('serial:AA11');
    expect(await run(newStorageDeviceRuleId)).toMatchObject({ candidates: 5, suppressed: 3 });
  });

  it('of the watch list are whatever appears next, also what an exception hides', async () => {
    await fill();
    nowMs = incidentMs - dayMs;
    const service = makeService();
    const item = await service.addWatchItem({ kind: 'device', value: 'serial:BB22', note: 'left with a contractor' });
    await service.addWatchItem({ kind: 'process', value: 'nothing.exe', note: '' });
    await service.addException({ devices: ['serial:BB22'], reason: 'x' });
    const run = () =>
      service.run({ atMs: incidentMs + 55 * minuteMs, lookBackMs: 16 * hourMs, ruleIds: [watchListRuleId], signal });
    const { alerts } = await run();
    expect(alerts.map(({ subject, host }) => `${subject.kind} ${host}`).sort()).toEqual([
      'connection alpha',
      'connection beta',
      'finding alpha',
      'finding beta',
    ]);
    expect(alerts[0]?.reason).toContain('device serial:BB22 is on the watch list (left with a contractor)');
    // Each kind for itself, beside what is new: the last thing that user, host and process did before the run.
    for (const [kind, value, subjects] of [
      ['user', 'user-2', ['finding gamma']],
      ['host', 'gamma', ['connection gamma', 'finding gamma']],
      ['process', 'rclone.exe', ['finding alpha', 'finding beta']],
    ] as const) {
      const watched = await service.addWatchItem({ kind, value, note: '' });
      const raised = (await run()).alerts;
      expect([...new Set(raised.map(({ subject, host }) => `${subject.kind} ${host}`))].sort()).toEqual(subjects);
      expect(raised[0]?.reason).toContain(`${kind} ${value} is on the watch list`);
      await service.removeWatchItem(watched.id);
    }
    await service.removeWatchItem(item.id);
    await expect(service.removeWatchItem(item.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await run()).toMatchObject({ candidates: 0 });
  });
});

describe('exceptions', () => {
  it('are tried on the last 30 days before they are made, hide, and expire', async () => {
    await fill();
    const service = makeService();
    const rule = await lowRule(service);
    const draft = {
      ruleIds: [rule.id],
      processes: ['rclone.exe'],
      hosts: ['beta'],
      reason: 'test',
      expiresMs: incidentMs + dayMs,
    };
    const preview = await service.previewException(draft, signal);
    expect(preview).toMatchObject({ hidden: 1, examples: [{ host: 'beta', process: 'rclone.exe', ruleId: rule.id }] });
    expect(preview.considered).toBeGreaterThan(1);
    expect(preview.toMs - preview.fromMs).toBe(30 * dayMs);
    const exception = await addException(service, draft);
    expect(exception).toMatchObject({ author: 'r.osei', createdMs: nowMs, reason: 'test' });
    expect(await listExceptions(service, incidentMs + dayMs)).toEqual([{ ...exception, expired: true }]);
    const run = await service.run({ atMs: incidentMs + hourMs, ruleIds: [rule.id], signal });
    expect(run).toMatchObject({ candidates: 2, suppressed: 1, alerts: [{ host: 'alpha' }] });
    expect(
      await service.run({ atMs: incidentMs + dayMs, ruleIds: [rule.id], lookBackMs: 2 * dayMs, signal }),
    ).toMatchObject({
      alerts: expect.arrayContaining([expect.objectContaining({ host: 'beta', process: 'rclone.exe' })]),
    });
    await service.removeException(exception.id);
    expect(await service.exceptions()).toEqual([]);
  });

  it.each([
    ['without anything to hide', { reason: 'x' }],
    ['without a reason', { processes: ['a'], reason: '' }],
    ['with a field nobody knows', { processes: ['a'], reason: 'x', colour: 'red' }],
  ])('%s are refused', async (_title, draft) => {
    await expect(makeService().addException(draft)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('rules', () => {
  it('are listed with all that defines them; one can be switched off and runs no more', async () => {
    const service = makeService();
    const listed = await listRules(service);
    expect(listed.map(({ origin }) => origin)).toEqual(Array.from({ length: 6 }, () => 'built-in'));
    expect(listed[0]).toMatchObject({ id: rareProcessRuleId, enabled: true, threshold: 75, lastRunMs: undefined });
    await service.setEnabled(rareProcessRuleId, false);
    const { runs } = await service.run({ atMs: nowMs, signal });
    expect(runs.map(({ ruleId }) => ruleId)).not.toContain(rareProcessRuleId);
    expect((await listRules(makeService()))[0]).toMatchObject({ enabled: false });
    await expect(service.setEnabled('nothing', true)).rejects.toMatchObject({ code: 'not-found' });
    await expect(service.removeRule(rareProcessRuleId)).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('that are imported replace the built-in one of the same id, until they are removed', async () => {
    const service = makeService();
    const file = join(folder, 'rule.toml');
    await writeFile(
      file,
      `[rule]\nname="Other"\nrule_id="${rareProcessRuleId}"\ntype="machine_learning"\nseverity="high"\nrisk_score=50\nanomaly_threshold=60\nmachine_learning_job_id="ded_rare_process_writing_to_external_device_ea"\nnote="as written"\n`,
    );
    await importRules(service, file);
    expect(await makeService().rule(rareProcessRuleId)).toMatchObject({
      name: 'Other',
      origin: 'imported',
      guide: 'as written',
    });
    await service.removeRule(rareProcessRuleId);
    expect(await makeService().rule(rareProcessRuleId)).toMatchObject({ origin: 'built-in' });
    await expect(importRules(service, join(folder, 'none.toml'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that were damaged on the disk are left out and told of', async () => {
    const service = makeService();
    const rule = await lowRule(service);
    const [name] = (await readdir(join(folder, 'rules'))).filter((entry) => entry.startsWith('rule-'));
    await writeFile(
      join(folder, 'rules', name ?? ''),
      (await readFile(join(folder, 'rules', name ?? ''), 'utf8')).slice(0, 40),
    );
    const damaged = makeService();
    expect((await damaged.rules()).map(({ id }) => id)).not.toContain(rule.id);
    expect((await damaged.run({ atMs: nowMs, signal })).warnings[0]).toContain(name);
  });
});

describe('rules of one’s own', () => {
  it('are made, changed, copied, removed and put back, and stay so on the disk', async () => {
    const service = makeService();
    const rule = await service.makeRule({ name: 'Night', guide: 'ask first' });
    expect(rule).toMatchObject({
      version: 1,
      origin: 'own',
      authors: ['r.osei'],
      severity: 'medium',
      riskScore: 47,
      intervalMs: 15 * minuteMs,
      lookBackMs: 2 * hourMs,
      maxAlerts: 100,
      detection: { kind: 'finding-score', score: 'portside', threshold: 75, filter: {} },
    });
    const detection: Detection = {
      kind: 'finding-score',
      score: 'elastic',
      threshold: 30,
      filter: { hosts: ['beta'] },
    };
    await service.changeRule(rule.id, { name: 'Day', severity: 'high', maxAlerts: 5, detection });
    expect(await makeService().rule(rule.id)).toMatchObject({
      name: 'Day',
      version: 2,
      riskScore: 73,
      maxAlerts: 5,
      detection,
    });
    await expect(service.changeRule(rareProcessRuleId, { name: 'x' })).rejects.toMatchObject({ code: 'bad-input' });
    for (const late of [service.changeRule(rule.id, { name: 'Night' }, 1), service.removeRule(rule.id, 1)]) {
      await expect(late).rejects.toMatchObject({
        code: 'changed-since',
        message: expect.stringContaining('version 2'),
      });
    }
    const copy = await service.duplicateRule(rareProcessRuleId);
    const built = await service.rule(rareProcessRuleId);
    expect(copy).toMatchObject({ origin: 'own', version: 1, detection: built.detection, license: built.license });
    expect(await service.changeRule(copy.id, { ...toDraft(copy), maxAlerts: 1 })).toMatchObject({ maxAlerts: 1 });
    await expect(service.duplicateRule(watchListRuleId)).rejects.toMatchObject({ code: 'bad-input' });
    await service.setEnabled(rule.id, false);
    await service.removeRule(rule.id);
    await expect(makeService().rule(rule.id)).rejects.toMatchObject({ code: 'not-found' });
    expect(await makeService().restoreRule(rule.id)).toMatchObject({ name: 'Day', version: 2, isEnabled: false });
    await expect(makeService().restoreRule(rule.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('cannot be a second watch list, and need a name', async () => {
    const service = makeService();
    await expect(service.makeRule({ name: '' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(service.makeRule({ name: 'x', detection: { kind: 'watch-list' } })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('one watch list'),
    });
  });
});

function toDraft({ name, description, severity, intervalMs, lookBackMs, maxAlerts, guide, detection }: Rule) {
  return { name, description, severity, intervalMs, lookBackMs, maxAlerts, guide, detection };
}

it('removed exceptions and watched names come back as they were', async () => {
  const service = makeService();
  const exception = await service.addException({ processes: ['a.exe'], reason: 'known' });
  const item = await service.addWatchItem({ kind: 'host', value: 'alpha', note: 'lent' });
  await service.removeException(exception.id);
  await service.removeWatchItem(item.id);
  nowMs += dayMs;
  const again = makeService({ actor: 'somebody else' });
  expect(await again.restoreException(exception.id)).toEqual(exception);
  expect(await again.restoreWatchItem(item.id)).toEqual(item);
  expect([await again.exceptions(), await again.watchItems()]).toEqual([[exception], [item]]);
  await expect(again.restoreException(exception.id)).rejects.toMatchObject({ code: 'not-found' });
});

it('exceptions that are added at the same moment are all kept', async () => {
  const service = makeService();
  const names = ['a.exe', 'b.exe', 'c.exe'];
  await Promise.all(names.map((name) => service.addException({ processes: [name], reason: 'known' })));
  expect((await makeService().exceptions()).flatMap(({ processes }) => processes)).toEqual(names);
});

it('more exceptions than the settings can hold are refused, and what was kept can still be read', async () => {
  const service = makeService();
  const add = () => service.addException({ processes: ['a.exe'], reason: 'x'.repeat(190_000) });
  for (let index = 0; index < 4; index++) await add();
  await expect(add()).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('too many') });
  expect(await makeService().exceptions()).toHaveLength(4);
});

it('findings tell which rules raised them, when, and for what', async () => {
  await fill();
  const service = makeService();
  const rule = await lowRule(service);
  const ruleIds = [rule.id, newStorageDeviceRuleId];
  await service.run({ atMs: incidentMs + hourMs, ruleIds, lookBackMs: 2 * hourMs, signal });
  const { rows } = await engine['findings.list'](
    { filter: { fromMs: incidentMs - dayMs }, sort: 'startMs', descending: false, limit: 100 },
    { signal, emit: () => undefined },
  );
  const alerts = await service.alertsOf(rows);
  const raised = rows.map((row, index) => [row.host, row.process, alerts[index]?.map((alert) => alert.about).sort()]);
  expect(raised).toContainEqual(['alpha', 'rclone.exe', ['connection', 'finding']]);
  expect(raised).toContainEqual(['gamma', 'explorer.exe', []]);
  expect(alerts.flat().find(({ about }) => about === 'finding')).toMatchObject({
    ruleId: rule.id,
    ruleName: 'Low',
    raisedMs: incidentMs + hourMs,
  });
});

describe('what is due', () => {
  it('runs at its interval, catches up after a pause, and says where that ends', async () => {
    await fill();
    const service = makeService();
    const due = async (atMs: number) => {
      nowMs = atMs;
      return (await service.runDue(signal)).runs.filter(({ ruleId }) => ruleId === rareProcessRuleId);
    };
    expect(await due(incidentMs)).toMatchObject([{ lookedBackToMs: incidentMs - 2 * hourMs, warnings: [] }]);
    expect(await service.nextDueMs()).toBe(incidentMs + 5 * minuteMs);
    expect(await due(incidentMs + 14 * minuteMs)).toEqual([]);
    expect(await due(incidentMs + 15 * minuteMs)).toMatchObject([{ warnings: [] }]);
    // Eight hours asleep: the run reaches back over them.
    const [late] = await due(incidentMs + 8 * hourMs);
    expect(late).toMatchObject({ lookedBackToMs: incidentMs + 15 * minuteMs - 2 * hourMs });
    expect(late?.warnings[0]).toMatch(/had not run since .* caught up/);
    const [veryLate] = await due(incidentMs + 5 * dayMs);
    expect(veryLate?.lookedBackToMs).toBe(incidentMs + 5 * dayMs - maxCatchUpMs);
    expect(veryLate?.warnings[0]).toMatch(/was not looked at/);
  });
});

it('alerts can be exported with the fields of Kibana’s alerts', async () => {
  await fill();
  const service = makeService();
  await service.run({ atMs: incidentMs + hourMs, ruleIds: [newStorageDeviceRuleId], lookBackMs: 2 * hourMs, signal });
  const [document] = await alertDocuments(service, { limit: 1 });
  expect(document).toMatchObject({
    '@timestamp': new Date(incidentMs + hourMs).toISOString(),
    event: { kind: 'signal' },
    'kibana.alert.rule.rule_type_id': 'siem.newTermsRule',
    'kibana.alert.rule.rule_id': newStorageDeviceRuleId,
    'kibana.alert.rule.interval': '300s',
    'kibana.alert.workflow_status': 'open',
    'kibana.alert.rule.threat': expect.arrayContaining([
      expect.objectContaining({
        technique: [
          expect.objectContaining({ id: 'T1052', subtechnique: [expect.objectContaining({ id: 'T1052.001' })] }),
        ],
      }),
    ]),
  });
});
