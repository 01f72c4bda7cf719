import { useState } from 'react';
import { useAct, useAsk } from '../queries.ts';
import { supportTexts as texts } from '../texts/support.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { ListItem } from '../widgets/list-item.tsx';
import { Name } from '../widgets/name.tsx';
import './audit.css';
import './cases.css';
import { formatBytes } from '../window-format.ts';

/** Most of a file that is put on screen; the rest is in the saved one. */
const shownCharacters = 400_000;

/** The files of a support bundle to look through, and to save as they were looked at. */
export function Support() {
  const bundle = useAsk('support.collect', {});
  const save = useAct('support.save');
  const [name, setName] = useState<string>();
  const files = bundle.data?.files ?? [];
  const shown = files.find((file) => file.name === name) ?? files[0];
  return (
    <div className="support">
      <p className="t12 dim">{texts.lead}</p>
      <p className="sr" role="status">
        {bundle.isFetching ? texts.collecting : ''}
      </p>
      {bundle.error ? <FailureNotice error={bundle.error} onRetry={() => void bundle.refetch()} /> : null}
      {shown ? (
        <div className="support-files">
          <ul aria-label={texts.files}>
            {files.map((file) => (
              <ListItem key={file.name} isChosen={file === shown} onChoose={() => setName(file.name)}>
                <span className="row">
                  <b className="b grow clip">{file.name}</b>
                  <span className="t11 faint">{formatBytes(new Blob([file.text]).size)}</span>
                </span>
                <span className="t11 faint clip">{file.says}</span>
              </ListItem>
            ))}
          </ul>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reached by the keyboard. */}
          <section aria-label={texts.content(shown.name)} tabIndex={0}>
            <pre>{shown.text === '' ? texts.empty : shown.text.slice(0, shownCharacters)}</pre>
          </section>
        </div>
      ) : null}
      {save.error ? <FailureNotice error={save.error} /> : null}
      <div className="row">
        <button
          type="button"
          className="btn primary"
          disabled={!bundle.data || bundle.isFetching || save.isPending}
          onClick={() => {
            if (bundle.data) save.mutate({ id: bundle.data.id });
          }}
        >
          {save.isPending ? texts.saving : texts.save}
        </button>
        <button
          type="button"
          className="btn quiet"
          disabled={bundle.isFetching}
          onClick={() => {
            save.reset();
            void bundle.refetch();
          }}
        >
          {texts.collectAgain}
        </button>
        <span className="t12" role="status">
          {save.data?.folder === undefined ? null : (
            <>
              {texts.saved(save.data.files)} <Name text={save.data.folder} />
            </>
          )}
        </span>
      </div>
    </div>
  );
}
