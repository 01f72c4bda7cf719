import { Menu } from '@mantine/core';
import { IconDotsVertical, IconListSearch } from '@tabler/icons-react';
import { useMemo } from 'react';
import { isVerdictFacet } from '../../shared/analysis/verdict-feedback.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { toPortsideLink } from '../../shared/model/portside-link.ts';
import { useCommands, useLend } from '../commands.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose, type FindingTab, goTo, useChoices, useZone } from '../state.ts';
import { findingTexts as texts } from '../texts/finding.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { deviceName } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FacetBar } from '../widgets/facet-bar.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { ElasticMeter, Meter } from '../widgets/meter.tsx';
import { Name } from '../widgets/name.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import { formatBytes, formatCount, formatSentence, formatSpan } from '../window-format.ts';
import { BenignTests } from './benign-tests.tsx';
import { CaseTab } from './case-tab.tsx';
import { FindingVerdictLine, VerdictFacets } from './finding-verdict.tsx';
import {
  ceilingWords,
  elasticThreshold,
  headline,
  hollowWords,
  writesBehind,
  writesBehindCeiling,
  writesOf,
} from './finding-words.ts';
import { InvestigationSteps, useStepMarks } from './investigation-steps.tsx';
import { RaisedBy } from './raised-by.tsx';
import { ResponseSteps } from './response-steps.tsx';
import { useDecide } from './use-decide.ts';
import { usePartInSight } from './use-part-in-sight.ts';
import { WritesList } from './writes-list.tsx';

/** The selected finding: what happened, why it scored, and what to look at next. */
export function FindingPane({
  findingId,
  finding,
  error,
  onRetry,
  isEmpty,
}: {
  findingId: string | undefined;
  finding: FindingRow | undefined;
  error: unknown;
  onRetry: () => void;
  isEmpty: boolean;
}) {
  if (findingId !== undefined && finding) return <Finding key={finding.id} finding={finding} />;
  return (
    <section className="pane" aria-label={texts.selectedFinding}>
      {error && findingId !== undefined ? (
        <div className="page">
          <FailureNotice error={error} onRetry={onRetry} isBeside />
        </div>
      ) : findingId === undefined && !isEmpty ? (
        <EmptyState icon={IconListSearch} title={texts.noFindingSelected}>
          {texts.noneSelectedLead}
        </EmptyState>
      ) : isEmpty ? (
        <EmptyState icon={IconListSearch} title={texts.nothingToExplainYet}>
          {texts.nothingYetLead}
        </EmptyState>
      ) : null}
    </section>
  );
}

