import { IconShieldCheck } from '@tabler/icons-react';
import { useMemo } from 'react';
import { type AlertQueueEntry, joinAlertQueue } from '../../shared/analysis/alert-queue.ts';
import { hourMs } from '../../shared/base/time.ts';
import { useAsk } from '../queries.ts';
import { emptyEvidence, goTo } from '../state.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { clampSpan } from '../timeline/span.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';

const mostRows = 1_000;

function showWrites(entry: AlertQueueEntry): void {
  const { bucketStartMs, bucketSpanMs = hourMs } = entry;
  if (bucketStartMs === undefined) return;
  goTo(
    { view: 'investigate' },
    {
      evidence: {
        ...emptyEvidence,
        hosts: entry.host ? [entry.host] : [],
        processes: entry.process ? [entry.process] : [],
      },
      span: clampSpan({ startMs: bucketStartMs - 2 * hourMs, endMs: bucketStartMs + bucketSpanMs + 2 * hourMs }),
    },
  );
}

const score = (value: number | undefined) => (value === undefined ? '–' : Math.round(value));

/** Alerts of Elastic's own rule and records of its job, joined: three scores beside each other, one click from the writes. */
export function ElasticQueue() {
  const alerts = useAsk('alerts.list', { limit: mostRows });
  const records = useAsk('anomaly-records.list', { limit: mostRows });
  const entries = useMemo(
    () => (alerts.data && records.data ? joinAlertQueue(alerts.data, records.data) : []),
    [alerts.data, records.data],
  );
  const error = alerts.error ?? records.error;
  if (error) {
    return (
      <div className="page-note">
        <FailureNotice error={error} onRetry={() => void alerts.refetch()} />
      </div>
    );
  }
  if (entries.length === 0) {
    return alerts.data && records.data ? (
      <EmptyState icon={IconShieldCheck} title={texts.noElastic}>
        {texts.noElasticLead}
      </EmptyState>
    ) : null;
  }
  return (
    <>
      <div className="row in-card">
        <p className="t11 faint grow">
          {texts.elasticSummary(
            formatCount(entries.filter((entry) => entry.kind === 'alert').length),
            formatCount(entries.filter((entry) => entry.kind === 'record-without-alert').length),
          )}
        </p>
        <CopyList rows={entries} />
      </div>
      <table className="alerts elastic-queue">
        <thead>
          <tr>
            <th scope="col">{texts.bucket}</th>
            <th scope="col">{texts.process}</th>
            <th scope="col">{texts.host}</th>
            <th scope="col" className="num" title={texts.frozenTitle}>
              {texts.alert}
            </th>
            <th scope="col" className="num" title={texts.recordScoreTitle}>
              {texts.record}
            </th>
            <th scope="col" className="num" title={texts.recordScoreField}>
              {texts.first}
            </th>
            <th scope="col">{texts.state}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.kind} ${entry.id}`}>
              <td className="tn">
                {entry.bucketStartMs === undefined ? '–' : <TimeText atMs={entry.bucketStartMs} />}
              </td>
              <td className="clip">
                {entry.evidence ? (
                  <button type="button" className="link" onClick={() => showWrites(entry)}>
                    <Name text={entry.process ?? ''} isClipped />
                  </button>
                ) : (
                  <Name text={entry.process ?? '–'} isClipped />
                )}
              </td>
              <td className="clip">
                <Name text={entry.host ?? '–'} isClipped />
              </td>
              <td className="num">{score(entry.alertScore)}</td>
              <td className="num">{score(entry.recordScore)}</td>
              <td className="num">{score(entry.initialRecordScore)}</td>
              <td className="dim">{entry.kind === 'alert' ? (entry.status ?? texts.alert) : texts.noAlert}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
