import type { Handlers } from '../../shared/ipc/operation.ts';
import type { RuleOperations } from '../../shared/ipc/rule-operations.ts';
import type { DetectionAlert, RuleRun } from '../../shared/model/rule.ts';
import { type Feed, follow } from '../platform/feed.ts';
import type { RuleService } from './rule-service.ts';

/** Most runs that are looked through for the last one of each rule. */
const recentRuns = 5_000;

/** Answers the rule operations of the window. `onChange` hears of changes; `takeFile` gives the path behind a token. */
export function makeRuleHandlers(
  service: RuleService,
  options: {
    readonly takeFile: (token: string) => string;
    /** Lets the person choose rule files; gives a token each. */
    readonly chooseFiles: () => Promise<readonly string[]>;
    readonly raised: Feed<readonly DetectionAlert[]>;
    readonly onChange: () => void;
  },
): Handlers<RuleOperations> {
  /** Does something that changes what the window shows. */
  async function changing<T>(work: Promise<T>): Promise<T> {
    const answer = await work;
    options.onChange();
    return answer;
  }
  const done = (work: Promise<void>) => changing(work.then(() => ({})));

  return {
    'rules.list': async () => {
      const lastRuns = new Map<string, RuleRun>();
      for (const run of await service.runs({ limit: recentRuns })) {
        if (!lastRuns.has(run.ruleId)) lastRuns.set(run.ruleId, run);
      }
      return (await service.rules()).map((rule) => ({ ...rule, lastRun: lastRuns.get(rule.id) }));
    },
    'rules.import': async ({ token }) => {
      const { rules, ...read } = await changing(service.importFile(options.takeFile(token)));
      return { ...read, imported: rules };
    },
    'rules.make': ({ rule }) => changing(service.makeRule(rule)),
    'rules.choose': async () => ({ tokens: await options.chooseFiles() }),
    'rules.change': ({ id, rule, expectedVersion }) => changing(service.changeRule(id, rule, expectedVersion)),
    'rules.duplicate': ({ id }) => changing(service.duplicateRule(id)),
    'rules.remove': ({ id, expectedVersion }) => done(service.removeRule(id, expectedVersion)),
    'rules.restore': ({ id }) => changing(service.restoreRule(id)),
    'rules.switch': ({ id, isEnabled }) => changing(service.setEnabled(id, isEnabled)),
    'rules.run': (input, { signal }) => changing(service.run({ ...input, signal })),
    'rule-runs.list': (input) => service.runs(input),
    'detection-alerts.list': (input) => service.alerts(input),
    'finding-alerts.list': ({ findings }) => service.alertsOf(findings),
    'detection-alerts.watch': (_input, { signal, emit }) => follow(options.raised, emit, signal),
    'exceptions.list': () => service.exceptions(),
    'exceptions.add': ({ exception }) => changing(service.addException(exception)),
    'exceptions.remove': ({ id }) => done(service.removeException(id)),
    'exceptions.restore': ({ id }) => changing(service.restoreException(id)),
    'exceptions.preview': ({ exception }, { signal }) => service.previewException(exception, signal),
    'watch-list.list': () => service.watchItems(),
    'watch-list.add': ({ item }) => changing(service.addWatchItem(item)),
    'watch-list.remove': ({ id }) => done(service.removeWatchItem(id)),
    'watch-list.restore': ({ id }) => changing(service.restoreWatchItem(id)),
  };
}
