import { fail } from '../../shared/base/failure.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { SourceOperations } from '../../shared/ipc/source-operations.ts';
import type { EvidenceSummary } from '../../shared/model/evidence-answer.ts';
import type { SourceService } from './source-service.ts';

/** Answers the window's questions about sources. */
export function makeSourceHandlers(
  sources: SourceService,
  parts: {
    /** Asks for a file with certificates; undefined when the dialog was left. */
    readonly chooseCaFile: () => Promise<string | undefined>;
    readonly readSummary: (signal: AbortSignal) => Promise<EvidenceSummary>;
    /** Whether a capture writes into the workspace's store now. */
    readonly isCapturing: () => boolean;
  },
): Handlers<SourceOperations> {
  return {
    'source.list': () => sources.list(),
    'source.choose-ca': async () => {
      const path = await parts.chooseCaFile();
      return path === undefined ? {} : { chosen: await sources.addCa(path) };
    },
    'source.test': (draft, { signal }) => sources.test(draft, signal),
    'source.save': (draft) => sources.save(draft),
    'source.remove': async ({ id }) => {
      await sources.remove(id);
      return {};
    },
    'source.check': async ({ id }, { signal, emit }) => {
      for await (const row of sources.check(id, () => parts.readSummary(signal), signal)) emit(row);
      return {};
    },
    'source.use': async ({ id }) => {
      // What it sees goes into the embedded store: with a cluster in its place it would be lost.
      if (id !== undefined && parts.isCapturing()) {
        throw fail(
          'action-refused',
          'This computer is being captured into the embedded store.',
          'Stop the capture in the live view, then choose the source.',
        );
      }
      await sources.use(id);
      return {};
    },
  };
}
