import { useState } from 'react';
import { verdictTitles } from '../../shared/analysis/case-words.ts';
import type { CaseFile, CaseVerdict } from '../../shared/model/case-file.ts';
import { useAct } from '../queries.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { FormButtons } from '../widgets/form-buttons.tsx';
import { Segments } from '../widgets/segments.tsx';
import { caseQuestions } from './case-of-finding.ts';

/** A person's verdict: what happened, how sure they are, and what it rests on. */
export function VerdictForm({ file, onDone }: { file: CaseFile; onDone: () => void }) {
  const record = useAct('case.record', caseQuestions);
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
          {texts.verdict}
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
          label={texts.confidenceTitle}
          value={confidence}
          options={[
            { value: 'low', title: texts.low },
            { value: 'medium', title: texts.medium },
            { value: 'high', title: texts.highConfidence },
          ]}
          onChange={setConfidence}
        />
      </div>
      <div className="labelled">
        <label htmlFor="verdict-text">{texts.whatHappened}</label>
        <textarea
          id="verdict-text"
          className="field"
          rows={3}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <small>{texts.verdictHint}</small>
      </div>
      {record.error ? <FailureNotice error={record.error} /> : null}
      <FormButtons
        submit={texts.recordVerdict}
        cancel={texts.cancel}
        isDisabled={record.isPending || text.trim() === ''}
        onCancel={onDone}
      />
    </form>
  );
}
