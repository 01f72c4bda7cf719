import { verdictTitles } from '../../shared/analysis/case-words.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { goTo } from '../state.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Name } from '../widgets/name.tsx';
import { useCaseOfFinding } from './case-of-finding.ts';
import { OpenCaseButton } from './open-case.tsx';

/** The case a finding is in, with its newest entries; or how to open one. */
export function CaseTab({ finding }: { finding: FindingRow }) {
  const { file, isLoading, error } = useCaseOfFinding(finding.id);
  if (error) {
    return (
      <div className="page-note">
        <FailureNotice error={error} />
      </div>
    );
  }
  if (!file) {
    return isLoading ? null : (
      <div className="page-note stack t12 dim">
        <p>{texts.caseTabLead}</p>
        <OpenCaseButton findingIds={[finding.id]} />
      </div>
    );
  }
  return (
    <>
      <div className="bar">
        <b className="b">{file.id}</b>
        <span className="t12 faint clip grow">
          {file.verdict ? verdictTitles[file.verdict.verdict] : texts.noVerdictYet}
        </span>
        <button type="button" className="btn sm quiet" onClick={() => goTo({ view: 'cases', caseId: file.id })}>
          {texts.openCase}
        </button>
      </div>
      <ol>
        {file.entries.toReversed().map((entry) => (
          <li key={entry.seq} className="short-entry">
            <span className="t11 faint tn">
              <TimeText atMs={entry.atMs} />
            </span>
            <span>
              <Name text={entry.text} className="dim" /> <Name text={entry.actor} className="faint t11" />
            </span>
            <HashChip hash={entry.hash} state="linked" digits={6} />
          </li>
        ))}
      </ol>
    </>
  );
}
