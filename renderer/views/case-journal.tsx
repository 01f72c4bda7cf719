import { Menu } from '@mantine/core';
import { IconAppWindow, IconCheck, IconLink, IconX } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { verdictTitles } from '../../shared/analysis/case-words.ts';
import type { CaseEntry, CaseFile, CaseStatus, CaseSummary } from '../../shared/model/case-file.ts';
import { toPortsideLink } from '../../shared/model/portside-link.ts';
import { useLend } from '../commands.ts';
import { useAct } from '../queries.ts';
import { emptyEvidence, goTo, useChoices } from '../state.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { spanAround } from '../timeline/span.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';
import { caseQuestions } from './case-of-finding.ts';
import { VerdictForm } from './verdict-form.tsx';

/** The first word of an entry: what kind of thing happened. */
function kindWord(kind: string): string {
  const [noun = kind, verb = ''] = kind.replaceAll('-', ' ').split('.');
  return noun === 'case' || noun === 'steps' ? verb : noun;
}

/** A case: its facts, its verdict and its journal. */
export function CaseJournal({ file, all }: { file: CaseFile; all: readonly CaseSummary[] }) {
  const record = useAct('case.record', caseQuestions);
  const verify = useAct('case.verify');
  const copy = useAct('clipboard.write');
  const copyMutate = copy.mutate;
  useLend(
    'file',
    useMemo(
      () => ({ id: file.id, copyLink: () => copyMutate({ text: toPortsideLink({ kind: 'case', id: file.id }) }) }),
      [copyMutate, file.id],
    ),
  );
  const shown = useChoices((choices) => choices.caseEntry);
  const [note, setNote] = useState('');
  const [isDeciding, setIsDeciding] = useState(false);
  const isReadOnly = file.damage !== undefined;
  const isClosed = file.status === 'closed';
  const done = file.findings.flatMap((entry) => entry.marks).filter((mark) => mark.state !== 'open').length;
  const setStatus = (status: CaseStatus) =>
    record.mutate({ id: file.id, change: { kind: 'case.changed', payload: { status } } });
  return (
    <section className="pane" aria-label={texts.oneCase}>
      <div className="case-head">
        <div className="row">
          <h1 className="grow two-lines">
            <Name text={file.title} />
          </h1>
          <span className={`tag ${isClosed ? 'ok' : 'info'}`}>{texts.statusTitles[file.status]}</span>
          <CommandButton id="case.copy-link" icon={IconLink} isTitleHidden className="btn sm quiet" />
          <CommandButton id="window.open" icon={IconAppWindow} isTitleHidden className="btn sm quiet" />
          <button
            type="button"
            className="btn sm"
            disabled={isReadOnly || record.isPending}
            onClick={() => setStatus(isClosed ? 'in-progress' : 'closed')}
          >
            {isClosed ? texts.reopenCase : texts.closeCase}
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
              <Menu.Label>{texts.newestFirst}</Menu.Label>
              {all.map((entry) => (
                <Menu.Item key={entry.id} onClick={() => goTo({ caseId: entry.id })}>
                  {entry.id} <Name text={entry.title} />
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <span>
            {texts.openedBy} <Name text={file.openedBy} />, <TimeText atMs={file.openedAtMs} year seconds />
          </span>
          <span>{texts.tlp(file.tlp)}</span>
          <span>{texts.severity(file.severity)}</span>
          {file.tags.map((tag) => (
            <Name key={tag} text={tag} />
          ))}
        </div>
        {file.damage ? (
          <div className="note bad" role="alert">
            <Icon of={IconX} />
            <span>
              <b>{texts.damaged}</b> <Name text={file.damage} /> {texts.readOnly}
            </span>
          </div>
        ) : null}
      </div>
      <div className="verdict">
        <div className="grow">
          <div className="row">
            <h2>{file.verdict ? verdictTitles[file.verdict.verdict] : texts.noVerdictYet}</h2>
            {file.verdict ? <span className="tag">{texts.confidence(file.verdict.confidence)}</span> : null}
            <span className="grow" />
            <button
              type="button"
              className={file.verdict ? 'btn sm' : 'btn sm primary'}
              aria-expanded={isDeciding}
              disabled={isReadOnly}
              onClick={() => setIsDeciding(!isDeciding)}
            >
              {file.verdict ? texts.changeVerdict : texts.recordVerdict}
            </button>
          </div>
          <p className="t12 dim">{file.verdict ? <Name text={file.verdict.text} /> : texts.verdictLead}</p>
          {isDeciding ? <VerdictForm file={file} onDone={() => setIsDeciding(false)} /> : null}
        </div>
        <dl className="pairs">
          {file.verdict ? (
            <>
              <dt>{texts.by}</dt>
              <dd>
                <Name text={file.verdict.actor} />, <TimeText atMs={file.verdict.atMs} />
              </dd>
            </>
          ) : null}
          <dt>{texts.findings}</dt>
          <dd>{formatCount(file.findings.length)}</dd>
          <dt>{texts.steps}</dt>
          <dd>{texts.stepsDone(done, 6 * file.findings.length)}</dd>
        </dl>
      </div>
      <div className="bar">
        <h2>{texts.journal}</h2>
        <span className="t11 faint">{texts.newestLast(texts.countedEntries(file.entries.length))}</span>
        <span className="grow" />
        <span role="status">
          {verify.data ? (
            <span className={`tag ${verify.data.ok ? 'ok' : 'bad'}`}>
              <Icon of={verify.data.ok ? IconCheck : IconX} isSmall />
              {verify.data.ok
                ? texts.verified(verify.data.entries, texts.countedFiles(verify.data.files))
                : `${texts.countedProblems(verify.data.problems.length)}`}
            </span>
          ) : null}
        </span>
        <button
          type="button"
          className="btn sm"
          disabled={verify.isPending}
          onClick={() => verify.mutate({ id: file.id })}
        >
          {verify.isPending ? texts.verifying : texts.verifyNow}
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
            <Entry
              key={entry.seq}
              entry={entry}
              isShown={shown?.caseId === file.id && shown.seq === entry.seq}
              onTimeline={toTimeline(file, entry.seq)}
              onCopy={() => copy.mutate({ text: entry.hash })}
            />
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
          aria-label={texts.note}
          placeholder={texts.notePlaceholder}
          maxLength={20_000}
          disabled={isReadOnly}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <button type="submit" className="btn" disabled={isReadOnly || record.isPending || note.trim() === ''}>
          {texts.addNote}
        </button>
      </form>
    </section>
  );
}

/** Leads to the moment that a note is about, on the host it was captured on or the finding is of; undefined for no moment. */
function toTimeline(file: CaseFile, seq: number): (() => void) | undefined {
  const aboutMs = file.notes.find((entry) => entry.seq === seq)?.aboutMs;
  if (aboutMs === undefined) return undefined;
  const finding = file.findings[0]?.finding;
  const session = file.sessions.find(({ fromMs, toMs }) => aboutMs >= fromMs && aboutMs <= toMs);
  const host = session?.host ?? finding?.host;
  return () =>
    goTo(
      { view: 'investigate', ...(finding ? { findingId: finding.id } : {}) },
      {
        span: spanAround(aboutMs, aboutMs),
        // The span is that of the note, not of the finding.
        ...(finding ? { surroundedId: finding.id } : {}),
        ...(host === undefined ? {} : { evidence: { ...emptyEvidence, hosts: [host] } }),
      },
    );
}

function Entry({
  entry,
  isShown,
  onTimeline,
  onCopy,
}: {
  entry: CaseEntry;
  /** Whether it was asked for: it is brought into sight and stands out. */
  isShown: boolean;
  onTimeline: (() => void) | undefined;
  onCopy: () => void;
}) {
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isShown) line.current?.scrollIntoView({ block: 'center' });
  }, [isShown]);
  // Square: a person did it. Round: the program did.
  const isPerson = entry.actor !== 'portside';
  return (
    <li
      ref={line}
      aria-current={isShown ? 'true' : undefined}
      className={`entry ${entry.kind === 'verdict.given' ? 'is-verdict' : ''} ${isPerson ? '' : 'is-program'}`}
    >
      <span className="node" />
      <span className="faint tn">
        <TimeText atMs={entry.atMs} seconds />
      </span>
      <Name text={entry.actor} className={isPerson ? 'clip' : 'clip faint'} isClipped />
      <span className="entry-text">
        <b className="b">{kindWord(entry.kind)}</b> <Name text={entry.text} className="dim" />{' '}
        {onTimeline ? (
          <button type="button" className="link t11" onClick={onTimeline}>
            {texts.showOnTheTimeline}
          </button>
        ) : null}
      </span>
      <HashChip hash={entry.hash} state="linked" onCopy={onCopy} />
    </li>
  );
}
