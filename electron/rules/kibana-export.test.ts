import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DetectionAlert } from '../../shared/model/rule.ts';
import type { RuleSources } from './rule-candidates.ts';
import { makeExceptionMatcher } from './rule-exceptions.ts';
import { readRuleFile } from './rule-file.ts';
import { makeRuleService } from './rule-service.ts';

/** Objects as Kibana's export has them: rules with all of their stored fields, lists, items, connectors, the summary. */

const stored = {
  id: '0f6a4e5c-3f0e-4b44-8a55-6e62e7a3f9b1',
  updated_at: '2026-10-01T08:00:00.000Z',
  updated_by: 'analyst',
  created_at: '2026-09-01T08:00:00.000Z',
  created_by: 'analyst',
  immutable: false,
  rule_source: { type: 'internal' },
  revision: 4,
  outcome: 'exactMatch',
  output_index: '',
  meta: { from: '1h', kibana_siem_app_url: 'https://kibana.example/app/security' },
};

const rare = {
  ...stored,
  name: 'Rare writer',
  tags: ['removable media'],
  interval: '15m',
  enabled: true,
  description: 'A process that seldom writes to devices.',
  risk_score: 47,
  severity: 'medium',
  note: '',
  license: '',
  author: [],
  false_positives: [],
  from: 'now-7200s',
  to: 'now',
  rule_id: 'our-rare-writer',
  max_signals: 100,
  risk_score_mapping: [],
  severity_mapping: [],
  threat: [],
  references: [],
  version: 3,
  related_integrations: [],
  required_fields: [],
  setup: '',
  exceptions_list: [
    { id: 'a1', list_id: 'of-rare-writer', type: 'rule_default', namespace_type: 'single' },
    { id: 'a2', list_id: 'shared-list', type: 'detection', namespace_type: 'single' },
  ],
  actions: [
    {
      id: 'c1',
      params: { message: '{{context.rule.name}}' },
      action_type_id: '.slack',
      uuid: 'u1',
      frequency: { summary: true, notifyWhen: 'onActiveAlert', throttle: null },
      group: 'default',
    },
  ],
  type: 'machine_learning',
  anomaly_threshold: 60,
  machine_learning_job_id: ['ded_rare_process_writing_to_external_device_ea'],
  alert_suppression: { group_by: ['host.name'], missing_fields_strategy: 'suppress' },
};
const query = { ...stored, ...rare, rule_id: 'a-query', name: 'A query', type: 'query', query: 'process.name: x' };

const list = {
  id: 'a1',
  list_id: 'of-rare-writer',
  type: 'rule_default',
  name: 'Exceptions of Rare writer',
  description: '',
  namespace_type: 'single',
  os_types: [],
  tags: [],
  immutable: false,
  version: 1,
};

function item(name: string, entries: readonly object[], change: object = {}) {
  return {
    id: name,
    item_id: name,
    list_id: 'of-rare-writer',
    namespace_type: 'single',
    type: 'simple',
    name,
    description: `why ${name}`,
    os_types: [],
    tags: [],
    comments: [
      { id: 'k', comment: 'asked by the desk', created_by: 'analyst', created_at: '2026-09-02T08:00:00.000Z' },
    ],
    entries,
    ...change,
  };
}

const is = (field: string, value: string) => ({ field, operator: 'included', type: 'match', value });

const connector = {
  id: 'c1',
  type: 'action',
  attributes: { actionTypeId: '.slack', name: 'desk', isMissingSecrets: true, config: {}, secrets: {} },
  references: [],
};

const summary = {
  exported_count: 9,
  exported_rules_count: 2,
  missing_rules: [],
  missing_rules_count: 0,
  exported_exception_list_count: 1,
  exported_exception_list_item_count: 5,
  missing_exception_list_items: [],
  missing_exception_lists: [],
  exported_action_connector_count: 1,
  missing_action_connection_count: 0,
};

function exported(...objects: readonly object[]): string {
  return `${objects.map((object) => JSON.stringify(object)).join('\n')}\n`;
}

const whole = exported(
  rare,
  query,
  list,
  item('backup', [is('process.name', 'backup.exe'), is('process.code_signature.subject_name', 'Backup Ltd')], {
    expire_time: '2027-01-01T00:00:00.000Z',
  }),
  item('paths', [
    { field: 'process.executable.caseless', operator: 'included', type: 'wildcard', value: 'C:\\Program Files\\*' },
  ]),
  item('sticks', [
    { field: 'device.serial_number', operator: 'included', type: 'match_any', value: [' 4c53aa ', 'BB'] },
    is('process.hash.sha256', 'AB12'),
  ]),
  item('not that', [{ field: 'host.name', operator: 'excluded', type: 'match', value: 'ws-1' }]),
  item('elsewhere', [is('process.name', 'x.exe')], { list_id: 'of-another-rule' }),
  connector,
  summary,
);