function Finding({ finding }: { finding: FindingRow }) {
  const zone = useZone();
  const tab = useChoices((choices) => choices.findingTab);
  const asked = useChoices((choices) => choices.writesAsked);
  const scroller = usePartInSight(tab, asked);
  const devices = useAsk('devices.list', { filter: {}, limit: 1_000 });
  const device = deviceName(
    finding.device,
    devices.data?.rows.find((row) => row.id === finding.device),
  );
  const { decide, error: decideError } = useDecide();
  const copy = useAct('clipboard.write');
  const { done } = useStepMarks(finding.id);
  const { run } = useCommands();

  const copyMutate = copy.mutate;
  useLend(
    'finding',
    useMemo(
      () => ({
        setState: (state: 'open' | 'acknowledged') => decide([finding.id], state),
        copyLink: () => copyMutate({ text: toPortsideLink({ kind: 'finding', id: finding.id }) }),
      }),
      [decide, copyMutate, finding.id],
    ),
  );

  const showWrites = (writesAsked: Parameters<typeof choose>[0]['writesAsked']) =>
    goTo({ view: 'investigate' }, { findingTab: 'writes', writesAsked });
  const reasons = finding.facets.filter((facet) => !isVerdictFacet(facet));
  const added = reasons.filter((facet) => Math.round(facet.points) > 0).toSorted((a, b) => b.points - a.points);
  const hollow = reasons.filter((facet) => Math.round(facet.points) === 0 && facet.evidence > 0);
  const mostPoints = Math.max(1, ...added.map((facet) => facet.points));
  const mostEvidence = Math.max(0.001, ...finding.facets.map((facet) => facet.evidence));
  const ceiling = ceilingWords(finding);
  const hollowText = hollowWords(finding.facets);
  const { elastic } = finding;
  const tabs: readonly { readonly id: FindingTab; readonly title: string; readonly aside?: string }[] = [
    { id: 'steps', title: texts.investigate, aside: `${formatCount(done)}/${formatCount(6)}` },
    { id: 'benign', title: texts.falsePositives },
    { id: 'respond', title: texts.respond },
    { id: 'writes', title: texts.writes },
    { id: 'case', title: texts.caseText },
  ];
  const shownTab = tabs.some((entry) => entry.id === tab) ? tab : 'steps';

  return (
    <section className="pane" aria-label={texts.selectedFinding}>
      <div className="bar finding-bar">
        <span className="row grow">
          <b className="b" title={finding.id}>
            {finding.id.slice(0, 10)}
          </b>
          <span className="t12 faint clip">
            {texts.stateWords[finding.state]}
            {finding.closedReason ? (
              <>
                : <Name text={finding.closedReason} />
              </>
            ) : null}
          </span>
        </span>
        {finding.state === 'open' ? (
          <CommandButton id="finding.acknowledge" title={texts.acknowledge} className="btn sm" />
        ) : (
          <CommandButton id="finding.reopen" title={texts.reopen} className="btn sm" />
        )}
        {finding.state === 'closed' ? null : (
          <CommandButton id="finding.close" title={texts.close} className="btn sm primary" />
        )}
        <Menu position="bottom-end" width={216} offset={4} shadow="none">
          <Menu.Target>
            <button type="button" className="btn sm quiet icon-only" aria-label={texts.moreAboutTheFinding}>
              <Icon of={IconDotsVertical} />
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => copyMutate({ text: finding.id })}>{texts.copyTheId}</Menu.Item>
            <Menu.Item onClick={() => run('finding.copy-link')}>{texts.copyALink}</Menu.Item>
            <Menu.Item onClick={() => run('window.open')}>{texts.openInANew}</Menu.Item>
            <Menu.Item onClick={() => goTo({ view: 'devices', deviceId: finding.device })}>
              {texts.showTheDevice}
            </Menu.Item>
            <Menu.Item
              onClick={() => showWrites({ title: texts.allWritesOf(finding.user), filter: { users: [finding.user] } })}
            >
              {texts.showAllWritesOf}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <div className="scroll finding-scroll" ref={scroller}>
        {decideError ? (
          <div className="page-note">
            <FailureNotice error={decideError} />
          </div>
        ) : null}
        <div className="why">
          <h1>
            <Name text={headline(finding, device)} />
          </h1>
          <p className="t12 dim">
            {formatSpan(finding.startMs, finding.endMs, zone)}. <Name text={finding.user} /> {texts.on}{' '}
            <Name text={finding.host} />,{' '}
            <button type="button" className="link" title={texts.showWritesTitle} onClick={() => showWrites(undefined)}>
              {texts.inText(texts.countedFiles(finding.files), texts.countedEvents(finding.events))}
            </button>
            {texts.eventSum(formatBytes(finding.writtenBytes))}
          </p>
          <div className="two-scores">
            <span>{texts.portside}</span>
            <Meter score={finding.score} threshold={elasticThreshold} />
            <button
              type="button"
              className="figure num b"
              title={texts.portsideTitle}
              onClick={() => showWrites(undefined)}
            >
              {formatCount(Math.round(finding.score))}
            </button>
            <span>
              {texts.elastic} <span className="faint t11">{texts.comparable}</span>
            </span>
            <ElasticMeter score={elastic.score} ceiling={elastic.ceiling} threshold={elasticThreshold} />
            <button
              type="button"
              className="figure num"
              title={texts.elasticTitle}
              onClick={() => showWrites(writesBehindCeiling(finding))}
            >
              <b className="b">{formatCount(Math.round(elastic.score))}</b>{' '}
              <span className="faint t11">{texts.ofCeiling(Math.round(elastic.ceiling))}</span>
            </button>
          </div>
          <p className="t11 dim">
            <b className="b">{ceiling.verdict}</b> {ceiling.reason}
          </p>
          <RaisedBy finding={finding} />
          <FindingVerdictLine finding={finding} />
          {finding.coldStart ? (
            <p className="t11 warn">
              <Name text={formatSentence(finding.coldStart)} />
            </p>
          ) : null}
          <div className="row facets-head">
            <h2 className="grow sub-head">{texts.whatMakesUp(Math.round(finding.score))}</h2>
            <button type="button" className="btn sm quiet" onClick={() => showWrites(undefined)}>
              {texts.showData}
            </button>
          </div>
          {[...added, ...hollow].map((facet) => (
            <FacetBar
              key={facet.name}
              facet={facet}
              mostPoints={mostPoints}
              mostEvidence={mostEvidence}
              isShort={added.length > 4}
              onOpen={() => showWrites(writesBehind(facet, finding))}
            />
          ))}
          <VerdictFacets finding={finding} />
          {added.length + hollow.length === 0 ? <p className="t12 dim">{texts.nothingUnusual}</p> : null}
          {hollowText ? (
            <p className="t11 faint hollow-text">
              <Name text={formatSentence(hollowText)} />
            </p>
          ) : null}
        </div>
        <Tabs
          label={texts.partsOfTheFinding}
          tabs={tabs}
          value={shownTab}
          onChange={(id) => choose({ findingTab: id, ...(id === 'writes' ? { writesAsked: undefined } : {}) })}
        >
          {shownTab === 'steps' ? (
            <InvestigationSteps finding={finding} onShow={showWrites} />
          ) : shownTab === 'benign' ? (
            <BenignTests finding={finding} onShow={showWrites} />
          ) : shownTab === 'respond' ? (
            <ResponseSteps finding={finding} />
          ) : shownTab === 'case' ? (
            <CaseTab finding={finding} />
          ) : (
            <WritesList
              title={asked?.title ?? texts.theWritesOfThe}
              filter={asked?.filter ?? writesOf(finding)}
              isAsked={asked !== undefined}
              onReset={() => choose({ writesAsked: undefined })}
            />
          )}
        </Tabs>
      </div>
    </section>
  );
}
