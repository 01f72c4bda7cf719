import { app, utilityProcess } from 'electron';

/** A process of the evidence engine. It loads its code at once, but opens nothing before its first message says what. */
export interface EngineProcess {
  readonly child: Electron.UtilityProcess;
  readonly spawned: Promise<void>;
  /** Its exit code, once it has ended. */
  readonly gone: Promise<number>;
}

/** Starts a process; `entry` is the built engine. */
export function forkEngine(entry: string, workspacePath: string): EngineProcess {
  const child = utilityProcess.fork(entry, [workspacePath], {
    serviceName: 'Portside engine',
    // What a dying engine says is for developers, and may quote evidence.
    stdio: app.isPackaged ? 'ignore' : 'inherit',
  });
  return {
    child,
    spawned: new Promise((resolve) => child.once('spawn', resolve)),
    gone: new Promise((resolve) => child.once('exit', resolve)),
  };
}
