import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { Failure, messageOf, passingFailures } from '../../shared/base/failure.ts';
import { type EngineOperations, engineOperations } from '../../shared/ipc/engine-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ClientMessage, ServerMessage } from '../../shared/ipc/protocol.ts';
import { serve } from '../../shared/ipc/server.ts';
import type { EngineOpening } from './source-service.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './workspace-engine.ts';

/**
 * The entry of the engine's process: `argv[2]` is the workspace folder; over `process.parentPort` it is told first where the
 * evidence is, then calls arrive. It knows
 * nothing of Electron but that port. Where the workspace cannot be opened every call fails with the reason.
 */
interface ParentPort {
  postMessage(message: ServerMessage): void;
  on(name: 'message', listener: (event: { readonly data: ClientMessage | EngineOpening }) => void): void;
}

function parentPort(): ParentPort {
  const { parentPort: port } = process as unknown as { parentPort?: ParentPort };
  if (!port) throw new Error('The engine runs as a utility process.');
  return port;
}

/** Each question under way holds a thread of the pool until it ends; the default of four would make new ones wait. */
process.env.UV_THREADPOOL_SIZE ??= '16';

// Scoring makes much that is soon of no use. Left alone, V8 keeps up to 150 MB of it; cleared away earlier, it costs about a
// fifth more time of the processor while everything is scored from nothing.
setFlagsFromString('--optimize-for-size');

const workspacePath = process.argv[2] ?? '';
const port = parentPort();
const told = new Promise<EngineOpening>((resolve) => {
  port.on('message', ({ data }) => {
    if (data.kind === 'open') resolve(data);
  });
});

/** Pause before a call may try to open again what time may mend. */
const openAgainMs = 1_000;
let opening: Promise<WorkspaceEngine> | undefined;

/** Opens the workspace once. Where a cluster does not answer or a disk is full, a call after a second tries again. */
function opened(): Promise<WorkspaceEngine> {
  opening ??= told
    .then(({ source, failure, limits }) => {
      if (failure) throw new Failure(failure);
      return openWorkspaceEngine({ workspacePath, source, limits });
    })
    .catch((error: unknown) => {
      if (error instanceof Failure && passingFailures.has(error.code)) {
        setTimeout(() => {
          opening = undefined;
        }, openAgainMs).unref();
      }
      throw error;
    });
  return opening;
}
// Told by every call; alone it must not end the process.
opened().catch(() => undefined);

type AnyHandler = (input: unknown, context: unknown) => Promise<unknown>;

const handlers = Object.fromEntries(
  Object.keys(engineOperations).map((name) => [
    name,
    async (input: unknown, context: unknown) => {
      const engine = (await opened()) as unknown as Readonly<Record<string, AnyHandler | undefined>>;
      const handler = engine[name];
      if (!handler) throw new Error(`The engine does not answer ${name}.`);
      return handler(input, context);
    },
  ]),
) as unknown as Handlers<EngineOperations>;

serve(
  engineOperations,
  handlers,
  {
    post: (message) => port.postMessage(message),
    listen: (onMessage) =>
      port.on('message', ({ data }) => {
        if (data.kind !== 'open') onMessage(data);
      }),
  },
  {
    reportBug: (operation, error) => {
      const id = randomUUID().slice(0, 8);
      const detail =
        error instanceof Error && !(error instanceof Failure) ? (error.stack ?? error.message) : messageOf(error);
      process.stderr.write(`${JSON.stringify({ level: 'error', event: 'engine.bug', id, operation, detail })}\n`);
      return id;
    },
  },
);
