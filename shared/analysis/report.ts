import { formatBytes, formatCount, formatDay, formatIso, formatSpan, formatTime, utc } from '../base/format.ts';
import { minuteMs } from '../base/time.ts';
import { countOf, shortText } from '../base/words.ts';
import type { CaseFinding, CaseSession, CaseState, Consultation } from '../model/case-file.ts';
import type { DeviceEvent, WriteEvent } from '../model/event.ts';
import type { DeviceRow, DeviceSession } from '../model/evidence-answer.ts';
import type { FindingRow } from '../model/finding.ts';
import { type CollectedStep, type StepMark, triageSteps } from '../model/triage.ts';
import {
  falsePositiveTitles,
  responseTitles,
  stanceTitles,
  stateTitles,
  stepTitles,
  verdictTitles,
} from './case-words.ts';
import { shortHash } from './journal.ts';
import { type Markup, markup } from './report-markup.ts';
import { reportStyle } from './report-style.ts';
import { timelinePicture, type VolumeBar } from './report-timeline.ts';

/** The evidence that a page about a finding draws on; all of it may be empty. */
export interface FindingEvidence {
  readonly writes: readonly WriteEvent[];
  readonly sessions: readonly DeviceSession[];
  readonly deviceEvents: readonly DeviceEvent[];
  readonly volume: readonly VolumeBar[];
  readonly device?: DeviceRow | undefined;
}

export const noEvidence: FindingEvidence = { writes: [], sessions: [], deviceEvents: [], volume: [] };

/** Width of the bars of `FindingEvidence.volume`. */
export const volumeBucketMs = 5 * minuteMs;

const shownFiles = 12;

const moment = (atMs: number) => `${formatTime(atMs, utc, { seconds: true, year: true })} UTC`;

function page(title: string, body: Markup): string {
  // Scripts, frames and everything from outside are refused by the page itself, wherever it is opened.
  return markup`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${title}</title><style>${{ markup: reportStyle }}</style></head><body><main>${body}</main></body></html>
`.markup;
}

function deviceNameOf(finding: FindingRow, evidence: FindingEvidence): string {
  const { device, writes, deviceEvents } = evidence;
  const write = writes.find((one) => one.device === finding.device);
  const event = deviceEvents.find((one) => one.device === finding.device);
  const vendor = device?.vendor ?? write?.deviceVendor ?? event?.vendor;
  const product = device?.product ?? write?.deviceProduct ?? event?.product;
  const name = [vendor, product].filter((part) => part !== undefined && part !== '').join(' ');
  return name === '' ? finding.device : name;
}

function deviceNames(evidence: FindingEvidence): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { device, vendor, product, volume } of evidence.deviceEvents)
    names.set(
      device,
      [vendor, product, volume].filter((part) => part !== undefined && part !== '').join(' ') || device,
    );
  for (const { device, deviceVendor, deviceProduct, volume } of evidence.writes) {
    const name = [deviceVendor, deviceProduct, volume].filter((part) => part !== undefined && part !== '').join(' ');
    if (name !== '') names.set(device, name);
  }
  return names;
}

function connectedText(session: DeviceSession | undefined): string {
  if (!session) return 'not recorded';
  if (session.source === 'inferred')
    return `seen ${formatSpan(session.firstActivityMs, session.lastActivityMs, utc, { seconds: true })} (inferred from writes)`;
  const end = (atMs: number | undefined) => (atMs === undefined ? 'not recorded' : moment(atMs));
  return `${end(session.connectedMs)} to ${end(session.disconnectedMs)}`;
}

