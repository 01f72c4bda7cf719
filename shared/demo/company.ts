import { dayMs, hourMs } from '../base/time.ts';
import { identifyDevice } from '../model/device-identity.ts';
import type { EcsHost } from '../model/ecs.ts';
import type {
  AttackKind,
  BenignClass,
  CompanyProfile,
  DemoProgram,
  Department,
  DeviceModel,
  FileTheme,
  ProgramSet,
} from './company-profile.ts';
import { Random } from './random.ts';

/** A device as file events (`vendor`, `product`) and device events see it. */
export interface DemoDevice {
  readonly id: string;
  readonly model: DeviceModel;
  readonly serial: string | undefined;
  /** Drive letter or mount point; fixed per device, so that devices without a serial keep one identity. */
  readonly volume: string;
  readonly fileSystem: string;
}

export interface DemoUser {
  readonly account: string;
  readonly userId: string;
  readonly isContractor: boolean;
  /** Working hours of the day, local; a shift worker's move by week. */
  readonly startHour: number;
  readonly endHour: number;
  readonly lateShare: number;
  readonly weekendShare: number;
  /** Days (from the start of the data) between which a contractor is there. */
  readonly fromDay: number;
  readonly toDay: number;
  readonly copyFactor: number;
  readonly sizeFactor: number;
  readonly devices: DemoDevice[];
  readonly transfer: DemoProgram | undefined;
  readonly saves: readonly DemoProgram[];
}

export interface DemoHost {
  readonly name: string;
  readonly department: Department;
  readonly programs: ProgramSet;
  readonly ecs: EcsHost;
  readonly users: readonly DemoUser[];
  readonly hasDeviceEvents: boolean;
  readonly backup: BackupHabit | undefined;
  readonly sync: SyncHabit | undefined;
}

interface BackupHabit {
  readonly program: DemoProgram;
  readonly device: DemoDevice;
  readonly hour: number;
  readonly everyDays: number;
  readonly files: number;
  readonly fileBytes: number;
}

interface SyncHabit {
  readonly program: DemoProgram;
  readonly device: DemoDevice;
  readonly runsPerDay: number;
}

export interface DemoCompany {
  readonly profile: CompanyProfile;
  readonly random: Random;
  readonly hosts: readonly DemoHost[];
  /** People who maintain the hosts of others. */
  readonly maintainers: readonly DemoUser[];
  readonly startMs: number;
  readonly endMs: number;
  readonly days: number;
}

/** Writes of one host, user, program and device, planned but not yet written out. */
export interface SessionPlan {
  readonly host: DemoHost;
  readonly account: string;
  readonly userId: string;
  readonly program: DemoProgram;
  readonly device: DemoDevice;
  readonly startMs: number;
  readonly durationMs: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly theme: FileTheme;
  /** Share of files that are written again. */
  readonly rewriteShare: number;
  readonly isAttack: boolean;
  readonly kind: BenignClass | AttackKind;
  /** Sessions of one incident share it; absent for everyday sessions. */
  readonly incident?: string | undefined;
}

export interface CompanyOptions {
  readonly profile: CompanyProfile;
  readonly seed: string;
  readonly hosts: number;
  readonly days: number;
  readonly endMs: number;
}

/** Makes up a company: who works where, with which devices and habits. */
export function makeCompany(options: CompanyOptions): DemoCompany {
  const { profile } = options;
  const random = new Random(`${profile.name}/${options.seed}`);
  const startMs = options.endMs - options.days * dayMs;
  const makeUser = userMaker(profile, random.fork('people'), options.days);
  const hostRandom = random.fork('hosts');
  const hosts: DemoHost[] = [];
  const departments = spread(profile.departments, options.hosts);
  const counts = new Map<string, number>();
  for (const department of departments) {
    const number = (counts.get(department.hostPrefix) ?? 0) + 1;
    counts.set(department.hostPrefix, number);
    const programs = programsOf(profile, department);
    const people = hostRandom.chance(profile.sharedHostShare) ? hostRandom.whole(2, 4) : 1;
    const users = Array.from({ length: people }, () => makeUser(department, programs));
    hosts.push({
      name: `${department.hostPrefix}${String(number).padStart(3, '0')}`,
      department,
      programs,
      ecs: {
        id: uuid(hostRandom),
        osType: department.os,
        osName: { windows: 'Windows 11 Enterprise', linux: 'Debian GNU/Linux', macos: 'macOS' }[department.os],
      },
      users,
      hasDeviceEvents: department.os !== 'linux' && hostRandom.chance(profile.deviceEventShare),
      backup: hostRandom.chance(department.backupShare)
        ? {
            program: hostRandom.pick(programs.backup),
            device: makeDevice(
              hostRandom,
              hostRandom.weighted(profile.disks.map((disk) => [disk, disk.weight])),
              department.os,
              'Backup',
            ),
            hour: hostRandom.chance(0.6) ? hostRandom.between(19, 23) : hostRandom.between(1, 13),
            everyDays: hostRandom.chance(0.8) ? 1 : 7,
            files: Math.round(hostRandom.around(profile.rates.backupFiles, 0.5)),
            fileBytes: hostRandom.around(1_500_000, 0.5),
          }
        : undefined,
      sync: hostRandom.chance(department.syncShare)
        ? {
            program: hostRandom.pick(programs.sync),
            device: makeDevice(
              hostRandom,
              hostRandom.weighted(profile.disks.map((disk) => [disk, disk.weight])),
              department.os,
              'Sync',
            ),
            runsPerDay: hostRandom.whole(2, 8),
          }
        : undefined,
    });
  }
  const first = profile.departments[0];
  if (!first) throw new Error('A company needs a department');
  const maintainers = Array.from({ length: Math.max(2, Math.round(options.hosts / 50)) }, () =>
    makeUser({ ...first, transferShare: 1 }, programsOf(profile, first)),
  );
  return { profile, random, hosts, maintainers, startMs, endMs: options.endMs, days: options.days };
}

