import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnomalyRecord, parseDeviceEvent, parseRuleAlert, parseWriteEvent, readEcsField } from './ecs-parse.ts';

const write = {
  '@timestamp': '2026-11-19T21:40:00.123Z',
  event: { id: 'e1', action: 'creation', category: ['file'] },
  host: { name: 'ws-042' },
  user: { name: 'm.keller', id: 'S-1-5-21' },
  process: {
    name: 'rundll32.exe',
    executable: 'C:\\Windows\\Temp\\rundll32.exe',
    pid: 4711,
    parent: { name: 'cmd.exe' },
  },
  file: {
    path: 'E:\\out\\a.ZIP',
    extension: 'ZIP',
    size: 1024,
    Ext: {
      entropy: 7.9,
      header_bytes: '504B0304',
      device: { bus_type: 'Usb', vendor_id: 'SanDisk', product_id: 'Ultra', serial_number: '4c53', dos_name: 'E:' },
    },
  },
};

/** The same document with dotted keys and every value in an array, as the `fields` of a hit have it. */
function asFields(value: object, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]): [string, unknown][] =>
      typeof child === 'object' && !Array.isArray(child)
        ? Object.entries(asFields(child, `${prefix}${key}.`))
        : [[`${prefix}${key}`, Array.isArray(child) ? child : [child]]],
    ),
  );
}

describe('parseWriteEvent', () => {
  const expected = {
    id: 'e1',
    atMs: Date.UTC(2026, 10, 19, 21, 40, 0, 123),
    action: 'creation',
    host: 'ws-042',
    user: 'm.keller',
    userId: 'S-1-5-21',
    process: 'rundll32.exe',
    executable: 'C:\\Windows\\Temp\\rundll32.exe',
    pid: 4711,
    parentProcess: 'cmd.exe',
    path: 'E:\\out\\a.ZIP',
    extension: 'ZIP',
    sizeBytes: 1024,
    headerBytes: '504b0304',
    entropy: 7.9,
    device: 'serial:4C53',
    busType: 'Usb',
    deviceVendor: 'SanDisk',
    deviceProduct: 'Ultra',
    deviceSerial: '4c53',
    volume: 'E:',
  };

  it.each([
    ['nested', write],
    ['dotted, with arrays', asFields(write)],
    [
      'half dotted',
      {
        ...write,
        process: undefined,
        'process.parent': { name: 'cmd.exe' },
        'process.name': 'rundll32.exe',
        'process.executable': expected.executable,
        'process.pid': '4711',
      },
    ],
  ])('reads %s documents alike', (_title, source) => {
    expect(parseWriteEvent({ id: 'doc', source })).toEqual(expected);
  });

  it('takes the document id where the event has none', () => {
    expect(parseWriteEvent({ id: 'doc', source: { ...write, event: { action: 'creation' } } })?.id).toBe('doc');
  });

  it.each([
    ['no time', { ...write, '@timestamp': 'yesterday' }],
    ['the year 1601', { ...write, '@timestamp': '1601-01-01T00:00:00Z' }],
    ['a deletion', { ...write, event: { action: 'deletion' } }],
    ['a file on an internal disk', { ...write, file: { path: 'C:\\a' } }],
    ['no document', null],
    ['a text', 'x'],
  ])('gives nothing for %s', (_title, source) => {
    expect(parseWriteEvent({ id: 'doc', source })).toBeUndefined();
  });

  it('reads times without zone as UTC, and epoch milliseconds as number or text', () => {
    for (const at of ['2026-11-19T21:40:00.123', '1795124400123', 1795124400123]) {
      expect(parseWriteEvent({ id: 'doc', source: { ...write, '@timestamp': at } })?.atMs).toBe(expected.atMs);
    }
  });
});

