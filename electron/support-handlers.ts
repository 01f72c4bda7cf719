import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fail } from '../shared/base/failure.ts';
import type { Handlers } from '../shared/ipc/operation.ts';
import type { SupportFile, supportOperations } from '../shared/ipc/support-operations.ts';
import { collectSupportFiles, writeSupportFiles } from './platform/support-files.ts';
import type { Services } from './services.ts';
import { workspaceFigures } from './workspace-figures.ts';

/** Bundles that can still be saved: what was looked at is what is written, also where logs went on meanwhile. */
const keptBundles = 4;

/** Answers what goes into a support bundle, and writes just that where the person chooses. */
export function makeSupportHandlers(
  services: Services,
  shell: {
    readonly userData: string;
    readonly version: string;
    /** Asks for a folder; undefined when the dialog was left. */
    chooseFolder(): Promise<string | undefined>;
  },
  now: () => number = Date.now,
): Handlers<typeof supportOperations> {
  const kept = new Map<string, readonly SupportFile[]>();
  return {
    'support.collect': async (_input, { signal }) => {
      const files = await collectSupportFiles({
        userData: shell.userData,
        version: shell.version,
        workspacePath: services.workspacePath,
        workspace: await workspaceFigures(async () => services, signal),
      });
      const id = randomUUID();
      kept.set(id, files);
      for (const old of [...kept.keys()].slice(0, -keptBundles)) kept.delete(old);
      return { id, files };
    },
    'support.save': async ({ id }) => {
      const files = kept.get(id);
      if (!files) throw fail('not-found', 'This bundle is no longer kept.', 'Collect it again.');
      const parent = await shell.chooseFolder();
      if (parent === undefined) return { files: 0 };
      const stamp = new Date(now()).toISOString().slice(0, 19).replaceAll(':', '');
      const folder = join(parent, `portside-support-${stamp}Z`);
      await writeSupportFiles(folder, files);
      return { folder, files: files.length };
    },
  };
}
