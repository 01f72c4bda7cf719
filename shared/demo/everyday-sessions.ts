import { dayMs, hourMs, minuteMs, secondMs } from '../base/time.ts';
import {
  type DemoCompany,
  type DemoDevice,
  type DemoHost,
  type DemoUser,
  isWeekend,
  makeDevice,
  midnightMs,
  type SessionPlan,
  shiftStart,
} from './company.ts';
import type { BenignClass, DemoProgram, FileTheme } from './company-profile.ts';
import { Random } from './random.ts';

interface Rollout {
  readonly program: DemoProgram;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Plans the everyday sessions of a company, day by day and in order of days (people take new devices into use on the
 * way). Sessions of a day come unsorted.
 */
export function makeEverydaySessions(company: DemoCompany): (day: number) => SessionPlan[] {
  const { profile, hosts } = company;
  const { rates } = profile;
  const rollouts = planRollouts(company);
  const oneOffs = new Map<string, { readonly program: DemoProgram; uses: number }>();

  return (day) => {
    const random = company.random.fork(`everyday ${day}`);
    const midnight = midnightMs(company, day);
    const weekend = isWeekend(company, day);
    const plans: SessionPlan[] = [];

    function add(
      kind: BenignClass,
      host: DemoHost,
      who: { readonly account: string; readonly userId: string },
      program: DemoProgram,
      device: DemoDevice,
      hour: number,
      size: { files: number; fileBytes: number; theme: FileTheme; rewriteShare?: number; secondsPerFile?: number },
    ): void {
      const files = Math.max(1, Math.min(20_000, Math.round(size.files)));
      plans.push({
        host,
        account: who.account,
        userId: who.userId,
        program,
        device,
        startMs: Math.round(midnight + hour * hourMs),
        durationMs: Math.round(Math.min(3 * hourMs, files * (size.secondsPerFile ?? 1.2) * secondMs)),
        files,
        fileBytes: size.fileBytes,
        theme: size.theme,
        rewriteShare: size.rewriteShare ?? 0.1,
        isAttack: false,
        kind,
      });
    }

    for (const [index, host] of hosts.entries()) {
      const { department, programs } = host;
      const service = { account: programs.serviceUser, userId: programs.serviceUserId };

      if (host.backup && (day + index) % host.backup.everyDays === 0 && !random.chance(0.04)) {
        const { backup } = host;
        // Now and then a full backup, or one that was missed and comes late.
        const isFull = random.chance(0.03);
        add(
          'backup',
          host,
          service,
          backup.program,
          backup.device,
          backup.hour + random.normal(random.chance(0.03) ? 3 : 0, 0.12),
          {
            files: backup.files * random.around(isFull ? 4 : 1, 0.3),
            fileBytes: backup.fileBytes,
            theme: 'backup',
            secondsPerFile: 0.8,
          },
        );
      }
      if (host.sync && !weekend) {
        for (let run = 0; run < host.sync.runsPerDay; run++) {
          const user = random.pick(host.users);
          add('sync', host, user, host.sync.program, host.sync.device, workHour(user, day, random), {
            files: random.around(20, 0.9),
            fileBytes: department.fileBytes,
            theme: random.pick(department.themes),
            rewriteShare: 0.4,
          });
        }
      }
      if (random.chance(rates.update)) {
        const device = random.pick(random.pick(host.users).devices);
        add('update', host, service, random.pick(programs.update), device, random.between(9, 17), {
          files: random.around(14, 1),
          fileBytes: 900_000,
          theme: 'installer',
        });
      }
      if (random.chance(rates.oneOff) && !weekend) {
        const user = random.pick(host.users);
        const device = random.pick(user.devices);
        const program = oneOff(host, device, random);
        add('one-off', host, user, program, device, workHour(user, day, random), {
          files: random.around(6, 1.1),
          fileBytes: department.fileBytes,
          theme: random.pick(department.themes),
        });
      }
      for (const rollout of rollouts.filter(({ program }) => programs.rollout.includes(program))) {
        planRollout(rollout, host, index);
      }

      for (const user of host.users) {
        if (day < user.fromDay || day > user.toDay) continue;
        if (weekend && !random.chance(user.weekendShare)) continue;
        const at = placeOf(user, host, day);
        const copies = random.poisson((department.copiesPerDay * user.copyFactor) / Math.sqrt(host.users.length));
        for (let copy = 0; copy < copies; copy++) userCopy(at, user);
        const saves = random.poisson((department.savesPerDay * user.copyFactor) / Math.sqrt(host.users.length));
        for (let save = 0; save < saves; save++) {
          add(
            'direct-save',
            at,
            user,
            random.pick(user.saves),
            random.pick(user.devices),
            workHour(user, day, random),
            {
              files: random.around(2, 0.7),
              fileBytes: department.fileBytes * 1.5,
              theme: random.pick(department.themes),
              rewriteShare: 0.6,
              secondsPerFile: 40,
            },
          );
        }
        if (user.transfer && random.chance(0.3)) {
          add(
            'transfer-application',
            host,
            user,
            user.transfer,
            random.pick(user.devices),
            workHour(user, day, random),
            {
              files: random.around(department.copyFiles * 5, 1),
              fileBytes: department.fileBytes * user.sizeFactor,
              theme: random.pick(department.themes),
              secondsPerFile: 0.4,
            },
          );
        }
        if (random.chance(rates.newDevice)) {
          const device = makeDevice(
            random,
            random.weighted(profile.sticks.map((model) => [model, model.weight])),
            department.os,
          );
          user.devices.push(device);
          userCopy(host, user, device, 'new-device');
        }
        if (random.chance(rates.visitorDevice)) {
          const device = makeDevice(
            random,
            random.weighted(profile.sticks.map((model) => [model, model.weight])),
            department.os,
          );
          userCopy(host, user, device, 'new-device');
        }
      }
    }

    if (!weekend) {
      for (let visit = random.poisson(rates.maintenanceVisits); visit > 0; visit--) {
        const maintainer = random.pick(company.maintainers);
        const host = random.pick(hosts);
        add(
          'maintenance',
          host,
          maintainer,
          random.pick(host.programs.maintenance),
          random.pick(maintainer.devices),
          random.between(7.5, 18.5),
          {
            files: random.around(45, 1),
            fileBytes: 1_200_000,
            theme: random.pick(['installer', 'system', 'archive'] as const),
            secondsPerFile: 0.5,
          },
        );
      }
    }
    return plans;

    function userCopy(host: DemoHost, user: DemoUser, onto?: DemoDevice, kind: BenignClass = 'user-copy'): void {
      const { department, programs } = host;
      const device = onto ?? random.pick(user.devices);
      const bulk = random.chance(rates.bulkCopy) ? random.between(5, 15) : 1;
      const hour = workHour(user, day, random);
      const shell = programs.shell[user.account.length % programs.shell.length] ?? random.pick(programs.shell);
      add(kind, host, user, shell, device, hour, {
        files: random.around(department.copyFiles * bulk, 1.1),
        fileBytes: department.fileBytes * user.sizeFactor * (bulk > 1 ? 1.6 : 1),
        theme: random.pick(department.themes),
        secondsPerFile: 0.6,
      });
      // Systems leave their own marks on a drive that was just connected.
      if (random.chance(0.35)) {
        const program = random.weighted(programs.system.map((one, at) => [one, 1 / (1 + at * at)]));
        add(
          'system',
          host,
          { account: programs.serviceUser, userId: programs.serviceUserId },
          program,
          device,
          hour - random.between(0.005, 0.03),
          {
            files: random.whole(1, 3),
            fileBytes: 120,
            theme: 'system',
            rewriteShare: 0,
          },
        );
      }
    }

    function planRollout(rollout: Rollout, host: DemoHost, index: number): void {
      const of = company.random.fork(`rollout ${rollout.program.name} ${index}`);
      if (!of.chance(rates.rolloutReach)) return;
      const installedMs = of.between(rollout.fromMs, rollout.untilMs);
      if (installedMs >= midnight + dayMs) return;
      const isFirstDay = installedMs >= midnight;
      if (!isFirstDay && (weekend || !random.chance(0.12))) return;
      const user = random.pick(host.users);
      const hour = isFirstDay ? (installedMs - midnight) / hourMs : workHour(user, day, random);
      // Installing is done by the system, using it by people.
      const who = isFirstDay ? { account: host.programs.serviceUser, userId: host.programs.serviceUserId } : user;
      add('rollout', host, who, rollout.program, random.pick(user.devices), hour, {
        files: random.around(8, 0.8),
        fileBytes: host.department.fileBytes,
        theme: isFirstDay ? 'installer' : random.pick(host.department.themes),
      });
    }
  };

  /** Where a user works on a day. */
  function placeOf(user: DemoUser, host: DemoHost, day: number): DemoHost {
    const { moving } = profile;
    if (!moving || !company.random.fork(`moving ${user.account}`).chance(moving.share)) return host;
    const random = company.random.fork(`moving ${user.account} ${day}`);
    const alike = hosts.filter(({ department }) => department.name === host.department.name);
    return random.chance(moving.chance) ? random.pick(alike) : host;
  }

  /** A local hour at which a user works, most often around mid-morning and mid-afternoon. */
  function workHour(user: DemoUser, day: number, random: Random): number {
    const start = shiftStart(company, user, day);
    if (random.chance(user.lateShare)) return start + random.between(10, 14.5);
    const length = company.profile.shiftWork ? 8 : user.endHour - user.startHour;
    const share = random.chance(0.5) ? random.normal(0.25, 0.13) : random.normal(0.72, 0.14);
    return start + length * Math.min(1, Math.max(0, share));
  }

  /** A program that few ever run; the same host may use the last one again. */
  function oneOff(host: DemoHost, device: DemoDevice, random: Random): DemoProgram {
    const last = oneOffs.get(host.name);
    if (last && last.uses < 5 && random.chance(0.35)) {
      last.uses++;
      return last.program;
    }
    const stem = random.pick(host.programs.oneOffStems);
    const version = random.chance(0.5) ? '' : `${random.whole(2, 12)}`;
    const folder = random.pick(host.programs.oneOffFolders).replace('{volume}', device.volume);
    const name = host.department.os === 'windows' ? `${stem}${version}.exe` : `${stem}${version && `-${version}`}`;
    const separator = host.department.os === 'windows' ? '\\' : '/';
    const program: DemoProgram = {
      name,
      executable: `${folder}${separator}${host.department.os === 'windows' ? `${stem}${separator}` : ''}${name}`,
      originalName: host.department.os === 'windows' ? builtNameOf(stem, name) : undefined,
      publisher: random.chance(0.6) ? `${stem[0]?.toUpperCase()}${stem.slice(1)} Software` : undefined,
      parent: host.department.os === 'windows' ? 'explorer.exe' : 'launcher',
    };
    oneOffs.set(host.name, { program, uses: 1 });
    return program;
  }
}

/** Small makers often leave the name out that a program was built with, or keep that of their framework. */
function builtNameOf(stem: string, name: string): string | undefined {
  return new Random(`built ${name}`).weighted<string | undefined>([
    [`${stem}.exe`, 5],
    [undefined, 3],
    ['launcher.exe', 1],
    ['electron.exe', 0.7],
  ]);
}

function planRollouts(company: DemoCompany): Rollout[] {
  const random = company.random.fork('rollouts');
  return Object.values(company.profile.programs).flatMap((programs) =>
    programs.rollout.map((program) => {
      const day = random.whole(1, Math.max(1, company.days - 3));
      const fromMs = midnightMs(company, day) + random.between(8, 12) * hourMs;
      return { program, fromMs, untilMs: fromMs + company.profile.rates.rolloutHours * hourMs + minuteMs };
    }),
  );
}
