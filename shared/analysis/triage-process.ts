import { visibleText } from '../base/visible-text.ts';
import { countOf, shareText } from '../base/words.ts';
import type { WriteEvent } from '../model/event.ts';
import type { TermRow } from '../model/evidence-answer.ts';
import type { Finding } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { knownProgramsNamed, recognise } from './known-processes.ts';
import { fileNameOf, folderOf, suspectFolderOf, suspectFolderText } from './path-parts.ts';
import { type NameTrick, nameTricks } from './process-name.ts';
import { type Answer, type Conclusion, concludeCheck, distinct, valuesOf } from './triage-answer.ts';
import { scopeOf } from './triage-scope.ts';

/** What the first step knows about the process. Term rows are of the history, `sample` of the finding's own writes. */
export interface ProcessFigures {
  /** Hours in which the process wrote on this host before. */
  readonly hoursOnHost: Answer<number>;
  /** Hosts on which the name wrote before. */
  readonly hostsOfName: Answer<{ readonly hosts: number; readonly isOnThisHost: boolean }>;
  /** Hosts that wrote to a device at all in the history. */
  readonly fleetHosts: Answer<number>;
  readonly executables: Answer<readonly TermRow[]>;
  readonly publishers: Answer<readonly TermRow[]>;
  /** Writes of this executable hash by whatever name, before the finding. */
  readonly hashUses: Answer<readonly TermRow[]>;
  /** Hashes that this executable path had before. */
  readonly hashesOfPath: Answer<number>;
  readonly parents: Answer<readonly TermRow[]>;
  readonly sample: Answer<readonly WriteEvent[]>;
}

const q = (text: string) => `"${visibleText(text)}"`;

/** Answers step 1: is this process what its name says, and does it belong here? */
export function processChecks(
  finding: Finding,
  figures: ProcessFigures,
  settings: TriageSettings,
): readonly TriageCheck[] {
  const { history, writes } = scopeOf(finding, settings);
  const ofName = { ...history, processes: [finding.process] };
  const sample = figures.sample;
  return [
    seenBefore(finding, figures, settings),
    { ...folderCheck(finding, figures), evidence: ofName },
    nameCheck(finding),
    { ...publisherCheck(figures, settings), evidence: ofName },
    concludeCheck('process.original-name', 'Original file name', sample, (rows) => originalName(finding, rows)),
    { ...hashCheck(figures), evidence: writes },
    catalogueCheck(finding, sample),
    { ...parentCheck(figures), evidence: ofName },
  ];
}

function seenBefore(finding: Finding, figures: ProcessFigures, settings: TriageSettings): TriageCheck {
  const { history } = scopeOf(finding, settings);
  return concludeCheck('process.seen-before', 'Seen before', figures.hostsOfName, ({ hosts, isOnThisHost }) => {
    const evidence = { ...history, processes: [finding.process] };
    const hours = figures.hoursOnHost.kind === 'answer' ? figures.hoursOnHost.value : undefined;
    const fleet = figures.fleetHosts.kind === 'answer' ? figures.fleetHosts.value : undefined;
    const ofFleet = fleet === undefined ? countOf(hosts, 'host') : `${hosts} of ${countOf(fleet, 'host')}`;
    const hoursText = hours === undefined ? '' : `, ${countOf(hours, 'hour')} here`;
    const figure = `${ofFleet}${hoursText}`;
    if (fleet === 0)
      return {
        stance: 'no-information',
        figure,
        sentence: `No host wrote to a removable device in the ${settings.historyDays} days before, so there is nothing to compare with.`,
      };
    const share = fleet ? hosts / fleet : 0;
    if (share >= settings.commonHostShare && hosts > settings.rareHosts)
      return {
        stance: 'supports-benign',
        figure,
        sentence: `${q(finding.process)} wrote to removable devices on ${shareText(share)} of the hosts in the ${settings.historyDays} days before: a common program.`,
        evidence,
      };
    if (!isOnThisHost)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `${q(finding.process)} never wrote to a removable device on ${q(finding.host)} in the ${settings.historyDays} days before${hosts === 0 ? ', nor on any other host' : `; ${countOf(hosts, 'other host')} had it`}.`,
        evidence,
      };
    if (hosts <= settings.rareHosts)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `${q(finding.process)} wrote before on only ${countOf(hosts, 'host')}, this one among them${hours === undefined ? '' : ` (${countOf(hours, 'hour')})`}.`,
        evidence,
      };
    return {
      stance: 'no-information',
      figure,
      sentence: `${q(finding.process)} is known on ${countOf(hosts, 'host')}, this one among them: neither rare nor common, so this says nothing either way.`,
      evidence,
    };
  });
}

