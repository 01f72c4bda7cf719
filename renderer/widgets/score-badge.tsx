import { widgetTexts as texts } from '../texts/widgets.ts';
import { formatCount } from '../window-format.ts';
/** Band of a score: 4 from 75, 3 from 50, 2 from 25, else 1. The number is always beside it: colour is never the only sign. */
export function scoreBand(score: number): 1 | 2 | 3 | 4 {
  if (score >= 75) return 4;
  if (score >= 50) return 3;
  return score >= 25 ? 2 : 1;
}

/** A score as a number; filled from 75, outlined below. */
export function ScoreBadge({ score }: { score: number }) {
  const whole = Math.round(score);
  return (
    <span className={`score k${scoreBand(whole)}`} role="img" aria-label={texts.score(whole)}>
      {formatCount(whole)}
    </span>
  );
}
