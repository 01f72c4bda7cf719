import { hostname } from 'node:os';
import type { LiveItem, LiveTotals } from '../../shared/model/live.ts';
import { captureLive, type LiveEvents } from './live-capture.ts';
import { makeLocalDeviceMonitor, makeLocalWriteMonitors } from './local-monitors.ts';
import { makePackageOwner } from './package-owner.ts';

export interface WatchOptions {
  /** Ends by itself after this long. */
  readonly forMs?: number | undefined;
  readonly asAdministrator?: boolean | undefined;
  /** Mount points to watch beside those of removable devices. */
  readonly paths?: readonly string[] | undefined;
  readonly host?: string | undefined;
  /** Stores what is seen; without it the capture is only told. */
  readonly append?: ((events: LiveEvents) => Promise<unknown>) | undefined;
}

/**
 * Watches this machine and calls `print` with each item, until `signal` aborts or the time is over: the body of
 * `portside watch`. Ends in order either way, with everything told and stored, and returns the totals.
 */
export async function watchMachine(
  options: WatchOptions,
  print: (item: LiveItem) => void,
  signal: AbortSignal,
): Promise<LiveTotals> {
  const end = new AbortController();
  const onAbort = () => end.abort();
  if (signal.aborted) end.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = options.forMs === undefined ? undefined : setTimeout(onAbort, options.forMs);
  try {
    return await captureLive(
      {
        host: options.host ?? hostname(),
        devices: makeLocalDeviceMonitor(),
        // Who watches from a terminal is asked for permission there.
        writes: makeLocalWriteMonitors({
          asAdministrator: options.asAdministrator ?? false,
          elevation: process.getuid?.() === 0 ? 'none' : 'sudo',
        }),
        paths: options.paths,
        append: options.append,
        packages: makePackageOwner(),
      },
      print,
      end.signal,
    );
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** An item as the one line of JSON that `watch` prints: times and amounts as figures, nothing nested that a reader must look up. */
export function toWatchLine(item: LiveItem): string {
  return JSON.stringify(item);
}
