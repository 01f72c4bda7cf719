import { IconAlertTriangle, IconDatabase, IconFile, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import type { ImportedFile } from '../../shared/model/import-report.ts';
import { type ImportEntry, useImporter } from '../import-runner.ts';
import { useAct, useAsk } from '../queries.ts';
import { goTo, useZone } from '../state.ts';
import { sourcesTexts as texts } from '../texts/sources.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ElasticSourceForm, SourceRows } from './elastic-source.tsx';
import { CopyRejected, ImportCounts } from './import-counts.tsx';
import { ManyImported } from './many-imported.tsx';
import { SourceCheck } from './source-check.tsx';
import './sources.css';
import { formatCount, formatDuration, formatTime } from '../window-format.ts';

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
      </div>
      <div className="source-column">
        <section className="card" aria-label={texts.import}>
          <header>
            <h2 className="grow">{texts.import}</h2>
            <span className="t11 faint">{texts.formats}</span>
          </header>
          <div className="drop-row">
            <div className="drop-target">
              <Icon of={IconUpload} />
              <span>{texts.drop}</span>
              <button type="button" className="btn sm" onClick={() => void importer.choose()}>
                {texts.choose}
              </button>
            </div>
            <p className="t11 faint">{texts.importable}</p>
          </div>
          {list.data?.inUse === undefined ? null : <p className="import-entry t12 dim">{texts.readFromCluster}</p>}
          {state.failure ? (
            <div className="import-entry">
              <FailureNotice error={state.failure} />
            </div>
          ) : null}
          {state.wasCancelled ? (
            <div className="import-entry">
              <div className="note">
                <Icon of={IconAlertTriangle} />
                <span>{texts.cancelled}</span>
              </div>
            </div>
          ) : null}
          {state.waiting > 0 && state.isRunning ? (
            <p className="import-entry t11 faint">{texts.waiting(state.waiting)}</p>
          ) : null}
          {state.entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
          {state.entries.length === 0 && !state.isRunning && !state.failure ? (
            <p className="import-entry t12 dim">{texts.noneImported}</p>
          ) : null}
        </section>
        <StoredCard onEdit={(id) => setEdited(({ turn }) => ({ id, turn: turn + 1 }))} />
      </div>
      <SourceCheck />
    </div>
  );
}

