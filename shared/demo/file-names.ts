import type { FileTheme } from './company-profile.ts';
import type { Random } from './random.ts';

interface Theme {
  readonly folders: readonly string[];
  readonly stems: readonly string[];
  readonly extensions: readonly (readonly [string, number])[];
}

const themeWeights: Readonly<Record<FileTheme, Theme>> = {
  office: {
    folders: ['Documents', 'Projects/Berth 7', 'Minutes', 'Offers 2026', 'Training', 'Transfer'],
    stems: [
      'Minutes',
      'Offer',
      'Schedule',
      'Letter',
      'Presentation',
      'Overview',
      'Checklist',
      'Contract draft',
      'Report',
      'Agenda',
    ],
    extensions: [
      ['docx', 5],
      ['xlsx', 4],
      ['pdf', 5],
      ['pptx', 2],
      ['txt', 1],
      ['msg', 1],
    ],
  },
  finance: {
    folders: ['Accounting', 'Closing Q3', 'Payroll', 'Tax', 'Invoices'],
    stems: [
      'Invoice',
      'Ledger',
      'Payroll',
      'Balance',
      'Forecast',
      'Cost centres',
      'Bank statement',
      'Salary list',
      'Budget',
    ],
    extensions: [
      ['xlsx', 5],
      ['pdf', 5],
      ['csv', 2],
      ['docx', 1],
    ],
  },
  personnel: {
    folders: ['Personnel', 'Applications', 'Contracts'],
    stems: ['Application', 'Employment contract', 'Appraisal', 'Certificate', 'Staff list', 'Holiday plan'],
    extensions: [
      ['pdf', 5],
      ['docx', 4],
      ['xlsx', 1],
    ],
  },
  engineering: {
    folders: ['Drawings', 'Crane 12', 'Measurements', 'CAM', 'Bill of materials'],
    stems: ['Drawing', 'Assembly', 'Bracket', 'Measurement', 'Layout', 'Pump', 'Gear', 'Schematic', 'Test run'],
    extensions: [
      ['dwg', 4],
      ['step', 3],
      ['pdf', 3],
      ['csv', 3],
      ['nc', 2],
      ['stl', 1],
    ],
  },
  media: {
    folders: ['Footage', 'Shoot 2026-09', 'Exports', 'Selects', 'Posters'],
    stems: ['IMG', 'DSC', 'clip', 'final cut', 'poster', 'interview', 'teaser', 'banner'],
    extensions: [
      ['jpg', 6],
      ['mp4', 3],
      ['psd', 2],
      ['png', 2],
      ['mov', 1],
      ['wav', 1],
    ],
  },
  source: {
    folders: ['src', 'src/core', 'src/net', 'lib', 'test', 'firmware', 'include'],
    stems: ['main', 'parser', 'driver', 'queue', 'config', 'module', 'handler', 'index', 'model', 'protocol'],
    extensions: [
      ['c', 4],
      ['h', 4],
      ['py', 3],
      ['js', 2],
      ['json', 2],
      ['md', 1],
      ['txt', 1],
    ],
  },
  backup: {
    folders: ['Backup/C/Users', 'Backup/C/Data', 'Backup/D', 'Backup/Profiles'],
    stems: ['segment', 'chunk', 'block', 'set', 'part', 'volume'],
    extensions: [
      ['vbk', 2],
      ['dat', 4],
      ['zip', 2],
      ['vhdx', 1],
      ['docx', 2],
      ['xlsx', 2],
    ],
  },
  system: {
    folders: ['System Volume Information', '.index', 'Recovery'],
    stems: ['WPSettings', 'IndexerVolumeGuid', 'tracking', 'catalog'],
    extensions: [
      ['dat', 3],
      ['log', 1],
    ],
  },
  installer: {
    folders: ['Install', 'Drivers', 'Setup/x64', 'Updates'],
    stems: ['setup', 'driver', 'package', 'data', 'payload', 'readme', 'license'],
    extensions: [
      ['msi', 1],
      ['exe', 2],
      ['cab', 3],
      ['inf', 2],
      ['dll', 3],
      ['txt', 1],
    ],
  },
  archive: {
    folders: ['Export', 'Transfer', 'out', 'Archive'],
    stems: ['export', 'archive', 'data', 'dump', 'mail', 'project', 'customers'],
    extensions: [
      ['7z', 3],
      ['zip', 5],
      ['rar', 1],
      ['pst', 1],
      ['csv', 2],
      ['sql', 1],
    ],
  },
};

/** First bytes and usual entropy of a file type, where sensors record them. */
const contents: Readonly<Record<string, readonly [string, number]>> = {
  docx: ['504b0304140006000800000021', 7.9],
  xlsx: ['504b0304140006000800000021', 7.9],
  pptx: ['504b0304140006000800000021', 7.9],
  pdf: ['255044462d312e370d0a25b5b5', 7.6],
  zip: ['504b03041400000008007a6b', 7.97],
  '7z': ['377abcaf271c0004', 7.99],
  rar: ['526172211a070100', 7.98],
  jpg: ['ffd8ffe000104a464946000101', 7.9],
  png: ['89504e470d0a1a0a0000000d', 7.8],
  mp4: ['000000186674797069736f6d', 7.9],
  exe: ['4d5a90000300000004000000', 6.4],
  dll: ['4d5a90000300000004000000', 6.2],
  msi: ['d0cf11e0a1b11ae100000000', 7.1],
  msg: ['d0cf11e0a1b11ae100000000', 4.8],
  cab: ['4d5343460000000000', 7.9],
  pst: ['2142444e', 5.2],
  txt: ['4461746173686565740d0a', 4.3],
  csv: ['64617465', 4.1],
};

interface FlatTheme {
  readonly folders: readonly string[];
  readonly stems: readonly string[];
  /** As often as its weight. */
  readonly extensions: readonly string[];
}

function flat(separator: string): Readonly<Record<FileTheme, FlatTheme>> {
  const entries = Object.entries(themeWeights).map(([name, theme]) => [
    name,
    {
      folders: theme.folders.map((folder) => folder.replaceAll('/', separator)),
      stems: theme.stems,
      extensions: theme.extensions.flatMap(([extension, weight]) => Array.from({ length: weight }, () => extension)),
    },
  ]);
  return Object.fromEntries(entries) as Readonly<Record<FileTheme, FlatTheme>>;
}

const themes = flat('/');
const windowsThemes = flat('\\');

/** A made-up file. Its folder begins below the volume; parts are joined by `separator`. */
export interface DemoFile {
  readonly path: string;
  readonly extension: string;
  readonly headerBytes: string | undefined;
  readonly entropy: number | undefined;
}

/** The `number`-th file of a session. */
export function makeDemoFile(
  theme: FileTheme,
  volume: string,
  separator: string,
  number: number,
  random: Random,
): DemoFile {
  const { folders, stems, extensions } = (separator === '/' ? themes : windowsThemes)[theme];
  const extension = random.pick(extensions);
  const folder = random.pick(folders);
  // Sensors record the content of some files only.
  const content = random.chance(0.35) ? contents[extension] : undefined;
  return {
    path: `${volume}${separator}${folder}${separator}${random.pick(stems)}_${number}.${extension}`,
    extension,
    headerBytes: content?.[0],
    entropy: content && Math.round((content[1] + random.between(-0.05, 0)) * 1000) / 1000,
  };
}
