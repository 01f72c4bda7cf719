import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Handlers } from '../shared/ipc/operation.ts';
import type { settingsOperations } from '../shared/ipc/settings-operations.ts';
import type { ChosenLimits } from '../shared/model/engine-limits.ts';
import { listDamagedSettings } from './platform/damaged-settings.ts';
import { readDiskSpace } from './platform/disk-space.ts';
import { ruleFolderOf } from './rules/rule-service.ts';

/** The part of the application's settings that is told and changed here. */
export type ProgramChoices = ChosenLimits & { readonly log: 'everything' | 'problems' };

/** What starts within a second of the program is of this start: clocks of file systems are coarse. */
const coarseMs = 1_000;

/** Answers and changes settings of the program: limits of the engine, detail of the log, what became of damaged files. */
export function makeSettingsHandlers(options: {
  readonly userData: string;
  readonly workspacePath: string;
  readonly chosen: () => ProgramChoices;
  readonly choose: (change: Partial<ProgramChoices>) => Promise<void>;
  /** When the program started. */
  readonly startedMs: number;
}): Handlers<typeof settingsOperations> {
  const { userData, workspacePath, chosen, choose, startedMs } = options;
  return {
    'settings.read': async () => {
      const { memoryBytes, temporaryBytes, log } = chosen();
      const [{ usedBytes, freeBytes }, damaged] = await Promise.all([
        readDiskSpace(workspacePath),
        listDamagedSettings([userData, workspacePath, ruleFolderOf(workspacePath)]),
      ]);
      return {
        memory: memoryBytes ?? 'automatic',
        machineMemoryBytes: totalmem(),
        temporaryDisk: temporaryBytes ?? 'automatic',
        disk: { workspaceBytes: usedBytes, freeBytes },
        log,
        logFolder: join(userData, 'logs'),
        damaged: damaged.map(({ path, original, atMs }) => ({
          path,
          original,
          isNew: atMs >= startedMs - coarseMs,
        })),
      };
    },
    'settings.set': async ({ memory, temporaryDisk, log }) => {
      await choose({
        ...(memory === undefined ? {} : { memoryBytes: memory === 'automatic' ? undefined : memory }),
        ...(temporaryDisk === undefined
          ? {}
          : { temporaryBytes: temporaryDisk === 'automatic' ? undefined : temporaryDisk }),
        ...(log === undefined ? {} : { log }),
      });
      return {};
    },
  };
}
