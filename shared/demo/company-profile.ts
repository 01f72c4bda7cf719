/** What kind of everyday activity a made-up session is. */
export type BenignClass =
  | 'backup'
  | 'transfer-application'
  | 'update'
  | 'maintenance'
  | 'user-copy'
  | 'rollout'
  | 'one-off'
  | 'new-device'
  | 'system'
  | 'direct-save'
  | 'sync';

/** The kinds of attack. The last four appear only where a profile names them. */
export type AttackKind =
  | 'masquerade'
  | 'living-off-the-land'
  | 'renamed-tool'
  | 'rare-parent'
  | 'low-and-slow'
  | 'big-copy'
  | 'unknown-device'
  | 'odd-hour'
  | 'many-small-files'
  | 'run-from-device'
  | 'foreign-account'
  | 'service-account'
  | 'slow-shell';

export const basicAttackKinds: readonly AttackKind[] = [
  'masquerade',
  'living-off-the-land',
  'renamed-tool',
  'rare-parent',
  'low-and-slow',
  'big-copy',
  'unknown-device',
  'odd-hour',
  'many-small-files',
];

export type DemoOs = 'windows' | 'linux' | 'macos';

/** A program as it runs. `{user}` in its path becomes the account, `{volume}` the written volume. */
export interface DemoProgram {
  readonly name: string;
  readonly executable: string;
  /** Signer; absent where the program is unsigned. */
  readonly publisher?: string | undefined;
  readonly originalName?: string | undefined;
  readonly parent: string;
  readonly commandLine?: string | undefined;
}

export type FileTheme =
  | 'office'
  | 'finance'
  | 'engineering'
  | 'media'
  | 'source'
  | 'personnel'
  | 'backup'
  | 'system'
  | 'installer'
  | 'archive';

export interface Department {
  readonly name: string;
  readonly hostPrefix: string;
  readonly os: DemoOs;
  /** Share of all hosts. */
  readonly share: number;
  /** Copies of a user on a working day. */
  readonly copiesPerDay: number;
  /** Median files and median file size of a copy. */
  readonly copyFiles: number;
  readonly fileBytes: number;
  readonly themes: readonly FileTheme[];
  readonly savesPerDay: number;
  /** Share of hosts with a backup disk, a sync program, and people with a copy program. */
  readonly backupShare: number;
  readonly syncShare: number;
  readonly transferShare: number;
}

/** The programs of one operating system, by what they are used for. */
export interface ProgramSet {
  readonly shell: readonly DemoProgram[];
  readonly backup: readonly DemoProgram[];
  readonly transfer: readonly DemoProgram[];
  readonly update: readonly DemoProgram[];
  readonly maintenance: readonly DemoProgram[];
  readonly save: readonly DemoProgram[];
  readonly sync: readonly DemoProgram[];
  readonly system: readonly DemoProgram[];
  /** New software of the period, one program each. */
  readonly rollout: readonly DemoProgram[];
  /** Stems of names of programs that one or two hosts ever run, and where those lie. */
  readonly oneOffStems: readonly string[];
  readonly oneOffFolders: readonly string[];
  readonly masquerade: readonly DemoProgram[];
  readonly livingOffTheLand: readonly DemoProgram[];
  readonly renamedTool: readonly DemoProgram[];
  readonly rareParent: readonly DemoProgram[];
  readonly runFromDevice: readonly DemoProgram[];
  /** Account of services, its id, and one of an application. */
  readonly serviceUser: string;
  readonly serviceUserId: string;
  readonly applicationUser: string;
}

export interface DeviceModel {
  readonly vendor: string;
  readonly vendorId: string;
  readonly product: string;
  readonly productId: string;
  readonly busType: string;
  readonly capacityBytes: number;
  readonly serial: 'good' | 'none' | 'zero' | 'windows-made';
  readonly weight: number;
}

/** How often things happen, as factors of a host- or user-day. */
export interface ActivityRates {
  readonly newDevice: number;
  readonly visitorDevice: number;
  readonly oneOff: number;
  readonly update: number;
  readonly maintenanceVisits: number;
  readonly bulkCopy: number;
  readonly lateWork: number;
  readonly weekendWork: number;
  /** Share of hosts a rollout reaches, and hours it takes. */
  readonly rolloutReach: number;
  readonly rolloutHours: number;
  readonly backupFiles: number;
  /** Sizes of attacks against everyday ones: 1 as described, less is harder to see. */
  readonly attackSize: number;
}

/** Shares of hosts whose sensor records who signed a program, its hash, the name it was built with, and what started it. */
export interface SensorShares {
  readonly signature: number;
  readonly hash: number;
  readonly originalName: number;
  readonly parent: number;
}

/** Everything by which one made-up company differs from another. */
export interface CompanyProfile {
  readonly name: string;
  readonly departments: readonly Department[];
  readonly programs: Readonly<Partial<Record<DemoOs, ProgramSet>>>;
  readonly sticks: readonly DeviceModel[];
  readonly disks: readonly DeviceModel[];
  readonly firstNames: readonly string[];
  readonly lastNames: readonly string[];
  readonly accountStyle: 'initial-dot-last' | 'first-last-letter' | 'number';
  readonly domain: string;
  /** Hours that the company's clocks are ahead of UTC. */
  readonly utcOffsetHours: number;
  /** People work in one of three rotating shifts instead of by day. */
  readonly shiftWork: boolean;
  /** People who are there for a week or two, with their own devices. Share of all people. */
  readonly contractorShare: number;
  /** Share of hosts that more than one person uses. */
  readonly sharedHostShare: number;
  /** People who work at another host of their kind on some days: their share, and that of their days. Absent: nobody. */
  readonly moving?: { readonly share: number; readonly chance: number } | undefined;
  /** Share of hosts with device events. */
  readonly deviceEventShare: number;
  readonly sensor: SensorShares;
  readonly rates: ActivityRates;
  readonly attackKinds: readonly AttackKind[];
  readonly incidentsPerKind: number;
}
