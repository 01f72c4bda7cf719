import { IconPaperclip } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CaseFile, Exhibit } from '../../shared/model/case-file.ts';
import { useAct } from '../queries.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { formatBytes, formatCount } from '../window-format.ts';
import { caseQuestions } from './case-of-finding.ts';
import { DragOut } from './drag-out.tsx';
import { showFinding } from './show-finding.ts';

/** What a case holds, and how it leaves: evidence, findings, tasks, report and package. */
export function CaseEvidence({ file }: { file: CaseFile }) {
  const client = useQueryClient();
  const copy = useAct('clipboard.write');
  const choosing = useAct('import.choose');
  const attach = useAct('case.attach', caseQuestions);
  const [progress, setProgress] = useState<string>();
  const exporting = useAct('case.export', ['case.read'], (item) => setProgress(item.text));
  const preview = useAct('case.preview');
  const [isRedacted, setIsRedacted] = useState(false);
  const bytes = file.exhibits.reduce((sum, exhibit) => sum + exhibit.bytes, 0);
  const chooseFiles = () =>
    choosing.mutate(
      {},
      {
        onSuccess: ({ tokens }) => {
          if (tokens.length > 0) attach.mutate({ id: file.id, tokens: [...tokens], note: '' });
        },
      },
    );
  return (
    <section className="pane" aria-label={texts.evidenceAndExport}>
      <div className="bar">
        <h2>{texts.evidence}</h2>
        <span className="t11 faint clip">
          {texts.frozenCopies(texts.countedFiles(file.exhibits.length), formatBytes(bytes))}
        </span>
        <span className="grow" />
        <button
          type="button"
          className="btn sm quiet"
          disabled={file.damage !== undefined || attach.isPending}
          onClick={chooseFiles}
        >
          <Icon of={IconPaperclip} />
          {texts.attach}
        </button>
      </div>
      <div className="scroll">
        {attach.error || choosing.error ? (
          <div className="page-note">
            <FailureNotice error={attach.error ?? choosing.error} />
          </div>
        ) : null}
        <table className="exhibits">
          <thead>
            <tr>
              <th scope="col">{texts.exhibit}</th>
              <th scope="col">{texts.fileAndSource}</th>
              <th scope="col" className="num">
                {texts.size}
              </th>
              <th scope="col">{texts.sha256}</th>
            </tr>
          </thead>
          <tbody>
            {file.exhibits.map((exhibit) => (
              <ExhibitRow
                key={exhibit.exhibit}
                exhibit={exhibit}
                onCopy={() => copy.mutate({ text: exhibit.sha256 })}
              />
            ))}
            {file.exhibits.length === 0 ? (
              <tr className="sub">
                <td colSpan={4}>{texts.noEvidence}</td>
              </tr>
            ) : null}
          </tbody>
        </table>
        <div className="bar">
          <h2>{texts.findings}</h2>
          <span className="t11 faint">{formatCount(file.findings.length)}</span>
        </div>
        <ul>
          {file.findings.map(({ finding }) => (
            <li key={finding.id} className="line-row">
              <ScoreBadge score={finding.score} />
              <button
                type="button"
                className="lane-name grow"
                onClick={() => {
                  void client.invalidateQueries({ queryKey: ['finding.read'] });
                  showFinding(finding);
                }}
              >
                <Name text={finding.process} /> {texts.onHost} <Name text={finding.host} />
              </button>
              <span className="t11 faint tn">
                <TimeText atMs={finding.startMs} />
              </span>
            </li>
          ))}
        </ul>
        {file.tasks.length > 0 ? (
          <>
            <div className="bar table-bar">
              <h2>{texts.tasks}</h2>
              <span className="t11 faint">
                {texts.tasksDone(
                  file.tasks.filter((task) => task.state === 'done' || task.state === 'not-needed').length,
                  file.tasks.length,
                )}
              </span>
            </div>
            <ul>
              {file.tasks.map((task) => (
                <li key={task.taskId} className="line-row tall">
                  <span className="grow">
                    <Name text={task.title} />
                  </span>
                  <span className={`tag ${task.state === 'done' ? 'ok' : task.state === 'failed' ? 'bad' : ''}`}>
                    {task.state.replaceAll('-', ' ')}
                  </span>
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </div>
      <div className="export">
        <h2>{texts.exportTitle}</h2>
        <p className="t11 faint">{texts.exportLead}</p>
        <label className="row t12">
          <input type="checkbox" checked={isRedacted} onChange={(event) => setIsRedacted(event.target.checked)} />
          {texts.redact}
        </label>
        {exporting.error || preview.error ? <FailureNotice error={exporting.error ?? preview.error} /> : null}
        {exporting.data?.redactions?.length ? (
          <ul className="t11 dim" aria-label={texts.redacted}>
            {exporting.data.redactions.map((redaction) => (
              <li key={redaction}>
                <Name text={redaction} />
              </li>
            ))}
          </ul>
        ) : null}
        <div className="row">
          <button
            type="button"
            className="btn"
            disabled={preview.isPending}
            onClick={() => preview.mutate({ id: file.id })}
          >
            {preview.isPending ? texts.writingTheReport : texts.showTheReport}
          </button>
          <button
            type="button"
            className="btn primary"
            disabled={exporting.isPending}
            onClick={() => {
              setProgress(undefined);
              exporting.mutate({ id: file.id, isRedacted });
            }}
          >
            {exporting.isPending ? texts.exporting : texts.exportPackage}
          </button>
          <span className="t11 faint grow" role="status">
            {exporting.isPending ? progress : null}
            {exporting.data?.path ? (
              <>
                {texts.written} <DragOut path={exporting.data.path} token={exporting.data.dragToken} />
              </>
            ) : null}
          </span>
          {exporting.data?.sha256 ? (
            <HashChip
              hash={exporting.data.sha256}
              state="unchecked"
              onCopy={() => copy.mutate({ text: exporting.data?.sha256 ?? '' })}
            />
          ) : null}
        </div>
      </div>
    </section>
  );
}

function ExhibitRow({ exhibit, onCopy }: { exhibit: Exhibit; onCopy: () => void }) {
  return (
    <tr>
      <td className="b">{exhibit.exhibit}</td>
      <td className="exhibit-name" title={exhibit.question}>
        <code className="clip">
          <Name text={exhibit.originalName ?? exhibit.name} isClipped />
        </code>
        <span className="t11 faint clip">
          <Name text={exhibit.title} />
          {exhibit.rows === undefined ? '' : `, ${texts.countedRows(exhibit.rows)}${exhibit.isCut ? texts.cut : ''}`}
        </span>
      </td>
      <td className="num">{formatBytes(exhibit.bytes)}</td>
      <td>
        <HashChip hash={exhibit.sha256} state="unchecked" onCopy={onCopy} />
      </td>
    </tr>
  );
}
