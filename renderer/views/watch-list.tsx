import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { WatchItem } from '../../shared/model/rule.ts';
import { useAct, useAsk } from '../queries.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

const watchKinds = { device: 'Device', user: 'User', host: 'Host', process: 'Process' } as const;

/** What is raised whenever it appears. */
export function WatchList() {
  const items = useAsk('watch-list.list', {});
  const add = useAct('watch-list.add', ['watch-list.list']);
  const remove = useAct('watch-list.remove', ['watch-list.list']);
  const [note, setNote] = useState('');
  const [kind, setKind] = useState<WatchItem['kind']>('device');
  const [value, setValue] = useState('');
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
        <p className="t12 dim">What stands here is raised whenever it appears, however usual it is.</p>
        <div className="row">
          <select
            className="field watch-kind"
            aria-label="Kind"
            value={kind}
            onChange={(event) => setKind(event.target.value as WatchItem['kind'])}
          >
            {Object.entries(watchKinds).map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
          <input
            className="field grow"
            aria-label="Name or id to watch"
            maxLength={1000}
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <button type="submit" className="btn sm" disabled={value.trim() === '' || add.isPending}>
            Watch
          </button>
        </div>
        <input
          className="field"
          aria-label="Why it is watched"
          placeholder="Why, for whoever sees the alert"
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
      <ul>
        {items.data?.map((item) => (
          <li key={item.id} className="line-row">
            <span className="grow clip">
              <span className="faint t11">{watchKinds[item.kind]}</span> <Name text={item.value} isClipped />
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
              aria-label={`No longer watch ${item.value}`}
              onClick={() => remove.mutate({ id: item.id })}
            >
              <Icon of={IconX} />
            </button>
          </li>
        ))}
        {items.data?.length === 0 ? <li className="line-row faint">Nothing is watched.</li> : null}
      </ul>
    </>
  );
}
