import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import { rareProcessJobs, rareProcessRuleId } from './elastic-job.ts';
import type { Rule } from './rule.ts';

/** Ids of the rules that are built in; the first five are those of Elastic's rules that they follow. */
export const volumeSpikeRuleId = '35a3b253-eea8-46f0-abd3-68bdd47e6e3d';
export const airdropSpikeRuleId = 'e92c99b6-c547-4bb6-b244-2f27394bc849';
export const newStorageDeviceRuleId = '483832a8-ffdd-4e11-8e96-e0224f7bda9b';
export const firstSeenDeviceRuleId = '0859355c-0f08-4b43-8ff5-7d2a4789fc08';
export const watchListRuleId = 'portside-watch-list';

/** The jobs behind the two rules on volume, under the names of older and newer packages. */
export const volumeSpikeJobs = [
  'ded_high_bytes_written_to_external_device_ea',
  'ded_high_bytes_written_to_external_device',
] as const;
export const airdropSpikeJobs = [
  'ded_high_bytes_written_to_external_device_airdrop_ea',
  'ded_high_bytes_written_to_external_device_airdrop',
] as const;

const exfiltrationTactic = {
  id: 'TA0010',
  name: 'Exfiltration',
  reference: 'https://attack.mitre.org/tactics/TA0010/',
} as const;

const overUsb = {
  tactic: exfiltrationTactic,
  techniques: [
    {
      id: 'T1052',
      name: 'Exfiltration Over Physical Medium',
      reference: 'https://attack.mitre.org/techniques/T1052/',
    },
    { id: 'T1052.001', name: 'Exfiltration over USB', reference: 'https://attack.mitre.org/techniques/T1052/001/' },
  ],
};

const overAirdrop = {
  tactic: exfiltrationTactic,
  techniques: [
    {
      id: 'T1011',
      name: 'Exfiltration Over Other Network Medium',
      reference: 'https://attack.mitre.org/techniques/T1011/',
    },
    {
      id: 'T1011.001',
      name: 'Exfiltration Over Bluetooth',
      reference: 'https://attack.mitre.org/techniques/T1011/001/',
    },
  ],
};

const throughMedia = {
  tactic: { id: 'TA0001', name: 'Initial Access', reference: 'https://attack.mitre.org/tactics/TA0001/' },
  techniques: [
    {
      id: 'T1091',
      name: 'Replication Through Removable Media',
      reference: 'https://attack.mitre.org/techniques/T1091/',
    },
  ],
};

const jobReferences = [
  'https://www.elastic.co/guide/en/security/current/prebuilt-ml-jobs.html',
  'https://docs.elastic.co/en/integrations/ded',
  'https://www.elastic.co/blog/detect-data-exfiltration-activity-with-kibanas-new-integration',
];

/** The parameters are facts of Elastic's definitions, which are under their licence; the words here are Portside's. */
const followsElastic = 'Follows a rule under the Elastic License v2; the texts are Portside’s own, Apache-2.0';

const jobRule = {
  version: 5,
  origin: 'built-in',
  isEnabled: true,
  type: 'machine_learning',
  severity: 'low',
  riskScore: 21,
  intervalMs: 15 * minuteMs,
  lookBackMs: 2 * hourMs,
  maxAlerts: 100,
  license: followsElastic,
} as const satisfies Partial<Rule>;

const setupOfJobs = `### What this rule needs

- **Evidence of writes to external devices**: file events whose device has a bus type. Elastic Defend records them; Portside's import and its live capture bring them as well.
- **For Elastic's own numbers**: the Data Exfiltration Detection integration with its anomaly jobs installed and started, and their records readable (\`.ml-anomalies-*\`). The jobs are for Windows; the AirDrop one is for macOS.
- **Without such records** Portside's own scores stand in: the rule then raises findings at or above the threshold.

\`portside check\` looks at each of these and says what is missing.`;

const setupOfDevices = `### What this rule needs

Device events: Elastic Defend 9.2 and later records mounts of USB storage on Windows and macOS where device control events are switched on; Portside's live capture records those of this machine. Where a host has none, its writes tell at least that a device was connected.`;