function facts(finding: FindingRow, evidence: FindingEvidence): Markup {
  const write = evidence.writes.find((one) => one.process === finding.process);
  const serial = evidence.device?.serial ?? write?.deviceSerial;
  const session = evidence.sessions.find(
    (one) =>
      one.device === finding.device &&
      one.host === finding.host &&
      one.firstActivityMs <= finding.endMs &&
      one.lastActivityMs >= finding.startMs,
  );
  const connected = connectedText(session);
  const signature =
    write?.publisher === undefined
      ? 'no signature in the events'
      : `signed by ${write.publisher}${write.publisherTrusted === false ? ' (not trusted)' : ''}`;
  const rows: readonly (readonly [string, string | Markup])[] = [
    ['Host, user', `${finding.host}, ${finding.user || 'no user in the events'}`],
    ['Process', `${finding.process}${write?.pid === undefined ? '' : `, pid ${write.pid}`}, ${signature}`],
    [
      'Executable',
      finding.executable === undefined
        ? 'not in the events'
        : markup`<code>${shortText(finding.executable, 400)}</code>`,
    ],
    ['Device', deviceNameOf(finding, evidence)],
    [
      'Serial',
      serial === undefined || serial === '' ? 'none reported' : markup`<code>${shortText(serial, 120)}</code>`,
    ],
    ['Connected', connected],
    ['Written', formatSpan(finding.startMs, finding.endMs, utc, { seconds: true })],
    ['Files', `${formatCount(finding.files)} (${formatCount(finding.events)} events)`],
    ['Distinct bytes', `${formatBytes(finding.distinctBytes)} (last size per path)`],
    ['Event sum', `${formatBytes(finding.writtenBytes)} (Elastic’s measure)`],
    ['Technique', 'T1052.001, Exfiltration over USB'],
    ['Finding', finding.id],
  ];
  return markup`<dl class="facts">${rows.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function picture(finding: FindingRow, evidence: FindingEvidence, sources: string): Markup {
  const figure = timelinePicture({
    startMs: finding.startMs,
    endMs: finding.endMs,
    process: finding.process,
    device: finding.device,
    score: finding.score,
    sessions: evidence.sessions.filter((session) => session.host === finding.host),
    deviceNames: deviceNames(evidence),
    bars: evidence.volume,
    bucketMs: volumeBucketMs,
  });
  return markup`<figure>${figure}<figcaption>Device connections and written volume on ${finding.host}. Filled: the device and the process of the finding. Dashed outline: an end that was not recorded, or a connection inferred from writes. ${sources}</figcaption></figure>`;
}

function why(finding: FindingRow): Markup {
  const { elastic, coldStart, facets } = finding;
  const reaches = elastic.score >= 75;
  const isBlind = elastic.ceiling < 75;
  const widest = Math.max(1, ...facets.map((facet) => facet.points));
  const telling = facets.filter((facet) => facet.evidence >= 0.005 || Math.abs(facet.points) >= 0.5);
  const silent = facets.filter((facet) => !telling.includes(facet));
  return markup`<p>Portside score ${Math.round(finding.score)} of 100${finding.unmovedScore === undefined ? '' : `, ${Math.round(finding.unmovedScore)} without verdicts on the same thing`}.${coldStart === undefined ? '' : ` ${coldStart}`} Elastic-comparable score ${Math.round(elastic.score)}, of at most ${Math.round(elastic.ceiling)} that this host allowed then: ${countOf(Math.round(elastic.processHours), 'process-hour')} were known. The rule’s threshold is 75, ${reaches ? 'which it reaches' : isBlind ? 'which no process could have reached on this host: the rule would have stayed silent' : 'which it does not reach'}.</p><table><thead><tr><th style="width:42mm">Reason</th><th>Figure and explanation</th><th style="width:36mm">Points</th><th class="n" style="width:18mm">Evidence</th></tr></thead><tbody>${telling.map((facet) => markup`<tr><td>${facet.title}</td><td>${facet.figure}. ${facet.text}</td><td><span class="bar${Math.abs(facet.points) >= 0.5 ? '' : ' none'}" style="width:${((Math.max(Math.abs(facet.points), 2) * 20) / widest).toFixed(1)}mm"></span> ${facet.points >= 0.5 ? `+${Math.round(facet.points)}` : facet.points <= -0.5 ? `−${Math.round(-facet.points)}` : 'not added'}</td><td class="n">${facet.evidence.toFixed(2)}</td></tr>`)}</tbody></table>${silent.length === 0 ? '' : markup`<p class="weak">Nothing unusual in: ${silent.map((facet) => facet.title.toLowerCase()).join(', ')}.</p>`}`;
}

interface WrittenFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly firstMs: number;
  readonly headerBytes: string | undefined;
  readonly sourcePath: string | undefined;
}

function writtenFiles(writes: readonly WriteEvent[]): readonly WrittenFile[] {
  const byPath = new Map<string, WrittenFile>();
  for (const write of [...writes].sort((left, right) => left.atMs - right.atMs || (left.id < right.id ? -1 : 1))) {
    const known = byPath.get(write.path);
    byPath.set(write.path, {
      path: write.path,
      sizeBytes: write.action === 'rename' && known ? known.sizeBytes : write.sizeBytes,
      firstMs: known?.firstMs ?? write.atMs,
      headerBytes: write.headerBytes ?? known?.headerBytes,
      sourcePath: write.sourcePath ?? known?.sourcePath,
    });
  }
  return [...byPath.values()].sort(
    (left, right) => right.sizeBytes - left.sizeBytes || (left.path < right.path ? -1 : 1),
  );
}

function written(writes: readonly WriteEvent[], where: string): Markup {
  const files = writtenFiles(writes);
  if (files.length === 0) return markup`<p>No single events are at hand.</p>`;
  const shown = files.slice(0, shownFiles);
  return markup`<table><thead><tr><th>Path, the largest ${formatCount(shown.length)} of ${formatCount(files.length)}${where}</th><th class="n" style="width:22mm">Last size</th><th style="width:29mm">First written</th><th style="width:34mm">First bytes</th></tr></thead><tbody>${shown.map((file) => markup`<tr><td><code>${shortText(file.path, 300)}</code>${file.sourcePath === undefined ? '' : markup`<br><span class="weak">renamed from <code>${shortText(file.sourcePath, 300)}</code></span>`}</td><td class="n">${formatBytes(file.sizeBytes)}</td><td class="tn">${formatTime(file.firstMs, utc, { seconds: true })}</td><td><code>${(file.headerBytes ?? '').slice(0, 16)}</code></td></tr>`)}</tbody></table>`;
}

function steps(
  collected: readonly CollectedStep[],
  marks: readonly StepMark[],
  answers: readonly Consultation[] = [],
): Markup {
  const rows = triageSteps.map((step, index) => {
    const given = step === 'consultation' ? answers : [];
    // What was collected before somebody answered says that nobody did.
    const checks = (collected.find((one) => one.step === step)?.checks ?? []).filter(
      (check) => given.length === 0 || check.id !== 'consultation.answer',
    );
    const mark = marks.find((one) => one.step === step);
    const telling = checks.filter((check) => check.stance !== 'no-information');
    const silent = checks.length - telling.length;
    return markup`<tr><td>${index + 1}</td><td>${stepTitles[step]}</td><td>${mark ? stateTitles[mark.state] : 'Open'}${mark ? markup`<br><span class="weak">${mark.actor}, ${formatTime(mark.atMs, utc)}</span>` : ''}</td><td>${mark && mark.note !== '' ? markup`<p><b>${mark.note}</b></p>` : ''}<ul class="checks">${given.map((one) => markup`<li>${{ yes: '▽', no: '▲', unknown: '–' }[one.authorised]} Answer of ${one.asked}: ${one.answer}</li>`)}${telling.map((check) => markup`<li>${check.stance === 'supports-suspicion' ? '▲' : '▽'} ${check.title}: ${check.sentence}</li>`)}${
      silent > 0
        ? markup`<li class="weak">– ${countOf(silent, 'check')} without information: ${checks
            .filter((check) => check.stance === 'no-information')
            .map((check) => check.title.toLowerCase())
            .join(', ')}.</li>`
        : ''
    }</ul></td></tr>`;
  });
  return markup`<table><thead><tr><th style="width:7mm">No.</th><th style="width:32mm">Step</th><th style="width:27mm">Decision</th><th>Evidence (▲ ${stanceTitles['supports-suspicion'].toLowerCase()}, ▽ ${stanceTitles['supports-benign'].toLowerCase()})</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/**
 * A finding with its explanation as one page that needs nothing else: facts, picture, reasons, files, and the six steps as
 * far as they were collected. Same input, same bytes.
 */
export function findingPage(
  finding: FindingRow,
  evidence: FindingEvidence = noEvidence,
  collected: readonly CollectedStep[] = [],
  marks: readonly StepMark[] = [],
): string {
  return page(
    `Finding: ${finding.process} on ${finding.host}`,
    markup`<header><div><h1>${finding.process} on ${finding.host}</h1><p>${formatDay(finding.startMs, utc, true)}, to ${deviceNameOf(finding, evidence)}, score ${Math.round(finding.score)} of 100</p></div><div><p>Finding ${finding.id}<br>All times in UTC</p></div></header>${facts(finding, evidence)}<h2>What happened</h2>${picture(finding, evidence, '')}<h2>Why it was found</h2>${why(finding)}<h2>What was written</h2>${written(evidence.writes, '')}<h2>Investigation</h2>${steps(collected, marks)}`,
  );
}

/** Where the evidence of a live session stands among that of the findings. */
export function sessionKey(session: Pick<CaseSession, 'fromMs'>): string {
  return `session ${session.fromMs}`;
}

/** A live session: when and where, what the capture says of itself, which programs wrote, and what was written. */
function sessionSection(session: CaseSession, evidence: FindingEvidence, heading: (title: string) => Markup): Markup {
  const bytes = new Map<string, number>();
  for (const bar of evidence.volume) bytes.set(bar.process, (bytes.get(bar.process) ?? 0) + bar.writtenBytes);
  const writers = [...bytes].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1));
  const devices = [...new Set([...evidence.writes, ...evidence.deviceEvents].map((one) => one.device))];
  const names = deviceNames(evidence);
  return markup`${heading(`Live session on ${session.host}`)}<dl class="facts"><dt>Captured</dt><dd>${formatSpan(session.fromMs, session.toMs, utc, { seconds: true })}</dd><dt>Host</dt><dd>${session.host}</dd><dt>Devices</dt><dd>${devices.map((device) => names.get(device) ?? device).join(', ') || 'none'}</dd><dt>Writes</dt><dd>${formatCount(evidence.writes.length)}</dd></dl>${session.note === '' ? '' : markup`<p>${session.note}</p>`}${writers.length === 0 ? '' : markup`<table><thead><tr><th>Program</th><th class="n" style="width:40mm">Written, event sum</th></tr></thead><tbody>${writers.slice(0, 20).map(([process, sum]) => markup`<tr><td>${process}</td><td class="n">${formatBytes(sum)}</td></tr>`)}</tbody></table>`}${written(evidence.writes, '')}`;
}

