import { IconDeviceUsb } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { DeviceRow, DeviceSession } from '../../shared/model/evidence-answer.ts';
import { useAsk } from '../queries.ts';
import { choose, type EvidenceChoice, emptyEvidence, goTo } from '../state.ts';
import { devicesTexts as texts } from '../texts/devices.ts';
import { spanAround } from '../timeline/span.ts';
import { busName, deviceName, identityText } from '../widgets/device-name.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { BytesText, TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import { formatBytes, formatDuration } from '../window-format.ts';
import { DeviceDecision } from './device-decision.tsx';
import { showFinding } from './show-finding.ts';

const mostSessions = 200;

/** One device: what was decided, how sure its identity is, its findings, its connections, who used it, where and with what. */
export function DeviceDetails({ row }: { row: DeviceRow }) {
  return (
    <>
      <div className="bar">
        <Icon of={IconDeviceUsb} />
        <h2 className="clip grow">
          <Name text={deviceName(row.id, row)} />
        </h2>
        <button
          type="button"
          className="btn sm"
          onClick={() =>
            goTo(
              { view: 'investigate' },
              { evidence: { ...emptyEvidence, devices: [row.id] }, span: spanAround(row.firstSeenMs, row.lastSeenMs) },
            )
          }
        >
          {texts.showOnTimeline}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
      <section className="scroll" aria-label={texts.details} tabIndex={0}>
        <DeviceDecision device={row.id} />
        <Facts row={row} />
        <Findings device={row.id} />
        <Connections device={row.id} />
        <Names title={texts.hosts} names={row.hosts} total={row.hostCount} toEvidence={(host) => ({ hosts: [host] })} />
        <Names title={texts.users} names={row.users} total={row.userCount} toEvidence={(user) => ({ users: [user] })} />
        <Processes device={row.id} />
      </section>
    </>
  );
}

function Part({ title, aside }: { title: string; aside: string }) {
  return (
    <h3 className="part">
      {title} <span className="t11 faint">{aside}</span>
    </h3>
  );
}

function PartFailure({ error }: { error: unknown }) {
  return error ? (
    <div className="page-note">
      <FailureNotice error={error} />
    </div>
  ) : null;
}

function Fact({ name, className, children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={className}>{children}</dd>
    </>
  );
}

function Facts({ row }: { row: DeviceRow }) {
  return (
    <dl className="pairs in-card">
      <Fact name={texts.identity}>
        {row.vendorId || row.productId ? (
          <code>
            <Name text={`${row.vendorId ?? '?'}:${row.productId ?? '?'}`} />{' '}
          </code>
        ) : null}
        {row.serial ? (
          <code>
            <Name text={row.serial} />
          </code>
        ) : null}
      </Fact>
      <Fact name={texts.howSure} className={row.identity === 'serial' ? '' : 'warn'}>
        {identityText(row.identity)}
      </Fact>
      <Fact name={texts.bus}>
        {row.busType ? <Name text={busName(row.busType)} /> : texts.notRecorded}
        {row.busType && row.busType.toLowerCase() !== 'usb' ? texts.notUsb : ''}
      </Fact>
      <Fact name={texts.volumes}>
        {row.volumes.length > 0 ? <Name text={row.volumes.join(', ')} /> : texts.notRecorded}
        {row.capacityBytes === undefined ? null : (
          <>
            , <BytesText bytes={row.capacityBytes} />
          </>
        )}
      </Fact>
      <Fact name={texts.firstSeen}>
        <TimeText atMs={row.firstSeenMs} seconds year />
      </Fact>
      <Fact name={texts.lastSeen}>
        <TimeText atMs={row.lastSeenMs} seconds year />
      </Fact>
      <Fact name={texts.written}>
        <BytesText bytes={row.writtenBytes} />
        {texts.eventSumIn(row.events)}
      </Fact>
    </dl>
  );
}

