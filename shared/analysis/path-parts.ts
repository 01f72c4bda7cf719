/** Whether a path is one of Windows: a drive letter or a share, or backslashes and no slash. */
export function isWindowsPath(path: string): boolean {
  return /^[a-z]:|^\\\\/i.test(path) || (path.includes('\\') && !path.includes('/'));
}

function lastSeparator(path: string): number {
  return isWindowsPath(path) ? Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) : path.lastIndexOf('/');
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return path.slice(lastSeparator(path) + 1);
}

/** Everything before the last part, without the separator; undefined where a path has no folder. */
export function folderOf(path: string): string | undefined {
  const at = lastSeparator(path);
  return at < 0 ? undefined : path.slice(0, at) || '/';
}

/** The extension in lower case without its dot; empty where there is none. */
export function extensionOf(path: string): string {
  const name = fileNameOf(path);
  const at = name.lastIndexOf('.');
  return at <= 0 ? '' : name.slice(at + 1).toLowerCase();
}

/** A kind of folder that programs rarely run from for a good reason. Folders of the system and of installs are absent. */
export type SuspectFolder = 'temp' | 'downloads' | 'roaming' | 'recycle-bin' | 'public' | 'removable';

const suspectFolders: readonly (readonly [SuspectFolder, RegExp])[] = [
  ['recycle-bin', /[\\/](?:\$recycle\.bin|recycler|\.trash(?:es|-\d+)?|trash[\\/]files)(?:[\\/]|$)/i],
  ['temp', /[\\/](?:temp|tmp)(?:[\\/]|$)|^\/(?:private\/)?var\/folders\/|^\/dev\/shm(?:\/|$)/i],
  ['downloads', /[\\/]downloads(?:[\\/]|$)/i],
  ['roaming', /[\\/]appdata[\\/]roaming(?:[\\/]|$)/i],
  ['public', /[\\/]users[\\/]public(?:[\\/]|$)/i],
];

/**
 * The suspect kind of folder an executable runs from, if it is one. `deviceVolume` is the drive letter or mount point of
 * the written device: a program that runs from the very device it writes to.
 */
export function suspectFolderOf(executable: string, deviceVolume?: string): SuspectFolder | undefined {
  if (deviceVolume !== undefined && isOnVolume(executable, deviceVolume)) return 'removable';
  const folder = folderOf(executable) ?? '';
  return suspectFolders.find(([, pattern]) => pattern.test(folder))?.[0];
}

/** Whether a path lies on a volume named by drive letter (`E:`) or mount point. */
export function isOnVolume(path: string, volume: string): boolean {
  const root = volume.replace(/[\\/]+$/, '');
  if (root === '') return false;
  const starts = /^[a-z]:$/i.test(root) ? path.toLowerCase().startsWith(root.toLowerCase()) : path.startsWith(root);
  return starts && (path.length === root.length || /[\\/]/.test(path.charAt(root.length)));
}

const folderWords: Readonly<Record<SuspectFolder, string>> = {
  temp: 'a temporary folder',
  downloads: 'a download folder',
  roaming: 'AppData\\Roaming',
  'recycle-bin': 'a recycle bin',
  public: 'the public user folder',
  removable: 'the removable device itself',
};

/** A suspect folder in words, such as "a temporary folder". */
export function suspectFolderText(folder: SuspectFolder): string {
  return folderWords[folder];
}
