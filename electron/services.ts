import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import type { EngineOperations } from '../shared/ipc/engine-operations.ts';
import { type Handlers, ignoreItems } from '../shared/ipc/operation.ts';
import type { DetectionAlert } from '../shared/model/rule.ts';
import { caseActs, engineActs, ruleActs } from './act-texts.ts';
import type { LiveService } from './capture/live-service.ts';
import type { OpenShipTarget } from './capture/live-shipping.ts';
import { makeLocalLive } from './capture/local-live.ts';
import type { CaseServices } from './cases/case-handlers.ts';
import { type CaseStore, makeCaseStore } from './cases/case-store.ts';
import { type Decisions, makeDecisions } from './cases/decisions.ts';
import { testFalsePositives } from './cases/false-positive-collector.ts';
import { noteActs } from './cases/noted-acts.ts';
import { makeTriageCollector } from './cases/triage-collector.ts';
import { makeTriageHandlers, restoreFindingStates, type TriageHandlers } from './cases/triage-handlers.ts';
import { readTriageSettings } from './cases/triage-settings-file.ts';
import { makeVerdictService, type VerdictService } from './cases/verdict-service.ts';
import { loadWorkstationKey } from './cases/workstation-key.ts';
import { type Feed, makeFeed } from './platform/feed.ts';
import { userDataFolder } from './platform/user-data.ts';
import { answerRaised } from './rules/raised-filter.ts';
import { makeRuleService, type RuleService, ruleFolderOf } from './rules/rule-service.ts';

/** What one open workspace offers to the window and to the command line alike. */
export interface Services {
  readonly workspacePath: string;
  /** What the person calls the workspace: the name of its folder. */
  readonly workspaceName: string;
  /** Where the evidence is now. */
  readonly sourceName: string;
  /** Answers every question and takes evidence in; in another process for the window, in this one for the command line. */
  readonly engine: Handlers<EngineOperations>;
  /** What people decided: marks, states of findings, approved devices. */
  readonly decisions: Decisions;
  readonly triage: TriageHandlers;
  /** Verdicts on findings, which move later scores. */
  readonly verdicts: VerdictService;
  readonly cases: CaseStore;
  /** Cases with the key that signs them and the tests of innocent explanations. */
  readonly caseServices: CaseServices;
  /** Detection rules: what they raise, and what they are not to raise. */
  readonly rules: RuleService;
  /** Emits what the schedule of the rules raised. */
  readonly raisedAlerts: Feed<readonly DetectionAlert[]>;
  /** The capture of this machine; who closes the workspace stops it first. */
  readonly live: LiveService;
  /** Brings the engine's states and verdicts of findings up to the decisions: after it started, and after an import. */
  restoreDecisions(signal: AbortSignal): Promise<void>;
  /** Emits after stored evidence or a decision about it changed. */
  readonly changes: Feed<void>;
}

export function makeServices(options: {
  readonly workspacePath: string;
  readonly engine: Handlers<EngineOperations>;
  /** Version of Portside, as cases note it. */
  readonly version: string;
  /** Where the evidence is, as cases note it; the embedded store by default. */
  readonly source?: string | (() => string) | undefined;
  /** Opens a saved source for live events to be sent to; without it they stay here. */
  readonly openTarget?: OpenShipTarget | undefined;
  /** Mount points that a live capture watches beside those of removable devices. */
  readonly watchFolders?: readonly string[] | undefined;
}): Services {
  const { workspacePath, version, source = 'Embedded store' } = options;
  const workspaceName = basename(workspacePath);
  const sourceName = () => (typeof source === 'string' ? source : source());
  const decisions = makeDecisions({ folder: workspacePath });
  const noteAct = (text: string) => decisions.noteAct(text);
  const engine: Handlers<EngineOperations> = {
    ...noteActs(options.engine, engineActs, noteAct),
    ...answerRaised(options.engine, () => ruleService.alerts({ limit: Number.POSITIVE_INFINITY })),
  };
  const readSettings = () => readTriageSettings(workspacePath);
  const background = {
    settings: readSettings,
    deviceDecision: (device: string) => decisions.deviceDecision(device),
    marks: (findingId: string) => decisions.marks(findingId),
    consultations: (findingId: string) => decisions.consultations(findingId),
  };
  const collector = makeTriageCollector(engine, background);
  const changes = makeFeed<void>();
  const ignored = () => ignoreItems(new AbortController().signal);
  const live = makeLocalLive({
    workspacePath,
    openTarget: options.openTarget,
    watchFolders: options.watchFolders,
    append: async (events) => {
      const { writes, deviceEvents } = events;
      await engine['evidence.append']({ writes: [...writes], deviceEvents: [...deviceEvents] }, ignored());
      changes.emit();
    },
    findings: async (host, sinceMs) =>
      (
        await engine['findings.list'](
          { filter: { hosts: [host], fromMs: sinceMs }, sort: 'score', descending: true, limit: 100 },
          ignored(),
        )
      ).rows,
  });
  const verdicts = makeVerdictService({ questions: engine, decisions });
  const caseStore = makeCaseStore({
    folder: join(workspacePath, 'cases'),
    questions: engine,
    collector,
    decisions,
    settings: readSettings,
    workspaceName,
    get source() {
      return sourceName();
    },
    version,
    onVerdict: (given) => verdicts.takeCase(given, new AbortController().signal),
  });
  const cases = noteActs(caseStore, caseActs, noteAct);
  const ruleService = makeRuleService({
    folder: ruleFolderOf(workspacePath),
    sources: engine,
    actor: userInfo().username,
    isApproved: async (device) => (await decisions.deviceDecision(device)) === 'approved',
  });
  const rules = noteActs(ruleService, ruleActs, noteAct);
  return {
    workspacePath,
    workspaceName,
    get sourceName() {
      return sourceName();
    },
    engine,
    decisions,
    triage: makeTriageHandlers({
      questions: engine,
      decisions,
      settings: readSettings,
      onMark: (findingId, mark) => cases.takeMark(findingId, mark),
    }),
    verdicts,
    cases,
    caseServices: {
      cases,
      decisions,
      version,
      // The key is the workstation's, not the workspace's: a copied workspace must not carry it along.
      loadKey: () => loadWorkstationKey(join(userDataFolder(), 'keys')),
      testFalsePositives: (findingId, signal) =>
        testFalsePositives(engine, { ...background, casesOf: (id) => cases.holding(id) }, findingId, signal),
      addException: async (exception) => {
        await rules.addException(exception);
      },
    },
    rules,
    raisedAlerts: makeFeed(),
    live,
    restoreDecisions: async (signal) => {
      await restoreFindingStates(engine, decisions, signal);
      await verdicts.restore(signal);
    },
    changes,
  };
}
