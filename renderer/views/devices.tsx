import { IconDeviceUsb, IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { formatBytes, formatCount, formatCounted, formatDuration, formatTime } from '../../shared/base/format.ts';
import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import { useAct, useAsk, usePages } from '../queries.ts';
import { choose, emptyEvidence, goTo, useChoices, useZone } from '../state.ts';
import { spanAround } from '../timeline/span.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { busName, deviceName, identityText } from '../widgets/device-name.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { BytesText, TimeText } from '../widgets/figures.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { ScoreBadge } from '../widgets/score-badge.tsx';
import './devices.css';

const rowPx = 29;

/** Every device that evidence names, and for the chosen one who used it, where, and when it was connected. */
export function DevicesView() {
  const zone = useZone();
  const deviceId = useChoices((choices) => choices.deviceId);
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const pages = usePages('devices.list', { filter: {}, limit: 500 }, { keepsPrevious: true });
  const all = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const total = pages.data?.pages[0]?.total ?? 0;
  const rows = useMemo(
    () =>
      wanted === ''
        ? all
        : all.filter((row) =>
            [row.id, row.vendor, row.product, row.serial, row.busType, ...row.hosts, ...row.users].some((part) =>
              part?.toLowerCase().includes(wanted),
            ),
          ),
    [all, wanted],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    // The filter is over what is loaded, so everything is: a fleet has thousands of devices at most.
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 12,
  });
  const items = list.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = list.getTotalSize() - (items.at(-1)?.end ?? 0);
  const chosen = all.find((row) => row.id === deviceId) ?? rows[0];

  return (
    <div className="devices">
      <section className="pane" aria-label="Devices">
        <div className="bar">
          <h2>Devices</h2>
          <span className="t11 faint">
            {pages.data ? `${formatCount(rows.length)} of ${formatCount(total)}, newest write first` : ''}
          </span>
          <span className="grow" />
          <label className="search-field">
            <Icon of={IconSearch} />
            <input
              className="field"
              type="search"
              aria-label="Name, serial, host or user contains"
              placeholder="Name, serial, host, user"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          </label>
        </div>
        <section className="scroll" ref={scroller} aria-label="List of devices">
          {pages.error ? (
            <div className="page">
              <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} />
            </div>
          ) : rows.length === 0 && pages.data ? (
            <EmptyState
              icon={IconDeviceUsb}
              title={total === 0 ? 'No devices yet' : `0 of ${formatCount(total)} devices match`}
              actions={
                total === 0 ? (
                  <CommandButton id="import.choose" title="Import files" className="btn sm" />
                ) : (
                  <button type="button" className="btn sm" onClick={() => setText('')}>
                    Clear filter
                  </button>
                )
              }
            >
              {total === 0 ? 'A device appears here once an event names it.' : null}
            </EmptyState>
          ) : (
            <table className="device-table" aria-rowcount={total + 1}>
              <thead>
                <tr>
                  <th scope="col">Device</th>
                  <th scope="col">Serial number</th>
                  <th scope="col">Bus</th>
                  <th scope="col" className="num">
                    Hosts
                  </th>
                  <th scope="col" className="num">
                    Users
                  </th>
                  <th scope="col" className="num" title="File sizes added up over all counted events">
                    Event sum
                  </th>
                  <th scope="col" className="wide">
                    First seen
                  </th>
                  <th scope="col">Last seen</th>
                </tr>
              </thead>
              <tbody>
                {before > 0 ? <tr className="spacer" style={{ height: before }} /> : null}
                {items.map((item) => {
                  const row = rows[item.index];
                  if (!row) return null;
                  return (
                    <tr
                      key={row.id}
                      className={row.id === chosen?.id ? 'is-selected' : ''}
                      aria-rowindex={item.index + 2}
                      onClick={() => goTo({ deviceId: row.id })}
                    >
                      <td className="cell-name">
                        <button type="button" className="lane-name" onClick={() => goTo({ deviceId: row.id })}>
                          <Name text={deviceName(row.id, row)} isClipped />
                        </button>
                      </td>
                      <td>
                        {row.serial ? (
                          <code>
                            <Name text={row.serial} />
                          </code>
                        ) : (
                          <span className="faint">none</span>
                        )}
                        {row.identity === 'windows-made' ? (
                          <span className="tag warn serial-tag">by Windows</span>
                        ) : null}
                      </td>
                      <td>{row.busType ? <Name text={busName(row.busType)} /> : <span className="faint">–</span>}</td>
                      <td className="num">{formatCount(row.hostCount)}</td>
                      <td className="num">{formatCount(row.userCount)}</td>
                      <td className="num">{formatBytes(row.writtenBytes)}</td>
                      <td className="tn wide">{formatTime(row.firstSeenMs, zone)}</td>
                      <td className="tn">{formatTime(row.lastSeenMs, zone)}</td>
                    </tr>
                  );
                })}
                {after > 0 ? <tr className="spacer" style={{ height: after }} /> : null}
              </tbody>
            </table>
          )}
        </section>
      </section>
      <section className="pane" aria-label="Chosen device">
        {chosen ? <Device key={chosen.id} row={chosen} /> : null}
      </section>
    </div>
  );
}

