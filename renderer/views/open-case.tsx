import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useAct } from '../queries.ts';
import { choose, goTo } from '../state.ts';
import { casesTexts as texts } from '../texts/cases.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { caseQuestions } from './case-of-finding.ts';

/** Opens a case from findings, says what is being frozen meanwhile, and goes there. */
export function OpenCaseButton({
  findingIds,
  className = 'btn sm primary',
}: {
  findingIds: readonly string[];
  className?: string;
}) {
  const [progress, setProgress] = useState<string>();
  const open = useAct('case.open', caseQuestions, (item) => setProgress(item.text));
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
          {open.isPending ? texts.openingTheCase : texts.openACase}
        </button>
        <span className="t11 faint" role="status">
          {open.isPending ? progress : null}
        </span>
      </span>
      {open.error ? <FailureNotice error={open.error} /> : null}
    </span>
  );
}
