import { dayMs } from '../base/time.ts';
import type { ProgramIdentity } from '../model/evidence-answer.ts';
import type { DemoCompany, SessionPlan } from './company.ts';
import type { DemoOs, DemoProgram, SensorShares } from './company-profile.ts';
import { Random } from './random.ts';

/** Signers of well-known tools: a renamed copy keeps its signature. */
const toolPublishers: Readonly<Record<string, string>> = {
  'azcopy.exe': 'Microsoft Corporation',
  'winscp.exe': 'Martin Prikryl',
};

/** What else starts programs now and then, besides what usually does. */
const otherParents: Readonly<
  Record<DemoOs, { readonly people: readonly string[]; readonly services: readonly string[] }>
> = {
  windows: {
    people: ['OUTLOOK.EXE', 'msedge.exe', 'sihost.exe', 'RuntimeBroker.exe', 'cmd.exe', 'ms-teams.exe', 'userinit.exe'],
    services: ['svchost.exe', 'taskhostw.exe', 'wininit.exe', 'msiexec.exe'],
  },
  linux: {
    people: ['bash', 'zsh', 'gnome-shell', 'tmux', 'xfce4-panel'],
    services: ['systemd', 'cron', 'dbus-daemon'],
  },
  macos: { people: ['zsh', 'Finder', 'Dock', 'Terminal'], services: ['launchd', 'bash'] },
};

/**
 * What events say about the program of a session. Builds change every few weeks, host by host over some days; a few
 * programs are started by something unusual without harm; sensors leave out what they do not record on a host.
 */
export function makeIdentities(company: DemoCompany): (plan: SessionPlan, number: number) => ProgramIdentity {
  const sensors = new Map<string, Readonly<Record<keyof SensorShares, boolean>>>();
  const sensorOf = (host: string) => {
    let sensor = sensors.get(host);
    if (!sensor) {
      const random = company.random.fork(`sensor ${host}`);
      const { signature, hash, originalName, parent } = company.profile.sensor;
      sensor = {
        signature: random.chance(signature),
        hash: random.chance(hash),
        originalName: random.chance(originalName),
        parent: random.chance(parent),
      };
      sensors.set(host, sensor);
    }
    return sensor;
  };
  return (plan, number) => {
    const { host, program } = plan;
    const { os } = host.department;
    const random = company.random.fork(`identity ${number} ${plan.startMs}`);
    const sensor = sensorOf(host.name);
    const isLost = random.chance(0.02);
    const isNamed = program.executable !== '' && !isLost;
    const publisher =
      (program.publisher || toolPublishers[program.originalName?.toLowerCase() ?? '']) ??
      // Some impostors bring a certificate of their own.
      (plan.isAttack && os !== 'linux' && isOdd(program, 0.2) ? 'Brightpath Digital Ltd' : '');
    const hasSignature = sensor.signature && isNamed && os !== 'linux';
    const isService = plan.account === host.programs.serviceUser;
    const { people, services } = otherParents[os];
    const parent = !plan.isAttack && random.chance(0.04) ? random.pick(isService ? services : people) : program.parent;
    return {
      publisher: hasSignature ? publisher : '',
      publisherTrusted: hasSignature
        ? String(publisher !== '' && !(plan.kind === 'one-off' && isOdd(program, 0.05)))
        : '',
      sha256: sensor.hash && isNamed ? hashOf(program, plan.startMs, host.name) : '',
      originalFileName: sensor.originalName && isNamed && os === 'windows' ? (program.originalName ?? '') : '',
      parentProcess: sensor.parent ? parent : '',
    };
  };
}

/** Whether a program is of the share of programs that something holds for, wherever it runs. */
function isOdd(program: DemoProgram, share: number): boolean {
  return new Random(`odd ${program.name} ${share}`).chance(share);
}

const hashes = new Map<string, string>();

/** A build has the same hash everywhere, under whatever name. */
function hashOf(program: DemoProgram, atMs: number, host: string): string {
  const file = (program.originalName ?? program.name).toLowerCase();
  const key = `${file}|${program.publisher ?? ''}|${versionOf(file, atMs, host)}`;
  let hash = hashes.get(key);
  if (hash === undefined) {
    hash = new Random(key).hex(64);
    hashes.set(key, hash);
  }
  return hash;
}

const builds = new Map<string, { readonly everyDays: number; readonly offset: number }>();
const lags = new Map<string, number>();

/** Which build of a file a host runs: a new one every one to ten weeks, up to five days later on some hosts. */
function versionOf(file: string, atMs: number, host: string): number {
  let build = builds.get(file);
  if (!build) {
    const random = new Random(`build ${file}`);
    build = { everyDays: random.between(7, 70), offset: random.between(0, 70) };
    builds.set(file, build);
  }
  const lagKey = `${file}|${host}`;
  let lag = lags.get(lagKey);
  if (lag === undefined) {
    lag = new Random(lagKey).between(0, 5);
    lags.set(lagKey, lag);
  }
  return Math.floor((atMs / dayMs + build.offset - lag) / build.everyDays);
}
