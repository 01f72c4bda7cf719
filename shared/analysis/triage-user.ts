import { formatBytes, formatCount } from '../base/format.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shareText } from '../base/words.ts';
import type { TermRow } from '../model/evidence-answer.ts';
import type { Finding } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { knownProgramsNamed } from './known-processes.ts';
import { median, quantile } from './robust.ts';
import { type Answer, type Conclusion, concludeCheck } from './triage-answer.ts';
import { scopeOf } from './triage-scope.ts';

/** What the second step knows about the account. */
export interface UserFigures {
  /** The user's counted writes per hour of the day (UTC) in the history. */
  readonly hours: Answer<readonly number[]>;
  /** The user's counted writes to removable devices in the history, and ever before. */
  readonly earlier: Answer<{ readonly inHistory: number; readonly ever: number }>;
  /** Hosts the user wrote from in the history. */
  readonly hosts: Answer<readonly TermRow[]>;
  /** Written bytes of each earlier day (UTC) with writes, and of the day of the finding up to its end. */
  readonly days: Answer<{ readonly earlier: readonly number[]; readonly findingDayBytes: number }>;
}

export type AccountKind = 'system' | 'service' | 'machine' | 'admin' | 'shared' | 'person' | 'unknown';

/** What kind of account a name speaks of. By its name only: directories know more. */
export function accountKindOf(user: string): AccountKind {
  const name = (user.split('\\').at(-1) ?? user).trim().toLowerCase();
  const domain = user.includes('\\') ? (user.split('\\')[0] ?? '').toLowerCase() : '';
  if (name === '') return 'unknown';
  if (['system', 'local system', 'localsystem', 'root', 'daemon', '_root'].includes(name)) return 'system';
  if (
    ['local service', 'network service', 'localservice', 'networkservice'].includes(name) ||
    domain === 'nt authority'
  )
    return 'system';
  if (domain === 'nt service' || /^(?:svc|srv|service|sa|gmsa)[-_.]|[-_.](?:svc|srv|service)\$?$|^s-1-5-80-/.test(name))
    return 'service';
  if (name.endsWith('$')) return 'machine';
  if (/^(?:administrator|admin|adm)$|^(?:adm|admin|a|da|t0|t1)[-_.]|[-_.](?:adm|admin|da)$/.test(name)) return 'admin';
  if (/^(?:guest|kiosk|shared|public|reception|lab|training|demo)\d*$/.test(name)) return 'shared';
  return 'person';
}

const kindWords: Readonly<Record<AccountKind, string>> = {
  system: 'an account of the operating system',
  service: 'a service account by its name',
  machine: 'a machine account',
  admin: 'an administrator by its name',
  shared: 'a shared account by its name',
  person: 'a personal account by its name',
  unknown: 'an unknown account',
};

/** Answers step 2: is it usual for this account to do this, here and now? */
export function userChecks(finding: Finding, figures: UserFigures, settings: TriageSettings): readonly TriageCheck[] {
  const { history } = scopeOf(finding, settings);
  const ofUser = { ...history, users: [finding.user] };
  const who = `"${visibleText(finding.user)}"`;
  if (finding.user === '') {
    const reason = 'The events name no user (user.name), so nothing can be said about the account.';
    return [{ id: 'user.kind', title: 'Account', figure: '', sentence: reason, stance: 'no-information' }];
  }
  return [
    {
      ...concludeCheck('user.hours', 'Usual hours', figures.hours, (hours) => hoursOf(finding, hours, settings)),
      evidence: ofUser,
    },
    {
      ...concludeCheck(
        'user.first-device-use',
        'Used removable devices before',
        figures.earlier,
        ({ inHistory, ever }) =>
          ever === 0
            ? {
                stance: 'supports-suspicion' as const,
                figure: 'first use ever',
                sentence: `${who} had never written to a removable device before, as far as the evidence reaches.`,
              }
            : inHistory === 0
              ? {
                  stance: 'supports-suspicion' as const,
                  figure: `first use in ${settings.historyDays} days`,
                  sentence: `${who} wrote to removable devices long ago, but not in the ${settings.historyDays} days before.`,
                }
              : {
                  stance: 'supports-benign' as const,
                  figure: countOf(inHistory, 'earlier write'),
                  sentence: `${who} wrote to removable devices ${countOf(inHistory, 'time')} in the ${settings.historyDays} days before.`,
                },
      ),
      evidence: { toMs: finding.startMs, users: [finding.user] },
    },
    kindCheck(finding, settings),
    { ...concludeCheck('user.host', 'Usual host', figures.hosts, (hosts) => hostOf(finding, hosts)), evidence: ofUser },
    {
      ...concludeCheck('user.volume', 'Volume of the day', figures.days, (days) => volumeOf(who, days)),
      evidence: ofUser,
    },
  ];
}

