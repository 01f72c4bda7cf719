import type { QueryClient } from '@tanstack/react-query';
import { exceptionWords } from '../shared/analysis/exception-words.ts';
import { verdictWords } from '../shared/analysis/verdict-feedback.ts';
import type { InputOf, OutputOf } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import type { FindingVerdict } from '../shared/model/finding-verdict.ts';
import { undoTexts as texts } from './texts/undo.ts';
import { offerUndo, type Undoable } from './undo-stack.ts';
import { knownFindings } from './views/known-findings.ts';

type Operations = WorkbenchOperations;
type OperationName = keyof Operations & string;

/** The newest answer to any form of a question that the window still holds. */
function answerTo<K extends OperationName>(
  queries: QueryClient,
  name: K,
  input?: InputOf<Operations[K]>,
): OutputOf<Operations[K]> | undefined {
  const held = queries.getQueriesData<OutputOf<Operations[K]>>({
    queryKey: input === undefined ? [name] : [name, input],
  });
  return held.findLast(([, data]) => data !== undefined)?.[1];
}

/** A verdict as it was, to be given again. */
function asGiven({ findingId, verdict, note, countsFromMs }: FindingVerdict) {
  return { findingId, verdict, note, since: 'now', countsFromMs } as const;
}

/**
 * For each act that can be taken back: looks, before it, at what is known to be so now, and gives what makes the way back
 * out of the answer. Undefined where what was before is not known: half a way back would be a decision nobody made. The way
 * back names what the act left, and is refused where somebody decided otherwise since.
 */
