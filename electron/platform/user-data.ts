import { homedir } from 'node:os';
import { join } from 'node:path';

/** Portside's own folder of the person, the one that Electron uses too; here without Electron, for the command line. */
export function userDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === 'win32') {
    return join(environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Portside');
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Portside');
  return join(environment.XDG_CONFIG_HOME || join(homedir(), '.config'), 'Portside');
}

/** Where evidence is kept unless another workspace is asked for. */
export function defaultWorkspace(userData: string): string {
  return join(userData, 'workspace');
}

/** The workspace that the demo data is imported into. */
export function demoWorkspace(userData: string): string {
  return join(userData, 'demo');
}