function hoursOf(finding: Finding, hours: readonly number[], settings: TriageSettings): Conclusion {
  const total = hours.reduce((sum, count) => sum + count, 0);
  const hour = new Date(finding.startMs).getUTCHours();
  const near = [-2, -1, 0, 1, 2].reduce((sum, shift) => sum + (hours[(hour + shift + 24) % 24] ?? 0), 0);
  const clock = `${String(hour).padStart(2, '0')} h UTC`;
  if (total < settings.minWritesForHours)
    return {
      stance: 'no-information',
      figure: countOf(total, 'earlier write'),
      sentence: `Only ${countOf(total, 'earlier write')} of this user in the ${settings.historyDays} days before; ${settings.minWritesForHours} are needed to speak of usual hours.`,
    };
  const share = near / total;
  const figure = `${shareText(share)} of ${formatCount(total)} writes`;
  if (share < settings.unusualHourShare)
    return {
      stance: 'supports-suspicion',
      figure,
      sentence: `Only ${shareText(share)} of the user's ${formatCount(total)} earlier writes fall within two hours of ${clock}; most fall between ${busyHours(hours)}.`,
    };
  return share >= 5 * settings.unusualHourShare
    ? {
        stance: 'supports-benign',
        figure,
        sentence: `${shareText(share)} of the user's ${formatCount(total)} earlier writes fall within two hours of ${clock}: a usual time.`,
      }
    : {
        stance: 'no-information',
        figure,
        sentence: `${shareText(share)} of the user's ${formatCount(total)} earlier writes fall within two hours of ${clock}: neither usual nor unheard of.`,
      };
}

/** The shortest run of hours that holds nine tenths of the writes, such as `08 and 18 h UTC`. */
function busyHours(hours: readonly number[]): string {
  const total = hours.reduce((sum, count) => sum + count, 0);
  for (let length = 1; length < 24; length += 1) {
    for (let start = 0; start < 24; start += 1) {
      let sum = 0;
      for (let at = 0; at < length; at += 1) sum += hours[(start + at) % 24] ?? 0;
      if (sum >= 0.9 * total)
        return `${String(start).padStart(2, '0')} and ${String((start + length) % 24).padStart(2, '0')} h UTC`;
    }
  }
  return 'all hours';
}

