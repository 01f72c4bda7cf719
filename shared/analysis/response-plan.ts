import { visibleText } from '../base/visible-text.ts';
import { shortText } from '../base/words.ts';
import type { CaseState, ResponseStep } from '../model/case-file.ts';
import type { FindingRow } from '../model/finding.ts';

/** A response step as it is proposed for a case: nothing is done by itself, each is a task for a person. */
export interface PlannedResponse {
  readonly taskId: string;
  readonly response: ResponseStep;
  readonly title: string;
}

/** Preserve, contain, eradicate, inform, learn: evidence first, since ending a process destroys it. */
const order: readonly ResponseStep[] = [
  'forensics',
  'isolate',
  'terminate',
  'credentials',
  'escalate',
  'monitor',
  'policy',
];

const said = (text: string) => visibleText(shortText(text, 120));

/**
 * The seven response steps for the findings of a case, in the order that protects evidence. `sessionHost` is the machine of
 * a live session that the case was opened from, where it has no finding.
 */
export function responsePlan(findings: readonly FindingRow[], sessionHost?: string): readonly PlannedResponse[] {
  const list = (values: readonly string[]) =>
    [...new Set(values.filter((value) => value !== ''))].slice(0, 5).map(said).join(', ');
  const hosts = list([...findings.map((finding) => finding.host), ...(sessionHost === undefined ? [] : [sessionHost])]);
  const users = list(findings.map((finding) => finding.user));
  const processes = list(findings.map((finding) => finding.process)) || 'the process';
  const devices = list(findings.map((finding) => finding.device)) || 'that was used';
  const titles: Readonly<Record<ResponseStep, string>> = {
    forensics: `Preserve first: copy the executable of ${processes} with its hash, keep process facts and event logs of ${hosts}, secure the device ${devices}`,
    isolate: `Isolate ${hosts} from the network, once what must be read from it is safe`,
    terminate: `End ${processes} on ${hosts}, after its facts were kept`,
    credentials: `Revoke or reset credentials of ${users || 'the account'} and end its sessions`,
    escalate: 'Hand the case over to incident response, with the package and its head hash',
    monitor: `Watch ${users || 'the account'}, ${devices} and the hash of ${processes} on all hosts`,
    policy: `Decide about the device (approve or block) and about removable media for ${users || 'this account'} (ATT&CK M1034, M1042, M1057)`,
  };
  return order.map((response, index) => ({ taskId: `R-${index + 1}`, response, title: titles[response] }));
}

/** Why a response step should wait, as a sentence; undefined where nothing speaks against it now. */
export function responseWarning(state: CaseState, response: ResponseStep): string | undefined {
  if (response !== 'terminate' && response !== 'isolate') return undefined;
  const preserved = state.tasks.some(
    (task) => task.response === 'forensics' && (task.state === 'done' || task.state === 'not-needed'),
  );
  if (preserved) return undefined;
  return response === 'terminate'
    ? 'The process holds evidence that ends with it: keep its facts, open files and executable first.'
    : 'After isolation the host may be out of reach for collection: take what is needed first, unless data still leaves it.';
}