function executableOf(finding: Finding, sample: Answer<readonly WriteEvent[]>): string | undefined {
  if (finding.executable !== undefined && finding.executable !== '') return finding.executable;
  return sample.kind === 'answer' ? valuesOf(sample.value, (write) => write.executable)[0] : undefined;
}

function folderCheck(finding: Finding, figures: ProcessFigures): TriageCheck {
  return concludeCheck('process.folder', 'Folder', figures.executables, (executables): Conclusion => {
    const executable = executableOf(finding, figures.sample);
    if (executable === undefined)
      return {
        stance: 'no-information',
        figure: '',
        sentence: 'The events name no executable path (process.executable), so its folder is unknown.',
      };
    const folder = folderOf(executable) ?? '';
    const volume =
      figures.sample.kind === 'answer' ? valuesOf(figures.sample.value, (write) => write.volume)[0] : undefined;
    const suspect = suspectFolderOf(executable, volume);
    const figure = visibleText(folder);
    if (suspect)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `${q(finding.process)} ran from ${suspectFolderText(suspect)} (${q(folder)}), where installed programs rarely live.`,
      };
    const same = executables.find((row) => (folderOf(row.value) ?? '').toLowerCase() === folder.toLowerCase());
    const others = executables.filter((row) => row !== same && row.value !== '');
    if (same && same.hosts > 1)
      return {
        stance: 'supports-benign',
        figure,
        sentence: `${q(folder)} is where ${q(finding.process)} ran on ${countOf(same.hosts, 'host')} before.`,
      };
    const usual = others[0];
    if (!same && usual && usual.hosts > 1)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `${q(finding.process)} ran from ${q(folder)}; before, it ran from ${q(folderOf(usual.value) ?? usual.value)} on ${countOf(usual.hosts, 'host')}, never from here.`,
      };
    const recognised = recognise({ process: finding.process, executable });
    if (recognised.kind === 'known' || recognised.kind === 'folder-agrees')
      return {
        stance: 'supports-benign',
        figure,
        sentence: `${q(folder)} is the usual folder of ${recognised.program.name} by the catalogue of known programs.`,
      };
    return {
      stance: 'no-information',
      figure,
      sentence: `Too few copies of ${q(finding.process)} were seen before to say which folder is usual; ${q(folder)} is none of the suspect kinds.`,
    };
  });
}

function trickText(name: string, trick: NameTrick): string {
  switch (trick.kind) {
    case 'look-alike':
      return `${q(name)} looks like the system program ${trick.imitates} but is written with other characters.`;
    case 'near-miss':
      return `${q(name)} is ${countOf(trick.distance, 'letter')} away from the system program ${trick.imitates}.`;
    case 'wrong-folder':
      return `${q(name)} is the name of a system program that belongs in ${trick.usualFolders.join(' or ')}, but it ran from elsewhere.`;
    case 'double-extension':
      return `${q(name)} has two extensions: it shows as ${q(trick.shown)} where extensions are hidden.`;
    case 'padded':
      return trick.where === 'space'
        ? `${q(name)} is padded with blanks, which hides its real ending.`
        : `${q(name)} holds invisible or reordering characters.`;
  }
}

function nameCheck(finding: Finding): TriageCheck {
  const tricks = nameTricks(finding);
  const base = { id: 'process.name', title: 'Masqueraded name', figure: visibleText(finding.process) };
  if (tricks.length > 0)
    return {
      ...base,
      stance: 'supports-suspicion',
      sentence: tricks.map((trick) => trickText(finding.process, trick)).join(' '),
    };
  const recognised = recognise(finding);
  if (recognised.kind === 'folder-agrees' || recognised.kind === 'known')
    return {
      ...base,
      stance: 'supports-benign',
      sentence: `${q(finding.process)} runs under its own name in its own folder.`,
    };
  return {
    ...base,
    stance: 'no-information',
    sentence: `${q(finding.process)} imitates no known system name. That a name is plain proves nothing about the program behind it.`,
  };
}

