import { describe, expect, it } from 'vitest';
import { toEcsAnomalyRecord, toEcsDeviceEvent, toEcsRuleAlert, toEcsWrite } from './ecs.ts';
import { parseAnomalyRecord, parseDeviceEvent, parseRuleAlert, parseWriteEvent } from './ecs-parse.ts';
import type { AnomalyRecord, DeviceEvent, RuleAlert, WriteEvent } from './event.ts';

const write: WriteEvent = {
  id: 'w-1',
  atMs: Date.UTC(2026, 10, 19, 20, 40, 8, 123),
  action: 'rename',
  host: 'ws-042',
  user: 'm.weber',
  userId: 'S-1-5-21-1',
  process: 'rundll32.exe',
  executable: 'C:\\Users\\m.weber\\AppData\\Local\\Temp\\rundll32.exe',
  pid: 4711,
  processEntityId: 'entity',
  commandLine: 'rundll32.exe x,Start',
  parentProcess: 'explorer.exe',
  processSha256: 'ab'.repeat(32),
  publisher: undefined,
  publisherTrusted: false,
  originalFileName: 'rclone.exe',
  path: 'E:\\out\\plan.7z',
  extension: '7z',
  sizeBytes: 12_345,
  headerBytes: '377abcaf271c',
  entropy: 7.99,
  sourcePath: 'C:\\Temp\\plan.7z',
  device: 'serial:0401',
  busType: 'Usb',
  deviceVendor: 'SanDisk',
  deviceProduct: 'Ultra',
  deviceSerial: '0401',
  volume: 'E:',
};

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

describe('documents with ECS names', () => {
  it('gives back every field of a write', () => {
    expect(parseWriteEvent({ id: 'other', source: plain(toEcsWrite(write)) })).toEqual(write);
  });

  it('gives back a write that knows little', () => {
    const little: WriteEvent = {
      id: 'w-2',
      atMs: 1_700_000_000_000,
      action: 'creation',
      host: 'h',
      user: '',
      process: 'cp',
      path: '/media/x/noextension',
      sizeBytes: 0,
      device: 'model:||',
      busType: 'USB',
    };
    expect(parseWriteEvent({ id: '', source: plain(toEcsWrite(little)) })).toEqual(little);
  });

  it('gives back a device event', () => {
    const mount: DeviceEvent = {
      id: 'd-1',
      atMs: 1_700_000_000_000,
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
      capacityBytes: 15_489_753_088,
    };
    expect(parseDeviceEvent({ id: '', source: plain(toEcsDeviceEvent(mount)) })).toEqual(mount);
  });

  it('gives back a record and the alert made of it', () => {
    const record: AnomalyRecord = {
      id: 'r-1',
      jobId: 'ded_rare_process_writing_to_external_device_ea',
      bucketStartMs: 1_700_000_400_000,
      bucketSpanMs: 3_600_000,
      host: 'ws-042',
      process: 'rundll32.exe',
      recordScore: 24,
      initialRecordScore: 24.5,
      probability: 0.012,
      isFirstOccurrence: true,
      relativeRarity: undefined,
    };
    expect(parseAnomalyRecord({ id: 'r-1', source: plain(toEcsAnomalyRecord(record)) })).toEqual(record);
    const alert: RuleAlert = {
      id: 'a-1',
      atMs: 1_700_005_000_000,
      ruleName: 'Unusual Process Writing Data to an External Device',
      ruleId: '4b95ecea-7225-4690-9938-2a2c0bad9c99',
      jobId: record.jobId,
      host: 'ws-042',
      process: 'rundll32.exe',
      user: 'm.weber',
      status: 'open',
      recordScore: 78,
      recordId: 'r-1',
      bucketStartMs: record.bucketStartMs,
    };
    expect(parseRuleAlert({ id: 'x', source: plain(toEcsRuleAlert(alert)) })).toEqual(alert);
  });
});
