import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHelperMessage } from '../../../electron/capture/helper-messages.ts';
import { parseLsblk } from '../../../electron/capture/lsblk.ts';
import { parseMacosProfile } from '../../../electron/capture/macos-device-monitor.ts';
import { parseMountinfo } from '../../../electron/capture/mountinfo.ts';
import {
  parseBootTime,
  parseCmdline,
  parseDiskWrittenBytes,
  parseFdinfo,
  parseIo,
  parsePasswd,
  parseStat,
  parseStatusUserId,
} from '../../../electron/capture/proc-text.ts';
import { parseUsbDescriptors } from '../../../electron/capture/usb-descriptors.ts';
import { findUsbNames } from '../../../electron/capture/usb-ids.ts';
import { parseWindowsInventory } from '../../../electron/capture/windows-device-monitor.ts';
import { readRuleFile } from '../../../electron/rules/rule-file.ts';
import { genesisHash, readJournal, type Sha256, toJournalLine } from '../../../shared/analysis/journal.ts';
import { Failure } from '../../../shared/base/failure.ts';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert, toEcsWrite } from '../../../shared/model/ecs.ts';
import {
  parseAnomalyRecord,
  parseDeviceEvent,
  parseRuleAlert,
  parseWriteEvent,
} from '../../../shared/model/ecs-parse.ts';
import { fuzz } from './fuzz-runs.ts';
import { anyText, mutated, mutatedBytes } from './hostile-input.ts';

/**
 * Whatever comes, a parser ends: with what it read, with nothing, or with a Failure that says why. Inputs are good ones with
 * parts of them changed, since anything else is refused at the first byte.
 */

const maxMs = 1_000;

/** Runs a parser; whatever it throws but a Failure, and whatever takes a second, breaks the property. */
function within<T>(parse: () => T): T | undefined {
  const startedMs = performance.now();
  try {
    return parse();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  } finally {
    expect(performance.now() - startedMs).toBeLessThan(maxMs);
  }
}

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../../electron/capture/fixtures', name));

const rule = {
  rule_id: '1f7d2b4e-0000-4000-8000-000000000001',
  name: 'A process that seldom writes to a device',
  description: 'Looks at writes.',
  type: 'machine_learning',
  severity: 'low',
  risk_score: 21,
  interval: '15m',
  from: 'now-2h',
  anomaly_threshold: 75,
  machine_learning_job_id: ['ded_rare_process_writing_to_external_device'],
  tags: ['a', 'b'],
  references: ['https://example.com/'],
  threat: [
    { framework: 'MITRE ATT&CK', tactic: { id: 'TA0010', name: 'Exfiltration', reference: 'https://example.com/' } },
  ],
  note: '## Triage\n\n- Look.',
  max_signals: 100,
  version: 7,
  enabled: true,
};
const newTerms = {
  ...rule,
  type: 'new_terms',
  new_terms_fields: ['device.serial_number', 'host.id'],
  history_window_start: 'now-14d',
  query: 'event.type:device and event.action:mount',
  language: 'kuery',
};
const ruleToml = Buffer.from(`[metadata]
maturity = "production"

[rule]
rule_id = "1f7d2b4e-0000-4000-8000-000000000001"
name = "A process that seldom writes to a device"
description = """Looks at
writes."""
type = "machine_learning"
severity = "low"
risk_score = 21
interval = "15m"
from = "now-2h"
anomaly_threshold = 75
machine_learning_job_id = ["ded_rare_process_writing_to_external_device"]
tags = ["a", 'b']

[[rule.threat]]
framework = "MITRE ATT&CK"
[rule.threat.tactic]
id = "TA0010"
`);

describe('rules', () => {
  test.each([
    ['machine learning', rule],
    ['new terms', newTerms],
  ])('an export with a changed rule of %s is read or refused, line by line', (_, good) => {
    expect(readRuleFile(JSON.stringify(good), 'x').rules).toHaveLength(1);
    fc.assert(
      fc.property(mutated(good), (changed) => {
        const lines = [JSON.stringify(changed) ?? '', JSON.stringify(good)];
        const read = within(() => readRuleFile(`{"exported_count":2}\n${lines.join('\n')}`, 'x'));
        if (!read) return;
        expect(read.rules.length + read.refused.length + read.others).toBe(
          1 + lines.filter((line) => line !== '').length,
        );
      }),
      fuzz(1_000),
    );
  });

  test('a changed TOML rule is read or refused', () => {
    expect(readRuleFile(ruleToml.toString(), 'x').rules).toHaveLength(1);
    fc.assert(
      fc.property(mutatedBytes(ruleToml), (changed) => {
        const read = within(() => readRuleFile(changed.toString('utf8'), 'x'));
        if (read) expect(read.rules.length + read.refused.length).toBeGreaterThan(0);
      }),
      fuzz(1_500),
    );
  });

  test('what could be deep or long is bounded', () => {
    for (const text of [
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      `a = ${'['.repeat(100_000)}`,
      `[${'a.'.repeat(50_000)}b]\nc = 1`,
      `[rule]\nname = "${'x'.repeat(900_000)}"`,
      JSON.stringify({ ...rule, note: 'x'.repeat(10_000_000) }),
      JSON.stringify({ ...rule, from: `now-${'9'.repeat(10_000)}h`, interval: `${'9'.repeat(100_000)}m` }),
    ])
      within(() => readRuleFile(text, 'x'));
  });
});

