import { minuteMs } from '../../shared/base/time.ts';
import type { LiveState } from '../../shared/model/live.ts';
import { emptyEvidence, goTo } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { clampSpan } from '../timeline/span.ts';
import { Name } from '../widgets/name.tsx';
import { bytesParts, formatCount, formatCounted, formatPercent } from '../window-format.ts';
import { attributed } from './live-words.ts';

/** The figures of the whole capture. */
export function LiveFigures({ state }: { state: LiveState }) {
  const rate = state.processes.reduce((sum, row) => sum + row.bytesPerSecond, 0);
  const all = attributed(state.totals) + state.totals.unattributedBytes;
  const share = all > 0 ? attributed(state.totals) / all : undefined;
  const best = state.findings[0];
  const now = bytesParts(rate);
  const sum = bytesParts(all);
  const connected = state.devices.filter(
    (device) => device.disconnectedMs === undefined && device.kind === 'storage',
  ).length;
  return (
    <dl className="live-figures">
      <div>
        <dt>{texts.writingNow}</dt>
        <dd>
          {now.figure} <small>{now.unit}/s</small>
        </dd>
      </div>
      <div>
        <dt>{texts.writtenSinceStart}</dt>
        <dd>
          {sum.figure}{' '}
          <small>
            {sum.unit}, {formatCounted(connected, texts.storageDevice, texts.storageDevices)} {texts.connectedUnit}
          </small>
        </dd>
      </div>
      <div>
        <dt>{texts.attributedToAProcess}</dt>
        <dd>{share === undefined ? '–' : formatPercent(share, 1)}</dd>
      </div>
      <div>
        <dt>{texts.findingsInThisCapture}</dt>
        <dd>
          {formatCount(state.findings.length)}{' '}
          {best ? (
            <small>
              <button
                type="button"
                className="link"
                onClick={() =>
                  goTo(
                    { view: 'investigate', findingId: best.id },
                    {
                      evidence: { ...emptyEvidence, hosts: [state.host] },
                      span: clampSpan({ startMs: best.startMs - 30 * minuteMs, endMs: best.startMs + 30 * minuteMs }),
                    },
                  )
                }
              >
                <Name text={best.process} />, {formatCount(Math.round(best.score))}
              </button>
            </small>
          ) : null}
        </dd>
      </div>
    </dl>
  );
}
