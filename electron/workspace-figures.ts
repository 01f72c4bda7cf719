import { Failure, fail } from '../shared/base/failure.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import type { WorkspaceFigures } from './platform/support-files.ts';
import type { Services } from './services.ts';

/** An engine that hangs is a reason for a bundle: it is not waited for any longer than this. */
const longestAnswerMs = 10_000;

/**
 * Figures of a workspace for a support bundle. One that cannot be opened, or does not answer, is a reason for a bundle and
 * no obstacle to it: the code of what is wrong stands in place of the figures.
 */
export async function workspaceFigures(
  open: () => Promise<Pick<Services, 'engine' | 'cases'>>,
  signal: AbortSignal,
): Promise<WorkspaceFigures> {
  const late = AbortSignal.timeout(longestAnswerMs);
  try {
    const { engine, cases } = await open();
    const summary = await Promise.race([
      engine['evidence.summary']({}, ignoreItems(AbortSignal.any([signal, late]))),
      new Promise<never>((_resolve, reject) => {
        late.addEventListener('abort', () => reject(fail('store-timeout', 'The engine does not answer.')), {
          once: true,
        });
      }),
    ]);
    const counts = Object.fromEntries(
      Object.entries(summary).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
    const heads = await Promise.all((await cases.list()).map(({ id }) => cases.read(id)));
    return { counts, cases: heads.map(({ id, entries, head }) => ({ id, entries: entries.length, head })) };
  } catch (error) {
    if (late.aborted) return { cases: [], problem: 'store-timeout' };
    return { cases: [], problem: error instanceof Failure ? error.code : 'bug' };
  }
}