function kindCheck(finding: Finding, settings: TriageSettings): TriageCheck {
  const kind = accountKindOf(finding.user);
  const flag = settings.flaggedAccounts.find((one) => one.user.toLowerCase() === finding.user.toLowerCase())?.flag;
  const categories = knownProgramsNamed(finding.process).map((program) => program.category);
  const base = { id: 'user.kind', title: 'Kind of account', figure: kind };
  const who = `"${visibleText(finding.user)}"`;
  if (flag !== undefined)
    return {
      ...base,
      figure: flag,
      stance: 'supports-suspicion',
      sentence: `${who} is flagged by hand as ${flag.replace('-', ' ')}.`,
    };
  const isPerson = kind === 'person' || kind === 'admin' || kind === 'shared';
  if (isPerson && categories.includes('backup'))
    return {
      ...base,
      stance: 'no-information',
      sentence: `${who} is ${kindWords[kind]}, and "${visibleText(finding.process)}" is a backup program, which mostly runs as a service: look who started it.`,
    };
  if (
    (kind === 'system' || kind === 'service' || kind === 'machine') &&
    (categories.includes('office') || /^(?:explorer\.exe|finder)$/i.test(finding.process))
  )
    return {
      ...base,
      stance: 'supports-suspicion',
      sentence: `"${visibleText(finding.process)}" is a program for people, but it ran under ${who}, ${kindWords[kind]}.`,
    };
  if (kind === 'shared')
    return {
      ...base,
      stance: 'supports-suspicion',
      sentence: `${who} is ${kindWords[kind]}: the events cannot say who sat there.`,
    };
  return {
    ...base,
    stance: 'no-information',
    sentence: `${who} is ${kindWords[kind]}, which fits the program. A name cannot say what the account may do.`,
  };
}

function hostOf(finding: Finding, hosts: readonly TermRow[]): Conclusion {
  const total = hosts.reduce((sum, row) => sum + row.events, 0);
  const here = hosts.find((row) => row.value === finding.host)?.events ?? 0;
  const host = `"${visibleText(finding.host)}"`;
  if (total === 0)
    return {
      stance: 'no-information',
      figure: '',
      sentence: 'The user has no earlier writes to removable devices, so no host is usual.',
    };
  const share = here / total;
  const usual = hosts[0];
  const figure = `${shareText(share)} of writes on this host`;
  if (here === 0)
    return {
      stance: 'supports-suspicion',
      figure,
      sentence: `The user never wrote from ${host} before; ${shareText((usual?.events ?? 0) / total)} of earlier writes came from "${visibleText(usual?.value ?? '')}".`,
    };
  return share >= 0.2
    ? {
        stance: 'supports-benign',
        figure,
        sentence: `${host} is a usual host of this user (${shareText(share)} of earlier writes).`,
      }
    : {
        stance: 'no-information',
        figure,
        sentence: `${host} is one of ${countOf(hosts.length, 'host')} of this user, with ${shareText(share)} of earlier writes: known but not usual.`,
      };
}

function volumeOf(
  who: string,
  days: { readonly earlier: readonly number[]; readonly findingDayBytes: number },
): Conclusion {
  const middle = median(days.earlier);
  const high = quantile(days.earlier, 0.99);
  if (middle === undefined || high === undefined || days.earlier.length < 3)
    return {
      stance: 'no-information',
      figure: formatBytes(days.findingDayBytes),
      sentence: `${who} has only ${countOf(days.earlier.length, 'earlier day')} with writes; at least 3 are needed to compare.`,
    };
  const figure = `${formatBytes(days.findingDayBytes)}, median ${formatBytes(middle)}`;
  if (days.findingDayBytes > high && days.findingDayBytes > 2 * middle)
    return {
      stance: 'supports-suspicion',
      figure,
      sentence: `On that day ${who} wrote ${formatBytes(days.findingDayBytes)} (event sum), above the 99th percentile of the ${countOf(days.earlier.length, 'earlier day')} (${formatBytes(high)}; median ${formatBytes(middle)}).`,
    };
  return days.findingDayBytes <= 2 * middle
    ? {
        stance: 'supports-benign',
        figure,
        sentence: `On that day ${who} wrote ${formatBytes(days.findingDayBytes)} (event sum), about as on other days (median ${formatBytes(middle)}).`,
      }
    : {
        stance: 'no-information',
        figure,
        sentence: `On that day ${who} wrote ${formatBytes(days.findingDayBytes)} (event sum): more than the median of ${formatBytes(middle)}, but not more than on the busiest days.`,
      };
}
