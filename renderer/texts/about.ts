import { formatCounted } from '../window-format.ts';

/** English of the About view. */
export const aboutTexts = {
  purpose:
    'Portside answers one question: which process copied data onto a removable device, was that unusual, and can it be proved what happened.',
  portside: 'Portside',
  electron: 'Electron',
  node: 'Node.js',
  workspace: 'Workspace',
  licence: 'Licence',
  licenceText: 'Apache License 2.0. The rule’s guide is told in words of our own.',
  unknown: '–',
  packages: (count: number) => `Built with ${formatCounted(count, 'package', 'packages')}`,
  packageColumns: { name: 'Package', version: 'Version', licence: 'Licence' },
} as const;
