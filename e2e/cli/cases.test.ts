import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKibanaStandIn } from '../../electron/cases/kibana-for-tests.ts';
import { writeEvents } from '../made-evidence.ts';
import { jsonLines, runPortside } from './built-cli.ts';

/** A case from the first finding to a package that others verify, on the built command line alone. */
let folder = '';
const portside = (...args: string[]) => runPortside([...args, '--json'], { configFolder: folder });
const inWorkspace = (...args: string[]) => portside(...args, '--workspace', join(folder, 'workspace'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portside-cases-'));
  const file = join(folder, 'events.ndjson');
  await writeEvents(file);
  expect(await inWorkspace('import', file)).toMatchObject({ code: 0 });
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a case is opened, worked on, exported, and verified here and with other tools', async () => {
  const [finding] = jsonLines((await inWorkspace('findings', '--limit', '1')).stdout);
  const opened = await inWorkspace('case', 'open', '--finding', String(finding?.id));
  expect(opened.code).toBe(0);
  const { id } = JSON.parse(opened.stdout);
  expect(id).toMatch(/^C-\d{4}-0001$/);
  expect(await inWorkspace('case', 'note', id, 'Called the manager.')).toMatchObject({ code: 0 });
  const about = await inWorkspace('case', 'note', id, 'Seen at the door.', '--about', '2026-11-19T21:40:00Z', '--json');
  expect(JSON.parse(about.stdout).text).toMatch(/^About 19 Nov 2026, 21:40:00 UTC: Seen at the door\.$/);
  expect(await inWorkspace('case', 'step', id, 'user', '--state', 'suspicious', '--note', 'late')).toMatchObject({
    code: 0,
  });
  const verdict = await inWorkspace('case', 'verdict', id, 'likely-exfiltration', '--confidence', 'high');
  expect(JSON.parse(verdict.stdout)).toMatchObject({ kind: 'verdict.given', seq: expect.any(Number) });

  const paths = ['a.zip', 'b.zip'].map((name) => join(folder, name));
  for (const path of paths)
    expect(await inWorkspace('case', 'export', id, '--out', path)).toMatchObject({ code: 0, stderr: '' });
  const [first, second] = await Promise.all(paths.map((path) => readFile(path)));
  expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);

  const unpacked = join(folder, 'unpacked');
  const run = promisify(execFile);
  await run('unzip', ['-q', paths[0] ?? '', '-d', unpacked]);
  await run('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: unpacked });
  const signed = [
    'pkeyutl',
    '-verify',
    '-pubin',
    '-inkey',
    'signing-key.pem',
    '-rawin',
    '-in',
    'SHA256SUMS',
    '-sigfile',
    'SHA256SUMS.sig',
  ];
  expect((await run('openssl', signed, { cwd: unpacked })).stdout).toContain('Successfully');

  // A package needs no workspace; a case is looked up in one.
  const verified = await portside('verify', paths[0] ?? '', '--workspace', join(folder, 'none'));
  expect({ code: verified.code, ...JSON.parse(verified.stdout) }).toMatchObject({ code: 0, ok: true, problems: [] });
  expect(JSON.parse((await inWorkspace('verify', id)).stdout)).toMatchObject({ ok: true });
}, 120_000);

test('consultations and tasks are recorded; what is incomplete or unknown is refused', async () => {
  const [{ id } = { id: '' }] = jsonLines((await inWorkspace('case', 'list')).stdout);
  const asked = await inWorkspace(
    ...['case', 'consult', String(id), '--asked', 'A. Keller', '--role', 'manager', '--at', '2026-11-20T09:00:00Z'],
    ...['--answer', 'Not known to me.', '--authorised', 'no', '--until', '2026-12-01'],
  );
  expect(JSON.parse(asked.stdout)).toMatchObject({ kind: 'consultation.recorded' });
  const task = await inWorkspace(
    'case',
    'task',
    String(id),
    'R-1',
    '--state',
    'done',
    '--owner',
    'SOC',
    '--due',
    '2026-12-01',
  );
  expect(JSON.parse(task.stdout)).toMatchObject({ kind: 'task.changed' });
  const shown = JSON.parse((await inWorkspace('case', 'show', String(id))).stdout);
  expect(shown.consultations).toMatchObject([{ asked: 'A. Keller', role: 'manager', authorised: 'no' }]);
  expect(shown.tasks).toContainEqual(
    expect.objectContaining({ taskId: 'R-1', state: 'done', owner: 'SOC', dueMs: Date.UTC(2026, 11, 1) }),
  );

  const refused = async (...args: string[]) => {
    const { code, stderr } = await inWorkspace('case', ...args);
    return { code, ...JSON.parse(stderr).failure };
  };
  expect(await refused('consult', String(id), '--asked', 'A. Keller')).toMatchObject({ code: 'bad-input' });
  expect(await refused('consult', String(id), '--asked', 'A', '--answer', 'b', '--at', 'noon')).toMatchObject({
    code: 'bad-input',
  });
  expect(await refused('task', String(id), 'R-99')).toMatchObject({ code: 'not-found' });
  expect(await refused('task', String(id), 'R-1', '--state', 'finished')).toMatchObject({ code: 'bad-input' });
  expect(await refused('consult', 'C-2026-0999', '--asked', 'A', '--answer', 'b')).toMatchObject({ code: 'not-found' });
}, 60_000);

