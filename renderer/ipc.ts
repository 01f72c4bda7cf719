import { type Client, makeClient } from '../shared/ipc/client.ts';
import type { WindowBridge } from '../shared/ipc/window-bridge.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';

/** How the window asks: every question of the workbench's contract, over whichever line it was made with. */
export type WorkbenchClient = Client<WorkbenchOperations>;

declare global {
  interface Window {
    readonly portside?: WindowBridge;
  }
}

/** Makes the client of this window over the preload's bridge. */
export function makeWindowClient(bridge: WindowBridge): WorkbenchClient {
  return makeClient<WorkbenchOperations>({
    post: (message) => bridge.send(message),
    listen: (onMessage) => bridge.onReply(onMessage),
  });
}