function StoredCard({ onEdit }: { onEdit: (id: string) => void }) {
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const zone = useZone();
  const list = useAsk('source.list', {}, { keepsPrevious: true });
  const program = useAsk('settings.read', {}, { keepsPrevious: true });
  const used = list.data?.sources.find(({ id }) => id === list.data?.inUse)?.name ?? texts.embeddedStore;
  // Figures of the source before must not stand under the name of this one.
  const isOfSource = workspace.data?.source === undefined || workspace.data.source === used;
  const summary = isOfSource ? workspace.data?.summary : undefined;
  return (
    <section className="card" aria-label={texts.inUse}>
      <header>
        <h2 className="grow">{texts.inUse}</h2>
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
            <dt>{texts.writes}</dt>
            <dd>{formatCount(summary.writes)}</dd>
            <dt>{texts.renames}</dt>
            <dd>{texts.renamesText(summary.renames)}</dd>
            <dt>{texts.deviceEvents}</dt>
            <dd>{texts.deviceEventsText(summary.deviceEvents)}</dd>
            <dt>{texts.alerts}</dt>
            <dd>{formatCount(summary.alerts)}</dd>
            <dt>{texts.anomalyRecords}</dt>
            <dd>{formatCount(summary.anomalyRecords)}</dd>
            <dt>{texts.seen}</dt>
            <dd>{texts.seenText(summary)}</dd>
            <dt>{texts.firstWrite}</dt>
            <dd>{summary.firstMs === undefined ? texts.unknown : formatTime(summary.firstMs, zone, { year: true })}</dd>
            <dt>{texts.lastWrite}</dt>
            <dd>{summary.lastMs === undefined ? texts.unknown : formatTime(summary.lastMs, zone, { year: true })}</dd>
            {program.data ? (
              <>
                <dt>{texts.disk}</dt>
                <dd>{texts.diskText(program.data.disk.workspaceBytes, program.data.disk.freeBytes)}</dd>
              </>
            ) : null}
          </dl>
          {summary.writes > 0 ? (
            <div className="in-card">
              <button type="button" className="btn" onClick={() => goTo({ view: 'investigate' })}>
                <Icon of={IconDatabase} />
                {texts.investigate}
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

function Entry({ entry }: { entry: ImportEntry }) {
  if (entry.kind === 'running') return <Running entry={entry} />;
  if (entry.kind === 'many') return <ManyImported many={entry.many} />;
  if (entry.kind === 'failed') {
    return (
      <div className="import-entry" role="alert">
        <div className="row">
          <Icon of={IconFile} />
          <b className="b grow clip">
            <Name text={fileName(entry.path)} isClipped />
          </b>
          <span className="tag bad">{texts.notRead}</span>
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
  const { doneBytes, totalBytes, rowsRead, filesRead, phase } = entry.progress;
  const share =
    filesRead !== undefined && entry.filesTotal
      ? filesRead / entry.filesTotal
      : totalBytes > 0
        ? Math.min(1, doneBytes / totalBytes)
        : 0;
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
        <span className="t12 tn">{texts.percent(percent)}</span>
        <CommandButton id="import.cancel" title={texts.cancel} className="btn sm" />
      </div>
      <div
        className="progress"
        role="progressbar"
        aria-label={texts.importOf(fileName(entry.path))}
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <i style={{ width: `${percent}%` }} />
      </div>
      <div className="figures">
        <span>{texts.phases[phase]}</span>
        <span>
          {phase === 'making'
            ? texts.daysMade(doneBytes, totalBytes)
            : filesRead !== undefined && entry.filesTotal
              ? texts.filesRead(filesRead, entry.filesTotal)
              : texts.bytesRead(doneBytes, totalBytes)}
        </span>
        {rowsRead > 0 ? <span>{texts.rows(rowsRead)}</span> : null}
        {leftMs === undefined ? null : <span>{texts.left(formatDuration(leftMs))}</span>}
      </div>
    </div>
  );
}

const shownRejected = 5;

function Imported({ file }: { file: ImportedFile }) {
  const copy = useAct('clipboard.write');
  const hasRejected = file.rowsRejected > 0;
  const stored = [
    [file.stored.writes, texts.stored.writes],
    [file.stored.renames, texts.stored.renames],
    [file.stored.deviceEvents, texts.stored.deviceEvents],
    [file.stored.alerts, texts.stored.alerts],
    [file.stored.anomalyRecords, texts.stored.anomalyRecords],
  ] as const;
  return (
    <div className="import-entry">
      <div className="row">
        <Icon of={IconFile} />
        <b className="b grow clip">
          <Name text={fileName(file.path)} isClipped />
        </b>
        <span className={hasRejected ? 'tag warn' : 'tag ok'}>
          {hasRejected ? texts.rejected(file.rowsRejected) : texts.done}
        </span>
        {hasRejected ? (
          <CopyRejected
            head={['line', 'reason', 'what was there']}
            rows={() => file.rejected.map((row) => [row.line, row.reason, row.found ?? ''])}
          />
        ) : null}
      </div>
      <ImportCounts counts={file} storedTitle={stored.map(([count, name]) => texts.countedOf(count, name)).join(', ')}>
        <HashChip hash={file.sha256} state="unchecked" onCopy={() => copy.mutate({ text: file.sha256 })} />
      </ImportCounts>
      {file.rowsStored > 0 ? (
        <div className="figures">
          {stored
            .filter(([count]) => count > 0)
            .map(([count, name]) => (
              <span key={name}>{texts.countedOf(count, name)}</span>
            ))}
        </div>
      ) : null}
      {hasRejected ? (
        <div className="rejected">
          <table>
            <thead>
              <tr>
                <th className="num line-number">{texts.rejectedColumns.line}</th>
                <th>{texts.rejectedColumns.reason}</th>
                <th>{texts.rejectedColumns.found}</th>
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
                    <code>{row.found ? <Name text={row.found} /> : texts.unknown}</code>
                  </td>
                </tr>
              ))}
              <tr className="sub">
                <td />
                <td colSpan={2}>
                  {texts.rejectedShown(Math.min(shownRejected, file.rejected.length), file.rowsRejected)}
                </td>
              </tr>
            </tbody>
          </table>
        </div>
      ) : null}
    </div>
  );
}