describe('answers of Elasticsearch', () => {
  const write = toEcsWrite({
    id: 'e',
    atMs: 1_760_000_000_000,
    action: 'creation',
    host: 'h',
    user: 'u',
    process: 'p.exe',
    executable: 'C:\\p.exe',
    pid: 4,
    path: 'E:\\a.txt',
    sizeBytes: 5,
    entropy: 3.5,
    publisher: 'P',
    publisherTrusted: true,
    device: 'serial:S',
    busType: 'USB',
    deviceVendor: 'V',
    deviceProduct: 'D',
    deviceSerial: 'S',
  });
  const deviceEvent = toEcsDeviceEvent({
    id: 'd',
    atMs: 1_760_000_000_000,
    kind: 'mount',
    host: 'h',
    device: 'serial:S',
    serial: 'S',
    vendor: 'V',
    product: 'D',
    capacityBytes: 16e9,
  });
  const alert = toEcsRuleAlert({
    id: 'a',
    atMs: 1_760_000_000_000,
    ruleName: 'R',
    jobId: 'j',
    host: 'h',
    process: 'p.exe',
    status: 'open',
    recordScore: 80,
  });
  const record = toEcsAnomalyRecord({
    id: 'r',
    jobId: 'j',
    bucketStartMs: 1_760_000_000_000,
    bucketSpanMs: 900_000,
    host: 'h',
    process: 'p.exe',
    recordScore: 80,
    initialRecordScore: 90,
    probability: 0.01,
    isFirstOccurrence: true,
    relativeRarity: 0.1,
  });

  test.each([
    ['writes', write, parseWriteEvent],
    ['device events', deviceEvent, parseDeviceEvent],
    ['alerts', alert, parseRuleAlert],
    ['records', record, parseAnomalyRecord],
  ] as const)('changed %s are read or left out, and what is read has its types', (_, good, parse) => {
    expect(parse({ id: 'x', source: JSON.parse(JSON.stringify(good)) })).toBeDefined();
    fc.assert(
      fc.property(mutated(JSON.parse(JSON.stringify(good))), (source) => {
        const event = within(() => parse({ id: 'x', source }));
        if (!event) return;
        for (const [name, value] of Object.entries(event)) {
          expect(['undefined', 'string', 'number', 'boolean'], name).toContain(typeof value);
          if (typeof value === 'number') expect(Number.isFinite(value), `${name}: ${value}`).toBe(true);
          if (name.endsWith('Bytes') && typeof value === 'number') expect(value, name).toBeGreaterThanOrEqual(0);
        }
        expect(event.id).not.toBe('');
        if ('atMs' in event) expect(new Date(event.atMs).toISOString()).toMatch(/^\d{4}-/);
      }),
      fuzz(1_000),
    );
  });
});

