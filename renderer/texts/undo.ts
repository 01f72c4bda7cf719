import type { FindingState } from '../../shared/model/finding.ts';
import { formatCount, formatCounted } from '../window-format.ts';

/** English of what was done and can be taken back, and of what a drop on the window came to. */
export const undoTexts = {
  states: { open: 'reopened', acknowledged: 'acknowledged', closed: 'closed' } satisfies Record<FindingState, string>,
  findings: (count: number, done: string) => `${formatCounted(count, 'finding', 'findings')} ${done}`,
  stepDecided: 'Step decided',
  judged: (verdict: string) => `Finding judged: ${verdict}`,
  verdictTakenBack: (verdict: string) => `Verdict taken back: ${verdict}`,
  devices: { approved: 'Device approved', blocked: 'Device blocked' },
  decisionTakenBack: 'Decision taken back',
  ofDevice: (decision: string, device: string) => `${decision}: ${device}`,
  decisionUndone: 'The decision was undone.',
  exceptionAdded: (words: string) => `Exception added: ${words}`,
  exceptionOfRemoved: (words: string) => `The exception of ${words} was removed`,
  exceptionRemoved: 'Exception removed',
  ruleAdded: (name: string) => `Rule added: ${name}`,
  ruleChanged: (name: string) => `Rule changed: ${name}`,
  theRule: 'The rule',
  removed: (name: string) => `${name} was removed`,
  switchedOn: (name: string) => `${name} was switched on`,
  switchedOff: (name: string) => `${name} was switched off`,
  watched: (name: string) => `${name} is watched`,
  noLongerWatchedName: (name: string) => `${name} is no longer watched`,
  noLongerWatched: 'No longer watched',
  noteAdded: (caseId: string) => `Note added to ${caseId}`,
  caseMoved: (caseId: string, isClosed: boolean) => `${caseId} ${isClosed ? 'closed' : 'reopened'}`,
  undone: (text: string) => `Undone: ${text}`,
  notUndone: (text: string, why: string) => `Not undone: ${text}. ${why}`,
  notOpened: (why: string) => `Not opened: ${why}`,
  withdrawn: (seq: number) => `Entry ${seq} is withdrawn.`,
  cancelled: 'It was cancelled',
  imported: (rules: number, file: string, refused: number, reason: string) =>
    `${formatCounted(rules, 'rule', 'rules')} imported from ${file}${refused > 0 ? `, ${formatCount(refused)} refused: ${reason}` : ''}`,
  notImported: (file: string, why: string | undefined) =>
    `${file} was not imported${why === undefined ? '' : `: ${why}`}`,
} as const;
