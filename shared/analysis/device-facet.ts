import { formatCount } from '../base/format.ts';
import { countOf } from '../base/words.ts';
import { type FacetDraft, others, type ScoringScene } from './facet-draft.ts';
import type { PortsideHistory } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';

/** Marks that systems leave on every drive are smaller than this: a new device says little where no more was written. */
const tinyBytes = 10_000;

/** How new the device is to the fleet, to this host and to this user. */
export function deviceFacet(history: PortsideHistory, subject: Subject, scene: ScoringScene): FacetDraft {
  const { session, keys } = subject;
  const { device, startMs } = session;
  const daysHere = history.days(keys.hostDevice);
  const hosts = others(history, keys.deviceHosts, daysHere);
  const here = history.settledDays(keys.hostDevice, startMs, scene.without);
  const ofUser = history.settledDays(keys.userDevice, startMs, scene.without);
  // A stick of last week is hardly less new than one of today.
  const known = Math.max(here, ofUser) * (Math.max(here, ofUser) < 1 ? 0.4 : 1);
  const isWeak = !device.startsWith('serial:') || device[8] === '&';
  const expected = hosts === 0 ? (isWeak ? 0.03 : 0.02) : hosts >= 4 ? 0.3 : 0.05;
  // A host that hardly ever writes, but to this device, says nothing about what is new on it.
  // What services write to a new device, they write because a person connected it.
  const hostDays = scene.hostDays - daysHere;
  const trust = scene.trust * (hostDays / (hostDays + 1.5)) * (scene.isCommonAccount ? 0.6 : 1);
  const weakText = isWeak ? ' It has no serial number of its own, so it may be another of the same model.' : '';
  return {
    name: 'device-new',
    nats: -Math.log((known + expected) / (known + 1)) * trust * (session.writtenBytes < tinyBytes ? 0.4 : 1),
    describe: () => {
      const days = daysHere;
      if (hosts === 0 && days === 0) {
        return {
          title: 'Device',
          figure: 'Never seen before',
          text: `Nothing was written to this device before, from any of ${countOf(scene.fleetHosts, 'host')}.${weakText}`,
        };
      }
      return {
        title: 'Device',
        figure: days > 0 ? `Used on ${countOf(days, 'day')} here` : `New to this host, known on ${formatCount(hosts)}`,
        text:
          days > 0
            ? `The device was written to from this host on ${countOf(days, 'earlier day')}.${weakText}`
            : `The device was not written to from this host before; it was from ${countOf(hosts, 'other host')}.${weakText}`,
      };
    },
  };
}