describe('what the system tells', () => {
  test.each([
    ['lsblk', fixture('lsblk.json'), parseLsblk],
    ['the profile of a Mac', fixture('macos-profile.synthetic.json'), parseMacosProfile],
    ['the inventory of Windows', fixture('windows-inventory.synthetic.json'), parseWindowsInventory],
  ] as const)('%s, changed as text and as JSON', (_, good, parse) => {
    expect(parse(good.toString()).length).toBeGreaterThan(0);
    const json = mutated(JSON.parse(good.toString())).map((value) => JSON.stringify(value) ?? '');
    const text = mutatedBytes(good).map((bytes) => bytes.toString('utf8'));
    fc.assert(
      fc.property(fc.oneof(json, text), (output) => {
        const found = within(() => parse(output));
        if (found) expect(Array.isArray(found)).toBe(true);
      }),
      fuzz(500),
    );
  });

  test('the table of mounts', () => {
    fc.assert(
      fc.property(mutatedBytes(fixture('mountinfo.txt')), (bytes) => {
        for (const mount of within(() => parseMountinfo(bytes.toString('utf8'))) ?? [])
          expect(mount.mountPoint).toBeTypeOf('string');
      }),
      fuzz(500),
    );
  });

  const procTexts = [
    '4711 (a b) c) S 1 4711 4711 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 12345 1000 200 18446744073709551615',
    'Name:\ta\nUid:\t1000\t1000\t1000\t1000\n',
    'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n',
    'pos:\t0\nflags:\t02100002\nmnt_id:\t31\n',
    'cp\0-r\0a b\0',
    'cpu 1 2 3\nbtime 1760000000\n',
    'root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n',
    '   8  16 1 2 3 4 5 6 7 8 9 10 11',
  ];
  test('files of /proc and /etc', () => {
    const parsers = [
      parseStat,
      parseStatusUserId,
      parseIo,
      parseFdinfo,
      parseCmdline,
      parseBootTime,
      parsePasswd,
      parseDiskWrittenBytes,
    ];
    fc.assert(
      fc.property(fc.oneof(...procTexts.map((text) => mutatedBytes(Buffer.from(text)))), (bytes) => {
        for (const parse of parsers) {
          const value: unknown = within(() => parse(bytes.toString('utf8')));
          for (const figure of [value, ...Object.values(Object(value) as object)])
            if (typeof figure === 'number') expect(Number.isFinite(figure), `${parse.name}: ${figure}`).toBe(true);
        }
        expect(within(() => parseDiskWrittenBytes(bytes.toString('utf8'))) ?? 0).toBeGreaterThanOrEqual(0);
      }),
      fuzz(1_000),
    );
  });

  test('descriptors and the list of USB names', () => {
    // A stick: device, configuration, interface of mass storage, two endpoints.
    const stick = Buffer.from(
      '12010002000000408107835500010102030109022000010100803209040000020806500007058102000200070502020002ff',
      'hex',
    );
    const list = Buffer.from(
      '# list\n0781  SanDisk Corp.\n\t5583  Ultra Fit\n\t\t01  x\n0951  Kingston\nC 00  (class)\n',
    );
    fc.assert(
      fc.property(mutatedBytes(stick), mutatedBytes(list), anyText, (bytes, names, id) => {
        within(() => parseUsbDescriptors(bytes));
        within(() => findUsbNames(names.toString('utf8'), id, '5583'));
        within(() => findUsbNames(names.toString('utf8'), '0781', id));
      }),
      fuzz(1_000),
    );
  });

  test('lines of the helper', () => {
    const good = { kind: 'problem', problem: { atMs: 1, kind: 'gap', message: 'm', hint: 'h', untilMs: 2 } };
    expect(parseHelperMessage(JSON.stringify(good))).toEqual(good);
    fc.assert(
      fc.property(mutated(good), (value) => {
        within(() => parseHelperMessage(JSON.stringify(value) ?? ''));
      }),
      fuzz(1_000),
    );
  });
});

describe('journals', () => {
  const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  /** A journal of four entries, a line each. */
  function goodJournal(): readonly Uint8Array[] {
    let prev = genesisHash('case', 1, 'C-2026-0001', sha256);
    const payloads = [{ format: 1, id: 'C-2026-0001' }, { text: 'a\u202eb' }, { text: 'c', more: [1, null] }, {}];
    return payloads.map((payload, index) => {
      const kind = index === 0 ? 'opened' : 'note.added';
      const at = `2026-11-19T21:40:0${index}.000Z`;
      const line = toJournalLine({ seq: index + 1, at, monotonicMs: index, actor: 'r', kind, payload, prev }, sha256);
      prev = line.hash;
      return line.bytes;
    });
  }

  test('a changed journal never reads as more than was written, nor as whole', () => {
    const lines = goodJournal();
    const bytes = Buffer.concat(lines);
    const good = readJournal(bytes, 'case', sha256);
    expect(good.entries).toHaveLength(lines.length);
    fc.assert(
      fc.property(mutatedBytes(bytes), (changed) => {
        const read = within(() => readJournal(changed, 'case', sha256));
        expect(read).toBeDefined();
        if (!read || changed.equals(bytes)) return;
        // A chain shows every change but a cut end: what is read is a beginning of what was written.
        const heads = good.entries.map((entry) => entry.hash);
        expect(heads.slice(0, read.entries.length)).toEqual(read.entries.map((entry) => entry.hash));
      }),
      fuzz(1_000),
    );
  });
});