/** What a report says beside the case itself. */
export interface ReportContext {
  /** Evidence by finding id, and by `sessionKey` for live sessions, read from the case's own frozen files. */
  readonly evidence: ReadonlyMap<string, FindingEvidence>;
  /** Fingerprint of the key that signs the package. */
  readonly keyFingerprint: string;
  readonly version: string;
  /** What was redacted, as sentences; empty where nothing was. */
  readonly redactions: readonly string[];
}

/**
 * The report of a case for a reader who never saw the tool. It states the case as of its last entry and holds no time of
 * its own, so the same case always gives the same bytes.
 */
export function caseReport(state: CaseState, context: ReportContext): string {
  const { verdict } = state;
  const isSingle = state.findings.length === 1;
  let section = 0;
  const heading = (title: string) => {
    section += 1;
    return markup`<h2>${section} ${title}</h2>`;
  };
  const findings = state.findings.map((one, index) =>
    findingSections(state, one, context, heading, isSingle ? undefined : index + 1),
  );
  const sessions = state.sessions.map((session) =>
    sessionSection(session, context.evidence.get(sessionKey(session)) ?? noEvidence, heading),
  );
  return page(
    `Case ${state.id}: report`,
    markup`<header><div><h1>Case ${state.id}</h1><p>${state.title}</p></div><div><span class="tlp">TLP:${state.tlp}</span><p>As of ${moment(state.changedAtMs)}<br>opened by ${state.openedBy}, Portside ${context.version}</p></div></header>${verdictBox(state)}${context.redactions.length > 0 ? markup`<p><b>Redacted.</b> ${context.redactions.join(' ')}</p>` : ''}<dl class="facts"><dt>Status</dt><dd>${state.status.replace('-', ' ')}, severity ${state.severity}</dd><dt>Opened</dt><dd>${moment(state.openedAtMs)}</dd><dt>People</dt><dd>${state.people.map((person) => `${person.name} (${person.role})`).join(', ')}</dd><dt>Tags</dt><dd>${state.tags.join(', ') || 'none'}</dd><dt>Head hash</dt><dd><code>${shortHash(state.head)}</code> (${countOf(state.entries.length, 'entry', 'entries')})</dd><dt>Findings</dt><dd>${formatCount(state.findings.length)}</dd></dl>${findings}${sessions}${heading('False positives considered')}${falsePositives(state)}${state.consultations.length > 0 ? markup`${heading('Consultations')}${consultations(state)}` : ''}${heading('Response')}${responses(state)}${state.notes.length > 0 ? markup`${heading('Notes')}${state.notes.map((note) => markup`<p><b>${note.actor}, ${formatTime(note.atMs, utc)}${note.aboutMs === undefined ? '' : `, about ${moment(note.aboutMs)}`}:</b> ${note.text}</p>`)}` : ''}${heading('Evidence')}${evidenceTable(state)}${heading('Chain of custody')}${custody(state, verdict !== undefined, context)}<div class="sign"><div>Examiner, date</div><div>Received by, date</div></div>`,
  );
}

