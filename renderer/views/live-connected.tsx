import { IconDeviceUsb } from '@tabler/icons-react';
import type { LiveDevice, LiveState } from '../../shared/model/live.ts';
import { goTo, useZone } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { busName, identityText } from '../widgets/device-name.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatClock, formatCount, formatDuration } from '../window-format.ts';
import { LiveActions } from './live-action.tsx';
import { LiveMarks } from './live-mark.tsx';
import { LiveQuality } from './live-quality.tsx';
import { LiveShippingPane } from './live-shipping.tsx';
import { deviceTitle, fileSystemName } from './live-words.ts';

/** Devices as they are now, how well writes are known, and where events are sent. */
export function ConnectedPane({ state }: { state: LiveState | undefined }) {
  const storage = state?.devices.filter((device) => device.kind === 'storage') ?? [];
  const others =
    state?.devices.filter((device) => device.kind !== 'storage' && device.disconnectedMs === undefined) ?? [];
  const connected = storage.filter((device) => device.disconnectedMs === undefined);
  const volumes = connected.reduce((sum, device) => sum + device.volumes.length, 0);
  return (
    <section className="pane" aria-label={texts.devicesAndCaptureQuality}>
      <div className="bar">
        <h2 className="grow">{texts.connectedNow}</h2>
        <span className="t11 faint">
          {state ? texts.volumesOn(texts.countedVolumes(volumes), texts.countedDevices(connected.length)) : ''}
        </span>
      </div>
      <div className="scroll">
        {storage.map((device) => (
          <Connected
            key={device.key}
            device={device}
            namesakes={namesakesOf(device, connected)}
            nowMs={state?.nowMs ?? 0}
          />
        ))}
        {state && storage.length === 0 ? <p className="page-note t12 dim">{texts.noDevice}</p> : null}
        {others.length > 0 ? (
          <p className="page-note t11 faint">
            {texts.alsoOnBus(
              others
                .map((device) => deviceTitle(device))
                .slice(0, 8)
                .join(', '),
            )}
            {others.length > 8 ? texts.andMore(others.length - 8) : ''}.
          </p>
        ) : null}
        {state && state.phase !== 'off' ? <LiveQuality state={state} /> : null}
        {state ? <LiveShippingPane state={state} /> : null}
        {state?.marks.length ? <LiveMarks state={state} /> : null}
      </div>
    </section>
  );
}

/** Connected devices of other models with the same serial: one of them does not tell the truth about itself. */
function namesakesOf(device: LiveDevice, connected: readonly LiveDevice[]): readonly LiveDevice[] {
  const model = ({ vendorId, productId }: LiveDevice) => `${vendorId}:${productId}`;
  return connected.filter(
    (other) => device.serial !== undefined && other.serial === device.serial && model(other) !== model(device),
  );
}

function Connected({
  device,
  namesakes,
  nowMs,
}: {
  device: LiveDevice;
  namesakes: readonly LiveDevice[];
  nowMs: number;
}) {
  const zone = useZone();
  const isGone = device.disconnectedMs !== undefined;
  return (
    <div className={isGone ? 'connected is-gone' : 'connected'}>
      <div className="row">
        <Icon of={IconDeviceUsb} />
        <b className="b grow clip">
          <Name text={deviceTitle(device)} isClipped />
        </b>
        {device.disconnectedMs === undefined ? null : (
          <span className="tag">{texts.removed(formatClock(device.disconnectedMs, zone, true))}</span>
        )}
      </div>
      <dl className="pairs">
        <dt>{texts.connected}</dt>
        <dd>
          {device.connectedMs === undefined
            ? texts.beforeTheCaptureBegan
            : texts.connectedFor(
                formatClock(device.connectedMs, zone, true),
                formatDuration((device.disconnectedMs ?? nowMs) - device.connectedMs),
              )}
        </dd>
        {isGone ? null : <dt>{device.volumes.length === 1 ? texts.volume : texts.volumes}</dt>}
        {isGone ? null : (
          <dd>
            {device.volumes.length === 0
              ? texts.none
              : device.volumes.map((volume) => (
                  <span key={volume.node} className="volume">
                    <Name
                      text={[
                        volume.mountPoint ?? texts.notMounted,
                        volume.label,
                        volume.fileSystem && fileSystemName(volume.fileSystem),
                      ]
                        .filter(Boolean)
                        .join(' ')}
                    />
                    {volume.sizeBytes === undefined ? '' : `, ${formatBytes(volume.sizeBytes)}`}
                    {volume.isReadOnly ? texts.readOnly : ''}
                  </span>
                ))}
          </dd>
        )}
        <dt>{texts.identity}</dt>
        <dd>
          <code>
            <Name
              text={[
                device.vendorId && device.productId ? `${device.vendorId}:${device.productId}` : '',
                device.serial ?? '',
              ]
                .filter(Boolean)
                .join(' ')}
            />
          </code>
        </dd>
        {isGone ? null : (
          <>
            <dt>{texts.howSure}</dt>
            <dd>{identityText(device.identity)}</dd>
            <dt>{texts.bus}</dt>
            <dd>
              <Name text={`${busName(device.busType)} ${device.busPath}`} />
              {device.speedMbps === undefined ? '' : texts.speed(formatCount(device.speedMbps))}
            </dd>
          </>
        )}
        {device.notes.length > 0 ? (
          <>
            <dt>{texts.note}</dt>
            <dd className="warn">
              {device.notes.map((note) => texts.notes[note]).join('; ')}
              {namesakes.length > 0 ? (
                <>
                  {texts.otherModel} <Name text={namesakes.map(deviceTitle).join(', ')} />
                </>
              ) : null}
            </dd>
          </>
        ) : null}
      </dl>
      <div className="acts">
        <button
          type="button"
          className="btn sm quiet"
          onClick={() => goTo({ view: 'devices', deviceId: device.device })}
        >
          {texts.history}
        </button>
        {isGone ? null : (
          <LiveActions
            label={texts.actOn(deviceTitle(device))}
            actions={[
              ...device.volumes
                .flatMap((volume) =>
                  volume.mountPoint ? [{ kind: 'unmount' as const, mountPoint: volume.mountPoint }] : [],
                )
                .slice(0, 1),
              { kind: 'power-off', busPath: device.busPath },
              { kind: 'deny-new-devices' },
              { kind: 'allow-new-devices' },
            ]}
          />
        )}
      </div>
    </div>
  );
}
