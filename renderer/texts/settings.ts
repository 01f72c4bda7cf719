import { formatBytes } from '../window-format.ts';

/** English of the settings. */
export const settingsTexts = {
  statusDamaged: 'A settings file was damaged',
  damaged: 'Settings that could not be understood were set aside; defaults hold in their place.',
  damagedFile: (original: string, path: string) => `${original} is kept as ${path}.`,
  damagedAdvice:
    'To have it back, correct that file and give it its old name while Portside is closed. Removing it ends this notice.',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  times: 'Times',
  timesText: 'The zone of every time on screen; the status bar names it. Reports give local time and UTC.',
  zones: { local: 'Local', utc: 'UTC' },
  figures: 'Figures and dates',
  figuresChoices: { system: 'As the system', report: 'As in reports' },
  figuresText:
    'Reports, exports and the command line always write 1,234.5 and 19\u00a0Nov\u00a02026,\u00a021:40, whatever is chosen for the window.',
  notifications: 'Notifications',
  notificationsText: 'What the system shows while the window is in the background. The count on the icon stays.',
  notificationChoices: { on: 'On new alerts', off: 'Off' },
  keys: 'Keys',
  keysText: {
    encrypted: 'API keys and passwords are kept encrypted with the key ring of this system, never in the workspace.',
    memory: 'This system has no key ring: API keys and passwords are kept in memory and asked for after a restart.',
  },
  openSources: 'Open Sources',
  engine: 'Limits of the engine',
  memory: 'Memory',
  temporaryDisk: 'Disk for large questions',
  automatic: 'Automatic',
  inForce: (memoryBytes: number, temporaryBytes: number) =>
    `Now it may use ${formatBytes(memoryBytes)} of memory and ${formatBytes(temporaryBytes)} of disk.`,
  bytes: (bytes: number) => formatBytes(bytes),
  engineText: (machineBytes: number, freeBytes: number | undefined) =>
    `This computer has ${formatBytes(machineBytes)} of memory${freeBytes === undefined ? '' : `; ${formatBytes(freeBytes)} are free on the disk of the workspace`}. What is chosen holds from the next start of Portside. A question that needs more fails and says so; nothing is lost.`,
  log: 'Log',
  logs: { everything: 'Everything', problems: 'Problems only' },
  logText: 'States, figures and faults, never evidence. Old parts are removed by themselves. It is in',
  store: 'Workspace',
  onDisk: (bytes: number) => `${formatBytes(bytes)} of evidence`,
  storeText: 'Evidence stays until its workspace is removed. Cases hold copies of their own.',
  redaction: 'Redaction',
  redactionText: 'Names of people, hosts and paths are replaced where it is ticked for an export of a case.',
} as const;