function verdictBox(state: CaseState): Markup {
  const { verdict } = state;
  const open = state.findings.flatMap(({ marks }) =>
    triageSteps.filter((step) => !marks.some((mark) => mark.step === step && mark.state !== 'open')),
  );
  const openText =
    state.findings.length === 0
      ? ''
      : open.length === 0
        ? 'All steps are decided.'
        : `${countOf(open.length, 'step')} ${open.length === 1 ? 'is' : 'are'} open: ${[...new Set(open)].map((step) => stepTitles[step].toLowerCase()).join(', ')}.`;
  return verdict
    ? markup`<div class="verdict"><p><b>${verdictTitles[verdict.verdict]}, confidence ${verdict.confidence}.</b> ${verdict.text} ${openText}</p><p class="weak">By ${verdict.actor}, ${moment(verdict.atMs)}</p></div>`
    : markup`<div class="verdict"><p><b>No verdict yet.</b> ${openText}</p></div>`;
}

function findingSections(
  state: CaseState,
  { finding, steps: collected, marks }: CaseFinding,
  context: ReportContext,
  heading: (title: string) => Markup,
  number: number | undefined,
): Markup {
  const evidence = context.evidence.get(finding.id) ?? noEvidence;
  const exhibits = state.exhibits.filter((exhibit) => exhibit.findingId === finding.id);
  const sources = exhibits.length > 0 ? `Sources: ${exhibits.map((exhibit) => exhibit.exhibit).join(', ')}.` : '';
  const writesExhibit = exhibits.find((exhibit) => exhibit.question === 'writes.page')?.exhibit;
  const suffix =
    number === undefined
      ? ''
      : `, finding ${number}: ${shortText(finding.process, 60)} on ${shortText(finding.host, 60)}`;
  return markup`${heading(`What happened${suffix}`)}${facts(finding, evidence)}${picture(finding, evidence, sources)}${heading('Why it was found')}${why(finding)}${heading('What was written')}${written(evidence.writes, writesExhibit === undefined ? '' : ` (all in ${writesExhibit})`)}${heading('Investigation')}${steps(
    collected,
    marks,
    state.consultations.filter((one) => one.findingId === finding.id),
  )}`;
}

