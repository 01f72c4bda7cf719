import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeStory, writeEvents } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

/** The rules from the built command line: what they raise on a story whose end is known, what they are told not to. */

// Each command is a process that opens the workspace anew.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const seedRule = '4b95ecea-7225-4690-9938-2a2c0bad9c99';
const story = makeStory();
const endMs = Math.max(...story.map(({ atMs }) => atMs));
const culprit = story.find(({ atMs }) => atMs === endMs);

let folder = '';
const portside = (...args: string[]) =>
  runPortside([...args, '--workspace', join(folder, 'workspace'), '--json'], { configFolder: folder });

interface Ran {
  readonly executedAtMs: number;
  readonly candidates: number;
  readonly alerts: readonly { id: string; ruleId: string; process?: string; host?: string; score?: number }[];
  readonly suppressed: number;
  readonly dropped: number;
  readonly warnings: readonly string[];
}

async function run(...args: string[]): Promise<Ran> {
  const { code, stdout, stderr } = await portside('rule', 'run', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Ran;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-rules-cli-'));
  await writeEvents(join(folder, 'story.ndjson'), story);
  expect((await portside('import', join(folder, 'story.ndjson'))).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the rule that Portside is about is there, with its parameters', async () => {
  const rules = jsonLines((await portside('rule', 'list')).stdout);
  expect(rules.find(({ id }) => id === seedRule)).toMatchObject({
    name: 'Unusual Process Writing Data to an External Device',
    type: 'machine_learning',
    severity: 'low',
    riskScore: 21,
    version: 5,
    intervalMs: 900_000,
    lookBackMs: 7_200_000,
    maxAlerts: 100,
    threshold: 75,
    enabled: true,
  });
});

describe('a run', () => {
  test('sees nothing before it happened, raises it once, and never again', async () => {
    const before = await run('--at', String(endMs - 86_400_000), '--rule', seedRule);
    expect(before).toMatchObject({ executedAtMs: endMs - 86_400_000, alerts: [], dropped: 0 });
    const first = await run('--at', new Date(endMs + 60_000).toISOString(), '--rule', seedRule);
    expect(first.alerts).toMatchObject([{ ruleId: seedRule, process: culprit?.process, host: culprit?.host }]);
    expect(first.alerts[0]?.score).toBeGreaterThanOrEqual(75);
    const second = await run('--at', String(endMs + 900_000), '--rule', seedRule);
    expect(second).toMatchObject({ candidates: 1, alerts: [] });
    const listed = jsonLines((await portside('alerts')).stdout);
    expect(listed.map(({ id }) => id)).toEqual([first.alerts[0]?.id]);
    const raised = jsonLines((await portside('findings', '--raised')).stdout);
    expect(raised.map(({ alerts }) => (alerts as readonly { id: string }[]).map(({ id }) => id))).toEqual([
      [first.alerts[0]?.id],
    ]);
    const groups = jsonLines((await portside('findings', '--by', 'host', '--not-raised')).stdout);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.reduce((sum, { findings }) => sum + Number(findings), 0)).toBe(
      jsonLines((await portside('findings')).stdout).length - 1,
    );
    const [document] = jsonLines((await portside('alerts', '--ecs')).stdout);
    expect(document).toMatchObject({ 'kibana.alert.uuid': first.alerts[0]?.id, event: { kind: 'signal' } });
  });

  test('heeds exceptions, which say beforehand what they hide', async () => {
    const narrow = ['--process', culprit?.process ?? '', '--host', culprit?.host ?? ''];
    const preview = JSON.parse((await portside('exception', 'preview', ...narrow)).stdout);
    // The rule on rarity raises it; what was written is too little for the one on volume.
    expect(preview).toMatchObject({ hidden: 1, hiddenFindings: 1 });
    expect(preview.examples).toMatchObject([{ process: culprit?.process }]);
    const added = JSON.parse((await portside('exception', 'add', ...narrow, '--reason', 'known migration')).stdout);
    expect(jsonLines((await portside('exception', 'list')).stdout)).toMatchObject([
      { id: added.id, reason: 'known migration', expired: false },
    ]);
    // A rule of another id has raised nothing yet.
    const file = join(folder, 'other.toml');
    await writeFile(
      file,
      '[rule]\nname="Twin"\nrule_id="twin"\ntype="machine_learning"\nseverity="low"\nrisk_score=1\nfrom="now-2h"\nanomaly_threshold=75\nmachine_learning_job_id="ded_rare_process_writing_to_external_device_ea"',
    );
    expect(JSON.parse((await portside('rule', 'import', file)).stdout)).toMatchObject({
      imported: [{ id: 'twin' }],
      refused: [],
    });
    expect(await run('--at', String(endMs + 60_000), '--rule', 'twin')).toMatchObject({
      candidates: 1,
      suppressed: 1,
      alerts: [],
    });
    expect((await portside('exception', 'remove', added.id)).code).toBe(0);
    expect((await run('--at', String(endMs + 60_000), '--rule', 'twin')).alerts).toHaveLength(1);
  });
});

describe('what cannot be done', () => {
  test('files that are no rule, or of a type that is not run, are refused with the reason', async () => {
    const broken = join(folder, 'broken.toml');
    await writeFile(broken, '[rule\nname=');
    const failed = await portside('rule', 'import', broken);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(failed.stderr)).toMatchObject({
      failure: { code: 'rule-invalid', message: expect.stringContaining('broken.toml') },
    });
    const eql = join(folder, 'eql.toml');
    await writeFile(
      eql,
      '[rule]\nname="E"\nrule_id="e"\ntype="eql"\nseverity="low"\nrisk_score=1\nquery="process where true"',
    );
    const good = join(folder, 'good.toml');
    await writeFile(
      good,
      '[rule]\nname="G"\nrule_id="g"\ntype="machine_learning"\nseverity="low"\nrisk_score=1\nanomaly_threshold=75\nmachine_learning_job_id="ded_high_sent_bytes_destination_ip_ea"\nnote="## First\\n\\nSecond"\ntimeline_id="t"',
    );
    // Of several files the good ones are taken; the code says that not all were.
    const several = await portside('rule', 'import', broken, good, eql);
    expect(several.code).toBe(1);
    expect(jsonLines(several.stdout)).toMatchObject([
      { imported: [{ id: 'g', unsupported: [{ field: 'timeline_id' }, { field: 'machine_learning_job_id' }] }] },
      { imported: [], refused: [{ type: 'eql' }] },
    ]);
    expect(JSON.parse(several.stderr)).toMatchObject({ failure: { code: 'rule-invalid' } });
    const shown = await runPortside(['rule', 'show', 'g', '--workspace', join(folder, 'workspace')], {
      configFolder: folder,
    });
    expect(shown.stdout).toContain('\n## First\n\nSecond\n');
    const refused = await portside('rule', 'import', eql);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      imported: [],
      refused: [{ type: 'eql', reason: expect.stringContaining('eql') }],
    });
  });

  test('an exception for nothing, or without a reason, is bad usage', async () => {
    expect((await portside('exception', 'add', '--reason', 'x')).code).toBe(2);
    expect((await portside('exception', 'add', '--process', 'x')).code).toBe(2);
    expect((await portside('rule', 'run', '--rule', 'nothing')).code).toBe(1);
  });
});
