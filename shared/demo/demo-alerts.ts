import { hourMs, minuteMs } from '../base/time.ts';
import type { AnomalyRecord, RuleAlert } from '../model/event.ts';
import type { DemoLabel } from './demo-events.ts';
import { Random } from './random.ts';

/** Sessions that an anomaly job would have noticed: newly seen processes, of attacks and of everyday life. */
const noticedKinds: readonly string[] = ['masquerade', 'renamed-tool', 'living-off-the-land', 'rare-parent', 'one-off'];

/**
 * A few records of the anomaly job and the alerts that the rule made of the highest, for a made-up company. Scores are
 * made up too: most are below the rule's threshold, as they are on hosts with a short history.
 */
export function makeDemoAlerts(
  labels: readonly DemoLabel[],
  seed: string,
): { readonly records: readonly AnomalyRecord[]; readonly alerts: readonly RuleAlert[] } {
  const random = new Random(`alerts/${seed}`);
  const jobId = 'ded_rare_process_writing_to_external_device_ea';
  const noticed = random.sample(
    labels.filter(({ kind }) => noticedKinds.includes(kind)),
    14,
  );
  const records = noticed.map((label, at): AnomalyRecord => {
    const recordScore = Math.round((at < 3 ? random.between(76, 88) : random.between(8, 62)) * 100) / 100;
    const bucketStartMs = Math.floor(label.startMs / hourMs) * hourMs;
    return {
      id: `${jobId}_record_${bucketStartMs}_3600_0_${random.whole(1e6, 9e6)}`,
      jobId,
      bucketStartMs,
      bucketSpanMs: hourMs,
      host: label.host,
      process: label.process,
      recordScore,
      initialRecordScore: Math.round((recordScore + random.between(0, 4)) * 100) / 100,
      probability: 0.05 * Math.exp(-((recordScore / 100 - 0.05) / 0.95) * Math.log(500)),
      isFirstOccurrence: true,
      relativeRarity: undefined,
    };
  });
  const alerts = records
    .filter(({ recordScore }) => recordScore >= 75)
    .map(
      (record, at): RuleAlert => ({
        id: random.hex(64),
        atMs: record.bucketStartMs + hourMs + random.whole(1, 15) * minuteMs,
        ruleName: 'Unusual Process Writing Data to an External Device',
        ruleId: '4b95ecea-7225-4690-9938-2a2c0bad9c99',
        jobId,
        host: record.host,
        process: record.process,
        user: noticed[at]?.user,
        status: at === 0 ? 'acknowledged' : 'open',
        recordScore: record.recordScore,
        recordId: record.id,
        bucketStartMs: record.bucketStartMs,
      }),
    );
  return { records, alerts };
}
