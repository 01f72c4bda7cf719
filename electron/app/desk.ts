import { join } from 'node:path';
import { safeStorage } from 'electron';
import type { Log } from '../platform/log.ts';
import { openSettings, type Settings } from '../platform/settings.ts';
import { type AppSettings, appSettingsSchema } from './app-settings.ts';
import { setMenu } from './menu.ts';
import { openSecretVault, toCipher } from './secret-vault.ts';
import { openWorkbench, type Workbench, type WorkbenchOptions } from './workbench.ts';

/** What all windows of the program share. It is loaded after the first window shows. */
export interface Desk {
  readonly settings: Settings<AppSettings>;
  readonly setMenu: typeof setMenu;
  openWorkbench(
    place: Pick<WorkbenchOptions, 'workspacePath' | 'frame' | 'engineProcess' | 'openFrame' | 'onFocus' | 'onClosed'>,
  ): Workbench;
}

export async function openDesk(options: {
  readonly userData: string;
  readonly built: string;
  readonly log: Log;
}): Promise<Desk> {
  const { userData, log } = options;
  const settings = await openSettings(join(userData, 'settings.json'), appSettingsSchema);
  if (settings.problem) log.info('settings.damaged');
  log.keep(settings.value.log);
  const secrets = await openSecretVault(userData, toCipher(safeStorage));
  return {
    settings,
    setMenu,
    openWorkbench: (place) => openWorkbench({ ...options, ...place, secrets, settings }),
  };
}