test('an action on a host is planned without a trace, done only with its name, and pushed to Kibana', async () => {
  const [{ id } = { id: '' }] = jsonLines((await inWorkspace('case', 'list')).stdout);
  const { findings, entries } = JSON.parse((await inWorkspace('case', 'show', String(id))).stdout);
  const { host } = findings[0].finding;
  const kibana = await startKibanaStandIn(host);
  try {
    const env = { PORTSIDE_KIBANA_API_KEY: 'key' };
    const act = async (...args: string[]) => {
      const all = ['case', ...args, '--kibana', kibana.url, '--json', '--workspace', join(folder, 'workspace')];
      return runPortside(all, { configFolder: folder, env });
    };
    const plan = await act('act', String(id), 'isolate', '--host', host, '--plan');
    expect({ code: plan.code, ...JSON.parse(plan.stdout) }).toMatchObject({ code: 0, mayAct: true });
    kibana.licence = { type: 'basic', status: 'active' };
    expect((await act('act', String(id), 'isolate', '--host', host, '--plan')).code).toBe(1);
    kibana.licence = { type: 'enterprise', status: 'active' };
    const nameless = await act('act', String(id), 'isolate', '--host', host, '--anyway');
    expect({ code: nameless.code, ...JSON.parse(nameless.stderr) }).toMatchObject({
      code: 1,
      failure: { code: 'action-refused' },
    });
    const isSent = () => kibana.requests.some(({ path }) => path.endsWith('/isolate'));
    expect(isSent()).toBe(false);
    expect(JSON.parse((await inWorkspace('case', 'show', String(id))).stdout).entries).toHaveLength(entries.length);

    const done = await act('act', String(id), 'isolate', '--host', host, '--confirm', host, '--anyway');
    expect({ code: done.code, ...JSON.parse(done.stdout) }).toMatchObject({ code: 0, result: 'done' });
    expect(isSent()).toBe(true);
    expect(JSON.parse((await act('push', String(id))).stdout)).toEqual({ kibanaCaseId: 'k-1' });
    expect((await act('alerts', String(id))).code).toBe(2);
    expect(JSON.parse((await act('alerts', String(id), '--status', 'closed')).stdout)).toEqual({
      alerts: 0,
      status: 'closed',
    });
    expect(kibana.misfits).toEqual([]);
  } finally {
    await kibana.close();
  }
}, 60_000);

test('a changed package and a changed case do not verify, with exit code 1', async () => {
  const path = join(folder, 'a.zip');
  const bytes = await readFile(path);
  const at = bytes.indexOf('Called the manager.');
  bytes.write('c', at, 'latin1');
  const changed = join(folder, 'changed.zip');
  await writeFile(changed, bytes);
  const found = await portside('verify', changed);
  expect(found.code).toBe(1);
  expect(JSON.parse(found.stdout)).toMatchObject({
    ok: false,
    problems: expect.arrayContaining([expect.stringContaining('was changed')]),
  });

  const [{ id } = { id: '' }] = jsonLines((await inWorkspace('case', 'list')).stdout);
  const journal = join(folder, 'workspace', 'cases', String(id), 'journal.ndjson');
  const text = await readFile(journal, 'utf8');
  await writeFile(journal, text.replace('Called the manager.', 'called the manager.'));
  const damaged = await inWorkspace('verify', String(id));
  expect({ code: damaged.code, ...JSON.parse(damaged.stdout) }).toMatchObject({ code: 1, ok: false });
  const refused = await inWorkspace('case', 'note', String(id), 'more');
  expect({ code: refused.code, ...JSON.parse(refused.stderr) }).toMatchObject({
    code: 1,
    failure: { code: 'case-damaged' },
  });
  expect(await inWorkspace('case', 'show', String(id))).toMatchObject({ code: 0 });
}, 60_000);
