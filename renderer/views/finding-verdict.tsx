import { useState } from 'react';
import { isVerdictFacet, verdictWords } from '../../shared/analysis/verdict-feedback.ts';
import type { Facet, FindingRow } from '../../shared/model/finding.ts';
import { type FindingVerdictKind, findingVerdictKinds } from '../../shared/model/finding-verdict.ts';
import { type OperationName, useAct } from '../queries.ts';
import { goTo } from '../state.ts';
import { findingTexts as texts } from '../texts/finding.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { TextField } from '../widgets/form-field.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { formatCount, formatSentence } from '../window-format.ts';

/** What may be another after a verdict. */
const moved: readonly OperationName[] = [
  'findings.list',
  'finding.read',
  'finding-groups.list',
  'scored-processes.list',
];

/** What was concluded about the finding itself, with a way to take it back; or a way to judge it. */
export function FindingVerdictLine({ finding }: { finding: FindingRow }) {
  const [isJudging, setJudging] = useState(false);
  const { verdict } = finding;
  if (verdict) {
    return (
      <p className="t11 dim">
        <b className="b">{verdictWords[verdict.verdict]}</b>
        {texts.judged}
        {verdict.caseId === undefined ? null : (
          <>
            {' '}
            {texts.withReason}{' '}
            <button type="button" className="link" onClick={() => goTo({ view: 'cases', caseId: verdict.caseId })}>
              {verdict.caseId}
            </button>
          </>
        )}{' '}
        {texts.by} <Name text={verdict.actor} />, <TimeText atMs={verdict.atMs} />
        {verdict.note === '' ? null : (
          <>
            . <Name text={verdict.note} />
          </>
        )}
        . <TakeBack findingId={finding.id} />
      </p>
    );
  }
  if (isJudging) return <VerdictChoice finding={finding} onDone={() => setJudging(false)} />;
  return (
    <p className="t11 faint">
      {texts.notJudgedYet}{' '}
      <button type="button" className="link" onClick={() => setJudging(true)}>
        {texts.judgeIt}
      </button>
    </p>
  );
}

function VerdictChoice({ finding, onDone }: { finding: FindingRow; onDone: () => void }) {
  const give = useAct('verdict.give', moved);
  const [verdict, setVerdict] = useState<FindingVerdictKind>();
  const [note, setNote] = useState('');
  const [isOld, setOld] = useState(false);
  return (
    <form
      className="stack decide t12"
      aria-label={texts.verdictOnTheFinding}
      onSubmit={(event) => {
        event.preventDefault();
        if (verdict === undefined) return;
        give.mutate(
          { findingId: finding.id, verdict, note: note.trim(), since: isOld ? 'finding' : 'now' },
          { onSuccess: onDone },
        );
      }}
    >
      <Segments
        label={texts.verdict}
        value={verdict}
        options={findingVerdictKinds.map((kind) => ({ value: kind, title: verdictWords[kind] }))}
        onChange={setVerdict}
      />
      <TextField label={texts.why} value={note} onChange={setNote} maxLength={4096} />
      <label className="row t11">
        <input type="checkbox" checked={isOld} onChange={(event) => setOld(event.target.checked)} />
        {texts.movesOlder}
      </label>
      <p className="t11 faint">{texts.verdictLead(finding.process, finding.host)}</p>
      {give.error ? <FailureNotice error={give.error} /> : null}
      <FormButtons
        submit={texts.recordVerdict}
        cancel={texts.cancel}
        isDisabled={verdict === undefined || give.isPending}
        onCancel={onDone}
      />
    </form>
  );
}

/** The verdicts on other findings that move this score: whose, how many points, and the way to take each back. */
export function VerdictFacets({ finding }: { finding: FindingRow }) {
  return finding.facets.filter(isVerdictFacet).map((facet) => <VerdictFacet key={facet.name} facet={facet} />);
}

function VerdictFacet({ facet }: { facet: Facet }) {
  const { verdictOn } = facet;
  const points = Math.round(facet.points);
  return (
    <div className="facet verdict-facet">
      <span className="clip">{facet.title}</span>
      <span className="clip dim">
        <Name text={formatSentence(facet.figure)} />
      </span>
      <span className="points">
        {points > 0 ? '+' : points < 0 ? '−' : ''}
        {formatCount(Math.abs(points))}
      </span>
      <span className="facet-why">
        <Name text={formatSentence(facet.text)} />
        {verdictOn === undefined ? null : (
          <>
            {' '}
            <button type="button" className="link" onClick={() => goTo({ view: 'investigate', findingId: verdictOn })}>
              {texts.showThatFinding}
            </button>
            {' · '}
            <TakeBack findingId={verdictOn} />
          </>
        )}
      </span>
    </div>
  );
}

function TakeBack({ findingId }: { findingId: string }) {
  const takeBack = useAct('verdict.take-back', moved);
  return (
    <>
      <button
        type="button"
        className="link"
        disabled={takeBack.isPending}
        title={texts.takeBackTitle}
        onClick={() => takeBack.mutate({ findingId, note: '' })}
      >
        {texts.takeBack}
      </button>
      {takeBack.error ? <FailureNotice error={takeBack.error} /> : null}
    </>
  );
}