function publisherCheck(figures: ProcessFigures, settings: TriageSettings): TriageCheck {
  return concludeCheck('process.publisher', 'Publisher and signature', figures.sample, (sample): Conclusion => {
    const publishers = distinct(valuesOf(sample, (write) => write.publisher));
    const trust = distinct(valuesOf(sample, (write) => write.publisherTrusted));
    const fleet =
      figures.publishers.kind === 'answer' ? figures.publishers.value.filter((row) => row.value !== '') : [];
    const usual = fleet[0];
    const own = publishers[0];
    if (own === undefined) {
      if (trust.includes(false) || usual)
        return {
          stance: 'supports-suspicion',
          figure: 'not signed',
          sentence: usual
            ? `The events of this process carry no signature, while copies of this name on ${countOf(usual.hosts, 'host')} are signed by ${q(usual.value)}.`
            : 'The signature of this program is absent or not trusted.',
        };
      return {
        stance: 'no-information',
        figure: '',
        sentence:
          'Neither these events nor earlier ones of this name carry a code signature (process.code_signature), so the publisher is unknown.',
      };
    }
    const figure = visibleText(own);
    if (trust.includes(false))
      return {
        stance: 'supports-suspicion',
        figure: `${figure}, not trusted`,
        sentence: `The signature names ${q(own)}, but the system did not trust it.`,
      };
    const agreeing = fleet.find((row) => row.value.toLowerCase() === own.toLowerCase());
    if (usual && !agreeing)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `Signed by ${q(own)}; on ${countOf(usual.hosts, 'host')} this name was signed by ${q(usual.value)} in the ${settings.historyDays} days before.`,
      };
    const write = sample[0];
    const recognised = write ? recognise({ ...write, publisher: own }) : undefined;
    if (recognised?.kind === 'wrong-publisher')
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `Signed by ${q(own)}; the vendor of ${recognised.program.name} signs as ${recognised.program.publishers.map(q).join(' or ')}.`,
      };
    if (recognised?.kind === 'known' || (agreeing && agreeing.hosts > settings.rareHosts))
      return {
        stance: 'supports-benign',
        figure,
        sentence:
          recognised?.kind === 'known'
            ? `Name, folder and publisher agree with ${recognised.program.name} in the catalogue of known programs.`
            : `Signed by ${q(own)}, as this name is on ${countOf(agreeing?.hosts ?? 0, 'host')}.`,
      };
    return {
      stance: 'no-information',
      figure,
      sentence: `Signed by ${q(own)}; no earlier copy of this name carries a signature to compare with.`,
    };
  });
}

function originalName(finding: Finding, sample: readonly WriteEvent[]): Conclusion {
  const original = valuesOf(sample, (write) => write.originalFileName)[0];
  if (original === undefined)
    return {
      stance: 'no-information',
      figure: '',
      sentence: 'The events do not carry the name the program was built with (process.pe.original_file_name).',
    };
  const stem = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/\.(?:exe|mui|dll)$/g, '')
      .replace(/\.(?:exe|dll)$/g, '');
  const executable = executableOf(finding, { kind: 'answer', value: sample });
  const names = [finding.process, executable === undefined ? '' : fileNameOf(executable)].map(stem);
  return names.includes(stem(original))
    ? {
        stance: 'supports-benign',
        figure: visibleText(original),
        sentence: `The program was built as ${q(original)}, which agrees with its name.`,
      }
    : {
        stance: 'supports-suspicion',
        figure: visibleText(original),
        sentence: `The program was built as ${q(original)} but runs as ${q(finding.process)}: a renamed tool.`,
      };
}

