import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { WatchItem } from '../../shared/model/rule.ts';
import { useAct, useAsk } from '../queries.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { tableTexts } from '../texts/tables.ts';
import { CopyList } from '../widgets/copy-list.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

/** What is raised whenever it appears. */
export function WatchList() {
  const items = useAsk('watch-list.list', {});
  const add = useAct('watch-list.add', ['watch-list.list']);
  const remove = useAct('watch-list.remove', ['watch-list.list']);
  const [note, setNote] = useState('');
  const [kind, setKind] = useState<WatchItem['kind']>('device');
  const [value, setValue] = useState('');
  const known = useAsk('terms.list', { field: kind, filter: {}, limit: 500 }, { keepsPrevious: true });
  const clear = () => {
    setValue('');
    setNote('');
  };
  return (
    <>
      <form
        className="stack in-card lined"
        onSubmit={(event) => {
          event.preventDefault();
          if (value.trim())
            add.mutate({ item: { kind, value: value.trim(), note: note.trim() } }, { onSuccess: clear });
        }}
      >
        <p className="t12 dim">{texts.watchLead}</p>
        <div className="row">
          <select
            className="field watch-kind"
            aria-label={texts.kind}
            value={kind}
            onChange={(event) => setKind(event.target.value as WatchItem['kind'])}
          >
            {Object.entries(texts.watchKinds).map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
          <input
            className="field grow"
            aria-label={texts.watchValue}
            maxLength={1000}
            list="watch-known"
            title={texts.watchHint}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <datalist id="watch-known">
            {known.data?.rows.map((row) => (
              <option key={row.value} value={row.value} />
            ))}
          </datalist>
          <button type="submit" className="btn sm" disabled={value.trim() === '' || add.isPending}>
            {texts.watch}
          </button>
        </div>
        <input
          className="field"
          aria-label={texts.whyItIsWatched}
          placeholder={texts.watchReasonHint}
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </form>
      {items.error || add.error || remove.error ? (
        <div className="page-note">
          <FailureNotice error={items.error ?? add.error ?? remove.error} />
        </div>
      ) : null}
      {items.data && items.data.length > 0 ? (
        <div className="row in-card">
          <span className="t11 faint grow">{tableTexts.all(items.data.length)}</span>
          <CopyList rows={items.data} />
        </div>
      ) : null}
      <ul>
        {items.data?.map((item) => (
          <li key={item.id} className="line-row">
            <span className="grow clip">
              <span className="faint t11">{texts.watchKinds[item.kind]}</span> <Name text={item.value} isClipped />
              {item.note ? (
                <span className="faint t11">
                  {' '}
                  <Name text={item.note} />
                </span>
              ) : null}
            </span>
            <button
              type="button"
              className="btn sm quiet icon-only"
              aria-label={texts.noLongerWatch(item.value)}
              onClick={() => remove.mutate({ id: item.id })}
            >
              <Icon of={IconX} />
            </button>
          </li>
        ))}
        {items.data?.length === 0 ? <li className="line-row faint">{texts.nothingIsWatched}</li> : null}
      </ul>
    </>
  );
}