describe('an export of Kibana', () => {
  it('gives rules with what is not done of them, and their exceptions', () => {
    const read = readRuleFile(whole, 'export.ndjson');
    expect(read.rules.map(({ id }) => id)).toEqual(['our-rare-writer']);
    expect(read.rules[0]).toMatchObject({ lookBackMs: 7_200_000, riskScore: 47, detection: { threshold: 60 } });
    expect(read.rules[0]?.unsupported.map(({ field }) => field)).toEqual([
      'meta',
      'exceptions_list',
      'actions',
      'alert_suppression',
    ]);
    expect(read.refused).toMatchObject([{ line: 2, name: 'A query', type: 'query' }]);
    expect(read.others).toBe(8);
    const ruleIds = ['our-rare-writer'];
    expect(read.exceptions).toEqual([
      {
        ruleIds,
        processes: ['backup.exe'],
        publishers: ['Backup Ltd'],
        reason: 'backup\nwhy backup\nasked by the desk',
        expiresMs: Date.UTC(2027, 0, 1),
      },
      { ruleIds, executables: ['C:\\Program Files\\*'], reason: 'paths\nwhy paths\nasked by the desk' },
      {
        ruleIds,
        devices: ['serial:4C53AA', 'serial:BB'],
        hashes: ['ab12'],
        reason: 'sticks\nwhy sticks\nasked by the desk',
      },
    ]);
    expect(read.leftOut).toEqual([
      { name: 'not that', line: 7, reason: expect.stringContaining('not in host.name') },
      { name: 'elsewhere', line: 8, reason: 'No rule that was taken names its list.' },
    ]);
  });

  it('with other rules than it says is told of', () => {
    const { refused } = readRuleFile(exported(rare, { ...summary, exported_rules_count: 7 }), 'x');
    expect(refused).toEqual([{ line: 2, reason: 'The file says that it holds 7 rules; 1 are there.' }]);
  });

  it.each([
    ['no conditions', [], 'no conditions'],
    ['a field of files', [is('file.path', 'E:\\x')], 'cannot be about file.path'],
    ['a list of values', [{ field: 'host.ip', operator: 'included', type: 'list', list: { id: 'x' } }], 'host.ip'],
    ['something inside', [{ field: 'process.Ext.code_signature', type: 'nested', entries: [] }], 'inside'],
    ['a field twice', [is('user.name', 'a'), is('user.name', 'b')], 'twice'],
    ['whatever exists', [{ field: 'user.name', operator: 'included', type: 'exists' }], 'type exists'],
    ['a star that is a letter', [is('process.executable', 'C:\\*.exe')], 'as a letter'],
    [
      'one letter of any kind',
      [{ field: 'process.executable', operator: 'included', type: 'wildcard', value: 'C:\\?.exe' }],
      'one letter',
    ],
    ['a serial that is none', [is('device.serial_number', '0000')], 'tells devices apart'],
    ['no value', [is('user.name', '')], 'no value'],
  ])('leaves out an exception with %s, whole', (name, entries, reason) => {
    const read = readRuleFile(
      exported(rare, item(name, [is('host.name', 'ws-1'), ...entries].slice(entries.length === 0 ? 1 : 0))),
      'x',
    );
    expect(read.exceptions).toEqual([]);
    expect(read.leftOut).toEqual([{ name, line: 2, reason: expect.stringContaining(reason) }]);
  });

  it('adds its exceptions once, and they hide what they name and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portside-kibana-'));
    try {
      const path = join(folder, 'export.ndjson');
      await writeFile(path, whole);
      // No question is asked: an import reads the file alone.
      const rules = makeRuleService({
        folder: join(folder, 'rules'),
        sources: {} as RuleSources,
        actor: 'kim',
        isApproved: async () => false,
        now: () => 7,
      });
      expect((await rules.importFile(path)).exceptions).toHaveLength(3);
      expect((await rules.importFile(path)).exceptions).toHaveLength(0);
      const exceptions = await rules.exceptions();
      expect(exceptions).toHaveLength(3);
      expect(exceptions[0]).toMatchObject({ author: 'kim', createdMs: 7, processes: ['backup.exe'] });
      const alert = { ruleId: 'our-rare-writer', process: 'backup.exe' } as Omit<DetectionAlert, 'raisedMs'>;
      const answers = (value: string) =>
        ({
          'terms.list': async () => ({ rows: [{ value, events: 3 }], total: 1 }),
          'writes.totals': async () => [{ events: 3 }],
        }) as unknown as RuleSources;
      const isHidden = (sources: RuleSources, atMs: number, change = {}) =>
        makeExceptionMatcher(sources).isHidden(
          exceptions[0] ?? { reason: '' },
          { alert: { ...alert, subject: { kind: 'finding', id: 'F' }, ...change } as typeof alert, evidence: {} },
          atMs,
          new AbortController().signal,
        );
      expect(await isHidden(answers('Backup Ltd'), 0)).toBe(true);
      expect(await isHidden(answers('Somebody'), 0)).toBe(false);
      expect(await isHidden(answers('Backup Ltd'), Date.UTC(2027, 0, 1))).toBe(false);
      expect(await isHidden(answers('Backup Ltd'), 0, { ruleId: 'another' })).toBe(false);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
