/** The menu of the application a command stands in; commands without one are in the palette and on keys only. */
export type CommandMenu = 'file' | 'edit' | 'view' | 'go' | 'finding' | 'help';

/**
 * A thing the person can do. `shortcut` is written as in Electron accelerators, with `CmdOrCtrl` for the platform's own
 * key. Single letters and arrows work only while no text field has the focus, so the native menu shows but never
 * registers them (`isBareKey`).
 */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly menu?: CommandMenu;
  readonly shortcut?: string;
  /** A second key, bare; the native menu does not show it. */
  readonly also?: string;
}

/**
 * The one table of commands. Menu, palette, shortcut sheet and buttons read from it; what each does is in
 * `renderer/commands.ts`, which does not compile when one is missing.
 */
export const commands = [
  { id: 'import.choose', title: 'Import files…', menu: 'file', shortcut: 'CmdOrCtrl+O' },
  { id: 'import.demo', title: 'Open the demo', menu: 'file' },
  { id: 'window.open', title: 'Open in a new window', menu: 'file', shortcut: 'CmdOrCtrl+N' },
  { id: 'import.cancel', title: 'Cancel the import' },
  { id: 'live.start', title: 'Watch this computer', menu: 'file' },
  { id: 'live.stop', title: 'Stop watching this computer', menu: 'file' },
  { id: 'live.hold', title: 'Hold the live view', menu: 'view', shortcut: 'Space' },
  { id: 'live.mark', title: 'Mark this moment…', menu: 'file', shortcut: 'M' },
  { id: 'edit.undo', title: 'Undo', menu: 'edit', shortcut: 'CmdOrCtrl+Z' },
  { id: 'processes.copy-csv', title: 'Copy the process table as CSV', menu: 'edit' },
  { id: 'finding.copy-link', title: 'Copy a link to the finding', menu: 'edit' },
  { id: 'case.copy-link', title: 'Copy a link to the case', menu: 'edit' },
  { id: 'palette.open', title: 'Find or run a command', menu: 'edit', shortcut: 'CmdOrCtrl+K' },
  { id: 'view.investigate', title: 'Investigate', menu: 'go', shortcut: 'CmdOrCtrl+1' },
  { id: 'view.live', title: 'Live', menu: 'go', shortcut: 'CmdOrCtrl+2' },
  { id: 'view.devices', title: 'Devices', menu: 'go', shortcut: 'CmdOrCtrl+3' },
  { id: 'view.cases', title: 'Cases', menu: 'go', shortcut: 'CmdOrCtrl+4' },
  { id: 'view.sources', title: 'Sources', menu: 'go', shortcut: 'CmdOrCtrl+5' },
  { id: 'view.rules', title: 'Rules', menu: 'go', shortcut: 'CmdOrCtrl+6' },
  { id: 'go.back', title: 'Back', menu: 'go', shortcut: 'Alt+Left', also: 'Escape' },
  { id: 'go.forward', title: 'Forward', menu: 'go', shortcut: 'Alt+Right' },
  { id: 'finding.next', title: 'Next finding', menu: 'finding', shortcut: 'J' },
  { id: 'finding.previous', title: 'Previous finding', menu: 'finding', shortcut: 'K' },
  { id: 'finding.acknowledge', title: 'Acknowledge the finding', menu: 'finding', shortcut: 'A' },
  { id: 'finding.close', title: 'Close the finding…', menu: 'finding', shortcut: 'X' },
  { id: 'finding.reopen', title: 'Reopen the finding', menu: 'finding' },
  { id: 'finding.show-steps', title: 'Show the investigation steps', menu: 'finding', shortcut: 'I', also: '1' },
  { id: 'finding.show-benign', title: 'Show the false-positive checks', menu: 'finding', shortcut: '2' },
  { id: 'finding.show-response', title: 'Show the response to the finding', menu: 'finding', shortcut: '3' },
  { id: 'finding.show-writes', title: 'Show the writes of the finding', menu: 'finding', shortcut: 'W', also: '4' },
  { id: 'finding.open-case', title: 'Show the case of the finding', menu: 'finding', shortcut: 'C', also: '5' },
  { id: 'queue.filter', title: 'Filter the findings', menu: 'finding', shortcut: '/' },
  { id: 'queue.clear-filter', title: 'Clear the filter of the findings', menu: 'finding' },
  { id: 'timeline.zoom-in', title: 'Zoom in', menu: 'view', shortcut: 'Plus' },
  { id: 'timeline.zoom-out', title: 'Zoom out', menu: 'view', shortcut: '-' },
  { id: 'timeline.fit-finding', title: 'Fit the finding', menu: 'view', shortcut: '0' },
  { id: 'timeline.whole-history', title: 'Show the whole history', menu: 'view', shortcut: 'Home' },
  { id: 'timeline.pin', title: 'Pin or free the crosshair', menu: 'view', shortcut: 'P' },
  { id: 'timeline.note', title: 'Add a note at the crosshair', menu: 'view', shortcut: 'N' },
  { id: 'timeline.toggle-table', title: 'Timeline as table', menu: 'view', shortcut: 'T' },
  { id: 'filter.clear', title: 'Show all hosts, devices and processes', menu: 'view' },
  { id: 'theme.system', title: 'Theme: as the system', menu: 'view' },
  { id: 'theme.light', title: 'Theme: light', menu: 'view' },
  { id: 'theme.dark', title: 'Theme: dark', menu: 'view' },
  { id: 'zone.toggle', title: 'Switch times between local and UTC', menu: 'view', shortcut: 'U' },
  { id: 'settings.open', title: 'Settings', menu: 'edit', shortcut: 'CmdOrCtrl+,' },
  { id: 'audit.open', title: 'Audit journal', menu: 'go' },
  { id: 'support.open', title: 'Support bundle', menu: 'help' },
  { id: 'help.shortcuts', title: 'Keyboard shortcuts', menu: 'help', shortcut: '?' },
  { id: 'help.about', title: 'About Portside', menu: 'help' },
] as const satisfies readonly Command[];

export type CommandId = (typeof commands)[number]['id'];

/** Whether a shortcut is a key without Ctrl, Cmd or Alt: the page hears it itself, the menu only shows it. */
export function isBareKey(shortcut: string): boolean {
  return !/CmdOrCtrl|Alt/.test(shortcut);
}
