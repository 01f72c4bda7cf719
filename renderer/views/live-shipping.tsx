import { useState } from 'react';
import type { LiveState } from '../../shared/model/live.ts';
import type { LiveShipping } from '../../shared/model/live-shipping.ts';
import { useAct, useAsk } from '../queries.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatCount } from '../window-format.ts';

/** Where live events are sent beside the workspace, and how that goes. */
export function LiveShippingPane({ state }: { state: LiveState }) {
  const { shipping } = state;
  return (
    <>
      <div className="bar table-bar">
        <h2>{texts.sendingToElasticsearch}</h2>
        {shipping ? <span className="t11 faint">{texts.shippingPhases[shipping.phase]}</span> : null}
      </div>
      {shipping ? <Sending shipping={shipping} /> : <SendingForm />}
    </>
  );
}

function Sending({ shipping }: { shipping: LiveShipping }) {
  const unship = useAct('live.unship');
  return (
    <div className="connected">
      <dl className="pairs">
        <dt>{texts.to}</dt>
        <dd>
          <Name text={texts.shipsTo(shipping.dataStream, shipping.place)} />
        </dd>
        <dt>{texts.sent}</dt>
        <dd>{formatCount(shipping.sent)}</dd>
        <dt>{texts.waiting}</dt>
        <dd>
          {texts.waitingOf(
            formatCount(shipping.waiting),
            formatBytes(shipping.waitingBytes),
            formatBytes(shipping.maxBytes),
          )}
        </dd>
        {shipping.refused > 0 ? (
          <>
            <dt>{texts.refused}</dt>
            <dd className="warn">
              {formatCount(shipping.refused)}: <Name text={shipping.lastRefusal ?? texts.noReasonGiven} />
            </dd>
          </>
        ) : null}
        {shipping.leftOut > 0 ? (
          <>
            <dt>{texts.leftOut}</dt>
            <dd className="warn">{texts.leftOutText(formatCount(shipping.leftOut))}</dd>
          </>
        ) : null}
      </dl>
      {shipping.trouble ? (
        <div className="note warn" role="status">
          <span>
            <Name text={shipping.trouble} /> {shipping.hint ? <Name text={shipping.hint} /> : null}
          </span>
        </div>
      ) : null}
      <div className="acts">
        <button type="button" className="btn sm quiet" disabled={unship.isPending} onClick={() => unship.mutate({})}>
          {texts.stopSending}
        </button>
      </div>
      {unship.error ? <FailureNotice error={unship.error} /> : null}
    </div>
  );
}

function SendingForm() {
  const sources = useAsk('source.list', {});
  const ship = useAct('live.ship');
  const [sourceId, setSourceId] = useState<string>();
  const [dataStream, setDataStream] = useState('logs-portside.usb-default');
  const [mayMakeTemplate, setMayMakeTemplate] = useState(false);
  const known = sources.data?.sources ?? [];
  const chosen = sourceId ?? known[0]?.id;
  if (chosen === undefined) {
    return <p className="page-note t12 dim">{texts.noCluster}</p>;
  }
  return (
    <form
      className="stack page-note t12"
      onSubmit={(event) => {
        event.preventDefault();
        ship.mutate({ sourceId: chosen, dataStream: dataStream.trim(), mayMakeTemplate });
      }}
    >
      <label>
        {texts.cluster}
        <select className="field" value={chosen} onChange={(event) => setSourceId(event.target.value)}>
          {known.map((source) => (
            <option key={source.id} value={source.id}>
              {source.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.dataStream}
        <input
          className="field"
          value={dataStream}
          maxLength={100}
          onChange={(event) => setDataStream(event.target.value)}
        />
      </label>
      <label className="row">
        <input
          type="checkbox"
          checked={mayMakeTemplate}
          onChange={(event) => setMayMakeTemplate(event.target.checked)}
        />
        {texts.makeTemplate}
      </label>
      {ship.error ? <FailureNotice error={ship.error} /> : null}
      <button type="submit" className="btn sm" disabled={ship.isPending || dataStream.trim() === ''}>
        {ship.isPending ? texts.askingTheCluster : texts.sendLiveEvents}
      </button>
    </form>
  );
}
