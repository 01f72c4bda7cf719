import type { RuleSources } from './rule-candidates.ts';

/** Answers kept; one of connections holds up to 10,000 rows. */
const keptAnswers = 16;

/**
 * Sources that remember answers as long as the evidence stays the same: runs that follow one another ask for the same
 * connections and records again and again. `forRun` looks whether it has stayed the same and gives the sources of one run.
 */
export function rememberAnswers(sources: RuleSources): { forRun(signal: AbortSignal): Promise<RuleSources> } {
  let revision: string | undefined;
  let answers = new Map<string, Promise<unknown>>();

  /** The answer from memory, or a new one. An answer that fails is not kept. */
  function remembered<T>(name: string, input: unknown, ask: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([name, input]);
    const known = answers.get(key);
    if (known) return known as Promise<T>;
    const current = answers;
    const answer = ask();
    current.set(key, answer);
    answer.catch(() => current.delete(key));
    const [oldest] = current.keys();
    if (current.size > keptAnswers && oldest !== undefined) current.delete(oldest);
    return answer;
  }

  return {
    async forRun(signal) {
      const summary = await sources['evidence.summary']({}, { signal, emit: () => undefined });
      if (summary.revision !== revision) {
        revision = summary.revision;
        answers = new Map();
      }
      return {
        ...sources,
        'evidence.summary': async () => summary,
        'sessions.list': (input, context) =>
          remembered('sessions.list', input, () => sources['sessions.list'](input, context)),
        'anomaly-records.list': (input, context) =>
          remembered('anomaly-records.list', input, () => sources['anomaly-records.list'](input, context)),
      };
    },
  };
}
