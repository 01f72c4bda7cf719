import { messageOf } from '../../shared/base/failure.ts';
import type { LiveFinding, LiveItem, LiveMark, LiveMethod, LiveState, LiveTotals } from '../../shared/model/live.ts';
import type { DeviceMonitor } from './device-monitor.ts';
import { type LiveActions, makeLiveActions } from './live-actions.ts';
import { captureLive, type LiveEvents } from './live-capture.ts';
import { type LiveShippingService, makeLiveShipping, type OpenShipTarget } from './live-shipping.ts';
import { makeLiveSummary } from './live-summary.ts';
import type { PackageOwner } from './package-owner.ts';
import type { SessionLog } from './session-log.ts';
import type { WriteMonitor } from './write-monitor.ts';

export interface LiveServiceOptions {
  readonly host: string;
  readonly makeDevices: () => DeviceMonitor;
  readonly makeWrites: (asAdministrator: boolean) => readonly WriteMonitor[];
  /** Mount points that are watched beside those of removable devices. */
  readonly watchFolders?: readonly string[] | undefined;
  readonly log: SessionLog;
  readonly append: (events: LiveEvents) => Promise<unknown>;
  /** Where the choice of a cluster to send to, and what waits for it, are kept; and how one is opened. */
  readonly shipping?: { readonly workspacePath: string; readonly openTarget: OpenShipTarget } | undefined;
  /** Findings with a write since `sinceMs`, best first; asked after events were stored, at most once a second. */
  readonly findings?: ((sinceMs: number) => Promise<readonly LiveFinding[]>) | undefined;
  readonly packages?: PackageOwner | undefined;
  readonly now?: (() => number) | undefined;
}

/** The one capture of the program: it goes on whether or not somebody looks. */
export interface LiveService {
  /** Starts, or gives the running one back. */
  start(input: { readonly asAdministrator: boolean }): Promise<{
    readonly startedMs: number;
    readonly method: LiveMethod;
  }>;
  /** Ends the capture; everything seen is stored when this returns. */
  stop(): Promise<void>;
  mark(note: string, atMs?: number): Promise<LiveMark>;
  readonly actions: LiveActions;
  /** The sending of events to a cluster; absent where the program has none. */
  readonly shipping: LiveShippingService | undefined;
  readonly state: LiveState;
  /** Calls back with the state, now and then at most twice a second, only when something changed or time moves the rates. */
  follow(listener: (state: LiveState) => void): () => void;
}

const tellEveryMs = 1_000;

export function makeLiveService(options: LiveServiceOptions): LiveService {
  const now = options.now ?? Date.now;
  const summary = makeLiveSummary(options.host, now);
  const listeners = new Set<(state: LiveState) => void>();
  let running: { readonly abort: AbortController; readonly ended: Promise<LiveTotals>; startedMs: number } | undefined;
  let starting: Promise<{ readonly startedMs: number; readonly method: LiveMethod }> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let hasNewEvents = false;
  let isAskingFindings = false;

  const shipping = options.shipping && makeLiveShipping({ ...options.shipping, onChange: () => tellSoon() });
  let telling: NodeJS.Timeout | undefined;

  const read = (): LiveState => ({ ...summary.state(), shipping: shipping?.state });

  /** Changes of the sending come in bursts; while a capture runs its own turns tell them. */
  function tellSoon(): void {
    if (timer || telling) return;
    telling = setTimeout(() => {
      telling = undefined;
      tell();
    }, tellEveryMs / 2);
    telling.unref();
  }

  function tell(): void {
    if (listeners.size === 0) return;
    const state = read();
    for (const listener of [...listeners]) listener(state);
  }

  async function askFindings(sinceMs: number): Promise<void> {
    if (!options.findings || !hasNewEvents || isAskingFindings) return;
    hasNewEvents = false;
    isAskingFindings = true;
    try {
      summary.setFindings(await options.findings(sinceMs));
      // A score is what one waits for: it is told at once, not with the next turn.
      tell();
    } catch {
      // The engine is away or busy; the next turn asks again, and its own state is told elsewhere.
      hasNewEvents = true;
    } finally {
      isAskingFindings = false;
    }
  }

  function logItem(item: LiveItem): void {
    if (item.kind === 'started')
      void options.log.add({ kind: 'started', atMs: item.atMs, host: item.host, method: item.method.kind });
    if (item.kind === 'stopped') void options.log.add({ kind: 'stopped', atMs: item.atMs });
    if (item.kind === 'problem' && item.problem !== 'problem') {
      const { problem, atMs, untilMs, message } = item;
      void options.log.add({ kind: problem, atMs, untilMs, message });
    }
  }

  async function begin(asAdministrator: boolean) {
    summary.begin();
    tell();
    const abort = new AbortController();
    let isStarted: (found: { startedMs: number; method: LiveMethod }) => void = () => undefined;
    const started = new Promise<{ startedMs: number; method: LiveMethod }>((resolve) => {
      isStarted = resolve;
    });
    const ended = captureLive(
      {
        host: options.host,
        devices: options.makeDevices(),
        writes: options.makeWrites(asAdministrator),
        paths: options.watchFolders,
        packages: options.packages,
        now,
        append: async (events) => {
          // First on the disk to be sent, then in the store: what is stored is never missing at the cluster.
          await shipping?.add(events);
          await options.append(events);
          hasNewEvents = true;
        },
      },
      (item) => {
        summary.take(item);
        logItem(item);
        if (item.kind === 'started') isStarted({ startedMs: item.atMs, method: item.method });
      },
      abort.signal,
    );
    running = { abort, ended, startedMs: now() };
    ended
      .catch((error: unknown) => {
        summary.take({
          kind: 'problem',
          problem: 'problem',
          atMs: now(),
          message: `The capture ended: ${messageOf(error)}`,
        });
      })
      .finally(() => {
        running = undefined;
        clearInterval(timer);
        timer = undefined;
        summary.end();
        tell();
      });
    // A capture that cannot start fails the call; later failures are told in the state.
    const result = await Promise.race([started, ended.then(() => started)]);
    if (running) running.startedMs = result.startedMs;
    timer = setInterval(() => {
      void askFindings(result.startedMs);
      tell();
    }, tellEveryMs);
    tell();
    return result;
  }

  return {
    start({ asAdministrator }) {
      if (starting) return starting;
      if (running) return Promise.resolve({ startedMs: running.startedMs, method: summary.state().method });
      starting = begin(asAdministrator).finally(() => {
        starting = undefined;
      });
      return starting;
    },
    async stop() {
      await starting?.catch(() => undefined);
      const current = running;
      if (!current) return;
      current.abort.abort();
      await current.ended.catch(() => undefined);
    },
    async mark(note, atMs = now()) {
      const mark: LiveMark = { atMs, note };
      await options.log.add({ kind: 'mark', ...mark });
      summary.mark(mark);
      tell();
      return mark;
    },
    actions: makeLiveActions({ log: options.log, now }),
    shipping,
    get state() {
      return read();
    },
    follow(listener) {
      listeners.add(listener);
      listener(read());
      return () => listeners.delete(listener);
    },
  };
}
