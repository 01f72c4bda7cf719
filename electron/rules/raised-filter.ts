import type { EngineOperations } from '../../shared/ipc/engine-operations.ts';
import type { RaisedSubject } from '../../shared/ipc/finding-operations.ts';
import { type Handlers, ignoreItems } from '../../shared/ipc/operation.ts';
import type { DetectionAlert } from '../../shared/model/rule.ts';

/** Alerts told at once. */
const partAlerts = 10_000;

type RaisedQuestion = 'findings.list' | 'finding-groups.list';
type Engine = Pick<Handlers<EngineOperations>, RaisedQuestion | 'raised-alerts.tell'>;

/**
 * Answers questions about findings that rules raised, or did not: the engine knows findings, the workspace's rules know
 * alerts, so the engine is told of them before it is asked, if it does not know them yet. `alerts` gives them newest first.
 */
export function answerRaised(
  engine: Engine,
  alerts: () => Promise<readonly DetectionAlert[]>,
): Pick<Handlers<EngineOperations>, RaisedQuestion> {
  let telling: Promise<unknown> = Promise.resolve();

  async function tell(signal: AbortSignal): Promise<void> {
    const raised = await alerts();
    const key = `${raised.length} ${raised[0]?.id ?? ''}`;
    const { isKnown } = await engine['raised-alerts.tell']({ key }, ignoreItems(signal));
    if (isKnown) return;
    let start = 0;
    do {
      const part = raised.slice(start, start + partAlerts).map(toSubject);
      const isLast = start + partAlerts >= raised.length;
      await engine['raised-alerts.tell'](
        { key, part: { alerts: part, isFirst: start === 0, isLast } },
        ignoreItems(signal),
      );
      start += partAlerts;
    } while (start < raised.length);
  }

  /** One after the other: two that tell at once would leave a mixture. */
  async function told(isAsked: boolean, signal: AbortSignal): Promise<void> {
    if (!isAsked) return;
    const turn = telling.then(() => tell(signal));
    telling = turn.catch(() => undefined);
    await turn;
  }

  return {
    'findings.list': async (input, context) => {
      await told(input.filter.raised !== undefined, context.signal);
      return engine['findings.list'](input, context);
    },
    'finding-groups.list': async (input, context) => {
      await told(input.filter.raised !== undefined, context.signal);
      return engine['finding-groups.list'](input, context);
    },
  };
}

function toSubject({ subject, host, process, device, startMs, endMs }: DetectionAlert): RaisedSubject {
  return { kind: subject.kind, subject: subject.id, host, process, device, startMs, endMs };
}