describe('other documents', () => {
  it('reads a mount', () => {
    const source = {
      '@timestamp': '2026-11-19T21:31:00Z',
      event: { action: 'mount', dataset: 'endpoint.events.device' },
      host: { name: 'ws-042' },
      device: {
        serial_number: '0416KK',
        vendor: { id: '154B', name: 'PNY' },
        product: { id: '007A', name: 'USB 2.0 FD' },
      },
      volume: { bus_type: 'Usb', mount_name: 'G:', file_system_type: 'FAT', size: 1028096 },
    };
    expect(parseDeviceEvent({ id: 'd', source })).toEqual({
      id: 'd',
      atMs: Date.UTC(2026, 10, 19, 21, 31),
      kind: 'mount',
      host: 'ws-042',
      device: 'serial:0416KK',
      busType: 'Usb',
      vendor: 'PNY',
      vendorId: '154B',
      product: 'USB 2.0 FD',
      productId: '007A',
      serial: '0416KK',
      volume: 'G:',
      fileSystem: 'FAT',
      capacityBytes: 1028096,
    });
    for (const size of [-1, '-5', 2 ** 63, 1e300])
      expect(
        parseDeviceEvent({ id: 'd', source: { ...source, volume: { ...source.volume, size } } }),
      ).not.toHaveProperty('capacityBytes', expect.any(Number));
  });

  it('reads an alert: flattened record, nested names in arrays, ancestors', () => {
    const source = {
      '@timestamp': '2026-11-19T22:05:00Z',
      'kibana.alert.uuid': 'a1',
      'kibana.alert.rule.name': 'Unusual Process Writing Data to an External Device',
      'kibana.alert.rule.rule_id': '4b95ecea-7225-4690-9938-2a2c0bad9c99',
      'kibana.alert.workflow_status': 'acknowledged',
      'kibana.alert.original_time': '2026-11-19T21:00:00.000Z',
      'kibana.alert.ancestors': [{ id: 'r1', index: '.ml-anomalies-shared', type: 'event', depth: 0 }],
      job_id: 'ded_rare_process_writing_to_external_device_ea',
      record_score: 81.5,
      process: { name: ['rundll32.exe'] },
      host: { name: ['ws-042'] },
      user: { name: ['m.keller'] },
    };
    expect(parseRuleAlert({ id: 'doc', source })).toEqual({
      id: 'a1',
      atMs: Date.UTC(2026, 10, 19, 22, 5),
      ruleName: 'Unusual Process Writing Data to an External Device',
      ruleId: '4b95ecea-7225-4690-9938-2a2c0bad9c99',
      jobId: 'ded_rare_process_writing_to_external_device_ea',
      host: 'ws-042',
      process: 'rundll32.exe',
      user: 'm.keller',
      status: 'acknowledged',
      recordScore: 81.5,
      recordId: 'r1',
      bucketStartMs: Date.UTC(2026, 10, 19, 21),
    });
  });

  it('reads a record, and no other result of a job', () => {
    const source = {
      result_type: 'record',
      job_id: 'ded_rare_process_writing_to_external_device_ea',
      timestamp: Date.UTC(2026, 10, 19, 21),
      bucket_span: 3600,
      partition_field_name: 'host.name',
      partition_field_value: 'ws-042',
      by_field_name: 'process.name',
      by_field_value: 'rundll32.exe',
      record_score: 78,
      initial_record_score: 90,
      probability: 0.001,
      anomaly_score_explanation: { by_field_first_occurrence: true, by_field_relative_rarity: 12.5 },
    };
    expect(parseAnomalyRecord({ id: 'r1', source })).toMatchObject({
      bucketSpanMs: 3_600_000,
      host: 'ws-042',
      process: 'rundll32.exe',
      isFirstOccurrence: true,
      relativeRarity: 12.5,
    });
    expect(parseAnomalyRecord({ id: 'r1', source: { ...source, result_type: 'influencer' } })).toBeUndefined();
  });
});

describe('anything else', () => {
  const paths = ['__proto__.polluted', 'constructor.name', 'event.action', 'a.b.c.d.e'];

  it('never throws, and never leaves the document', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (source) => {
        const document = { id: 'x', source };
        for (const parse of [parseWriteEvent, parseDeviceEvent, parseRuleAlert, parseAnomalyRecord]) parse(document);
      }),
    );
    for (const path of paths) expect(readEcsField({}, path)).toBeUndefined();
    expect(readEcsField(JSON.parse('{"__proto__":{"polluted":1}}'), '__proto__.polluted')).toBe(1);
  });
});
