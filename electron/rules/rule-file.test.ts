import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/base/failure.ts';
import { readRuleFile } from './rule-file.ts';

const toml = `
[metadata]
creation_date = "2023/09/22"
integration = ["ded", "endpoint"]

[rule]
anomaly_threshold = 75
author = ["Elastic"]
description = """
Some words
"""
from = "now-2h"
interval = "15m"
license = "Elastic License v2"
machine_learning_job_id = "ded_rare_process_writing_to_external_device_ea"
name = "A rare process"
references = ["https://example.org/"]
risk_score = 21
rule_id = "4b95ecea-7225-4690-9938-2a2c0bad9c99"
setup = "## Setup\\n\\nas *written*"
severity = "low"
tags = ["Tactic: Exfiltration"]
type = "machine_learning"
note = "## Triage\\n\\n- as **written**"
timestamp_override = "event.ingested"
building_block_type = "default"
[[rule.threat]]
framework = "MITRE ATT&CK"
[[rule.threat.technique]]
id = "T1052"
name = "Exfiltration Over Physical Medium"
reference = "https://attack.mitre.org/techniques/T1052/"
[[rule.threat.technique.subtechnique]]
id = "T1052.001"
name = "Exfiltration over USB"
[rule.threat.tactic]
id = "TA0010"
name = "Exfiltration"
`;

const newTerms = `
[rule]
author = ["Elastic"]
description = "d"
from = "now-9m"
index = ["logs-endpoint.events.device-*"]
language = "kuery"
name = "New device"
risk_score = 21
rule_id = "483832a8-ffdd-4e11-8e96-e0224f7bda9b"
severity = "low"
type = "new_terms"
query = '''event.type:device and event.action:mount'''
[rule.new_terms]
field = "new_terms_fields"
value = ["device.serial_number", "host.id"]
[[rule.new_terms.history_window_start]]
field = "history_window_start"
value = "now-7d"
`;

