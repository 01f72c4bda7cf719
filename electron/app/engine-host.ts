import { Failure, fail, passingFailures } from '../../shared/base/failure.ts';
import { makeClient, toHandlers } from '../../shared/ipc/client.ts';
import { type EngineOperations, engineOperations } from '../../shared/ipc/engine-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ServerMessage } from '../../shared/ipc/protocol.ts';
import type { EngineState } from '../../shared/ipc/workbench-operations.ts';
import type { EngineOpening } from '../evidence/source-service.ts';
import { type Feed, makeFeed } from '../platform/feed.ts';
import type { Log } from '../platform/log.ts';
import { type EngineProcess, forkEngine } from './engine-process.ts';

/**
 * The evidence engine in a process of its own: a native abort or a lack of memory there must not take the window along.
 * When it dies, calls that wait fail at once with `store-unreachable`, and it is started again.
 */
export interface EngineHost {
  /** Always asks the process that runs now. */
  readonly handlers: Handlers<EngineOperations>;
  readonly state: EngineState;
  readonly states: Feed<EngineState>;
  /** Id of the running process, for tests and the log. */
  readonly pid: number | undefined;
  /** Ends the process and starts one that is told anew where its evidence is. */
  changeSource(): Promise<void>;
  /** Ends the process and starts no other. */
  stop(): Promise<void>;
}

/** Pauses before each restart; when the engine dies more often within the window, it stays down until the next start. */
const restartPausesMs = [0, 500, 2_000, 5_000] as const;
const restartWindowMs = 60_000;
/** Pause between looks whether a source that went away is back. */
const lookEveryMs = 15_000;

export function startEngineHost(options: {
  /** The built entry of the engine. */
  readonly entry: string;
  readonly workspacePath: string;
  /** The first process, where it was started before the rest of the program was there. */
  readonly firstProcess?: EngineProcess | undefined;
  /** Where the evidence is; asked at each start. */
  readonly readOpening: () => Promise<EngineOpening>;
  readonly log: Log;
}): EngineHost {
  const { entry, workspacePath, firstProcess, readOpening, log } = options;
  const states = makeFeed<EngineState>();
  let state: EngineState = { kind: 'starting' };
  let isStopped = false;
  let isChanging = false;
  let deaths: number[] = [];
  let looking: NodeJS.Timeout | undefined;
  let current = start(firstProcess);

  function become(next: EngineState): void {
    state = next;
    log.info('engine.state', { kind: next.kind, pid: current?.child.pid });
    states.emit(next);
  }

  function start(process = forkEngine(entry, workspacePath)) {
    const { child } = process;
    const client = makeClient<EngineOperations>({
      post: (message) => child.postMessage(message),
      listen: (onMessage) => child.on('message', (message: ServerMessage) => onMessage(message)),
    });
    let isGone = false;
    readOpening().then(
      (opening) => {
        if (!isGone) child.postMessage(opening);
      },
      (error) => log.bug('engine.opening', error),
    );
    const look = () =>
      client
        .call('evidence.summary', {})
        .then(() => {
          if (state.kind !== 'ready') become({ kind: 'ready' });
        })
        .catch((error) => {
          if (!(error instanceof Failure) || isGone || isChanging) return;
          const message = error.hint ? `${error.message} ${error.hint}` : error.message;
          if (passingFailures.has(error.code)) lookAgain(error.message);
          // The process lives, but the workspace cannot be opened; every question says so again where it is asked.
          else become({ kind: 'stopped', message });
        });
    /** The process lives, but where its evidence is does not answer. */
    function lookAgain(message: string): void {
      if (looking !== undefined || isGone || isStopped || isChanging) return;
      become({ kind: 'restarting', message: `${message} Trying again every ${lookEveryMs / 1_000} seconds.` });
      looking = setTimeout(() => {
        looking = undefined;
        if (!isGone && !isStopped) void look();
      }, lookEveryMs);
    }
    void process.spawned.then(() => void look());
    const gone = process.gone.then((code) => {
      isGone = true;
      clearTimeout(looking);
      looking = undefined;
      client.close(
        fail(
          'store-unreachable',
          isChanging ? 'The source of the evidence is being changed.' : 'The evidence engine stopped.',
          'It is being started again: ask once more in a moment.',
        ),
      );
      if (!isStopped && !isChanging) restart(code);
    });
    return { child, client, gone, look, lookAgain };
  }

  function restart(exitCode: number): void {
    const nowMs = Date.now();
    deaths = [...deaths.filter((atMs) => nowMs - atMs < restartWindowMs), nowMs];
    log.info('engine.exit', { exitCode, deaths: deaths.length });
    const pauseMs = restartPausesMs[deaths.length - 1];
    if (pauseMs === undefined) {
      become({
        kind: 'stopped',
        message: `The evidence engine stopped ${deaths.length} times within a minute and was not started again. Restart Portside; if that does not help, open another workspace.`,
      });
      return;
    }
    become({ kind: 'restarting', message: 'The evidence engine stopped and is being started again.' });
    setTimeout(() => {
      if (!isStopped) current = start();
    }, pauseMs);
  }

  return {
    handlers: toHandlers(engineOperations, {
      call: (name, input, callOptions) => {
        const asked = current;
        const answer = asked.client.call(name, input, callOptions);
        answer.catch((error) => {
          // A cluster that went away is noticed by whoever asks first.
          if (!(error instanceof Failure)) return;
          if (error.code === 'store-unreachable') asked.lookAgain(error.message);
          // A full disk may have ended the engine's hold on its file, or only this call: a look tells.
          if (error.code === 'disk-full') void asked.look();
        });
        return answer;
      },
      close: (reason) => current.client.close(reason),
      get pendingCalls() {
        return current.client.pendingCalls;
      },
    }),
    get state() {
      return state;
    },
    states,
    get pid() {
      return current.child.pid;
    },
    async changeSource() {
      if (isStopped || isChanging) return;
      isChanging = true;
      become({ kind: 'restarting', message: 'The source of the evidence was changed; its figures are being read.' });
      current.child.kill();
      await current.gone;
      isChanging = false;
      deaths = [];
      if (!isStopped) current = start();
    },
    stop() {
      isStopped = true;
      clearTimeout(looking);
      current.child.kill();
      return current.gone;
    },
  };
}
