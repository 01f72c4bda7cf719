/** English of the parts that every view is made of. */
export const widgetTexts = {
  tryAgain: 'Try again',
  waitsForSource: 'Shown again once the source answers.',
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
