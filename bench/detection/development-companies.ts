import {
  type ActivityRates,
  basicAttackKinds,
  type CompanyProfile,
  type Department,
} from '../../shared/demo/company-profile.ts';
import { portProfile } from '../../shared/demo/company-profiles.ts';
import { developmentLinux, developmentMacos, developmentWindows } from './development-programs.ts';

/** What the score is developed on, beside port: companies of other shapes, and with the kinds of attack that port lacks. */

type Shape = Omit<Department, 'name' | 'hostPrefix' | 'os' | 'share'>;

function department(name: string, hostPrefix: string, os: Department['os'], share: number, shape: Shape): Department {
  return { name, hostPrefix, os, share, ...shape };
}

const workshop: Shape = {
  copiesPerDay: 1,
  copyFiles: 10,
  fileBytes: 1_200_000,
  themes: ['engineering', 'office'],
  savesPerDay: 0.3,
  backupShare: 0.1,
  syncShare: 0.08,
  transferShare: 0.12,
};

const programmers: Shape = {
  copiesPerDay: 0.9,
  copyFiles: 60,
  fileBytes: 60_000,
  themes: ['source'],
  savesPerDay: 0.6,
  backupShare: 0.3,
  syncShare: 0.15,
  transferShare: 0.45,
};

const studio: Shape = {
  copiesPerDay: 1.6,
  copyFiles: 18,
  fileBytes: 14_000_000,
  themes: ['media', 'office'],
  savesPerDay: 1.2,
  backupShare: 0.45,
  syncShare: 0.2,
  transferShare: 0.15,
};

const desk: Shape = {
  copiesPerDay: 0.6,
  copyFiles: 5,
  fileBytes: 600_000,
  themes: ['office', 'personnel', 'finance'],
  savesPerDay: 1,
  backupShare: 0.25,
  syncShare: 0.03,
  transferShare: 0.06,
};

const imaging: Shape = {
  copiesPerDay: 1.3,
  copyFiles: 70,
  fileBytes: 500_000,
  themes: ['archive', 'media'],
  savesPerDay: 0.3,
  backupShare: 0.5,
  syncShare: 0.1,
  transferShare: 0.5,
};

const machines: Shape = {
  copiesPerDay: 0.12,
  copyFiles: 15,
  fileBytes: 1_500_000,
  themes: ['archive', 'backup'],
  savesPerDay: 0.05,
  backupShare: 0.85,
  syncShare: 0,
  transferShare: 0.25,
};

const rates: ActivityRates = {
  newDevice: 0.016,
  visitorDevice: 0.006,
  oneOff: 0.02,
  update: 0.07,
  maintenanceVisits: 3.5,
  bulkCopy: 0.018,
  lateWork: 0.015,
  weekendWork: 0.05,
  rolloutReach: 0.4,
  rolloutHours: 48,
  backupFiles: 300,
  attackSize: 0.9,
};

const newKinds = [...basicAttackKinds, 'run-from-device', 'foreign-account', 'service-account'] as const;

/** A shipyard: Linux, Windows and macOS, rotating shifts, shared machines, people who change hosts. */
export const yardProfile: CompanyProfile = {
  ...portProfile,
  name: 'yard',
  departments: [
    department('Dock', 'dock-', 'linux', 0.35, workshop),
    department('Planning', 'plan-', 'windows', 0.25, desk),
    department('Software', 'dev-', 'linux', 0.2, programmers),
    department('Brochures', 'mac-', 'macos', 0.1, studio),
    department('Server', 'core-', 'linux', 0.1, machines),
  ],
  programs: { linux: developmentLinux, windows: developmentWindows, macos: developmentMacos },
  firstNames: ['Aiko', 'Daichi', 'Emi', 'Haruto', 'Jun', 'Kenta', 'Mai', 'Naoki', 'Rin', 'Sora', 'Takumi', 'Yui'],
  lastNames: ['Abe', 'Endo', 'Fujita', 'Goto', 'Hara', 'Imai', 'Kato', 'Mori', 'Ono', 'Sato', 'Ueda', 'Wada'],
  accountStyle: 'first-last-letter',
  domain: 'YARD',
  utcOffsetHours: 9,
  shiftWork: true,
  contractorShare: 0.08,
  sharedHostShare: 0.35,
  deviceEventShare: 0.3,
  sensor: { signature: 0.8, hash: 0.5, originalName: 0.4, parent: 0.5 },
  moving: { share: 0.12, chance: 0.5 },
  rates: { ...rates, weekendWork: 0.25 },
  attackKinds: [...newKinds, 'slow-shell'],
};

/** A hospital: Windows on shared machines, staff who go from one to another, and small attacks. */
export const clinicProfile: CompanyProfile = {
  ...portProfile,
  name: 'clinic',
  departments: [
    department('Ward', 'wd-', 'windows', 0.4, desk),
    department('Imaging', 'img-', 'windows', 0.2, imaging),
    department('Administration', 'adm-', 'windows', 0.3, { ...desk, copyFiles: 9, savesPerDay: 1.6 }),
    department('Server', 'vm-', 'windows', 0.1, machines),
  ],
  programs: { windows: developmentWindows },
  firstNames: ['Amara', 'Chidi', 'Efua', 'Femi', 'Imani', 'Kofi', 'Lerato', 'Musa', 'Nia', 'Sade', 'Themba', 'Zola'],
  lastNames: ['Adeyemi', 'Banda', 'Dlamini', 'Eze', 'Khumalo', 'Mensah', 'Moyo', 'Ndlovu', 'Obi', 'Okoro', 'Sithole'],
  accountStyle: 'initial-dot-last',
  domain: 'CLINIC',
  utcOffsetHours: -8,
  contractorShare: 0.04,
  sharedHostShare: 0.3,
  deviceEventShare: 0.5,
  sensor: { signature: 0.95, hash: 0.8, originalName: 0.7, parent: 0.75 },
  moving: { share: 0.08, chance: 0.3 },
  rates: { ...rates, oneOff: 0.035, lateWork: 0.03, rolloutHours: 80, attackSize: 0.6 },
  attackKinds: newKinds,
};

/** A publisher: macOS and Linux by day, large everyday copies, many new devices, nothing but signatures recorded. */
export const pressProfile: CompanyProfile = {
  ...portProfile,
  name: 'press',
  departments: [
    department('Layout', 'lay-', 'macos', 0.45, studio),
    department('Editors', 'ed-', 'macos', 0.25, { ...desk, savesPerDay: 2 }),
    department('Web', 'web-', 'linux', 0.2, programmers),
    department('Server', 'sto-', 'linux', 0.1, machines),
  ],
  programs: { linux: developmentLinux, macos: developmentMacos },
  firstNames: ['Ana', 'Bia', 'Caio', 'Davi', 'Enzo', 'Iara', 'Joao', 'Laura', 'Luiz', 'Nina', 'Rafa', 'Vitor'],
  lastNames: ['Alves', 'Barros', 'Cunha', 'Dias', 'Freitas', 'Gomes', 'Lima', 'Melo', 'Pinto', 'Ramos', 'Souza'],
  accountStyle: 'first-last-letter',
  domain: '',
  utcOffsetHours: -3,
  contractorShare: 0.1,
  sharedHostShare: 0.15,
  deviceEventShare: 0.4,
  sensor: { signature: 0.9, hash: 0.3, originalName: 0, parent: 0.3 },
  rates: { ...rates, newDevice: 0.025, visitorDevice: 0.014, bulkCopy: 0.03, lateWork: 0.03 },
  attackKinds: [...newKinds, 'slow-shell'],
};
