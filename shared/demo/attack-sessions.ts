import { hourMs, secondMs } from '../base/time.ts';
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
import type { AttackKind, DemoProgram, FileTheme } from './company-profile.ts';
import type { Random } from './random.ts';

/** Days at the start of the data in which nothing is attacked: what is usual has to be known first. */
export const peacefulDays = 8;

/** Plans all attacks of a company. Sessions come by incident, not by time. */
export function planAttacks(company: DemoCompany): SessionPlan[] {
  const { profile } = company;
  return profile.attackKinds.flatMap((kind) =>
    Array.from({ length: profile.incidentsPerKind }, (_, number) => planIncident(company, kind, number)).flat(),
  );
}

function planIncident(company: DemoCompany, kind: AttackKind, number: number): SessionPlan[] {
  const random = company.random.fork(`attack ${kind} ${number}`);
  const { profile } = company;
  const days = company.days - peacefulDays - 1;
  const place = pickPlace(company, random);
  if (!place || days < 1) return [];
  const { host, user } = place;
  const { programs, department } = host;
  const size = profile.rates.attackSize;
  const known = random.pick(user.devices);
  const unknown = strangeDevice(company, host, random);
  const theme: FileTheme = random.pick([...department.themes, 'finance', 'archive'] as const);
  const shell = programs.shell[user.account.length % programs.shell.length] ?? random.pick(programs.shell);
  let firstDay = peacefulDays + random.whole(0, days - 1);
  while (isWeekend(company, firstDay) && firstDay < company.days - 1 && kind !== 'odd-hour') firstDay++;

  function session(
    program: DemoProgram,
    device: DemoDevice,
    hour: number,
    of: {
      files: number;
      fileBytes: number;
      theme?: FileTheme;
      secondsPerFile?: number;
      day?: number;
      as?: { account: string; userId: string };
    },
  ): SessionPlan {
    const files = Math.max(1, Math.round(of.files));
    const who = of.as ?? user;
    return {
      host,
      account: who.account,
      userId: who.userId,
      program: { ...program, executable: program.executable.replace('{volume}', device.volume) },
      device,
      startMs: Math.round(midnightMs(company, of.day ?? firstDay) + hour * hourMs),
      durationMs: Math.round(Math.min(4 * hourMs, files * (of.secondsPerFile ?? 1) * secondMs)),
      files,
      fileBytes: of.fileBytes,
      theme: of.theme ?? theme,
      rewriteShare: 0.05,
      isAttack: true,
      kind,
      incident: `${kind}-${number + 1}`,
    };
  }

  const start = shiftStart(company, user, firstDay);
  const length = profile.shiftWork ? 8 : user.endHour - user.startHour;
  const atWork = () => start + length * random.between(0.05, 0.95);
  const anyHour = () => (random.chance(0.6) ? atWork() : start + length + random.between(0.2, 4));
  const takeAway = () => ({ files: random.around(90 * size, 0.7), fileBytes: random.around(2_400_000, 0.7) });
  const either = () => (random.chance(0.5) ? known : unknown);

  switch (kind) {
    case 'masquerade':
      return [session(random.pick(programs.masquerade), either(), anyHour(), takeAway())];
    case 'living-off-the-land':
      return [
        session(random.pick(programs.livingOffTheLand), either(), anyHour(), { ...takeAway(), theme: 'archive' }),
      ];
    case 'renamed-tool':
      return [session(random.pick(programs.renamedTool), either(), anyHour(), takeAway())];
    case 'rare-parent':
      return [session(random.pick(programs.rareParent), either(), anyHour(), takeAway())];
    case 'run-from-device':
      return [session(random.pick(programs.runFromDevice), unknown, anyHour(), takeAway())];
    case 'slow-shell':
    case 'low-and-slow': {
      const program =
        kind === 'slow-shell' ? shell : random.pick(programs.transfer.filter((one) => one !== user.transfer));
      const count = random.whole(4, 7);
      const sessions: SessionPlan[] = [];
      for (let day = firstDay; sessions.length < count && day < company.days - 1; day++) {
        if (isWeekend(company, day) || random.chance(0.25)) continue;
        const end = shiftStart(company, user, day) + length;
        sessions.push(
          session(program, unknown, end + random.between(0.2, 2.5), {
            day,
            files: random.around(10 * size, 0.4),
            fileBytes: random.around(1_500_000, 0.5),
          }),
        );
      }
      return sessions;
    }
    case 'big-copy':
      return [
        session(shell, random.chance(0.7) ? known : unknown, atWork(), {
          files: random.around(department.copyFiles * 45 * size, 0.4),
          fileBytes: department.fileBytes * user.sizeFactor * random.between(4, 12),
          secondsPerFile: 0.8,
        }),
      ];
    case 'unknown-device':
      return [
        session(shell, unknown, anyHour(), {
          files: random.around(department.copyFiles * 7 * size, 0.5),
          fileBytes: department.fileBytes * user.sizeFactor * random.between(1.5, 4),
        }),
      ];
    case 'odd-hour': {
      const nightHour = profile.shiftWork
        ? start + 8 + random.between(4, 12)
        : random.between(0.5, 4.8) + 24 * Number(random.chance(0.5));
      return [
        session(shell, random.chance(0.75) ? known : unknown, nightHour, {
          files: random.around(department.copyFiles * 2.5 * size, 0.6),
          fileBytes: department.fileBytes * user.sizeFactor * random.between(1, 2),
        }),
      ];
    }
    case 'many-small-files':
      return [
        session(
          random.chance(0.6) ? shell : random.pick(programs.transfer),
          random.chance(0.6) ? known : unknown,
          anyHour(),
          {
            files: random.around(3200 * size, 0.4),
            fileBytes: random.around(9_000, 0.5),
            theme: 'source',
            secondsPerFile: 0.15,
          },
        ),
      ];
    case 'foreign-account': {
      const other = pickPlace(company, random.fork('other'));
      const who = other && other.host !== host ? other.user : user;
      return [
        session(shell, random.chance(0.5) ? random.pick(who.devices) : unknown, anyHour(), { ...takeAway(), as: who }),
      ];
    }
    case 'service-account':
      return [
        session(random.pick(programs.transfer), unknown, random.between(0, 24), {
          ...takeAway(),
          as: { account: programs.applicationUser, userId: 'S-1-5-21-3141592653-2718281828-1618033988-900' },
        }),
      ];
  }
}

/** Someone who has been there long enough to have habits. */
function pickPlace(company: DemoCompany, random: Random): { host: DemoHost; user: DemoUser } | undefined {
  for (let round = 0; round < 200; round++) {
    const host = random.pick(company.hosts);
    const user = random.pick(host.users);
    if (host.department.copiesPerDay >= 0.3 && !user.isContractor) return { host, user };
  }
  return undefined;
}

function strangeDevice(company: DemoCompany, host: DemoHost, random: Random): DemoDevice {
  const { sticks, disks } = company.profile;
  const models = random.chance(0.8) ? sticks : disks;
  return makeDevice(random, random.weighted(models.map((model) => [model, model.weight])), host.department.os);
}