function hashCheck(figures: ProcessFigures): TriageCheck {
  return concludeCheck('process.hash', 'Executable hash', figures.sample, (sample): Conclusion => {
    const hashes = distinct(valuesOf(sample, (write) => write.processSha256));
    const hash = hashes[0];
    if (hash === undefined)
      return {
        stance: 'no-information',
        figure: '',
        sentence: 'The events do not carry the hash of the executable (process.hash.sha256).',
      };
    const figure = `${hash.slice(0, 16)}…`;
    if (hashes.length > 1)
      return {
        stance: 'supports-suspicion',
        figure: countOf(hashes.length, 'hash', 'hashes'),
        sentence: `Within the finding the same name ran with ${countOf(hashes.length, 'different hash', 'different hashes')}.`,
      };
    if (figures.hashUses.kind === 'missing')
      return { stance: 'no-information', figure, sentence: figures.hashUses.reason };
    const hosts = figures.hashUses.value.find((row) => row.value.toLowerCase() === hash.toLowerCase())?.hosts ?? 0;
    const earlier = figures.hashesOfPath.kind === 'answer' ? figures.hashesOfPath.value : 0;
    if (hosts === 0)
      return {
        stance: 'supports-suspicion',
        figure,
        sentence: `No host ran an executable with this hash before${earlier > 0 ? `; the same path had ${countOf(earlier, 'other hash', 'other hashes')}, so the file was changed or updated` : ''}.`,
      };
    return {
      stance: hosts > 2 ? 'supports-benign' : 'no-information',
      figure,
      sentence:
        hosts > 2
          ? `${countOf(hosts, 'host')} ran the same file before.`
          : `${countOf(hosts, 'host')} ran the same file before: too few to say that it is common.`,
    };
  });
}

function catalogueCheck(finding: Finding, sample: Answer<readonly WriteEvent[]>): TriageCheck {
  const programs = knownProgramsNamed(finding.process);
  const categories = distinct(programs.map((program) => program.category));
  const commandLine = sample.kind === 'answer' ? valuesOf(sample.value, (write) => write.commandLine)[0] : undefined;
  const asked =
    commandLine === undefined
      ? 'Its command line is not in the events.'
      : `Its command line was ${q(commandLine.slice(0, 400))}${commandLine.length > 400 ? ' (cut)' : ''}.`;
  const base = { id: 'process.living-off-the-land', title: 'Living off the land', figure: categories.join(', ') };
  if (categories.includes('lolbin'))
    return {
      ...base,
      stance: 'supports-suspicion',
      sentence: `${q(finding.process)} is a tool of the system that intruders use to copy or run things without bringing their own. ${asked}`,
    };
  const copies = categories.find((category) => ['archiver', 'sync', 'transfer'].includes(category));
  if (copies)
    return {
      ...base,
      stance: 'no-information',
      sentence: `${q(finding.process)} is listed as ${copies === 'archiver' ? 'an archiver' : `a ${copies} tool`}: made for copying, by whomever. ${asked}`,
    };
  if (categories.length > 0)
    return {
      ...base,
      stance: 'no-information',
      sentence: `${q(finding.process)} is listed as a program of the kind ${categories.join(', ')}, not as one that intruders borrow. ${asked}`,
    };
  return {
    ...base,
    stance: 'no-information',
    sentence: `${q(finding.process)} is not in the catalogue of known programs. ${asked}`,
  };
}

function parentCheck(figures: ProcessFigures): TriageCheck {
  return concludeCheck('process.parent', 'Parent process', figures.sample, (sample): Conclusion => {
    const parent = valuesOf(sample, (write) => write.parentProcess)[0];
    if (parent === undefined)
      return {
        stance: 'no-information',
        figure: '',
        sentence: 'The events do not name the parent process (process.parent.name).',
      };
    if (figures.parents.kind === 'missing')
      return { stance: 'no-information', figure: visibleText(parent), sentence: figures.parents.reason };
    const usual = figures.parents.value.filter((row) => row.value !== '');
    const total = usual.reduce((sum, row) => sum + row.events, 0);
    const own = usual.find((row) => row.value.toLowerCase() === parent.toLowerCase());
    if (total === 0)
      return {
        stance: 'no-information',
        figure: visibleText(parent),
        sentence: `Started by ${q(parent)}; no earlier copy of this name tells its parent, so there is nothing to compare with.`,
      };
    const names = usual
      .slice(0, 3)
      .map((row) => q(row.value))
      .join(', ');
    return own
      ? {
          stance: 'supports-benign',
          figure: visibleText(parent),
          sentence: `Started by ${q(parent)}, as in ${shareText(own.events / total)} of its earlier writes.`,
        }
      : {
          stance: 'supports-suspicion',
          figure: visibleText(parent),
          sentence: `Started by ${q(parent)}; its earlier copies were started by ${names}.`,
        };
  });
}
