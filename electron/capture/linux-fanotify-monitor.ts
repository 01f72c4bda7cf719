import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure, fail, messageOf } from '../../shared/base/failure.ts';
import { type Elevation, helperCommand } from './helper-command.ts';
import { type HelperMessage, parseHelperMessage } from './helper-messages.ts';
import { helperSocketPath, helperVersion, maxHelperLine } from './helper-socket.ts';
import { makeLineSplitter } from './line-splitter.ts';
import type { WatchedVolume, WriteListener, WriteMonitor } from './write-monitor.ts';

export interface FanotifyMonitorOptions {
  readonly elevation?: Elevation | undefined;
  /** The helper's file; found beside this one where absent. */
  readonly helperPath?: string | undefined;
  readonly socketPath?: string | undefined;
  /** How long to wait for the person and the helper. */
  readonly startTimeoutMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** Restarts that need nobody to be asked; after so many the capture gives up and says so. */
const maxRestarts = 5;

/** The helper beside the program: built in one folder with it (or one above its chunks), or the source. */
function findHelper(): string {
  for (const place of ['./fanotify-helper.js', '../fanotify-helper.js', './fanotify-helper.ts']) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw fail(
    'usb-unavailable',
    'The capture helper is missing from this installation.',
    'Build or install Portside again.',
  );
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => {
      socket.destroy();
      resolve(undefined);
    });
  });
}

/**
 * Reads exact writes from the privileged helper. It joins a helper that runs already (started by hand), else it starts
 * one. A helper that dies is said as a gap with its two ends, and started again where nobody must be asked for that.
 */
export function makeFanotifyMonitor(options: FanotifyMonitorOptions = {}): WriteMonitor {
  const now = options.now ?? Date.now;
  const userId = process.getuid?.() ?? -1;
  const elevation = options.elevation ?? (userId === 0 ? 'none' : 'pkexec');
  const socketPath = options.socketPath ?? helperSocketPath(userId);
  let listener: WriteListener | undefined;
  let socket: Socket | undefined;
  let child: ChildProcess | undefined;
  let mountPoints: readonly string[] = [];
  let restarts = 0;
  /** Called one after the other, for each `watch` that was sent. */
  let whenWatched: (() => void)[] = [];
  let isStopping = false;
  let whenClosed: Promise<void> = Promise.resolve();

  function onMessage(message: HelperMessage): void {
    if (!listener) return;
    if (message.kind === 'process') listener.onProcess(message.process);
    else if (message.kind === 'file') listener.onFile(message.file);
    else if (message.kind === 'usage') listener.onUsage(message.usage);
    else if (message.kind === 'problem') listener.onProblem(message.problem);
    // Answers come in the order of the commands.
    else if (message.kind === 'watched') whenWatched.shift()?.();
  }

  const send = (command: unknown) => {
    if (socket?.writable) socket.write(`${JSON.stringify(command)}\n`);
  };

  function sendWatch(): Promise<void> {
    if (!socket?.writable) return Promise.resolve();
    return new Promise((resolve) => {
      whenWatched.push(resolve);
      send({ kind: 'watch', mountPoints });
    });
  }

  /** Connects to a helper, starting one where none listens. */
  async function open(): Promise<Socket> {
    const present = await tryConnect(socketPath);
    if (present) return present;
    const [program, ...words] = helperCommand({
      path: options.helperPath ?? findHelper(),
      userId,
      socketPath,
      elevation,
      place: {
        execPath: process.execPath,
        isElectron: process.versions.electron !== undefined,
        appImage: process.env.APPIMAGE,
      },
    });
    const started = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let said = '';
    let ended: string | undefined;
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    started.on('error', (error) => {
      ended = error.message;
    });
    started.on('exit', (code) => {
      ended ??= code === 126 || code === 127 ? 'Permission was not given.' : said.trim() || `It ended with ${code}.`;
    });
    const deadlineMs = now() + (options.startTimeoutMs ?? 120_000);
    while (ended === undefined && now() < deadlineMs) {
      const found = await tryConnect(socketPath);
      if (found) return found;
      await pause(50);
    }
    throw fail(
      'usb-unavailable',
      `The capture helper did not start: ${ended ?? 'it took too long.'}`,
      'Without it writes are sampled. It can also be started by hand, as root.',
    );
  }

  /** Takes a connection into use after its greeting; its end starts the recovery. */
  async function use(connection: Socket): Promise<void> {
    connection.setEncoding('utf8');
    let greet: (error?: unknown) => void = () => undefined;
    const greeted = new Promise<void>((resolve, reject) => {
      greet = (error) => (error === undefined ? resolve() : reject(error));
    });
    connection.on(
      'data',
      makeLineSplitter((line) => {
        const message = parseHelperMessage(line);
        if (message?.kind !== 'hello') {
          if (message) onMessage(message);
          return;
        }
        if (message.version === helperVersion) greet();
        else
          greet(
            fail('usb-unavailable', 'The running capture helper is of another version.', 'End it and start it again.'),
          );
      }, maxHelperLine),
    );
    connection.on('error', () => undefined);
    whenClosed = new Promise((resolve) => {
      connection.once('close', () => {
        greet(fail('usb-unavailable', 'The capture helper serves somebody else already.'));
        const waiting = whenWatched;
        whenWatched = [];
        for (const done of waiting) done();
        if (socket === connection) {
          socket = undefined;
          if (!isStopping) {
            recover(now()).catch((error: unknown) =>
              listener?.onProblem({ atMs: now(), kind: 'problem', message: `The capture broke: ${messageOf(error)}` }),
            );
          }
        }
        resolve();
      });
    });
    await greeted;
    socket = connection;
    await sendWatch();
  }

  async function recover(fromMs: number): Promise<void> {
    while (elevation === 'none' && restarts < maxRestarts && !isStopping) {
      restarts += 1;
      try {
        await use(await open());
        listener?.onProblem({
          atMs: fromMs,
          untilMs: now(),
          kind: 'gap',
          message: 'The capture helper ended and was started again. Writes between were not seen.',
        });
        return;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        // The socket of the one that died may still have answered; the next try finds it gone.
        await pause(200);
      }
    }
    listener?.onProblem({
      atMs: fromMs,
      kind: 'gap',
      message: 'The capture helper ended. Writes are not seen any more.',
      hint: 'Start the capture again.',
    });
  }

  return {
    method: {
      kind: 'fanotify',
      sentence:
        'File events of the kernel: every file that is written on a watched volume, and by whom. Bytes written over old ones are told as a range.',
    },
    async start(to) {
      listener = to;
      isStopping = false;
      await use(await open());
    },
    watch(volumes: readonly WatchedVolume[]) {
      mountPoints = volumes.map(({ mountPoint }) => mountPoint);
      return sendWatch();
    },
    async stop() {
      isStopping = true;
      const exited =
        child && child.exitCode === null ? new Promise((resolve) => child?.once('exit', resolve)) : undefined;
      send({ kind: 'stop' });
      // What the helper still tells arrives before it closes; one that hangs is left behind after a moment.
      await Promise.race([whenClosed, pause(3_000)]);
      socket?.destroy();
      await Promise.race([exited, pause(1_000)]);
      listener = undefined;
    },
  };
}
