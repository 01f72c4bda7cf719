/** English of the settings. */
export const settingsTexts = {
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  times: 'Times',
  timesText: 'The zone of every time on screen; the status bar names it. Reports give local time and UTC.',
  zones: { local: 'Local', utc: 'UTC' },
  notifications: 'Notifications',
  notificationsText: 'What the system shows while the window is in the background. The count on the icon stays.',
  notificationChoices: { on: 'On new alerts', off: 'Off' },
  keys: 'Keys',
  keysText: {
    encrypted: 'API keys and passwords are kept encrypted with the key ring of this system, never in the workspace.',
    memory: 'This system has no key ring: API keys and passwords are kept in memory and asked for after a restart.',
  },
  openSources: 'Open Sources',
  store: 'Workspace',
  storeText: 'Evidence stays until its workspace is removed. Cases hold copies of their own.',
  redaction: 'Redaction',
  redactionText: 'Names of people, hosts and paths are replaced where it is ticked for an export of a case.',
} as const;
