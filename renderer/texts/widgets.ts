import { formatCount, formatPlain } from '../window-format.ts';

/** English of the parts that every view is made of. */
export const widgetTexts = {
  score: (whole: number) => `Score ${formatCount(whole)} of ${formatCount(100)}`,
  meter: (whole: number, threshold: number | undefined) =>
    `${formatCount(whole)} of ${formatCount(100)}${threshold === undefined ? '' : `, marked at ${formatCount(threshold)}`}`,
  elasticMeter: (whole: number, ceiling: number, threshold: number | undefined) =>
    `${formatCount(whole)} of at most ${formatCount(ceiling)}${threshold === undefined ? '' : `, the rule’s threshold is ${formatCount(threshold)}`}`,
  step: (number: number) => `Step ${formatCount(number)}`,
  stepDecided: (number: number) => `Step ${formatCount(number)}, decided`,
  facetTitle: (figure: string, text: string) => `${figure}. ${text} Show the writes behind it.`,
  figureBetween: (least: number, most: number) => `A number from ${formatPlain(least)} to ${formatPlain(most)}.`,
  tryAgain: 'Try again',
  waitsForSource: 'Shown again once the source answers.',
  bug: 'Something broke in the window.',
  broke: 'Something broke in this view',
  showAgain: 'Show it again',
  hiddenCharacter: 'A character that cannot be seen',
  hashStates: {
    linked: 'fits the entry before',
    verified: 'verified against the file',
    broken: 'does not fit',
    unchecked: 'not checked',
  },
  hashTitle: (hash: string, state: string) => `${hash} (${state}). Click to copy.`,
  hashLabel: (start: string, state: string) => `Hash ${start}, ${state}. Copy.`,
  nothingLost: 'Nothing that was stored or decided is lost.',
} as const;
