import type { Handlers } from '../../shared/ipc/operation.ts';
import type { VerdictOperations } from '../../shared/ipc/verdict-operations.ts';
import type { VerdictService } from './verdict-service.ts';

/** Answers what the window asks about verdicts; `onChange` after each, as scores are others then. */
export function makeVerdictHandlers(service: VerdictService, onChange: () => void): Handlers<VerdictOperations> {
  return {
    'verdict.give': async (request, { signal }) => {
      const given = await service.give(request, signal);
      onChange();
      return given;
    },
    'verdict.take-back': async ({ findingId, note, expected }, { signal }) => {
      await service.takeBack(findingId, note, signal, expected);
      onChange();
      return {};
    },
  };
}
