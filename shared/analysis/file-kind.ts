/** What a file is by its first bytes, where they tell. */
export interface FileKind {
  readonly name: string;
  /** Extensions that such a file rightly has, lower case. */
  readonly extensions: readonly string[];
  readonly isArchive: boolean;
}

const zipBased = [
  'zip',
  'docx',
  'xlsx',
  'pptx',
  'docm',
  'xlsm',
  'pptm',
  'dotx',
  'xltx',
  'potx',
  'odt',
  'ods',
  'odp',
  'jar',
  'war',
  'apk',
  'epub',
  'vsdx',
  'msix',
  'appx',
  'nupkg',
  'whl',
  'xpi',
  'kmz',
  'ipa',
  'crx',
  'thmx',
  'vsix',
];

/** Signatures by file format, most specific first. From the formats' own descriptions. */
const signatures: readonly (readonly [string, FileKind])[] = [
  ['377abcaf271c', { name: '7-Zip archive', extensions: ['7z', '001'], isArchive: true }],
  ['526172211a07', { name: 'RAR archive', extensions: ['rar', 'r00', 'part1'], isArchive: true }],
  ['504b0304', { name: 'Zip archive or Office document', extensions: zipBased, isArchive: true }],
  ['504b0506', { name: 'empty Zip archive', extensions: zipBased, isArchive: true }],
  ['1f8b08', { name: 'gzip archive', extensions: ['gz', 'tgz', 'svgz', 'emz'], isArchive: true }],
  ['425a68', { name: 'bzip2 archive', extensions: ['bz2', 'tbz', 'tbz2'], isArchive: true }],
  ['fd377a585a00', { name: 'xz archive', extensions: ['xz', 'txz'], isArchive: true }],
  ['28b52ffd', { name: 'Zstandard archive', extensions: ['zst', 'tzst'], isArchive: true }],
  ['4d534346', { name: 'cabinet archive', extensions: ['cab', 'msu'], isArchive: true }],
  ['25504446', { name: 'PDF', extensions: ['pdf', 'ai', 'fdf'], isArchive: false }],
  [
    'd0cf11e0a1b11ae1',
    {
      name: 'old Office or installer document',
      extensions: ['doc', 'xls', 'ppt', 'msg', 'msi', 'msp', 'vsd', 'db', 'pub', 'mpp', 'dot', 'xlt', 'pps'],
      isArchive: false,
    },
  ],
  ['2142444e', { name: 'Outlook mailbox', extensions: ['pst', 'ost'], isArchive: false }],
  [
    '4d5a',
    {
      name: 'Windows program',
      extensions: ['exe', 'dll', 'sys', 'scr', 'com', 'ocx', 'cpl', 'efi', 'mui', 'drv', 'ax', 'pyd', 'node', 'tmp'],
      isArchive: false,
    },
  ],
  [
    '7f454c46',
    { name: 'Linux program', extensions: ['', 'so', 'o', 'ko', 'elf', 'bin', 'node', 'axf'], isArchive: false },
  ],
  ['cffaedfe', { name: 'macOS program', extensions: ['', 'dylib', 'so', 'o', 'bundle'], isArchive: false }],
  ['ffd8ff', { name: 'JPEG picture', extensions: ['jpg', 'jpeg', 'jpe', 'jfif', 'thm'], isArchive: false }],
  ['89504e470d0a1a0a', { name: 'PNG picture', extensions: ['png', 'apng'], isArchive: false }],
  ['47494638', { name: 'GIF picture', extensions: ['gif'], isArchive: false }],
  [
    '53514c69746520666f726d6174',
    {
      name: 'SQLite database',
      extensions: ['db', 'sqlite', 'sqlite3', 'db3', 'kdbx', 'gpkg', 'mbtiles', ''],
      isArchive: false,
    },
  ],
  ['03d9a29a', { name: 'KeePass database', extensions: ['kdbx', 'kdb'], isArchive: false }],
  ['4c554b53babe', { name: 'LUKS container', extensions: ['luks', 'img', ''], isArchive: true }],
  ['76686478', { name: 'virtual disk', extensions: ['vhdx', 'avhdx'], isArchive: true }],
  ['7b5c727466', { name: 'RTF document', extensions: ['rtf', 'doc'], isArchive: false }],
];

/** Extensions of archives, disk images and encrypted containers, lower case. */
export const archiveExtensions: ReadonlySet<string> = new Set([
  '7z',
  'zip',
  'rar',
  'gz',
  'tgz',
  'bz2',
  'tbz',
  'xz',
  'txz',
  'zst',
  'tar',
  'cab',
  'arj',
  'lzh',
  'ace',
  'vhd',
  'vhdx',
  'vmdk',
  'iso',
  'img',
  'dmg',
  'tc',
  'hc',
  'luks',
  'gpg',
  'pgp',
  'aes',
  'kdbx',
  '001',
  'wim',
]);

/** Extensions whose content is dense anyway (compressed, encrypted, media), so high entropy means nothing. */
const denseExtensions: ReadonlySet<string> = new Set([
  ...archiveExtensions,
  ...zipBased,
  'pdf',
  'jpg',
  'jpeg',
  'png',
  'gif',
  'webp',
  'heic',
  'mp3',
  'mp4',
  'm4a',
  'm4v',
  'mov',
  'avi',
  'mkv',
  'webm',
  'ogg',
  'flac',
  'wma',
  'wmv',
  'woff',
  'woff2',
  'exe',
  'msi',
  'dll',
  'pst',
  'ost',
]);

/** Whether high entropy is ordinary for this extension. */
export function isDenseExtension(extension: string): boolean {
  return denseExtensions.has(extension.toLowerCase());
}

/** What the first bytes (hex, upper or lower case, blanks allowed) say; undefined where they tell nothing. */
export function fileKindOf(headerHex: string): FileKind | undefined {
  const hex = headerHex.replace(/[^0-9a-f]/gi, '').toLowerCase();
  return signatures.find(([signature]) => hex.startsWith(signature))?.[1];
}

/** Whether the first bytes contradict the extension: a known kind under an extension that such a file never has. */
export function isHeaderMismatch(headerHex: string, extension: string): boolean {
  const kind = fileKindOf(headerHex);
  if (kind === undefined || ['tmp', 'part', 'partial', 'crdownload', 'bak', 'old'].includes(extension.toLowerCase()))
    return false;
  return !kind.extensions.includes(extension.toLowerCase());
}
