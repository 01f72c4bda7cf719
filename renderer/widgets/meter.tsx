import { widgetTexts as texts } from '../texts/widgets.ts';
import { scoreBand } from './score-badge.tsx';

const percent = (value: number) => `${Math.min(100, Math.max(0, value))}%`;

/** A Portside score as a bar of 100; `threshold` as a dashed line. */
export function Meter({ score, threshold }: { score: number; threshold?: number }) {
  const whole = Math.round(score);
  return (
    <span className={`meter k${scoreBand(whole)}`} role="img" aria-label={texts.meter(whole, threshold)}>
      <i style={{ width: percent(score) }} />
      {threshold === undefined ? null : <span className="threshold" style={{ left: percent(threshold) }} />}
    </span>
  );
}

/**
 * Elastic's score with the most it can reach on this host: a solid mark at the ceiling, a hatch over what no score can
 * reach, a dashed line at the rule's threshold. Grey-blue, never a colour of severity.
 */
export function ElasticMeter({ score, ceiling, threshold }: { score: number; ceiling: number; threshold?: number }) {
  return (
    <span
      className="meter elastic"
      role="img"
      aria-label={texts.elasticMeter(Math.round(score), Math.round(ceiling), threshold)}
    >
      <i style={{ width: percent(score) }} />
      <span className="shut" style={{ left: percent(ceiling) }} />
      <span className="ceiling" style={{ left: percent(ceiling) }} />
      {threshold === undefined ? null : <span className="threshold" style={{ left: percent(threshold) }} />}
    </span>
  );
}