describe('a rule in TOML', () => {
  it('is taken with all that it says, texts as written', () => {
    const { rules, refused, format } = readRuleFile(toml, 'rare.toml');
    expect(format).toBe('toml');
    expect(refused).toEqual([]);
    expect(rules).toEqual([
      {
        id: '4b95ecea-7225-4690-9938-2a2c0bad9c99',
        name: 'A rare process',
        description: 'Some words\n',
        version: 1,
        origin: 'imported',
        isEnabled: true,
        type: 'machine_learning',
        severity: 'low',
        riskScore: 21,
        intervalMs: 900_000,
        lookBackMs: 7_200_000,
        maxAlerts: 100,
        tags: ['Tactic: Exfiltration'],
        references: ['https://example.org/'],
        authors: ['Elastic'],
        falsePositives: [],
        license: 'Elastic License v2',
        threat: [
          {
            tactic: { id: 'TA0010', name: 'Exfiltration' },
            techniques: [
              {
                id: 'T1052',
                name: 'Exfiltration Over Physical Medium',
                reference: 'https://attack.mitre.org/techniques/T1052/',
              },
              { id: 'T1052.001', name: 'Exfiltration over USB' },
            ],
          },
        ],
        guide: '## Triage\n\n- as **written**',
        setup: '## Setup\n\nas *written*',
        detection: {
          kind: 'anomaly-job',
          jobIds: ['ded_rare_process_writing_to_external_device_ea'],
          threshold: 75,
          fallback: 'score',
        },
        unsupported: [
          { field: 'timestamp_override', reason: 'Time is that of the event.' },
          { field: 'building_block_type', reason: 'Raised like any other rule.' },
        ],
      },
    ]);
  });

  it('about new devices becomes a look for new devices, and says what it does not do', () => {
    const [rule] = readRuleFile(newTerms, 'x').rules;
    expect(rule?.detection).toEqual({ kind: 'new-device', newTo: 'host', historyMs: 604_800_000, onlyMounts: true });
    expect(rule?.unsupported.map(({ field }) => field).sort()).toEqual(['index', 'language', 'query']);
  });

  it('of a job about other data has nothing to stand in for it', () => {
    const other = toml.replace(
      'ded_rare_process_writing_to_external_device_ea',
      'ded_high_sent_bytes_destination_ip_ea',
    );
    const [rule] = readRuleFile(other, 'x').rules;
    expect(rule?.detection).toMatchObject({ fallback: 'none' });
    expect(rule?.unsupported).toContainEqual({
      field: 'machine_learning_job_id',
      reason: expect.stringContaining('no score of its own'),
    });
  });

  it.each([
    ['4b95ecea-7225-4690-9938-2a2c0bad9c99', 'ded_rare_process_writing_to_external_device_ea', '2h', 'score'],
    ['35a3b253-eea8-46f0-abd3-68bdd47e6e3d', 'ded_high_bytes_written_to_external_device_ea', '2h', 'volume'],
    ['e92c99b6-c547-4bb6-b244-2f27394bc849', 'ded_high_bytes_written_to_external_device_airdrop_ea', '2h', 'volume'],
    ['e1db8899-97c1-4851-8993-3a3265353601', 'ded_high_sent_bytes_destination_geo_country_iso_code_ea', '6h', 'none'],
    ['cc653d77-ddd2-45b1-9197-c75ad19df66c', 'ded_high_sent_bytes_destination_ip_ea', '6h', 'none'],
    ['ef8cc01c-fc49-4954-a175-98569c646740', 'ded_high_sent_bytes_destination_port_ea', '6h', 'none'],
    ['bfba5158-1fd6-4937-a205-77d96213b341', 'ded_high_sent_bytes_destination_region_name_ea', '6h', 'none'],
  ])('of the data exfiltration package is taken, in TOML and exported: %s', (id, job, back, fallback) => {
    const ofPackage = toml
      .replace('4b95ecea-7225-4690-9938-2a2c0bad9c99', id)
      .replace('ded_rare_process_writing_to_external_device_ea', job)
      .replace('now-2h', `now-${back}`);
    const exported = {
      ...{ rule_id: id, name: 'A rule', type: 'machine_learning', severity: 'low', risk_score: 21, version: 109 },
      ...{ interval: '15m', from: `now-${back}`, anomaly_threshold: 75, machine_learning_job_id: [job] },
    };
    for (const text of [ofPackage, JSON.stringify(exported)]) {
      const { rules, refused } = readRuleFile(text, 'x');
      expect(refused).toEqual([]);
      expect(rules).toMatchObject([
        {
          id,
          lookBackMs: Number.parseInt(back, 10) * 3_600_000,
          maxAlerts: 100,
          detection: { kind: 'anomaly-job', jobIds: [job], threshold: 75, fallback },
        },
      ]);
    }
  });

  it.each([
    ['broken TOML', '[rule\nname = 1', 'rule-invalid'],
    ['no rule table', '[metadata]\nx = 1', 'rule-invalid'],
    ['nothing', '', 'rule-invalid'],
    ['binary', '\u0000\u0001\u0002', 'rule-invalid'],
    ['a megabyte too much', `[rule]\n#${'x'.repeat(1024 * 1024)}`, 'rule-invalid'],
  ])('%s: the file is refused', (_title, text, code) => {
    expect(() => readRuleFile(text, 'bad.toml')).toThrow(expect.objectContaining({ code }));
  });

  it('that is broken: the refusal says where, on one line', () => {
    expect(() => readRuleFile('[rule]\nname = "x"\nseverity =\n', 'bad.toml')).toThrow(
      /^bad\.toml is not a rule: .*in line 3, column \d+\.$/,
    );
  });

  it.each([
    ['type = "eql"', 'type = "machine_learning"', /^Rules of type eql/],
    ['severity = "dreadful"', 'severity = "low"', /severity/],
    ['from = "yesterday"', 'from = "now-2h"', /look-back/],
    ['interval = "0m"', 'interval = "15m"', /interval/],
    ['anomaly_threshold = 175', 'anomaly_threshold = 75', /anomaly_threshold/],
    ['risk_score = "high"', 'risk_score = 21', /risk_score/],
    ['', 'rule_id = "4b95ecea-7225-4690-9938-2a2c0bad9c99"', /rule_id/],
  ])('with %s: the rule is refused with the reason', (bad, good, reason) => {
    const { rules, refused } = readRuleFile(toml.replace(good, bad), 'x');
    expect(rules).toEqual([]);
    expect(refused).toEqual([
      { name: 'A rare process', type: expect.any(String), reason: expect.stringMatching(reason) },
    ]);
  });
});

