import { app, utilityProcess } from 'electron';
import { Failure, fail } from '../../shared/base/failure.ts';
import { makeClient, toHandlers } from '../../shared/ipc/client.ts';
import { type EngineOperations, engineOperations } from '../../shared/ipc/engine-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ServerMessage } from '../../shared/ipc/protocol.ts';
import type { EngineState } from '../../shared/ipc/workbench-operations.ts';
import { type Feed, makeFeed } from '../platform/feed.ts';
import type { Log } from '../platform/log.ts';

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
  /** Ends the process and starts no other. */
  stop(): Promise<void>;
}

/** Pauses before each restart; when the engine dies more often within the window, it stays down until the next start. */
const restartPausesMs = [0, 500, 2_000, 5_000] as const;
const restartWindowMs = 60_000;

export function startEngineHost(options: {
  /** The built entry of the engine. */
  readonly entry: string;
  readonly workspacePath: string;
  readonly log: Log;
}): EngineHost {
  const { entry, workspacePath, log } = options;
  const states = makeFeed<EngineState>();
  let state: EngineState = { kind: 'starting' };
  let isStopped = false;
  let deaths: number[] = [];
  let current = start();

  function become(next: EngineState): void {
    state = next;
    log.info('engine.state', { kind: next.kind, pid: current?.child.pid });
    states.emit(next);
  }

  function start() {
    const child = utilityProcess.fork(entry, [workspacePath], {
      serviceName: 'Portside engine',
      // What a dying engine says is for developers, and may quote evidence.
      stdio: app.isPackaged ? 'ignore' : 'inherit',
    });
    const client = makeClient<EngineOperations>({
      post: (message) => child.postMessage(message),
      listen: (onMessage) => child.on('message', (message: ServerMessage) => onMessage(message)),
    });
    child.once('spawn', () => {
      client
        .call('evidence.summary', {})
        .then(() => become({ kind: 'ready' }))
        .catch((error) => {
          // The process lives, but the workspace cannot be opened; every question says so again where it is asked.
          if (error instanceof Failure && error.code !== 'store-unreachable') {
            become({ kind: 'stopped', message: error.hint ? `${error.message} ${error.hint}` : error.message });
          }
        });
    });
    const gone = new Promise<void>((resolve) => {
      child.once('exit', (code) => {
        client.close(
          fail(
            'store-unreachable',
            'The evidence engine stopped.',
            'It is being started again: ask once more in a moment.',
          ),
        );
        resolve();
        if (!isStopped) restart(code);
      });
    });
    return { child, client, gone };
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
      call: (name, input, callOptions) => current.client.call(name, input, callOptions),
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
    stop() {
      isStopped = true;
      current.child.kill();
      return current.gone;
    },
  };
}