const rareProcessGuide = `### What this alert means

A program has written to an external device on a host where it hardly ever, or never, did so before. Rare is not malicious: new software looks the same. The question is whether this program had a reason to write there, and what it took along.

### How to investigate

1. **The program.** Is the name what the path, the publisher and the hash say it is? A system program's name in a user's folder, a missing signature or a name one letter off are reasons to look closer. On how many other hosts does it write to devices?
2. **The person.** Whose session was it, may that account copy data, and does the hour fit the person's habit?
3. **The device.** Is it known, approved and identified by a real serial number? When was it first connected, to which hosts, by whom?
4. **The data.** How many files and bytes, which types, from which folders? Compare the event sum with the distinct sizes: repeated writes of one file count once in the latter.
5. **What else happened.** Look two hours to both sides, at the host and at the user: other alerts, new devices, archives made, files renamed onto the device.
6. **Ask.** The person or the department may know the reason. Write down who was asked, when, and what they said.

### What it often is instead

- A **backup** onto an attached disk: regular hours, the same device, steady volume.
- A **transfer program** that the work calls for.
- An **update or installer** that unpacks onto the drive.
- **Maintenance** by IT: diagnostics, imaging, tests.
- A **copy that somebody wanted** and may have: large data for analysis, hand-over to a customer.

For each of these an exception can be made that is as narrow as the case allows, and that expires.

### What to do when it is not

1. Take the host off the network, so that nothing more leaves.
2. End the process; note its id, path and hash first.
3. Secure the host and, where possible, the device, and find out what left.
4. Change credentials that the process could use, and take back rights it should not have had.
5. Tell the response team; look for the same program and device on other hosts.
6. Watch the host, the user and the device for a return.
7. Narrow what may write to external devices.`;

const volumeGuide = `### What this alert means

Far more data than usual went to an external device on this host. Volume alone says little: look at what it was and who took it.

### How to investigate

1. **The measure.** Elastic adds up the size of a file at each event, so that a file written often counts often. Compare with the distinct bytes.
2. **The usual.** What do this process, this user and this device write on other days? Is it the monthly backup?
3. **The files.** Which types, from which folders, and are there archives among them?
4. **Device and person**, as for an unusual process: known, approved, in keeping with the hour and the task?

### What it often is instead

Backups, archives made at the end of a period, software images, media projects, data handed to a customer.

### What to do when it is not

Keep the host and the device as they are, find out what left, take back what rights allowed it, tell the response team, and watch for more.`;

const airdropGuide = `### What this alert means

The service behind AirDrop wrote or sent far more than usual on this Mac. The data went over the air, so there is no device to look at: the receiver is what has to be found.

### How to investigate

1. Who was logged in, and where was the Mac at that time?
2. Which files were shared, and is AirDrop allowed for them?
3. Is there a second device of the same person that explains it?
4. What else left this Mac that day, by mail, cloud or stick?

### What it often is instead

Photographs and films moved to a telephone, presentations handed over in a meeting, a Mac being replaced.

### What to do when it is not

Ask the person, restrict AirDrop to contacts or switch it off by policy, and treat the files as disclosed.`;

const newDeviceGuide = `### What this alert means

A storage device has been connected that was not seen in the days before. That happens every day, so this is rather a note than an alarm: it matters together with what is written next.

### How to investigate

1. Which device is it: vendor, model, serial number, and does the identity rest on a real serial?
2. Was it connected to other hosts before, and by whom?
3. What was written to it since, by which process?
4. Were files run from it?

### What it often is instead

Devices that the company hands out, maintenance sticks, replacements, private telephones and cameras.

### What to do when it is not

Block the device, keep it if it can be had, scan the host for what may have come with it, and look for the same device elsewhere. Approve devices that are known, so that this rule stays readable.`;

