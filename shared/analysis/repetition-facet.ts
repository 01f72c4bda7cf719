import { dayMs } from '../base/time.ts';
import { countOf } from '../base/words.ts';
import type { FacetDraft } from './facet-draft.ts';
import { type PortsideHistory, weakWindowDays } from './portside-history.ts';
import type { Subject } from './portside-subject.ts';

/** A user's first days show habits, not changes. */
const settlingDays = 3;

/** Several unusual days of one user with the same device or program; `nats` is the sum of the other facets. */
export function repetitionFacet(history: PortsideHistory, { session, keys }: Subject, nats: number): FacetDraft {
  const { startMs } = session;
  const today = Math.floor(startMs / dayMs);
  // Only what this user began lately: old habits have ordinary reasons for an unusual day now and then.
  const userFirstMs = history.sighted(keys.user)?.firstMs ?? startMs;
  const isYoung = (key: string) => {
    const firstMs = history.sighted(key)?.firstMs ?? startMs;
    return firstMs > startMs - weakWindowDays * dayMs && firstMs > userFirstMs + settlingDays * dayMs;
  };
  const of = (key: string, relation: string) =>
    isYoung(relation) ? history.weakDays(key).filter(({ day }) => day < today && day > today - weakWindowDays) : [];
  const byDevice = of(keys.weakDevice, keys.userDevice);
  const byProcess = of(keys.weakProcess, keys.userProcess);
  const sum = (days: readonly { readonly nats: number }[]) =>
    days.reduce((total, day) => total + Math.min(day.nats, 5), 0);
  const days = sum(byDevice) >= sum(byProcess) ? byDevice : byProcess;
  const roaming = history.count(keys.userHosts) >= 3 ? 4 : 1;
  // The same days by both tell of one program with one device, as a slow copy does.
  const isBoth = byDevice.length === byProcess.length && byDevice.every(({ day }, at) => day === byProcess[at]?.day);
  const what = isBoth
    ? `with ${session.process} to this device`
    : days === byDevice
      ? 'to this device'
      : `with ${session.process}`;
  return {
    name: 'weak-findings',
    // Nothing repeats where today is ordinary; whoever works on many hosts meets new things every day.
    nats: (Math.min(7, (days.length > 1 ? 1.4 : 0.9) * sum(days)) * (0.5 + 0.5 * Math.min(1, nats / 2))) / roaming,
    describe: () => ({
      title: 'Repeated on several days',
      figure:
        days.length > 0
          ? `${countOf(days.length, 'unusual day')} ${what} in ${weakWindowDays} days`
          : 'Nothing unusual before',
      text:
        days.length > 0
          ? `${session.user} wrote ${what} in an unusual way on ${countOf(days.length, 'day')} of the ${weakWindowDays} days before.`
          : `${session.user} wrote nothing unusual to this device or with this program in the ${weakWindowDays} days before.`,
    }),
  };
}