function falsePositives(state: CaseState): Markup {
  if (state.falsePositives.length === 0) return markup`<p>No innocent explanation was judged in this case.</p>`;
  return markup`<table><thead><tr><th style="width:44mm">Explanation</th><th style="width:26mm">Judgement</th><th>Grounds</th></tr></thead><tbody>${state.falsePositives.map((one) => markup`<tr><td>${falsePositiveTitles[one.class]}</td><td>${one.judgement}<br><span class="weak">${one.actor}</span></td><td>${one.reason}${one.supporting.length > 0 ? markup`<br>For: ${one.supporting.join(' ')}` : ''}${one.opposing.length > 0 ? markup`<br>Against: ${one.opposing.join(' ')}` : ''}${one.exception ? markup`<br>Exception until ${formatDay(one.exception.expiresMs, utc, true)}: ${one.exception.reason}` : ''}</td></tr>`)}</tbody></table>`;
}

function consultations(state: CaseState): Markup {
  return markup`<table><thead><tr><th style="width:40mm">Asked</th><th style="width:30mm">When, how</th><th>Answer</th><th style="width:30mm">Authorised</th></tr></thead><tbody>${state.consultations.map((one) => markup`<tr><td>${one.asked}${one.role === undefined ? '' : `, ${one.role}`}</td><td>${formatTime(one.askedAtMs, utc, { year: true })}, ${one.how}</td><td>${one.answer}</td><td>${one.authorised}${one.authorisedBy === undefined ? '' : `, by ${one.authorisedBy}`}${one.untilMs === undefined ? '' : `, until ${formatDay(one.untilMs, utc, true)}`}</td></tr>`)}</tbody></table>`;
}

