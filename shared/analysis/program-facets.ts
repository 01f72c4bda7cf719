import { formatCount } from '../base/format.ts';
import { hourMs } from '../base/time.ts';
import { countOf } from '../base/words.ts';
import { type FacetDraft, others, type ScoringScene, unsettled } from './facet-draft.ts';
import { knownProgramsNamed, recognise } from './known-processes.ts';
import { commonNameHosts, type PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';

/** How much of the share of names in the fleet's pairs of host and program a new name is taken to have. */
const newNameFactor = 0.3;

/** How usual the program is on this host, and in the fleet. */
export function prevalenceFacets(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft[] {
  const { session, keys } = subject;
  const { process, startMs } = session;
  const here = history.settledDays(keys.hostProcess, startMs, scene.without);
  const hereDays = history.days(keys.hostProcess);
  const hosts = others(history, keys.processHosts, hereDays);
  const otherHosts = Math.max(0, scene.fleetHosts - Number(scene.hostDays > 0));
  const prevalence = (hosts + 0.6) / (otherHosts + 2);
  // Where many hosts have programs of their own, one more new name is less of a surprise.
  const newNameShare = (newNameFactor * (history.count('process-names') + 1)) / (history.count('process-pairs') + 20);
  const roams = history.count(keys.userHosts) >= 3;
  const ofUser = roams ? history.settledDays(keys.userProcess, startMs, scene.without) : 0;
  const hostDays = scene.hostDays - unsettled(history, keys.hostProcess, startMs, scene);
  const userDays = history.days(keys.user) - unsettled(history, keys.userProcess, startMs, scene);
  const byHost = (here + 2 * prevalence + 0.25) / (hostDays + 2.25);
  const byUser = roams ? ((scene.isCommonAccount ? 0.4 : 0.8) * ofUser) / (userDays + 2) : 0;
  const newHosts = history.startTimes(keys.processFirstHosts).filter((atMs) => atMs > startMs - 72 * hourMs).length;
  const rollout = 1 / (1 + Math.max(0, newHosts - 1));
  const rolloutText =
    newHosts > 1
      ? ` It is new on ${countOf(newHosts, 'host')} within 72 hours, as in a roll-out, and counts less for it.`
      : '';
  const familiar = Math.exp(-(here + ofUser) / 2);
  return [
    {
      name: 'process-on-host',
      // A program that no host is known to run is new on this one too: that is told once, as the fleet's.
      nats: -Math.log(Math.min(1, Math.max(byHost, byUser))) * rollout * scene.trust * (hosts === 0 ? 0.6 : 1),
      describe: () => ({
        title: 'Process on this host',
        figure: `Seen on ${formatCount(hereDays)} of ${countOf(scene.hostDays, 'day')}`,
        text: `${process} wrote from this host on ${formatCount(hereDays)} of the ${countOf(scene.hostDays, 'earlier day')} on which the host wrote to external devices.${rolloutText}`,
      }),
    },
    {
      name: 'fleet-prevalence',
      nats:
        -Math.log(Math.min(1, Math.max(prevalence, newNameShare))) *
        familiar *
        rollout *
        scene.trust *
        (hosts === 0 ? 1.4 : 1),
      describe: () => ({
        title: 'Process in the fleet',
        figure: `${formatCount(hosts)} of ${countOf(otherHosts, 'other host')}`,
        text: `${process} wrote to external devices from ${formatCount(hosts)} of ${countOf(otherHosts, 'other host')} before.${rolloutText}`,
      }),
    },
  ];
}

/** Odd folders, and folders in which other hosts do not have a program of this name. */
export function executablePath(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, keys, oddPlace: odd } = subject;
  const { process, executable, startMs } = session;
  const hosts = others(history, keys.processHosts, history.days(keys.hostProcess));
  const hostsHere = others(history, keys.placeHosts, history.days(keys.place));
  const established = history.settledDays(keys.place, startMs, scene.without);
  const oddHosts = odd ? others(history, keys.oddPlaceHosts, history.days(keys.oddPlace)) : 0;
  const oddNats = odd
    ? Math.min(odd.nats + 1, -Math.log((oddHosts + 0.7) / (scene.fleetHosts + 3)) + 0.3 * odd.nats)
    : 0;
  const otherNats = executable !== '' && hosts >= 2 ? -Math.log((hostsHere + 0.25) / (hosts + 1)) * scene.trust : 0;
  const nats = Math.max(0, Math.max(oddNats, otherNats)) / (1 + established + (hostsHere >= commonNameHosts ? 2 : 0));
  return {
    name: 'executable-path',
    nats,
    describe: () => ({
      title: 'Folder of the program',
      figure: odd
        ? `In ${odd.text}`
        : hosts === 0
          ? 'No other copy known'
          : `${formatCount(hostsHere)} of ${countOf(hosts, 'other host')} run it there`,
      text:
        executable === ''
          ? 'The events do not say which file ran.'
          : `It ran as ${executable}${odd ? `, which is in ${odd.text}` : ''}. ${hosts === 0 ? 'No other host is known to run a program of this name.' : `${formatCount(hostsHere)} of ${countOf(hosts, 'other host')} that ${hosts === 1 ? 'runs' : 'run'} ${process} ${hosts === 1 ? 'runs' : 'run'} it from such a folder.`}`,
    }),
  };
}

/** Tools of the system that copy or pack, and parts of it that seldom write. */
export function livingOffTheLand(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, name, keys } = subject;
  const { user, process, executable, startMs } = session;
  const program = knownProgramsNamed(name).find(({ category }) => category === 'lolbin' || category === 'archiver');
  const silent = knownProgramsNamed(name).find(({ category }) => category === 'system');
  const isOwn = program && recognise({ process, executable: executable || undefined }).kind !== 'wrong-folder';
  const userDays = history.days(keys.user);
  const here = history.settledDays(keys.hostProcess, startMs, scene.without);
  const share =
    (history.settledDays(keys.tool, startMs, scene.without) + 0.4) /
    (userDays - unsettled(history, keys.tool, startMs, scene) + 4);
  const hosts = history.count(keys.processHosts);
  const silentNats = silent && hosts < 3 ? 2.5 : 0;
  // What hosts of the whole fleet use is a tool of everybody, whoever takes it up.
  const prevalence = others(history, keys.processHosts, history.days(keys.hostProcess)) / (scene.fleetHosts + 4);
  const toolNats = isOwn ? Math.min(3.5, -Math.log(Math.min(1, Math.max(share, prevalence)))) : 0;
  // What runs on many hosts under one account, as parts of the system do, is odd under a person's.
  const users = history.count(keys.processUsers);
  const userShare = Math.min(1, (users + 0.5) / (hosts + 1));
  const otherUserNats =
    (((-Math.log(userShare) * hosts) / (hosts + 3)) * (history.days(keys.userProcess) > 0 ? 0.3 : 1)) /
    (1 + history.settledDays(keys.userProcess, startMs, scene.without));
  const kindNats = Math.max(toolNats, silentNats) / (1 + here);
  const isOther = otherUserNats > kindNats;
  return {
    name: 'living-off-the-land',
    nats: Math.max(kindNats, otherUserNats) * scene.trust,
    describe: () => ({ title: 'Kind of program', ...said() }),
  };

  function said(): { readonly figure: string; readonly text: string } {
    if (isOther) {
      return {
        figure: `Run by ${countOf(users, 'account')} on ${countOf(hosts, 'host')}`,
        text: `${process} wrote from ${countOf(hosts, 'host')} before, but under only ${countOf(users, 'account')}; ${user} ${history.days(keys.userProcess) > 0 ? 'seldom used it' : 'never used it'}.`,
      };
    }
    if (isOwn) {
      return {
        figure: 'A tool of the system',
        text: `${process} comes with the system or is an archiver, and can copy or pack data unnoticed; ${user} used such tools on ${formatCount(history.days(keys.tool))} of ${countOf(userDays, 'earlier day')}.`,
      };
    }
    if (silentNats > 0) {
      return {
        figure: 'A system program that seldom writes',
        text: `${process} is a part of the system that wrote to external devices from only ${countOf(hosts, 'host')} before.`,
      };
    }
    return {
      figure: 'No particular tool',
      text: `${process} is not in the list of system tools that can copy or pack data.`,
    };
  }
}

export function isTool(name: string): boolean {
  return knownProgramsNamed(name).some(({ category }) => category === 'lolbin' || category === 'archiver');
}
