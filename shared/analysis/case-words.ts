import type { CaseVerdict, FalsePositiveClass, ResponseStep } from '../model/case-file.ts';
import type { Stance, StepState, TriageStep } from '../model/triage.ts';

/** How the parts of a case are called, on screen, in reports and in exports alike. */

export const stepTitles: Readonly<Record<TriageStep, string>> = {
  process: 'Process name and path',
  user: 'User account',
  device: 'External device',
  data: 'Volume and type of data',
  correlation: 'Other events',
  consultation: 'Ask the user or department',
};

export const stateTitles: Readonly<Record<StepState, string>> = {
  open: 'Open',
  unremarkable: 'Unremarkable',
  suspicious: 'Suspicious',
  'not-applicable': 'Not applicable',
};

export const stanceTitles: Readonly<Record<Stance, string>> = {
  'supports-suspicion': 'Supports suspicion',
  'supports-benign': 'Supports benign',
  'no-information': 'No information',
};

export const verdictTitles: Readonly<Record<CaseVerdict, string>> = {
  'confirmed-exfiltration': 'Confirmed exfiltration',
  'likely-exfiltration': 'Likely exfiltration',
  'policy-violation': 'Policy violation',
  'false-positive': 'False positive',
  inconclusive: 'Inconclusive',
};

export const falsePositiveTitles: Readonly<Record<FalsePositiveClass, string>> = {
  backup: 'Backup process',
  'data-transfer': 'Data-transfer application',
  update: 'Software update or installation',
  maintenance: 'IT maintenance',
  'user-transfer': 'User-initiated transfer',
};

export const responseTitles: Readonly<Record<ResponseStep, string>> = {
  isolate: 'Isolate the host',
  terminate: 'End the process',
  forensics: 'Forensic analysis',
  credentials: 'Revoke credentials',
  escalate: 'Escalate',
  monitor: 'Add monitoring',
  policy: 'Policies and controls',
};