function responses(state: CaseState): Markup {
  const actions = state.actions.map(
    (action) =>
      markup`<tr><td>${responseTitles[action.response]}</td><td>${action.result}<br><span class="weak">${action.actor}, ${formatTime(action.atMs, utc)}</span></td><td>${action.title}, ${action.target}. ${action.detail}${action.reference === undefined ? '' : ` Reference ${action.reference}.`}</td></tr>`,
  );
  const tasks = state.tasks.map(
    (task) =>
      markup`<tr><td>${task.response === undefined ? 'Task' : responseTitles[task.response]}</td><td>${task.state.replace('-', ' ')}${task.state === 'open' ? '' : markup`<br><span class="weak">${task.actor}, ${formatTime(task.atMs, utc)}</span>`}</td><td>${task.title}${task.owner === undefined ? '' : `. Owner ${task.owner}`}${task.dueMs === undefined ? '' : `. Due ${formatDay(task.dueMs, utc, true)}`}${task.result === undefined || task.result === '' ? '' : markup`<br><b>${task.result}</b>`}</td></tr>`,
  );
  return markup`<table><thead><tr><th style="width:36mm">Step</th><th style="width:30mm">State</th><th>What</th></tr></thead><tbody>${actions}${tasks}</tbody></table>`;
}

function evidenceTable(state: CaseState): Markup {
  if (state.exhibits.length === 0) return markup`<p>The case holds no evidence of its own.</p>`;
  return markup`<table><thead><tr><th style="width:11mm">No.</th><th>File and SHA-256</th><th style="width:44mm">Source, time</th><th class="n" style="width:24mm">Size</th></tr></thead><tbody>${state.exhibits.map((exhibit) => markup`<tr><td>${exhibit.exhibit}</td><td><code>${exhibit.name}</code>, ${exhibit.title}${exhibit.rows === undefined ? '' : `, ${countOf(exhibit.rows, 'row')}`}${exhibit.isCut ? ' (cut)' : ''}<br><code class="hash">${exhibit.sha256}</code></td><td>${exhibit.source ?? 'attached by hand'}${exhibit.question === undefined ? '' : `, ${exhibit.question}`}${exhibit.takenAtMs === undefined ? '' : markup`<br>${moment(exhibit.takenAtMs)}`}</td><td class="n">${formatBytes(exhibit.bytes)}</td></tr>`)}</tbody></table>`;
}

/** Thresholds and lists that the checks were made with, as they were then. */
function settingsText(state: CaseState): Markup {
  const settings = state.findings.find((one) => one.settings !== undefined)?.settings;
  if (!settings) return markup``;
  const text = Object.entries(settings)
    .map(([name, value]) => {
      const words = name
        .replace(/Ms$/, ' (min)')
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase();
      if (Array.isArray(value)) return `${words} ${value.length}`;
      return `${words} ${name.endsWith('Ms') && typeof value === 'number' ? value / minuteMs : String(value)}`;
    })
    .join('; ');
  return markup`<p style="margin-top:8pt">Settings of the checks: ${text}. Lists are named by their length; they stand in case.json.</p>`;
}

function custody(state: CaseState, hasVerdict: boolean, { keyFingerprint, version }: ReportContext): Markup {
  return markup`<p>Each entry is hashed together with the hash of the entry before. Changing, removing or reordering one breaks every later hash. A chain alone cannot show that its end was cut or that all of it was written anew: compare the last hash with one that was noted elsewhere. Hash of the last entry:<br><code class="hash">${state.head}</code></p><table><thead><tr><th style="width:9mm">No.</th><th style="width:38mm">Time (UTC)</th><th style="width:24mm">By</th><th>Entry</th><th style="width:27mm">Hash, first 16</th></tr></thead><tbody>${state.entries.map((entry) => markup`<tr><td>${entry.seq}</td><td class="tn">${formatIso(entry.atMs).replace('T', ' ').replace('Z', '')}</td><td>${shortText(entry.actor, 60)}</td><td>${shortText(entry.text, 400)}</td><td><code class="hash">${entry.hash.slice(0, 16)}</code></td></tr>`)}</tbody></table>${settingsText(state)}<p style="margin-top:8pt">Case opened with Portside ${state.version}, written with Portside ${version}. Signing key of the workstation: <code>${keyFingerprint}</code>; a signature shows that nothing changed since it was signed there, not who signed.${hasVerdict ? '' : ' The case has no verdict yet.'} To verify: <code>portside verify ${state.id}.zip</code>, or with unzip, sha256sum and openssl as VERIFY.txt in the package describes.</p>`;
}
