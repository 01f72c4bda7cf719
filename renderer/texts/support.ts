import { formatCounted } from '../window-format.ts';

/** English of the support bundle. */
export const supportTexts = {
  lead: 'What helps to find a fault, as plain text. It holds no evidence, no secret and no text of the settings. Look through it, then save it; nothing is sent anywhere.',
  collecting: 'Collecting',
  files: 'Files of the bundle',
  content: (name: string) => `Content of ${name}`,
  empty: 'Empty.',
  save: 'Save to a folder',
  saving: 'Saving',
  saved: (files: number) => `${formatCounted(files, 'file', 'files')} saved in`,
  collectAgain: 'Collect again',
} as const;
