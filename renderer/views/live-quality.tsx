import { IconInfoCircle } from '@tabler/icons-react';
import type { LiveState } from '../../shared/model/live.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { formatBytes, formatPercent } from '../window-format.ts';
import { attributed } from './live-words.ts';

/** How the bytes on the disks divide by how well they are attributed. */
export function LiveQuality({ state }: { state: LiveState }) {
  const { totals } = state;
  const all = Math.max(1, attributed(totals) + totals.unattributedBytes);
  const parts = [
    { key: 'q1', title: texts.exact, bytes: totals.exactBytes },
    { key: 'q2', title: texts.range, bytes: totals.rangeBytes },
    { key: 'q3', title: texts.sampled, bytes: totals.sampledBytes },
    { key: 'q4', title: texts.unattributed, bytes: totals.unattributedBytes },
  ];
  return (
    <>
      <div className="bar table-bar">
        <h2>{texts.captureQuality}</h2>
      </div>
      <div className="quality">
        <p className="t12 dim">{texts.qualityLead(formatBytes(totals.diskBytes))}</p>
        <div
          className="quality-bar"
          role="img"
          aria-label={parts.map((part) => `${part.title} ${formatPercent(part.bytes / all, 1)}`).join(', ')}
        >
          {parts.map((part) =>
            part.bytes > 0 ? <i key={part.key} className={part.key} style={{ flexGrow: part.bytes / all }} /> : null,
          )}
        </div>
        <ul className="quality-list">
          {parts.map((part) => (
            <li key={part.key}>
              <i className={part.key} />
              <span>{part.title}</span>
              <span className="num">{formatBytes(part.bytes)}</span>
              <span className="num faint">{formatPercent(part.bytes / all, 1)}</span>
            </li>
          ))}
        </ul>
        <div className="note">
          <Icon of={IconInfoCircle} />
          <span>
            {state.method.sentence} {state.method.wouldAdd}
          </span>
        </div>
        {state.problems.slice(0, 5).map((problem) => (
          <div key={`${problem.atMs} ${problem.message}`} className="note warn">
            <Icon of={IconInfoCircle} />
            <span>
              <Name text={problem.message} /> {problem.hint ? <Name text={problem.hint} /> : null}
            </span>
          </div>
        ))}
      </div>
    </>
  );
}
