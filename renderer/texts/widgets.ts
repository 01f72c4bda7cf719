/** English of the parts that every view is made of. */
export const widgetTexts = {
  tryAgain: 'Try again',
  waitsForSource: 'Shown again once the source answers.',
  broke: 'Something broke in this view',
  showAgain: 'Show it again',
  nothingLost: 'Nothing that was stored or decided is lost.',
} as const;
