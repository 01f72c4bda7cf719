import { IconAlertTriangle, IconDatabase, IconFile, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { formatBytes, formatCount, formatCounted, formatDuration, formatTime } from '../../shared/base/format.ts';
import type { ImportedFile } from '../../shared/model/import-report.ts';
import { type ImportEntry, useImporter } from '../import-runner.ts';
import { useAct, useAsk } from '../queries.ts';
import { goTo, useZone } from '../state.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { toCsv } from './csv.ts';
import { ElasticSourceForm, SourceRows } from './elastic-source.tsx';
import { SourceCheck } from './source-check.tsx';
import './sources.css';

/** Where evidence comes from: a cluster or the embedded store, importing into it, and whether the rule can work with it. */
export function SourcesView() {
  const { importer, state } = useImporter();
  const [edited, setEdited] = useState<{ readonly id?: string; readonly turn: number }>({ turn: 0 });
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const source = list.data?.sources.find(({ id }) => id === edited.id);
  return (
    <div className="page sources">
      <div className="source-column">
        {list.data ? (
          <ElasticSourceForm
            key={edited.turn}
            source={source}
            keeps={list.data.keeps}
            onDone={() => setEdited(({ turn }) => ({ turn: turn + 1 }))}
          />
        ) : null}
        <StoredCard onEdit={(id) => setEdited(({ turn }) => ({ id, turn: turn + 1 }))} />
      </div>
      <section className="card" aria-label="Import">
        <header>
          <h2 className="grow">Import</h2>
          <span className="t11 faint">NDJSON, JSON, CSV, Parquet, also .gz</span>
        </header>
        <div className="drop-row">
          <div className="drop-target">
            <Icon of={IconUpload} />
            <span>Drop files anywhere on this window or</span>
            <button type="button" className="btn sm" onClick={() => void importer.choose()}>
              Choose files
            </button>
          </div>
          <p className="t11 faint">
            File events and device events of Elastic Defend, alerts of the rule and anomaly records, as Elasticsearch or
            Kibana exports them. Files are recognised by what they hold. The same event is stored once.
          </p>
        </div>
        {list.data?.inUse === undefined ? null : (
          <p className="import-entry t12 dim">
            Evidence is read from a cluster now. To import files, use the embedded store, or another workspace.
          </p>
        )}
        {state.failure ? (
          <div className="import-entry">
            <FailureNotice error={state.failure} />
          </div>
        ) : null}
        {state.wasCancelled ? (
          <div className="import-entry">
            <div className="note">
              <Icon of={IconAlertTriangle} />
              <span>Cancelled. Nothing of the file that was being read was stored; files before it were.</span>
            </div>
          </div>
        ) : null}
        {state.waiting > 0 && state.isRunning ? (
          <p className="import-entry t11 faint">{formatCounted(state.waiting, 'file waits', 'files wait')}.</p>
        ) : null}
        {state.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
        {state.entries.length === 0 && !state.isRunning && !state.failure ? (
          <p className="import-entry t12 dim">No file was imported since the window opened.</p>
        ) : null}
      </section>
      <SourceCheck />
    </div>
  );
}

function StoredCard({ onEdit }: { onEdit: (id: string) => void }) {
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const zone = useZone();
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const used = list.data?.sources.find(({ id }) => id === list.data?.inUse)?.name ?? 'Embedded store';
  // Figures of the source before must not stand under the name of this one.
  const isOfSource = workspace.data?.source === undefined || workspace.data.source === used;
  const summary = isOfSource ? workspace.data?.summary : undefined;
  return (
    <section className="card" aria-label="In use">
      <header>
        <h2 className="grow">In use</h2>
      </header>
      <SourceRows path={workspace.data?.path} onEdit={onEdit} />
      {workspace.error ? (
        <div className="in">
          <FailureNotice error={workspace.error} onRetry={() => void workspace.refetch()} />
        </div>
      ) : null}
      {workspace.data && summary ? (
        <>
          <dl className="pairs in-card">
            <dt>Writes</dt>
            <dd>{formatCount(summary.writes)}</dd>
            <dt>Renames to a device</dt>
            <dd>{formatCount(summary.renames)}, kept apart and not counted</dd>
            <dt>Device events</dt>
            <dd>
              {formatCount(summary.deviceEvents)}
              {summary.deviceEvents === 0 ? ': connections are inferred from writes' : ''}
            </dd>
            <dt>Alerts of the rule</dt>
            <dd>{formatCount(summary.alerts)}</dd>
            <dt>Anomaly records</dt>
            <dd>{formatCount(summary.anomalyRecords)}</dd>
            <dt>Seen in them</dt>
            <dd>
              {formatCounted(summary.hosts, 'host', 'hosts')}, {formatCounted(summary.users, 'user', 'users')},{' '}
              {formatCounted(summary.processes, 'process name', 'process names')},{' '}
              {formatCounted(summary.devices, 'device', 'devices')}
            </dd>
            <dt>First write</dt>
            <dd>{summary.firstMs === undefined ? '–' : formatTime(summary.firstMs, zone, { year: true })}</dd>
            <dt>Last write</dt>
            <dd>{summary.lastMs === undefined ? '–' : formatTime(summary.lastMs, zone, { year: true })}</dd>
          </dl>
          {summary.writes > 0 ? (
            <div className="in-card">
              <button type="button" className="btn" onClick={() => goTo({ view: 'investigate' })}>
                <Icon of={IconDatabase} />
                Investigate
              </button>
            </div>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1) || path;
}

const phaseWords = {
  making: 'Making up a company',
  hashing: 'Reading once for its hash',
  reading: 'Reading',
  storing: 'Storing',
  scoring: 'Scoring what is new',
} as const;

function Entry({ entry }: { entry: ImportEntry }) {
  if (entry.kind === 'running') return <Running entry={entry} />;
  if (entry.kind === 'failed') {
    return (
      <div className="import-entry" role="alert">
        <div className="row">
          <Icon of={IconFile} />
          <b className="b grow clip">
            <Name text={fileName(entry.path)} isClipped />
          </b>
          <span className="tag bad">Not read</span>
        </div>
        <p className="t12 dim indented">
          <Name text={entry.message} /> {entry.hint ? <Name text={entry.hint} /> : null}
        </p>
      </div>
    );
  }
  return <Imported file={entry.file} />;
}

function Running({ entry }: { entry: Extract<ImportEntry, { kind: 'running' }> }) {
  const { doneBytes, totalBytes, rowsRead, phase } = entry.progress;
  const share = totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : 0;
  const elapsedMs = performance.now() - entry.startedMs;
  const leftMs = share > 0.05 && phase !== 'scoring' ? (elapsedMs / share) * (1 - share) : undefined;
  const percent = Math.floor(share * 100);
  return (
    <div className="import-entry">
      <div className="row">
        <Icon of={IconFile} />
        <b className="b grow clip">
          <Name text={fileName(entry.path)} isClipped />
        </b>
        <span className="t12 tn">{percent} %</span>
        <CommandButton id="import.cancel" title="Cancel" className="btn sm" />
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label={`Import of ${fileName(entry.path)}`}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${percent}%` }} />
      </div>
      <div className="figures">
        <span>{phaseWords[phase]}</span>
        <span>
          {phase === 'making'
            ? `day ${formatCount(doneBytes)} of ${formatCount(totalBytes)}`
            : `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`}
        </span>
        {rowsRead > 0 ? <span>{formatCounted(rowsRead, 'row', 'rows')}</span> : null}
        {leftMs === undefined ? null : <span>{formatDuration(leftMs)} left</span>}
      </div>
    </div>
  );
}

const shownRejected = 5;

function Imported({ file }: { file: ImportedFile }) {
  const copy = useAct('clipboard.write');
  const hasRejected = file.rowsRejected > 0;
  const stored = [
    [file.stored.writes, 'writes'],
    [file.stored.renames, 'renames'],
    [file.stored.deviceEvents, 'device events'],
    [file.stored.alerts, 'alerts'],
    [file.stored.anomalyRecords, 'anomaly records'],
  ] as const;
  return (
    <div className="import-entry">
      <div className="row">
        <Icon of={IconFile} />
        <b className="b grow clip">
          <Name text={fileName(file.path)} isClipped />
        </b>
        <span className={hasRejected ? 'tag warn' : 'tag ok'}>
          {hasRejected ? `${formatCount(file.rowsRejected)} rejected` : 'Done'}
        </span>
        {hasRejected ? (
          <button
            type="button"
            className="btn sm quiet"
            onClick={() =>
              copy.mutate({
                text: toCsv(
                  ['line', 'reason', 'what was there'],
                  file.rejected.map((row) => [row.line, row.reason, row.found ?? '']),
                ),
              })
            }
          >
            Copy rejected
          </button>
        ) : null}
      </div>
      <div className="figures">
        <span>{formatCount(file.rowsRead)} read</span>
        <span title={stored.map(([count, name]) => `${formatCount(count)} ${name}`).join(', ')}>
          {formatCount(file.rowsStored)} stored
        </span>
        <span>{formatCount(file.rowsDuplicate)} already there</span>
        <span>{formatCount(file.rowsRejected)} rejected</span>
        <span title="Other kinds of events, and file events on internal disks">
          {formatCount(file.rowsOther)} other, left out
        </span>
        <HashChip hash={file.sha256} state="unchecked" onCopy={() => copy.mutate({ text: file.sha256 })} />
      </div>
      {file.rowsStored > 0 ? (
        <div className="figures">
          {stored
            .filter(([count]) => count > 0)
            .map(([count, name]) => (
              <span key={name}>
                {formatCount(count)} {name}
              </span>
            ))}
        </div>
      ) : null}
      {hasRejected ? (
        <div className="rejected">
          <table>
            <thead>
              <tr>
                <th className="num line-number">Line</th>
                <th>Reason</th>
                <th>What was there</th>
              </tr>
            </thead>
            <tbody>
              {file.rejected.slice(0, shownRejected).map((row) => (
                <tr key={`${row.line} ${row.reason}`}>
                  <td className="num">{formatCount(row.line)}</td>
                  <td>
                    <Name text={row.reason} />
                  </td>
                  <td>
                    <code>{row.found ? <Name text={row.found} /> : '–'}</code>
                  </td>
                </tr>
              ))}
              <tr className="sub">
                <td />
                <td colSpan={2}>
                  {formatCount(Math.min(shownRejected, file.rejected.length))} of {formatCount(file.rowsRejected)}{' '}
                  shown. Nothing rejected is stored.
                </td>
              </tr>
            </tbody>
          </table>
        </div>
      ) : null}
    </div>
  );
}