function Findings({ device }: { device: string }) {
  const findings = useAsk('findings.list', {
    filter: { devices: [device] },
    sort: 'score',
    descending: true,
    limit: 20,
  });
  return (
    <>
      <Part
        title={texts.findings}
        aside={findings.data ? texts.findingsShown(findings.data.rows.length, findings.data.total) : ''}
      />
      <PartFailure error={findings.error} />
      <ul>
        {findings.data?.rows.map((finding) => (
          <li key={finding.id} className="line-row">
            <ScoreBadge score={finding.score} />
            <button type="button" className="lane-name" onClick={() => showFinding(finding)}>
              <Name text={finding.process} /> {texts.findingOn} <Name text={finding.host} />
            </button>
            <span className="faint t11 tn">
              <TimeText atMs={finding.startMs} />
            </span>
          </li>
        ))}
        {findings.data?.rows.length === 0 ? <li className="line-row faint">{texts.noFindings}</li> : null}
      </ul>
    </>
  );
}

function Connections({ device }: { device: string }) {
  const sessions = useAsk('sessions.list', { device, limit: mostSessions });
  const newest = sessions.data?.rows.toReversed() ?? [];
  return (
    <>
      <Part
        title={texts.connections}
        aside={sessions.data ? texts.connectionsShown(newest.length, sessions.data.isCut) : ''}
      />
      <PartFailure error={sessions.error} />
      <ul>
        {newest.map((session) => (
          <Connection key={`${session.host} ${session.firstActivityMs} ${session.volume}`} session={session} />
        ))}
        {newest.length === 0 && sessions.data ? <li className="line-row faint">{texts.noConnections}</li> : null}
      </ul>
    </>
  );
}

function Connection({ session }: { session: DeviceSession }) {
  return (
    <li className="line-row tall">
      <span className="grow">
        <Name text={session.host} /> {session.volume ? <Name text={session.volume} className="faint" /> : null}
        <br />
        <span className="faint t11">
          {session.source === 'events' ? texts.fromEvents : texts.inferred}
          {session.connectedMs !== undefined && session.disconnectedMs !== undefined
            ? `, ${formatDuration(session.disconnectedMs - session.connectedMs)}`
            : ''}
        </span>
      </span>
      <span className="t11 tn num dim">
        {session.connectedMs === undefined ? texts.startNotRecorded : <TimeText atMs={session.connectedMs} seconds />}
        <br />
        {session.disconnectedMs === undefined ? (
          texts.endNotRecorded
        ) : (
          <TimeText atMs={session.disconnectedMs} seconds />
        )}
      </span>
    </li>
  );
}

function Names({
  title,
  names,
  total,
  toEvidence,
}: {
  title: string;
  names: readonly string[];
  total: number;
  toEvidence: (name: string) => Partial<EvidenceChoice>;
}) {
  return (
    <>
      <Part title={title} aside={texts.namesShown(names.length, total)} />
      <p className="chips">
        {names.map((name) => (
          <button
            key={name}
            type="button"
            className="chip"
            onClick={() => goTo({ view: 'investigate' }, { evidence: { ...emptyEvidence, ...toEvidence(name) } })}
          >
            <Name text={name} />
          </button>
        ))}
      </p>
    </>
  );
}

function Processes({ device }: { device: string }) {
  const processes = useAsk('terms.list', { field: 'process', filter: { devices: [device] }, limit: 20 });
  return (
    <>
      <Part
        title={texts.processes}
        aside={processes.data ? texts.processesShown(processes.data.rows.length, processes.data.total) : ''}
      />
      <PartFailure error={processes.error} />
      <ul>
        {processes.data?.rows.map((term) => (
          <li
            key={term.value}
            className="line-row"
            title={texts.processTitle(term.writtenBytes, term.files, term.events)}
          >
            <button
              type="button"
              className="lane-name grow"
              onClick={() => {
                choose({ processSort: { by: 'writtenBytes', isDescending: true } });
                goTo(
                  { view: 'investigate' },
                  { evidence: { ...emptyEvidence, devices: [device], processes: [term.value] } },
                );
              }}
            >
              <Name text={term.value} />
            </button>
            <span className="tn">{formatBytes(term.writtenBytes)}</span>
            <span className="faint t11 tn">{texts.files(term.files)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
