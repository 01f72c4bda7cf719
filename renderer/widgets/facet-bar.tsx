import type { Facet } from '../../shared/model/finding.ts';
import { widgetTexts as texts } from '../texts/widgets.ts';
import { formatCount, formatSentence } from '../window-format.ts';
import { Name } from './name.tsx';

/**
 * One reason of a score. Filled: the points it adds. Hollow: unusual too, but not added, on the scale of the evidence.
 * A click opens the data behind it.
 */
export function FacetBar({
  facet,
  mostPoints,
  mostEvidence,
  onOpen,
  isShort = false,
}: {
  facet: Facet;
  mostPoints: number;
  mostEvidence: number;
  onOpen: () => void;
  /** The figure alone, where many facets stand above each other; a screen reader hears the sentence too. */
  isShort?: boolean;
}) {
  const figure = formatSentence(facet.figure);
  const text = formatSentence(facet.text);
  const isAdded = Math.round(facet.points) > 0;
  const share = isAdded
    ? facet.points / Math.max(1, mostPoints)
    : (0.45 * facet.evidence) / Math.max(0.001, mostEvidence);
  return (
    <button
      type="button"
      className={isAdded ? 'facet' : 'facet hollow'}
      onClick={onOpen}
      title={texts.facetTitle(figure, text)}
    >
      <span className="clip">{facet.title}</span>
      <span className="facet-bar" aria-hidden="true">
        <i style={{ width: `${Math.min(100, 100 * share)}%` }} />
      </span>
      <span className="points">{isAdded ? `+${formatCount(Math.round(facet.points))}` : formatCount(0)}</span>
      {isAdded ? (
        <span className="facet-why">
          <Name text={figure} />
          {'. '}
          <span className={isShort ? 'sr' : ''}>
            <Name text={text} />
          </span>
        </span>
      ) : null}
    </button>
  );
}