const table: {
  readonly [K in OperationName]?: (
    input: InputOf<Operations[K]>,
    queries: QueryClient,
  ) => ((output: OutputOf<Operations[K]>) => Undoable | undefined) | undefined;
} = {
  'finding-states.set': ({ states }, queries) => {
    const known = knownFindings(queries);
    const before = states.flatMap(({ id }) => {
      const row = known.get(id);
      return row
        ? [{ id, state: row.state, ...(row.closedReason === undefined ? {} : { reason: row.closedReason }) }]
        : [];
    });
    const [first] = states;
    if (!first || before.length < states.length) return undefined;
    const text = texts.findings(states.length, texts.states[first.state]);
    const set = new Map(
      states.map(({ id, state, reason }) => [id, { state, ...(reason === undefined ? {} : { reason }) }]),
    );
    const back = before.map((state) => ({ ...state, expected: set.get(state.id) }));
    return () => ({ text, call: { name: 'finding-states.set', input: { states: back } } });
  },

  'triage.mark': ({ findingId, step, state, note }, queries) => {
    const marks = answerTo(queries, 'triage.read', { findingId });
    if (!marks) return undefined;
    const before = marks.find((mark) => mark.step === step);
    const expected = { state, note };
    const input = { findingId, step, state: before?.state ?? 'open', note: before?.note ?? '', expected } as const;
    return () => ({ text: texts.stepDecided, call: { name: 'triage.mark', input } });
  },

  'verdict.give': ({ findingId, verdict }, queries) => {
    const row = knownFindings(queries).get(findingId);
    // The verdict of a case is not one that could be given here again.
    if (!row || row.verdict?.caseId !== undefined) return undefined;
    const before = row.verdict;
    return ({ atMs }) => ({
      text: texts.judged(verdictWords[verdict]),
      call: before
        ? { name: 'verdict.give', input: { ...asGiven(before), expected: { atMs } } }
        : { name: 'verdict.take-back', input: { findingId, note: '', expected: { atMs } } },
    });
  },
  'verdict.take-back': ({ findingId }, queries) => {
    const before = knownFindings(queries).get(findingId)?.verdict;
    if (!before || before.caseId !== undefined) return undefined;
    return () => ({
      text: texts.verdictTakenBack(verdictWords[before.verdict]),
      call: { name: 'verdict.give', input: { ...asGiven(before), expected: 'none' } },
    });
  },

  'devices.decide': ({ device, decision }, queries) => {
    const decided = answerTo(queries, 'devices.decisions');
    if (!decided) return undefined;
    const before = decided.find((entry) => entry.device === device);
    const text = texts.ofDevice(decision ? texts.devices[decision] : texts.decisionTakenBack, device);
    const back = before ? { decision: before.decision, reason: before.reason } : { reason: texts.decisionUndone };
    const input = { device, ...back, expected: decision ?? 'none' } as const;
    return () => ({ text, call: { name: 'devices.decide', input } });
  },

  'exceptions.add': () => (added) => ({
    text: texts.exceptionAdded(exceptionWords(added)),
    call: { name: 'exceptions.remove', input: { id: added.id } },
  }),
  'exceptions.remove': ({ id }, queries) => {
    const removed = answerTo(queries, 'exceptions.list')?.find((exception) => exception.id === id);
    const text = removed ? texts.exceptionOfRemoved(exceptionWords(removed)) : texts.exceptionRemoved;
    return () => ({ text, call: { name: 'exceptions.restore', input: { id } } });
  },

  'rules.make': () => (made) => ({
    text: texts.ruleAdded(made.name),
    call: { name: 'rules.remove', input: { id: made.id, expectedVersion: made.version } },
  }),
  'rules.duplicate': () => (made) => ({
    text: texts.ruleAdded(made.name),
    call: { name: 'rules.remove', input: { id: made.id, expectedVersion: made.version } },
  }),
  'rules.change': ({ id }, queries) => {
    const before = answerTo(queries, 'rules.list')?.find((rule) => rule.id === id);
    if (!before) return undefined;
    const { name, description, severity, intervalMs, lookBackMs, maxAlerts, guide, detection } = before;
    const rule = { name, description, severity, intervalMs, lookBackMs, maxAlerts, guide, detection };
    return ({ version }) => ({
      text: texts.ruleChanged(name),
      call: { name: 'rules.change', input: { id, rule, expectedVersion: version } },
    });
  },
  'rules.remove': ({ id }, queries) => {
    const removed = answerTo(queries, 'rules.list')?.find((rule) => rule.id === id);
    return () => ({
      text: texts.removed(removed?.name ?? texts.theRule),
      call: { name: 'rules.restore', input: { id } },
    });
  },
  'rules.switch':
    ({ id, isEnabled }) =>
    (rule) => ({
      text: isEnabled ? texts.switchedOn(rule.name) : texts.switchedOff(rule.name),
      call: { name: 'rules.switch', input: { id, isEnabled: !isEnabled } },
    }),

  'watch-list.add': () => (item) => ({
    text: texts.watched(item.value),
    call: { name: 'watch-list.remove', input: { id: item.id } },
  }),
  'watch-list.remove': ({ id }, queries) => {
    const removed = answerTo(queries, 'watch-list.list')?.find((item) => item.id === id);
    return () => ({
      text: removed ? texts.noLongerWatchedName(removed.value) : texts.noLongerWatched,
      call: { name: 'watch-list.restore', input: { id } },
    });
  },

  // Nothing goes from a journal: what is taken back is withdrawn by an entry behind it.
  'case.record': ({ id, change }, queries) => {
    if (change.kind === 'note.added') {
      return ({ seq }) => ({
        text: texts.noteAdded(id),
        call: {
          name: 'case.record',
          input: { id, change: { kind: 'note.added', payload: { text: texts.withdrawn(seq) } } },
        },
      });
    }
    const status = change.kind === 'case.changed' ? change.payload.status : undefined;
    const before = status && answerTo(queries, 'case.read', { id })?.status;
    if (!before) return undefined;
    return ({ seq }) => ({
      text: texts.caseMoved(id, status === 'closed'),
      call: {
        name: 'case.record',
        input: { id, change: { kind: 'case.changed', payload: { status: before } }, expectedStatusSeq: seq },
      },
    });
  },
};

/** Call before an act, and what it gives with the answer: then the act can be taken back, as far as that is possible. */
export function prepareUndo<K extends OperationName>(
  name: K,
  input: InputOf<Operations[K]>,
  queries: QueryClient,
): ((output: OutputOf<Operations[K]>) => void) | undefined {
  const make = table[name]?.(input, queries);
  if (!make) return undefined;
  return (output) => {
    const entry = make(output);
    if (entry) offerUndo(entry);
  };
}