/** The programs of a department's operating system. */
export function programsOf(profile: CompanyProfile, department: Department): ProgramSet {
  const programs = profile.programs[department.os];
  if (!programs) throw new Error(`No programs for ${department.os}`);
  return programs;
}

/** As many departments as hosts, by share, in mixed order. */
function spread(departments: readonly Department[], hosts: number): Department[] {
  const due = departments.map((department) => ({ department, owed: 0 }));
  return Array.from({ length: hosts }, () => {
    for (const entry of due) entry.owed += entry.department.share;
    const next = due.reduce((best, entry) => (entry.owed > best.owed ? entry : best));
    next.owed -= 1;
    return next.department;
  });
}

function userMaker(profile: CompanyProfile, random: Random, days: number) {
  const taken = new Set<string>();
  let number = 1100;
  return (department: Department, programs: ProgramSet): DemoUser => {
    number += random.whole(1, 4);
    let account = '';
    for (let round = 0; account === '' || taken.has(account); round++) {
      const first = random.pick(profile.firstNames).toLowerCase();
      const last = random.pick(profile.lastNames).toLowerCase();
      const base = {
        'initial-dot-last': `${first[0]}.${last}`,
        'first-last-letter': `${first}${last[0]}`,
        number: `u${number}`,
      }[profile.accountStyle];
      account = round < 3 ? base : `${base}${round}`;
    }
    taken.add(account);
    const isContractor = random.chance(profile.contractorShare);
    const fromDay = isContractor ? random.whole(0, Math.max(0, days - 6)) : 0;
    const startHour = random.normal(8.1, 0.8);
    return {
      account: isContractor && profile.accountStyle !== 'number' ? `ext-${account}` : account,
      userId: department.os === 'windows' ? `S-1-5-21-3141592653-2718281828-1618033988-${number}` : String(number),
      isContractor,
      startHour,
      endHour: startHour + random.normal(8.6, 0.6),
      lateShare: random.chance(0.1) ? profile.rates.lateWork * 7 : profile.rates.lateWork,
      weekendShare: random.chance(0.1) ? profile.rates.weekendWork * 6 : profile.rates.weekendWork,
      fromDay,
      toDay: isContractor ? fromDay + random.whole(4, 12) : days,
      copyFactor: random.around(1, 0.6),
      sizeFactor: random.around(1, 0.5),
      devices: Array.from(
        {
          length: random.weighted([
            [1, 5],
            [2, 3],
            [3, 1],
          ]),
        },
        () => makeDevice(random, random.weighted(profile.sticks.map((model) => [model, model.weight])), department.os),
      ),
      transfer: random.chance(department.transferShare) ? random.pick(programs.transfer) : undefined,
      saves: random.sample(programs.save, random.whole(2, 4)),
    };
  };
}

/** A device of a model; `label` names its volume where it is always the same disk. */
export function makeDevice(random: Random, model: DeviceModel, os: Department['os'], label?: string): DemoDevice {
  const serial = {
    good: () => random.hex(16).toUpperCase().replace('&', '0'),
    none: () => undefined,
    zero: () => '0',
    'windows-made': () => `${random.whole(5, 9)}&${random.hex(7)}&0&${random.whole(0, 3)}`,
  }[model.serial]();
  const name = label ?? random.pick(['USB', 'DATA', 'STICK', 'NO NAME', 'TRANSFER', 'WORK', 'KINGSTON']);
  const volume =
    os === 'windows'
      ? `${random.pick(label ? ['F', 'G', 'H', 'X'] : ['D', 'E', 'E', 'E', 'F'])}:`
      : os === 'macos'
        ? `/Volumes/${name}`
        : `/media/${label ? 'data' : 'usb'}/${name}-${random.hex(4)}`;
  return {
    id: identifyDevice({ vendor: model.vendor, product: model.product, serial, volume }).id,
    model,
    serial,
    volume,
    fileSystem: label
      ? os === 'windows'
        ? 'NTFS'
        : os === 'macos'
          ? 'APFS'
          : 'ext4'
      : random.pick(['FAT32', 'exFAT', 'NTFS']),
  };
}

export function uuid(random: Random): string {
  const hex = random.hex(32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Midnight (of the company's clocks) that the `day`-th day begins with; day 0 holds the start of the data. */
export function midnightMs(company: DemoCompany, day: number): number {
  const offsetMs = company.profile.utcOffsetHours * hourMs;
  return Math.floor((company.startMs + offsetMs) / dayMs) * dayMs - offsetMs + day * dayMs;
}

/** Whether a day is a Saturday or Sunday. */
export function isWeekend(company: DemoCompany, day: number): boolean {
  const weekday = new Date(
    midnightMs(company, day) + 12 * hourMs + company.profile.utcOffsetHours * hourMs,
  ).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** When a user's shift of a day begins, in hours from midnight; shifts rotate weekly. */
export function shiftStart(company: DemoCompany, user: DemoUser, day: number): number {
  if (!company.profile.shiftWork) return user.startHour;
  const group = (user.account.charCodeAt(user.account.length - 1) + Math.floor(day / 7)) % 3;
  return [6, 14, 22][group] ?? 6;
}
