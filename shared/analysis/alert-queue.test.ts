import { describe, expect, it } from 'vitest';
import { hourMs } from '../base/time.ts';
import { rareProcessJobs, rareProcessRuleId } from '../model/elastic-job.ts';
import type { AnomalyRecord, RuleAlert } from '../model/event.ts';
import { joinAlertQueue } from './alert-queue.ts';

const bucketStartMs = Date.UTC(2026, 10, 19, 21);
const record: AnomalyRecord = {
  id: 'r1',
  jobId: rareProcessJobs[0],
  bucketStartMs,
  bucketSpanMs: 2 * hourMs,
  host: 'ws-042',
  process: 'rundll32.exe',
  recordScore: 61,
  initialRecordScore: 83,
  probability: 0.001,
};
const alert: RuleAlert = {
  id: 'a1',
  atMs: bucketStartMs + 3 * hourMs,
  ruleName: 'Unusual Process Writing Data to an External Device',
  ruleId: rareProcessRuleId,
  jobId: rareProcessJobs[0],
  host: 'ws-042',
  process: 'rundll32.exe',
  user: 'm.keller',
  status: 'acknowledged',
  recordScore: 83,
  recordId: 'r1',
  bucketStartMs,
};

describe('joinAlertQueue', () => {
  it('joins an alert with its record: the frozen score, the one now, and the writes of the bucket', () => {
    expect(joinAlertQueue([alert], [record])).toEqual([
      {
        kind: 'alert',
        id: 'a1',
        atMs: alert.atMs,
        jobId: rareProcessJobs[0],
        host: 'ws-042',
        process: 'rundll32.exe',
        user: 'm.keller',
        status: 'acknowledged',
        alertScore: 83,
        recordScore: 61,
        initialRecordScore: 83,
        bucketStartMs,
        bucketSpanMs: 2 * hourMs,
        evidence: {
          hosts: ['ws-042'],
          processes: ['rundll32.exe'],
          fromMs: bucketStartMs,
          toMs: bucketStartMs + 2 * hourMs,
        },
      },
    ]);
  });

  it('marks a record that no alert was made of, newest first', () => {
    const later = { ...record, id: 'r2', bucketStartMs: bucketStartMs + hourMs };
    const queue = joinAlertQueue([alert], [record, later]);
    expect(queue.map(({ kind, id }) => [kind, id])).toEqual([
      ['record-without-alert', 'r2'],
      ['alert', 'a1'],
    ]);
  });

  it('goes by the alert alone where its record is gone, with the usual bucket', () => {
    const [entry] = joinAlertQueue([alert], []);
    expect(entry).toMatchObject({ recordScore: undefined, alertScore: 83, bucketSpanMs: hourMs });
    expect(entry?.evidence).toMatchObject({ fromMs: bucketStartMs, toMs: bucketStartMs + hourMs });
  });

  it('names no writes where nobody says which', () => {
    expect(joinAlertQueue([{ ...alert, process: undefined }], [])[0]?.evidence).toBeUndefined();
    expect(joinAlertQueue([{ ...alert, bucketStartMs: undefined }], [])[0]?.evidence).toBeUndefined();
  });

  it.each(rareProcessJobs)('takes records of the job %s', (jobId) => {
    expect(joinAlertQueue([], [{ ...record, jobId }])).toHaveLength(1);
  });

  it('leaves alerts and records of others out', () => {
    const other = { ...alert, ruleId: 'x', jobId: 'ded_high_bytes_written_to_external_device' };
    expect(joinAlertQueue([other], [{ ...record, jobId: 'ded_high_bytes_written_to_external_device' }])).toEqual([]);
  });
});
