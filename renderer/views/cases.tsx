import { IconBriefcase } from '@tabler/icons-react';
import { verdictTitles } from '../../shared/analysis/case-words.ts';
import type { CaseSummary } from '../../shared/model/case-file.ts';
import { useAsk } from '../queries.ts';
import { goTo, useChoices, useZone } from '../state.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { ListItem } from '../widgets/list-item.tsx';
import { Name } from '../widgets/name.tsx';
import { CaseEvidence } from './case-evidence.tsx';
import { CaseJournal } from './case-journal.tsx';
import './cases.css';
import { formatDay } from '../window-format.ts';

/** Cases: the list, the journal of the chosen one, its evidence and export. */
export function CasesView() {
  const caseId = useChoices((choices) => choices.caseId);
  const cases = useAsk('cases.list', {});
  const chosen = caseId ?? cases.data?.[0]?.id;
  return (
    <div className="cases">
      <CaseList cases={cases.data} error={cases.error} onRetry={() => void cases.refetch()} chosen={chosen} />
      {chosen === undefined ? (
        <section className="pane wide-pane" aria-label={texts.oneCase}>
          {cases.data ? (
            <EmptyState
              icon={IconBriefcase}
              title={texts.noCasesYet}
              actions={
                <button type="button" className="btn sm" onClick={() => goTo({ view: 'investigate' })}>
                  {texts.chooseAFinding}
                </button>
              }
            >
              {texts.noCasesLead}
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
    <section className="pane case-list" aria-label={texts.cases}>
      <div className="bar">
        <h2>{texts.cases}</h2>
        <span className="t11 faint grow clip">
          {cases ? texts.counted(cases.length, cases.filter(({ status }) => status !== 'closed').length) : ''}
        </span>
        {cases && cases.length > 0 ? <CopyList rows={cases} /> : null}
      </div>
      <div className="scroll">
        {error ? (
          <div className="page-note">
            <FailureNotice error={error} onRetry={onRetry} />
          </div>
        ) : null}
        <ul>
          {cases?.map((entry) => (
            <ListItem key={entry.id} isChosen={entry.id === chosen} onChoose={() => goTo({ caseId: entry.id })}>
              <span className="row">
                <b className="b grow">{entry.id}</b>
                <span className="t11 faint">{formatDay(entry.openedAtMs, zone)}</span>
              </span>
              <Name text={entry.title} className="t12 dim clip" isClipped />
              <span className="t11 faint clip">
                {entry.damage ? (
                  <span className="bad">{texts.damagedReadOnly}</span>
                ) : entry.verdict ? (
                  verdictTitles[entry.verdict]
                ) : (
                  texts.noVerdictYet
                )}
              </span>
            </ListItem>
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
      <section className="pane wide-pane" aria-label={texts.oneCase}>
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
      <CaseJournal file={read.data} all={cases.data ?? []} />
      <CaseEvidence file={read.data} />
    </>
  );
}
