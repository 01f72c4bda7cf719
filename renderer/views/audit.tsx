import { IconCheck, IconX } from '@tabler/icons-react';
import { useDeferredValue, useState } from 'react';
import type { CaseEntry } from '../../shared/model/case-file.ts';
import { useAct, usePages } from '../queries.ts';
import { auditTexts as texts } from '../texts/audit.ts';
import { useCopyRows } from '../use-copy-rows.ts';
import { usePagedList } from '../use-paged-list.ts';
import { CopyMenu } from '../widgets/copy-menu.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { HashChip } from '../widgets/hash-chip.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { rowsToCsv } from './csv.ts';
import './audit.css';
import './cases.css';

const pageRows = 200;
/** An entry of one line; longer ones are measured when they are drawn. */
const usualRowPx = 32;

/** Who did what in the workspace, and whether its journal still fits its hashes. */
export function Audit() {
  const [text, setText] = useState('');
  const contains = useDeferredValue(text.trim());
  const pages = usePages('audit.list', { contains, limit: pageRows }, { keepsPrevious: true });
  const { rows, total, scroller, list, items, abovePx, belowPx } = usePagedList(pages, usualRowPx);
  const copied = useCopyRows('audit.list', { contains, limit: pageRows }, { toCsv: rowsToCsv });
  const copy = useAct('clipboard.write');
  const first = pages.data?.pages[0];
  return (
    <div className="audit">
      <p className="t12 dim">{texts.lead}</p>
      <div className="row">
        <input
          className="field grow"
          type="search"
          aria-label={texts.find}
          placeholder={texts.find}
          maxLength={200}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <CopyMenu rows={copied} total={total} />
        <button type="button" className="btn" disabled={pages.isFetching} onClick={() => void pages.refetch()}>
          {texts.checkAgain}
        </button>
      </div>
      <div role="status">
        {first === undefined ? (
          pages.error ? null : (
            <span className="t12 dim">{texts.checking}</span>
          )
        ) : (
          <Chain page={first} onCopy={(hash) => copy.mutate({ text: hash })} />
        )}
        {contains !== '' && first ? <p className="t11 faint">{texts.shown(total, first.entries)}</p> : null}
      </div>
      {pages.error ? <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} /> : null}
      {first && total === 0 ? <p className="t12 dim">{contains === '' ? texts.none : texts.nothingFits}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reached by the keyboard. */}
      <section ref={scroller} className="audit-list" aria-label={texts.entries} tabIndex={0} hidden={total === 0}>
        <ol className="chain" style={{ paddingTop: abovePx, paddingBottom: belowPx }}>
          {items.map((item) => {
            const entry = rows[item.index];
            return entry ? (
              <Entry
                key={entry.seq}
                entry={entry}
                index={item.index}
                measure={list.measureElement}
                onCopy={() => copy.mutate({ text: entry.hash })}
              />
            ) : null;
          })}
        </ol>
      </section>
    </div>
  );
}

/** What the check of the whole journal found. */
function Chain({
  page: { entries, head, damage },
  onCopy,
}: {
  page: { readonly entries: number; readonly head?: string | undefined; readonly damage?: string | undefined };
  onCopy: (hash: string) => void;
}) {
  return (
    <div className={damage === undefined ? 'note ok' : 'note bad'}>
      <Icon of={damage === undefined ? IconCheck : IconX} />
      <span className="grow">
        {damage === undefined ? (
          texts.whole(entries)
        ) : (
          <>
            <b>{texts.changed}</b> <Name text={damage} /> {texts.kept(entries)}
          </>
        )}
      </span>
      {head === undefined ? null : (
        <span className="row">
          {texts.head}
          <HashChip hash={head} state="linked" onCopy={() => onCopy(head)} />
        </span>
      )}
    </div>
  );
}

function Entry({
  entry,
  index,
  measure,
  onCopy,
}: {
  entry: CaseEntry;
  index: number;
  measure: (node: Element | null) => void;
  onCopy: () => void;
}) {
  // Square: a person did it. Round: the program did.
  const isPerson = entry.actor !== 'portside';
  return (
    <li className={isPerson ? 'entry' : 'entry is-program'} data-index={index} ref={measure}>
      <span className="node" />
      <span className="faint tn">
        <TimeText atMs={entry.atMs} year seconds />
      </span>
      <span className="clip">
        <span className="sr">{texts.who}</span> <Name text={entry.actor} isClipped />
      </span>
      <Name text={entry.text} className="entry-text dim" />
      <HashChip hash={entry.hash} state="linked" onCopy={onCopy} />
    </li>
  );
}
