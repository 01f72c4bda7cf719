import { cancelled, fail } from '../../shared/base/failure.ts';
import type { LiveOperations } from '../../shared/ipc/live-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { LiveService } from './live-service.ts';

/** Answers the operations of the live view. */
export function makeLiveHandlers(service: LiveService): Handlers<LiveOperations> {
  return {
    'live.start': (input) => service.start(input),
    'live.stop': async () => {
      await service.stop();
      return {};
    },
    'live.watch': (_input, { signal, emit }) =>
      new Promise((_resolve, reject) => {
        if (signal.aborted) return reject(cancelled());
        const stop = service.follow(emit);
        signal.addEventListener(
          'abort',
          () => {
            stop();
            reject(cancelled());
          },
          { once: true },
        );
      }),
    'live.mark': ({ note, atMs }) => service.mark(note, atMs),
    'live.plan': ({ action }) => service.actions.plan(action),
    'live.act': ({ planId }) => service.actions.act(planId),
    'live.ship': (choice, { signal }) => {
      if (!service.shipping) throw fail('action-refused', 'Live events cannot be sent from here.');
      return service.shipping.ship(choice, signal);
    },
    'live.unship': async () => {
      await service.shipping?.unship();
      return {};
    },
  };
}
