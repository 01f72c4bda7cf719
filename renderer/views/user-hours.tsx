import { Bar, BarChart, Cell, XAxis } from 'recharts';
import { zoneOffsetMinutes } from '../../shared/base/format.ts';
import { hourMs } from '../../shared/base/time.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { useAsk } from '../queries.ts';
import { useZone } from '../state.ts';
import { investigateTexts as texts } from '../texts/investigate.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Name } from '../widgets/name.tsx';
import { formatCount, formatHour } from '../window-format.ts';

/** The hours of the day, in the window's zone, that an instant range touches. */
export function hoursOf(startMs: number, endMs: number, offsetMinutes: number): ReadonlySet<number> {
  const offsetMs = offsetMinutes * 60_000;
  const first = Math.floor((startMs + offsetMs) / hourMs);
  const last = Math.floor((endMs + offsetMs) / hourMs);
  const hours = new Set<number>();
  for (let hour = first; hour <= Math.min(last, first + 23); hour += 1) hours.add(((hour % 24) + 24) % 24);
  return hours;
}

/** When a user writes to devices, by the hour of the day, before the finding; the finding's own hours stand out. */
export function UserHours({ finding }: { finding: FindingRow }) {
  const zone = useZone();
  const offsetMinutes = zoneOffsetMinutes(finding.startMs, zone);
  const hours = useAsk('hours.read', {
    filter: { users: [finding.user], toMs: finding.startMs },
    offsetMinutes,
  });
  if (hours.error) return <FailureNotice error={hours.error} />;
  if (!hours.data) return <span className="skeleton" style={{ width: '100%', height: 60 }} />;
  const total = hours.data.events.reduce((sum, events) => sum + events, 0);
  if (total === 0) return <span className="faint">{texts.noEarlierWrite}</span>;
  const own = hoursOf(finding.startMs, finding.endMs, offsetMinutes);
  const rows = hours.data.events.map((events, hour) => ({ hour, events, isOwn: own.has(hour) }));
  const inOwn = rows.filter((row) => row.isOwn).reduce((sum, row) => sum + row.events, 0);
  const names = [...own].map((hour) => `${formatHour(hour)}–${formatHour(hour + 1)}`).join(', ');
  return (
    <figure className="hours">
      <div
        role="img"
        aria-label={texts.earlierWrites(
          rows
            .filter((row) => row.events > 0)
            .map((row) => `${formatHour(row.hour)} ${formatCount(row.events)}`)
            .join(', '),
        )}
      >
        <BarChart
          width={304}
          height={60}
          data={rows}
          margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <XAxis
            dataKey="hour"
            interval={5}
            height={16}
            tickLine={false}
            tickFormatter={formatHour}
            tick={{ fontSize: 11, fill: 'var(--text-3)' }}
            axisLine={{ stroke: 'var(--line-2)' }}
          />
          <Bar dataKey="events" isAnimationActive={false} minPointSize={0}>
            {rows.map((row) => (
              <Cell key={row.hour} fill={row.isOwn ? 'var(--c1)' : 'var(--span)'} />
            ))}
          </Bar>
        </BarChart>
      </div>
      <figcaption className="t11 faint">
        <Name text={finding.user} />
        {texts.hoursText(texts.countedEarlierEvents(total), formatCount(inOwn), names)}
      </figcaption>
    </figure>
  );
}
