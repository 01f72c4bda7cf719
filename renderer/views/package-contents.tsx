import { IconCheck, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { verdictTitles } from '../../shared/analysis/case-words.ts';
import type { PackageContents } from '../../shared/model/case-file.ts';
import { useClient } from '../queries.ts';
import { useChoices } from '../state.ts';
import { packageTexts as texts } from '../texts/package.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount } from '../window-format.ts';

/** A case package from outside: whether it is what was exported, and what stands in it. Nothing of it is taken in. */
export function PackageContentsView() {
  const opened = useChoices((choices) => choices.openedPackage);
  const client = useClient();
  const token = opened?.token ?? '';
  // A token is good once: the answer is kept for as long as the package is shown.
  const verified = useQuery({
    queryKey: ['opened-package', token],
    queryFn: ({ signal }) => client.call('package.verify', { token }, { signal }),
    enabled: opened !== undefined,
    staleTime: 'static',
    gcTime: Number.POSITIVE_INFINITY,
  });
  if (!opened) return <p className="t12 dim">{texts.nothing}</p>;
  const found = verified.data;
  return (
    <div className="stack t12">
      <p className="b">
        <Name text={opened.name} />
      </p>
      <FailureNotice error={verified.error} />
      <div role="status">
        {verified.isPending ? <p className="dim">{texts.verifying}</p> : null}
        {found ? (
          <div className={found.ok ? 'note ok' : 'note bad'}>
            <Icon of={found.ok ? IconCheck : IconX} />
            <span>
              <b className="b">{found.ok ? texts.unchanged : texts.changed}</b>{' '}
              {found.ok ? `${texts.counts(found.entries, found.files)} ${texts.whoSigned}` : null}
            </span>
          </div>
        ) : null}
      </div>
      {found && !found.ok ? (
        <ul className="bad package-problems">
          {found.problems.map((problem) => (
            <li key={problem}>
              <Name text={problem} />
            </li>
          ))}
        </ul>
      ) : null}
      {found?.contents ? <Contents of={found.contents} head={found.head} signingKey={found.keyFingerprint} /> : null}
    </div>
  );
}

function Contents({
  of: { caseId, isRedacted, title, openedBy, openedAtMs, changedAtMs, verdict, findings, exhibits },
  head,
  signingKey,
}: {
  of: PackageContents;
  head: string | undefined;
  signingKey: string | undefined;
}) {
  return (
    <>
      {isRedacted ? <p className="dim">{texts.redacted}</p> : null}
      <dl className="pairs">
        <dt>{texts.case}</dt>
        <dd>
          <Name text={title === undefined ? caseId : `${caseId} ${title}`} />
        </dd>
        {openedBy === undefined || openedAtMs === undefined ? null : (
          <>
            <dt>{texts.opened}</dt>
            <dd>
              <TimeText atMs={openedAtMs} year seconds /> {texts.by} <Name text={openedBy} />
            </dd>
          </>
        )}
        <dt>{texts.changedAt}</dt>
        <dd>
          <TimeText atMs={changedAtMs} year seconds />
        </dd>
        {isRedacted ? null : (
          <>
            <dt>{texts.verdict}</dt>
            <dd>
              {verdict ? (
                <>
                  {verdictTitles[verdict.verdict]}, {texts.by} <Name text={verdict.actor} />.{' '}
                  <Name text={verdict.text} />
                </>
              ) : (
                texts.noVerdict
              )}
            </dd>
            <dt>{texts.exhibits}</dt>
            <dd>{formatCount(exhibits ?? 0)}</dd>
            <dt>{texts.findings}</dt>
            <dd>
              {findings?.map(({ process, host, score }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes while it is shown.
                <div key={index}>
                  {formatCount(Math.round(score))} <Name text={process} /> {texts.on} <Name text={host} />
                </div>
              ))}
            </dd>
          </>
        )}
        <dt>{texts.key}</dt>
        <dd>
          <code>{signingKey}</code>
        </dd>
        <dt>{texts.head}</dt>
        <dd>
          <code>{head}</code>
        </dd>
      </dl>
    </>
  );
}
