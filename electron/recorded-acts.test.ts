import { expect, test } from 'vitest';
import type { EngineOperations } from '../shared/ipc/engine-operations.ts';
import { engineOperations } from '../shared/ipc/engine-operations.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { workbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { caseActs, engineActs, ruleActs, windowActs } from './act-texts.ts';

/**
 * Every operation of the contract is in one of three lists: it only asks, it leaves an entry in the workspace's journal, or
 * somebody argued why it leaves none. A new operation in none of them, or in two, fails here.
 */

type Operation = keyof WorkbenchOperations | keyof EngineOperations;

const asks: readonly Operation[] = [
  'activity.read',
  'alerts.list',
  'anomaly-records.list',
  'audit.list',
  'case.of-finding',
  'case.preview',
  'case.read',
  'case.report',
  'case.verify',
  'cases.list',
  'consultation.list',
  'detection-alerts.list',
  'detection-alerts.watch',
  'device-events.list',
  'devices.decisions',
  'devices.list',
  'engine.limits',
  'engine.watch',
  'evidence.summary',
  'exceptions.list',
  'exceptions.preview',
  'false-positives.test',
  'finding-alerts.list',
  'finding-groups.list',
  'finding.read',
  'findings.list',
  'hours.read',
  'import.choose',
  'kibana.choose-ca',
  'kibana.read',
  'live.plan',
  'live.watch',
  'menu.watch',
  'notifications.read',
  'openings.watch',
  'package.verify',
  'processes.list',
  'response.plan',
  'rule-runs.list',
  'rules.choose',
  'rules.list',
  'scored-processes.list',
  'sessions.list',
  'settings.read',
  'source.check',
  'source.choose-ca',
  'source.list',
  'source.test',
  'support.collect',
  'terms.list',
  'theme.read',
  'triage.collect',
  'triage.read',
  'volumes.read',
  'watch-list.list',
  'workspace.read',
  'workspace.watch',
  'writes.page',
  'writes.totals',
];

/** By which entry an operation is on record: a text of `act-texts.ts`, or a kind the journal of decisions writes itself. */
const recordedBy: Partial<Record<Operation, string>> = {
  'case.export': 'head.noted',
  'case.open': 'cases open',
  'case.push': 'cases record',
  'case.record': 'cases record',
  'case.set-alert-status': 'cases record',
  'consultation.record': 'consultation.recorded',
  'devices.decide': 'device.decided',
  'evidence.import': 'engine evidence.import',
  'evidence.import-files': 'engine evidence.import-files',
  'exceptions.add': 'rules addException',
  'exceptions.remove': 'rules removeException',
  'exceptions.restore': 'rules restoreException',
  'finding-states.set': 'finding.decided',
  'import.demo': 'engine evidence.import',
  'import.run': 'engine evidence.import',
  'kibana.forget': 'window kibana.forget',
  'kibana.save': 'window kibana.save',
  'live.act': 'window live.act',
  'live.ship': 'window live.ship',
  'live.start': 'window live.start',
  'live.stop': 'window live.stop',
  'live.unship': 'window live.unship',
  'response.act': 'cases record',
  'rules.change': 'rules changeRule',
  'rules.duplicate': 'rules duplicateRule',
  'rules.import': 'rules importFile',
  'rules.make': 'rules makeRule',
  'rules.remove': 'rules removeRule',
  'rules.restore': 'rules restoreRule',
  'rules.switch': 'rules setEnabled',
  'source.remove': 'window source.remove',
  'source.save': 'window source.save',
  'source.use': 'window source.use',
  'support.save': 'window support.save',
  'triage.mark': 'step.marked',
  'verdict.give': 'finding.judged',
  'verdict.take-back': 'finding.judged',
  'watch-list.add': 'rules addWatchItem',
  'watch-list.remove': 'rules removeWatchItem',
  'watch-list.restore': 'rules restoreWatchItem',
};

/** Operations that change something and leave no entry in the workspace's journal, each with the reason. */
const argued: Partial<Record<Operation, string>> = {
  'case.add-finding': "The case's own chained journal has it.",
  'case.attach': "The case's own chained journal has it, with the hash of the file.",
  'clipboard.write': 'It changes nothing that is kept.',
  'evidence.append': 'A live capture appends many times a minute; its start and stop are on record.',
  'finding-verdicts.set': 'A copy for the scores of the verdicts on record.',
  'live.mark': 'A note in the log of the capture; no evidence and no decision changes.',
  'notifications.set': 'How the window behaves for one person.',
  'raised-alerts.tell': 'A copy for the filter of what the runs of the rules keep.',
  'rules.run': 'A run keeps its own record, and repeats what the rules on record say.',
  'scores.refresh': 'Computed anew from the same evidence; nobody decided anything.',
  'file.drag': 'It hands out a file whose export is on record.',
  'settings.set': 'How much of this machine the program takes for itself; no evidence and no decision changes.',
  'theme.set': 'How the window looks to one person.',
  'window.open': 'Another window shows what is there already.',
};

const texts: Readonly<Record<string, object>> = {
  cases: caseActs,
  engine: engineActs,
  rules: ruleActs,
  window: windowActs,
};
const kindsOfDecisions = [
  'consultation.recorded',
  'device.decided',
  'finding.decided',
  'finding.judged',
  'head.noted',
  'step.marked',
];

test('every operation only asks, leaves an entry, or has a reason why not', () => {
  const all = new Set([...Object.keys(workbenchOperations), ...Object.keys(engineOperations)]);
  const sorted = [...asks, ...Object.keys(recordedBy), ...Object.keys(argued)].sort();
  expect(sorted).toEqual([...all].sort());
});

test('the entry that an operation is said to leave is one that is written, and every text is of use to one', () => {
  for (const place of Object.values(recordedBy)) {
    const [list = '', name = ''] = place.split(' ');
    if (name === '') expect(kindsOfDecisions).toContain(place);
    else expect(Object.keys(texts[list] ?? {}), place).toContain(name);
  }
  const written = Object.entries(texts).flatMap(([list, acts]) => Object.keys(acts).map((name) => `${list} ${name}`));
  expect(new Set(Object.values(recordedBy).filter((place) => place.includes(' ')))).toEqual(new Set(written));
});

test('what the window does outside the services is told without secrets', () => {
  const place = {
    url: 'https://someone:s3cret@kibana.example:5601/x',
    signIn: { kind: 'api-key' as const },
    hasSecret: true,
  };
  const text = windowActs['kibana.save']?.(place, place, ignoreItems(new AbortController().signal));
  expect(text).toBe('Kibana set: kibana.example:5601');
});