const mostSessions = 200;

function Device({ row }: { row: DeviceRow }) {
  const sessions = useAsk('sessions.list', { device: row.id, limit: mostSessions });
  const processes = useAsk('terms.list', { field: 'process', filter: { devices: [row.id] }, limit: 20 });
  const findings = useAsk('findings.list', {
    filter: { devices: [row.id] },
    sort: 'score',
    descending: true,
    limit: 20,
  });
  const newest = sessions.data?.rows.toReversed() ?? [];
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
          Show on the timeline
        </button>
      </div>
      <div className="scroll">
        <Decision device={row.id} />
        <dl className="pairs in-card">
          <dt>Identity</dt>
          <dd>
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
          </dd>
          <dt>How sure</dt>
          <dd className={row.identity === 'serial' ? '' : 'warn'}>{identityText(row.identity)}</dd>
          <dt>Bus</dt>
          <dd>
            {row.busType ? <Name text={busName(row.busType)} /> : 'not recorded'}
            {row.busType && row.busType.toLowerCase() !== 'usb' ? ', not USB' : ''}
          </dd>
          <dt>Volumes</dt>
          <dd>
            {row.volumes.length > 0 ? <Name text={row.volumes.join(', ')} /> : 'not recorded'}
            {row.capacityBytes === undefined ? null : (
              <>
                , <BytesText bytes={row.capacityBytes} />
              </>
            )}
          </dd>
          <dt>First seen</dt>
          <dd>
            <TimeText atMs={row.firstSeenMs} seconds year />
          </dd>
          <dt>Last seen</dt>
          <dd>
            <TimeText atMs={row.lastSeenMs} seconds year />
          </dd>
          <dt>Written</dt>
          <dd>
            <BytesText bytes={row.writtenBytes} /> event sum in {formatCounted(row.events, 'event', 'events')}
          </dd>
        </dl>
        <h3 className="part">
          Findings{' '}
          <span className="t11 faint">
            {findings.data ? `${findings.data.rows.length} of ${formatCount(findings.data.total)}` : ''}
          </span>
        </h3>
        {findings.error ? (
          <div className="page-note">
            <FailureNotice error={findings.error} />
          </div>
        ) : null}
        <ul>
          {findings.data?.rows.map((finding) => (
            <li key={finding.id} className="line-row">
              <ScoreBadge score={finding.score} />
              <button
                type="button"
                className="lane-name"
                onClick={() =>
                  goTo(
                    { view: 'investigate', findingId: finding.id },
                    {
                      evidence: { ...emptyEvidence, hosts: [finding.host] },
                      span: spanAround(finding.startMs, finding.endMs),
                    },
                  )
                }
              >
                <Name text={finding.process} /> on <Name text={finding.host} />
              </button>
              <span className="faint t11 tn">
                <TimeText atMs={finding.startMs} />
              </span>
            </li>
          ))}
          {findings.data?.rows.length === 0 ? <li className="line-row faint">None.</li> : null}
        </ul>
        <h3 className="part">
          Connections{' '}
          <span className="t11 faint">
            {sessions.data
              ? `${formatCount(newest.length)}${sessions.data.isCut ? ' shown, there are more' : ''}, newest first`
              : ''}
          </span>
        </h3>
        {sessions.error ? (
          <div className="page-note">
            <FailureNotice error={sessions.error} />
          </div>
        ) : null}
        <ul>
          {newest.map((session) => (
            <li key={`${session.host} ${session.firstActivityMs} ${session.volume}`} className="line-row tall">
              <span className="grow">
                <Name text={session.host} /> {session.volume ? <Name text={session.volume} className="faint" /> : null}
                <br />
                <span className="faint t11">
                  {session.source === 'events' ? 'from device events' : 'inferred from writes'}
                  {session.connectedMs !== undefined && session.disconnectedMs !== undefined
                    ? `, ${formatDuration(session.disconnectedMs - session.connectedMs)}`
                    : ''}
                </span>
              </span>
              <span className="t11 tn num dim">
                {session.connectedMs === undefined ? (
                  'start not recorded'
                ) : (
                  <TimeText atMs={session.connectedMs} seconds />
                )}
                <br />
                {session.disconnectedMs === undefined ? (
                  'end not recorded'
                ) : (
                  <TimeText atMs={session.disconnectedMs} seconds />
                )}
              </span>
            </li>
          ))}
          {newest.length === 0 && sessions.data ? (
            <li className="line-row faint">
              No connection history: no device events were collected, and no write names it.
            </li>
          ) : null}
        </ul>
        <h3 className="part">
          Hosts{' '}
          <span className="t11 faint">
            {row.hosts.length} of {formatCount(row.hostCount)}
          </span>
        </h3>
        <p className="chips">
          {row.hosts.map((host) => (
            <button
              key={host}
              type="button"
              className="chip"
              onClick={() => goTo({ view: 'investigate' }, { evidence: { ...emptyEvidence, hosts: [host] } })}
            >
              <Name text={host} />
            </button>
          ))}
        </p>
        <h3 className="part">
          Users{' '}
          <span className="t11 faint">
            {row.users.length} of {formatCount(row.userCount)}
          </span>
        </h3>
        <p className="chips">
          {row.users.map((user) => (
            <button
              key={user}
              type="button"
              className="chip"
              onClick={() => goTo({ view: 'investigate' }, { evidence: { ...emptyEvidence, users: [user] } })}
            >
              <Name text={user} />
            </button>
          ))}
        </p>
        <h3 className="part">
          Processes{' '}
          <span className="t11 faint">
            {processes.data
              ? `${processes.data.rows.length} of ${formatCount(processes.data.total)}, most events first`
              : ''}
          </span>
        </h3>
        <ul>
          {processes.data?.rows.map((term) => (
            <li key={term.value} className="line-row">
              <button
                type="button"
                className="lane-name grow"
                onClick={() => {
                  choose({ processSort: { by: 'writtenBytes', isDescending: true } });
                  goTo(
                    { view: 'investigate' },
                    { evidence: { ...emptyEvidence, devices: [row.id], processes: [term.value] } },
                  );
                }}
              >
                <Name text={term.value} />
              </button>
              <span className="tn">{formatBytes(term.writtenBytes)}</span>
              <span className="faint t11 tn">{formatCounted(term.files, 'file', 'files')}</span>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

/** Approving or blocking a device: a decision with a reason, kept in the workspace. */
function Decision({ device }: { device: string }) {
  const decisions = useAsk('devices.decisions', {});
  const decide = useAct('devices.decide', ['devices.decisions']);
  const [isDeciding, setIsDeciding] = useState<'approved' | 'blocked'>();
  const [reason, setReason] = useState('');
  const now = decisions.data?.find((entry) => entry.device === device);
  const save = (decision: 'approved' | 'blocked' | undefined, why: string) =>
    decide.mutate(
      { device, reason: why, ...(decision ? { decision } : {}) },
      {
        onSuccess: () => {
          setIsDeciding(undefined);
          setReason('');
        },
      },
    );
  return (
    <div className="device-decision">
      <div className="row wrap">
        <span className={`tag ${now?.decision === 'approved' ? 'ok' : now?.decision === 'blocked' ? 'bad' : ''}`}>
          {now ? now.decision : 'not decided'}
        </span>
        {now ? (
          <span className="t11 faint grow">
            <Name text={now.reason} /> <Name text={now.actor} />, <TimeText atMs={now.atMs} />
          </span>
        ) : (
          <span className="grow" />
        )}
        {(['approved', 'blocked'] as const)
          .filter((decision) => decision !== now?.decision)
          .map((decision) => (
            <button
              key={decision}
              type="button"
              className="btn sm"
              aria-expanded={isDeciding === decision}
              onClick={() => setIsDeciding(isDeciding === decision ? undefined : decision)}
            >
              {decision === 'approved' ? 'Approve' : 'Block'}
            </button>
          ))}
        {now ? (
          <button
            type="button"
            className="btn sm quiet"
            disabled={decide.isPending}
            onClick={() => save(undefined, 'taken back')}
          >
            Take back
          </button>
        ) : null}
      </div>
      {isDeciding ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            save(isDeciding, reason.trim());
          }}
        >
          <input
            className="field grow"
            aria-label="Reason"
            placeholder={isDeciding === 'approved' ? 'Why it is allowed' : 'Why it is not allowed'}
            maxLength={4096}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <button type="submit" className="btn sm primary" disabled={reason.trim() === '' || decide.isPending}>
            {isDeciding === 'approved' ? 'Approve' : 'Block'}
          </button>
        </form>
      ) : null}
      {decisions.error || decide.error ? <FailureNotice error={decisions.error ?? decide.error} /> : null}
      <p className="t11 faint">It is recorded here and weighs in the checks; the system itself is not changed.</p>
    </div>
  );
}