/** The rules that every workspace has. */
export const builtInRules: readonly Rule[] = [
  {
    ...jobRule,
    references: jobReferences,
    authors: ['Elastic'],
    unsupported: [],
    id: rareProcessRuleId,
    name: 'Unusual Process Writing Data to an External Device',
    description:
      'A process wrote to an external device on a host where that is rare for it. Programs that look harmless are used to carry data away; one without a reason to write to such a device deserves a look.',
    tags: [
      'Use Case: Data Exfiltration Detection',
      'Data Source: Elastic Defend',
      'Rule Type: ML',
      'Rule Type: Machine Learning',
      'Tactic: Exfiltration',
      'Resources: Investigation Guide',
    ],
    falsePositives: [
      'Backups, transfer programs, updates and installers, maintenance by IT, and copies that people are allowed to make.',
    ],
    threat: [overUsb],
    guide: rareProcessGuide,
    setup: setupOfJobs,
    detection: { kind: 'anomaly-job', jobIds: [...rareProcessJobs], threshold: 75, fallback: 'score' },
  },
  {
    ...jobRule,
    references: jobReferences,
    authors: ['Elastic'],
    unsupported: [],
    id: volumeSpikeRuleId,
    name: 'Spike in Bytes Sent to an External Device',
    description:
      'Far more bytes than usual were written to an external device on a host. Most days follow a pattern; a large departure from it can be a copy of data that should stay.',
    tags: [
      'Use Case: Data Exfiltration Detection',
      'Data Source: Elastic Defend',
      'Rule Type: ML',
      'Rule Type: Machine Learning',
      'Tactic: Exfiltration',
      'Resources: Investigation Guide',
    ],
    falsePositives: [
      'Backups, archiving at the end of a period, software images, media work, data handed to customers.',
    ],
    threat: [overUsb],
    guide: volumeGuide,
    setup: setupOfJobs,
    detection: { kind: 'anomaly-job', jobIds: [...volumeSpikeJobs], threshold: 75, fallback: 'volume' },
  },
  {
    ...jobRule,
    references: jobReferences,
    authors: ['Elastic'],
    unsupported: [],
    id: airdropSpikeRuleId,
    name: 'Spike in Bytes Sent to an External Device via Airdrop',
    description:
      'The AirDrop service of a Mac handled far more bytes than usual. Data can leave this way without any cable or network record.',
    tags: [
      'Use Case: Data Exfiltration Detection',
      'Data Source: Elastic Defend',
      'Rule Type: ML',
      'Rule Type: Machine Learning',
      'Tactic: Exfiltration',
      'Resources: Investigation Guide',
    ],
    falsePositives: ['Photographs and films moved to a telephone, presentations handed over, a Mac being replaced.'],
    threat: [overAirdrop],
    guide: airdropGuide,
    setup: setupOfJobs,
    detection: {
      kind: 'anomaly-job',
      jobIds: [...airdropSpikeJobs],
      threshold: 75,
      fallback: 'volume',
      fallbackProcess: 'sharingd',
    },
  },
  {
    id: newStorageDeviceRuleId,
    name: 'New USB Storage Device Mounted',
    description: 'A storage device was mounted on a host where it had not been seen in the seven days before.',
    version: 1,
    origin: 'built-in',
    isEnabled: true,
    type: 'new_terms',
    severity: 'low',
    riskScore: 21,
    intervalMs: 5 * minuteMs,
    lookBackMs: 9 * minuteMs,
    maxAlerts: 100,
    tags: [
      'Domain: Endpoint',
      'OS: Windows',
      'OS: macOS',
      'Use Case: Threat Detection',
      'Use Case: Device Control',
      'Tactic: Initial Access',
      'Tactic: Exfiltration',
      'Data Source: Elastic Defend',
      'Resources: Investigation Guide',
    ],
    references: [
      'https://www.elastic.co/docs/solutions/security/manage-elastic-defend/trusted-devices',
      'https://www.elastic.co/docs/solutions/security/configure-elastic-defend/configure-an-integration-policy-for-elastic-defend#device-control',
    ],
    authors: ['Elastic'],
    falsePositives: ['Devices that the company hands out, maintenance sticks, replacements.'],
    license: followsElastic,
    threat: [throughMedia, overUsb],
    guide: newDeviceGuide,
    setup: setupOfDevices,
    detection: { kind: 'new-device', newTo: 'host', historyMs: 7 * dayMs, onlyMounts: true },
    unsupported: [],
  },
  {
    id: firstSeenDeviceRuleId,
    name: 'First Time Seen Removable Device',
    description:
      'A removable device appeared that no host had seen in the seven days before: connected, or told of by the first write to it.',
    version: 1,
    origin: 'built-in',
    isEnabled: true,
    type: 'new_terms',
    severity: 'low',
    riskScore: 21,
    intervalMs: 5 * minuteMs,
    lookBackMs: 9 * minuteMs,
    maxAlerts: 100,
    tags: [
      'Domain: Endpoint',
      'OS: Windows',
      'Use Case: Threat Detection',
      'Tactic: Initial Access',
      'Tactic: Exfiltration',
      'Data Source: Elastic Defend',
      'Resources: Investigation Guide',
    ],
    references: [
      'https://winreg-kb.readthedocs.io/en/latest/sources/system-keys/USB-storage.html',
      'https://learn.microsoft.com/en-us/windows-hardware/drivers/usbcon/usb-device-specific-registry-settings',
    ],
    authors: ['Elastic'],
    falsePositives: ['Devices that the company hands out, maintenance sticks, private telephones and cameras.'],
    license: followsElastic,
    threat: [throughMedia, overUsb],
    guide: newDeviceGuide,
    setup: setupOfDevices,
    detection: { kind: 'new-device', newTo: 'everyone', historyMs: 7 * dayMs, onlyMounts: false },
    unsupported: [],
  },
  {
    id: watchListRuleId,
    name: 'Watch list',
    description:
      'Something on the watch list appeared again: a device, a user, a host or a process that somebody marked.',
    version: 1,
    origin: 'built-in',
    isEnabled: true,
    type: 'portside',
    severity: 'high',
    riskScore: 73,
    intervalMs: 5 * minuteMs,
    lookBackMs: 2 * hourMs,
    maxAlerts: 100,
    tags: ['Use Case: Threat Detection', 'Resources: Investigation Guide'],
    references: [],
    authors: ['Portside'],
    falsePositives: ['Entries that nobody needs any more: remove them.'],
    license: 'Apache-2.0',
    threat: [overUsb],
    guide:
      '### What this alert means\n\nSomebody asked to be told when this device, user, host or process writes to an external device again. The note of the entry says why.',
    setup: 'Nothing beyond evidence of writes and connections.',
    detection: { kind: 'watch-list' },
    unsupported: [],
  },
];