describe('an export', () => {
  const exported = {
    id: 'stored-object',
    rule_id: 'r-1',
    name: 'Exported',
    description: 'd',
    type: 'machine_learning',
    severity: 'high',
    risk_score: 73,
    interval: '5m',
    from: 'now-660s',
    anomaly_threshold: 50,
    machine_learning_job_id: ['ded_rare_process_writing_to_external_device', 'other'],
    max_signals: 20,
    version: 8,
    enabled: false,
    immutable: true,
    tags: [],
    threat: [],
    actions: [],
    exceptions_list: [{ id: 'x', list_id: 'y', type: 'rule_default' }],
    to: 'now',
  };

  it('is taken line by line; what is no rule or cannot be run is counted or refused with its line', () => {
    const text = [
      JSON.stringify(exported),
      '',
      JSON.stringify({ ...exported, rule_id: 'r-2', type: 'query', query: 'x' }),
      '{"torn": ',
      '[1]',
      JSON.stringify({ list_id: 'y', type: 'rule_default', name: 'exceptions' }),
      JSON.stringify({ exported_count: 3, exported_rules_count: 2, missing_rules: [] }),
    ].join('\r\n');
    const read = readRuleFile(`\uFEFF${text}`, 'rules.ndjson');
    expect(read.format).toBe('ndjson');
    expect(read.others).toBe(2);
    expect(read.rules).toMatchObject([
      {
        id: 'r-1',
        isEnabled: false,
        version: 8,
        maxAlerts: 20,
        lookBackMs: 660_000,
        intervalMs: 300_000,
        detection: { threshold: 50, jobIds: ['ded_rare_process_writing_to_external_device', 'other'] },
        unsupported: [{ field: 'exceptions_list' }],
      },
    ]);
    expect(read.refused.map(({ line, reason }) => [line, reason.slice(0, 20)])).toEqual([
      [3, 'Rules of type query '],
      [4, 'The line is not JSON'],
      [5, 'The line is no JSON '],
    ]);
  });

  it('laid out over several lines, as one rule or as a list, is taken as well', () => {
    const other = { ...exported, rule_id: 'r-2' };
    const ids = (value: unknown) => readRuleFile(JSON.stringify(value, undefined, 2), 'x').rules.map(({ id }) => id);
    expect(ids(exported)).toEqual(['r-1']);
    expect(ids([exported, other])).toEqual(['r-1', 'r-2']);
    expect(readRuleFile('[1]', 'x').refused).toEqual([{ line: undefined, reason: 'It is no JSON object.' }]);
  });

  it('with nothing but a summary is refused', () => {
    expect(() => readRuleFile('{"exported_count":0}', 'x')).toThrow('no rule');
  });
});

it('any text ends in rules, refusals or a Failure', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.string()),
  );
  const rule = fc.record(
    {
      rule_id: value,
      name: value,
      type: fc.oneof(value, fc.constant('machine_learning'), fc.constant('new_terms')),
      severity: value,
      threat: value,
      new_terms: value,
      from: value,
      interval: value,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        rule.map((fields) => JSON.stringify(fields)),
        fc.string().map((text) => `[rule]\n${text}`),
      ),
      (text) => {
        try {
          const { rules, refused, others } = readRuleFile(text, 'x');
          expect(rules.length + refused.length + others).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      },
    ),
  );
});
