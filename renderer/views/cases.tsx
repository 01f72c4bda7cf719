import { Menu } from '@mantine/core';
import { IconBriefcase, IconCheck, IconPaperclip, IconPlus, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { verdictTitles } from '../../shared/analysis/case-words.ts';
import { formatBytes, formatCounted, formatDay, formatTime } from '../../shared/base/format.ts';
import type {
  CaseEntry,
  CaseFile,
  CaseStatus,
  CaseSummary,
  CaseVerdict,
  Exhibit,
} from '../../shared/model/case-file.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose, emptyEvidence, goTo, useChoices, useZone } from '../state.ts';
import { spanAround } from '../timeline/span.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { Segments } from '../widgets/segments.tsx';
import './cases.css';

const statusTitles: Readonly<Record<CaseStatus, string>> = {
  open: 'Open',
  'in-progress': 'In progress',
  closed: 'Closed',
};

/** Entries that a person made; all others were made by the program and are drawn round. */
const byPeople = new Set([
  'note.added',
  'step.marked',
  'verdict.given',
  'case.changed',
  'task.added',
  'task.changed',
  'consultation.recorded',
  'false-positive.judged',
  'action.recorded',
]);

/** The first word of an entry: what kind of thing happened. */
function kindWord(kind: string): string {
  const [noun = kind, verb = ''] = kind.replaceAll('-', ' ').split('.');
  return noun === 'case' || noun === 'steps' ? verb : noun;
}

/** Cases: the list, the journal of the chosen one, its evidence and export. */
export function CasesView() {
  const caseId = useChoices((choices) => choices.caseId);
  const cases = useAsk('cases.list', {});
  const chosen = caseId ?? cases.data?.[0]?.id;
  return (
    <div className="cases">
      <CaseList cases={cases.data} error={cases.error} onRetry={() => void cases.refetch()} chosen={chosen} />
      {chosen === undefined ? (
        <section className="pane wide-pane" aria-label="Case">
          {cases.data ? (
            <EmptyState
              icon={IconBriefcase}
              title="No cases yet"
              actions={
                <button type="button" className="btn sm" onClick={() => goTo({ view: 'investigate' })}>
                  Choose a finding
                </button>
              }
            >
              A case is opened from a finding. It keeps a copy of the evidence and a journal that cannot be changed
              unnoticed.
            </EmptyState>
          ) : null}
        </section>
      ) : (
        <CaseOf key={chosen} id={chosen} />
      )}
    </div>
  );
}

function CaseList({
  cases,
  error,
  onRetry,
  chosen,
}: {
  cases: readonly CaseSummary[] | undefined;
  error: unknown;
  onRetry: () => void;
  chosen: string | undefined;
}) {
  const zone = useZone();
  return (
    <section className="pane case-list" aria-label="Cases">
      <div className="bar">
        <h2 className="grow">Cases</h2>
        <span className="t11 faint">{cases ? cases.length : ''}</span>
      </div>
      <div className="scroll">
        {error ? (
          <div className="page-note">
            <FailureNotice error={error} onRetry={onRetry} />
          </div>
        ) : null}
        <ul>
          {cases?.map((entry) => (
            <li key={entry.id}>
              <button
                type="button"
                className="case-item"
                aria-current={entry.id === chosen ? 'true' : undefined}
                onClick={() => goTo({ caseId: entry.id })}
              >
                <span className="row">
                  <b className="b grow">{entry.id}</b>
                  <span className="t11 faint">{formatDay(entry.openedAtMs, zone)}</span>
                </span>
                <Name text={entry.title} className="t12 dim clip" isClipped />
                <span className="t11 faint clip">
                  {entry.damage ? (
                    <span className="bad">damaged: read only</span>
                  ) : entry.verdict ? (
                    verdictTitles[entry.verdict]
                  ) : (
                    'No verdict yet'
                  )}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function CaseOf({ id }: { id: string }) {
  const read = useAsk('case.read', { id });
  const cases = useAsk('cases.list', {});
  if (!read.data) {
    return (
      <section className="pane wide-pane" aria-label="Case">
        {read.error ? (
          <div className="page">
            <FailureNotice error={read.error} onRetry={() => void read.refetch()} />
          </div>
        ) : null}
      </section>
    );
  }
  return (
    <>
      <Journal file={read.data} all={cases.data ?? []} />
      <Evidence file={read.data} />
    </>
  );
}

function Journal({ file, all }: { file: CaseFile; all: readonly CaseSummary[] }) {
  const record = useAct('case.record', ['case.read', 'cases.list']);
  const verify = useAct('case.verify');
  const copy = useAct('clipboard.write');
  const [note, setNote] = useState('');
  const [isDeciding, setIsDeciding] = useState(false);
  const isReadOnly = file.damage !== undefined;
  const isClosed = file.status === 'closed';
  const done = file.findings.flatMap((entry) => entry.marks).filter((mark) => mark.state !== 'open').length;
  const setStatus = (status: CaseStatus) =>
    record.mutate({ id: file.id, change: { kind: 'case.changed', payload: { status } } });
  return (
    <section className="pane" aria-label="Case">
      <div className="case-head">
        <div className="row">
          <h1 className="grow clip">
            <Name text={file.title} isClipped />
          </h1>
          <span className={`tag ${isClosed ? 'ok' : 'info'}`}>{statusTitles[file.status]}</span>
          <button
            type="button"
            className="btn sm"
            disabled={isReadOnly || record.isPending}
            onClick={() => setStatus(isClosed ? 'in-progress' : 'closed')}
          >
            {isClosed ? 'Reopen case' : 'Close case'}
          </button>
        </div>
        <div className="case-facts t12 dim">
          {/* At small widths the list is gone: the id chooses another case. */}
          <Menu position="bottom-start" width={280} offset={4} shadow="none">
            <Menu.Target>
              <button type="button" className="link">
                {file.id}
              </button>
            </Menu.Target>
            <Menu.Dropdown className="pick-menu">
              <Menu.Label>Cases, newest first</Menu.Label>
              {all.map((entry) => (
                <Menu.Item key={entry.id} onClick={() => goTo({ caseId: entry.id })}>
                  {entry.id} <Name text={entry.title} />
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <span>
            Opened by <Name text={file.openedBy} />, <TimeText atMs={file.openedAtMs} year seconds />
          </span>
          <span>TLP:{file.tlp}</span>
          <span>severity {file.severity}</span>
          {file.tags.map((tag) => (
            <Name key={tag} text={tag} />
          ))}
        </div>
        {file.damage ? (
          <div className="note bad" role="alert">
            <Icon of={IconX} />
            <span>
              <b>The journal does not fit its hashes.</b> <Name text={file.damage} /> The case is read only; it can
              still be exported as it is.
            </span>
          </div>
        ) : null}
      </div>
      <div className="verdict">
        <div className="grow">
          <div className="row">
            <h2>{file.verdict ? verdictTitles[file.verdict.verdict] : 'No verdict yet'}</h2>
            {file.verdict ? <span className="tag">confidence {file.verdict.confidence}</span> : null}
            <span className="grow" />
            <button
              type="button"
              className={file.verdict ? 'btn sm' : 'btn sm primary'}
              aria-expanded={isDeciding}
              disabled={isReadOnly}
              onClick={() => setIsDeciding(!isDeciding)}
            >
              {file.verdict ? 'Change verdict' : 'Record verdict'}
            </button>
          </div>
          <p className="t12 dim">
            {file.verdict ? (
              <Name text={file.verdict.text} />
            ) : (
              'A verdict is a person’s: what happened, and how sure you are.'
            )}
          </p>
          {isDeciding ? <VerdictForm file={file} onDone={() => setIsDeciding(false)} /> : null}
        </div>
        <dl className="pairs">
          {file.verdict ? (
            <>
              <dt>By</dt>
              <dd>
                <Name text={file.verdict.actor} />, <TimeText atMs={file.verdict.atMs} />
              </dd>
            </>
          ) : null}
          <dt>Findings</dt>
          <dd>{file.findings.length}</dd>
          <dt>Steps</dt>
          <dd>
            {done} of {6 * file.findings.length} done
          </dd>
        </dl>
      </div>
      <div className="bar">
        <h2>Journal</h2>
        <span className="t11 faint">{formatCounted(file.entries.length, 'entry', 'entries')}, newest last</span>
        <span className="grow" />
        <span role="status">
          {verify.data ? (
            <span className={`tag ${verify.data.ok ? 'ok' : 'bad'}`}>
              <Icon of={verify.data.ok ? IconCheck : IconX} isSmall />
              {verify.data.ok
                ? `Verified: ${verify.data.entries} entries, ${formatCounted(verify.data.files, 'file', 'files')}`
                : `${formatCounted(verify.data.problems.length, 'problem', 'problems')}`}
            </span>
          ) : null}
        </span>
        <button
          type="button"
          className="btn sm"
          disabled={verify.isPending}
          onClick={() => verify.mutate({ id: file.id })}
        >
          {verify.isPending ? 'Verifying' : 'Verify now'}
        </button>
      </div>
      <div className="scroll">
        {verify.error ? (
          <div className="page-note">
            <FailureNotice error={verify.error} />
          </div>
        ) : null}
        {verify.data && !verify.data.ok ? (
          <ul className="page-note bad t12">
            {verify.data.problems.map((problem) => (
              <li key={problem}>
                <Name text={problem} />
              </li>
            ))}
          </ul>
        ) : null}
        <ol className="chain">
          {file.entries.map((entry) => (
            <Entry key={entry.seq} entry={entry} onCopy={() => copy.mutate({ text: entry.hash })} />
          ))}
        </ol>
      </div>
      {record.error ? (
        <div className="page-note">
          <FailureNotice error={record.error} />
        </div>
      ) : null}
      <form
        className="add-note"
        onSubmit={(event) => {
          event.preventDefault();
          if (note.trim() === '') return;
          record.mutate(
            { id: file.id, change: { kind: 'note.added', payload: { text: note.trim() } } },
            { onSuccess: () => setNote('') },
          );
        }}
      >
        <input
          className="field"
          aria-label="Note"
          placeholder="Add a note. It cannot be changed afterwards."
          maxLength={20_000}
          disabled={isReadOnly}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <button type="submit" className="btn" disabled={isReadOnly || record.isPending || note.trim() === ''}>
          Add note
        </button>
      </form>
    </section>
  );
}

function Entry({ entry, onCopy }: { entry: CaseEntry; onCopy: () => void }) {
  const isPerson = byPeople.has(entry.kind) && entry.actor !== 'portside';
  return (
    <li className={`entry ${entry.kind === 'verdict.given' ? 'is-verdict' : ''} ${isPerson ? '' : 'is-program'}`}>
      <span className="node" />
      <span className="faint tn">
        <TimeText atMs={entry.atMs} seconds />
      </span>
      <Name text={entry.actor} className={isPerson ? 'clip' : 'clip faint'} isClipped />
      <span className="entry-text">
        <b className="b">{kindWord(entry.kind)}</b> <Name text={entry.text} className="dim" />
      </span>
      <HashChip hash={entry.hash} state="linked" onCopy={onCopy} />
    </li>
  );
}

function VerdictForm({ file, onDone }: { file: CaseFile; onDone: () => void }) {
  const record = useAct('case.record', ['case.read', 'cases.list']);
  const [verdict, setVerdict] = useState<CaseVerdict>(file.verdict?.verdict ?? 'inconclusive');
  const [confidence, setConfidence] = useState<'low' | 'medium' | 'high'>(file.verdict?.confidence ?? 'medium');
  const [text, setText] = useState(file.verdict?.text ?? '');
  return (
    <form
      className="stack decide"
      onSubmit={(event) => {
        event.preventDefault();
        record.mutate(
          { id: file.id, change: { kind: 'verdict.given', payload: { verdict, confidence, text: text.trim() } } },
          { onSuccess: onDone },
        );
      }}
    >
      <div className="row wrap">
        <label className="t12" htmlFor="verdict">
          Verdict
        </label>
        <select
          id="verdict"
          className="field verdict-field"
          value={verdict}
          onChange={(event) => setVerdict(event.target.value as CaseVerdict)}
        >
          {Object.entries(verdictTitles).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
        <Segments
          label="Confidence"
          value={confidence}
          options={[
            { value: 'low', title: 'Low' },
            { value: 'medium', title: 'Medium' },
            { value: 'high', title: 'High confidence' },
          ]}
          onChange={setConfidence}
        />
      </div>
      <div className="labelled">
        <label htmlFor="verdict-text">What happened, and what it rests on</label>
        <textarea
          id="verdict-text"
          className="field"
          rows={3}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <small>
          It joins the journal and cannot be changed afterwards; a later verdict replaces it in sight of this one.
        </small>
      </div>
      {record.error ? <FailureNotice error={record.error} /> : null}
      <div className="row">
        <button type="submit" className="btn sm primary" disabled={record.isPending || text.trim() === ''}>
          Record verdict
        </button>
        <button type="button" className="btn sm quiet" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Evidence({ file }: { file: CaseFile }) {
  const client = useQueryClient();
  const copy = useAct('clipboard.write');
  const choosing = useAct('import.choose');
  const attach = useAct('case.attach', ['case.read', 'cases.list']);
  const [progress, setProgress] = useState<string>();
  const exporting = useAct('case.export', ['case.read'], (item) => setProgress(item.text));
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
    <section className="pane" aria-label="Evidence and export">
      <div className="bar">
        <h2>Evidence</h2>
        <span className="t11 faint clip">
          {formatCounted(file.exhibits.length, 'file', 'files')}, {formatBytes(bytes)}, frozen copies
        </span>
        <span className="grow" />
        <button
          type="button"
          className="btn sm quiet"
          disabled={file.damage !== undefined || attach.isPending}
          onClick={chooseFiles}
        >
          <Icon of={IconPaperclip} />
          Attach
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
              <th scope="col">Exhibit</th>
              <th scope="col">File and source</th>
              <th scope="col" className="num">
                Size
              </th>
              <th scope="col">SHA-256</th>
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
                <td colSpan={4}>No evidence is frozen in this case.</td>
              </tr>
            ) : null}
          </tbody>
        </table>
        <div className="bar">
          <h2>Findings</h2>
          <span className="t11 faint">{file.findings.length}</span>
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
                  goTo(
                    { view: 'investigate', findingId: finding.id },
                    {
                      evidence: { ...emptyEvidence, hosts: [finding.host] },
                      span: spanAround(finding.startMs, finding.endMs),
                    },
                  );
                }}
              >
                <Name text={finding.process} /> on <Name text={finding.host} />
              </button>
              <span className="t11 faint tn">
                <TimeText atMs={finding.startMs} />
              </span>
            </li>
          ))}
        </ul>
        {file.tasks.length > 0 ? (
          <>
            <div className="bar">
              <h2>Tasks</h2>
              <span className="t11 faint">
                {file.tasks.filter((task) => task.state === 'done' || task.state === 'not-needed').length} of{' '}
                {file.tasks.length} done
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
        <h2>Export</h2>
        <p className="t11 faint">
          One zip with the report, the evidence, the journal and exports for other tools. Anyone can verify it without
          Portside.
        </p>
        <label className="row t12">
          <input type="checkbox" checked={isRedacted} onChange={(event) => setIsRedacted(event.target.checked)} />
          Replace names of people, hosts and paths by numbers
        </label>
        {exporting.error ? <FailureNotice error={exporting.error} /> : null}
        <div className="row">
          <button
            type="button"
            className="btn primary"
            disabled={exporting.isPending}
            onClick={() => {
              setProgress(undefined);
              exporting.mutate({ id: file.id, isRedacted });
            }}
          >
            {exporting.isPending ? 'Exporting' : 'Export package'}
          </button>
          <span className="t11 faint grow" role="status">
            {exporting.isPending ? progress : null}
            {exporting.data?.path ? (
              <>
                Written: <Name text={exporting.data.path} />
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
          {exhibit.rows === undefined
            ? ''
            : `, ${formatCounted(exhibit.rows, 'row', 'rows')}${exhibit.isCut ? ', cut' : ''}`}
        </span>
      </td>
      <td className="num">{formatBytes(exhibit.bytes)}</td>
      <td>
        <HashChip hash={exhibit.sha256} state="unchecked" onCopy={onCopy} />
      </td>
    </tr>
  );
}

/** Opens a case from findings, says what is being frozen meanwhile, and goes there. */
export function OpenCaseButton({
  findingIds,
  className = 'btn sm primary',
}: {
  findingIds: readonly string[];
  className?: string;
}) {
  const [progress, setProgress] = useState<string>();
  const open = useAct('case.open', ['cases.list', 'case.read'], (item) => setProgress(item.text));
  return (
    <span className="stack">
      <span className="row">
        <button
          type="button"
          className={className}
          disabled={open.isPending}
          onClick={() =>
            open.mutate(
              { findingIds: [...findingIds] },
              {
                onSuccess: (file) => {
                  choose({ caseId: file.id });
                  goTo({ view: 'cases', caseId: file.id });
                },
              },
            )
          }
        >
          <Icon of={IconPlus} />
          {open.isPending ? 'Opening the case' : 'Open a case'}
        </button>
        <span className="t11 faint" role="status">
          {open.isPending ? progress : null}
        </span>
      </span>
      {open.error ? <FailureNotice error={open.error} /> : null}
    </span>
  );
}

/** When and by whom something was recorded, small. */
export function RecordedBy({ actor, atMs }: { actor: string; atMs: number }) {
  const zone = useZone();
  return (
    <span className="t11 faint">
      <Name text={actor} />, {formatTime(atMs, zone)}
    </span>
  );
}
