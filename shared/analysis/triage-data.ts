import { formatBytes, formatCount, formatDuration } from '../base/format.ts';
import { minuteMs } from '../base/time.ts';
import { visibleText } from '../base/visible-text.ts';
import { countOf, shareText } from '../base/words.ts';
import type { WriteEvent } from '../model/event.ts';
import type { TermRow, WriteTotals } from '../model/evidence-answer.ts';
import type { EvidenceFilter } from '../model/evidence-filter.ts';
import type { Finding } from '../model/finding.ts';
import type { TriageCheck } from '../model/triage.ts';
import type { TriageSettings } from '../model/triage-settings.ts';
import { archiveExtensions, fileKindOf, isDenseExtension, isHeaderMismatch } from './file-kind.ts';
import { extensionOf, fileNameOf } from './path-parts.ts';
import { median, robustLogZ } from './robust.ts';
import { type Answer, type Conclusion, concludeCheck, distinct } from './triage-answer.ts';
import { scopeOf } from './triage-scope.ts';

/** What earlier days (UTC) of a comparison group wrote: bytes (event sum) and files, a figure per day with writes. */
export interface DayHistory {
  readonly bytes: readonly number[];
  readonly files: readonly number[];
}

/** What the fourth step knows about the data. */
export interface DataFigures {
  readonly totals: Answer<WriteTotals>;
  /** Comparison groups, narrowest first. */
  readonly ownDays: Answer<DayHistory>;
  readonly userDays: Answer<DayHistory>;
  readonly processDays: Answer<DayHistory>;
  readonly fleetDays: Answer<DayHistory>;
  readonly extensions: Answer<readonly TermRow[]>;
  /** The finding's events, renames among them, oldest first; `isCut` where there were more than were read. */
  readonly sample: Answer<{ readonly rows: readonly WriteEvent[]; readonly isCut: boolean }>;
  /** What the user wrote to other devices in the 24 h before. */
  readonly otherDevices: Answer<readonly TermRow[]>;
}

/** Answers step 4: how much was it, of what kind, and where from? */
export function dataChecks(finding: Finding, figures: DataFigures, settings: TriageSettings): readonly TriageCheck[] {
  const { writes } = scopeOf(finding, settings);
  const withEvidence = (check: TriageCheck): TriageCheck => ({ ...check, evidence: writes });
  return [
    withEvidence(volumeCheck(finding, figures, settings, 'bytes')),
    withEvidence(volumeCheck(finding, figures, settings, 'files')),
    withEvidence(concludeCheck('data.rewrites', 'Event sum and distinct', figures.totals, rewritesOf)),
    withEvidence(typesCheck(figures)),
    withEvidence(headerCheck(figures, settings)),
    namesCheck(figures, settings, writes),
    withEvidence(concludeCheck('data.sources', 'Sources', figures.sample, sourcesOf)),
    withEvidence(rateCheck(finding, figures)),
    {
      ...concludeCheck('data.other-devices', 'Other devices the day before', figures.otherDevices, otherDevicesOf),
      evidence: { fromMs: finding.startMs - 24 * 60 * minuteMs, toMs: finding.startMs, users: [finding.user] },
    },
    {
      id: 'data.staging',
      title: 'Staging on an internal disk',
      figure: '',
      stance: 'no-information',
      sentence:
        'Portside keeps writes to external devices only, so archives that were made on an internal disk before are not in the evidence.',
    },
  ];
}

const inGroups = [
  ['ownDays', 'this process on this host'],
  ['userDays', 'this user with any process'],
  ['processDays', 'this process on any host'],
  ['fleetDays', 'any process on any host'],
] as const;

function volumeCheck(
  finding: Finding,
  figures: DataFigures,
  settings: TriageSettings,
  measure: 'bytes' | 'files',
): TriageCheck {
  const title = measure === 'bytes' ? 'Bytes' : 'Files';
  return concludeCheck(`data.${measure}`, title, figures.totals, (totals): Conclusion => {
    const value = measure === 'bytes' ? finding.writtenBytes : totals.files;
    const text = (amount: number) => (measure === 'bytes' ? formatBytes(amount) : countOf(Math.round(amount), 'file'));
    for (const [group, words] of inGroups) {
      const answer = figures[group];
      if (answer.kind === 'missing') continue;
      const history = answer.value[measure];
      const z = robustLogZ(value, history);
      const middle = median(history);
      if (z === undefined || middle === undefined) continue;
      const figure = `${text(value)}, median ${text(middle)}`;
      const compared = `${text(value)}${measure === 'bytes' ? ' (event sum)' : ''} against a median of ${text(middle)} on ${countOf(history.length, 'earlier day')} of ${words}`;
      if (z >= settings.unusualRobustZ)
        return {
          stance: 'supports-suspicion',
          figure,
          sentence: `Unusually much: ${compared} (robust z ${z.toFixed(1)}).`,
        };
      if (z >= 1)
        return {
          stance: 'no-information',
          figure,
          sentence: `More than in the middle, yet not unusual: ${compared} (robust z ${z.toFixed(1)}).`,
        };
      // Among everything that anybody writes, backups included, hardly any amount stands out.
      return group === 'fleetDays'
        ? {
            stance: 'no-information',
            figure,
            sentence: `No history of its own to compare with; among all there is nothing unusual: ${compared} (robust z ${z.toFixed(1)}).`,
          }
        : {
            stance: 'supports-benign',
            figure,
            sentence: `Nothing unusual: ${compared} (robust z ${z.toFixed(1)}).`,
          };
    }
    return {
      stance: 'no-information',
      figure: text(value),
      sentence: `${text(value)}; fewer than 5 earlier days of this process, or of any, are known to compare with.`,
    };
  });
}

function rewritesOf(totals: WriteTotals): Conclusion {
  const ratio = totals.distinctBytes > 0 ? totals.writtenBytes / totals.distinctBytes : undefined;
  const figure = `${formatBytes(totals.distinctBytes)} distinct, ${formatBytes(totals.writtenBytes)} event sum`;
  if (ratio === undefined)
    return {
      stance: 'no-information',
      figure,
      sentence: 'The events carry no file sizes (file.size), so no bytes can be told.',
    };
  if (ratio >= 5)
    return {
      stance: 'supports-benign',
      figure,
      sentence: `The event sum is ${ratio.toFixed(1)} times the distinct bytes: few files were written again and again, as programs do that save as they go.`,
    };
  return {
    stance: 'no-information',
    figure,
    sentence: `${countOf(totals.files, 'file')} with ${formatBytes(totals.distinctBytes)} at their last size; the event sum (Elastic's measure) is ${ratio.toFixed(2)} times that. It tells how to read the figures, not whether they are unusual.`,
  };
}

function typesCheck(figures: DataFigures): TriageCheck {
  return concludeCheck('data.types', 'Types and archives', figures.extensions, (rows): Conclusion => {
    const files = rows.reduce((sum, row) => sum + row.files, 0);
    const archives = rows.filter((row) => archiveExtensions.has(row.value)).reduce((sum, row) => sum + row.files, 0);
    const sample = figures.sample.kind === 'answer' ? figures.sample.value.rows : [];
    const byHeader = distinct(
      sample
        .filter(
          (write) => fileKindOf(write.headerBytes ?? '')?.isArchive && archiveExtensions.has(extensionOf(write.path)),
        )
        .map((write) => write.path),
    ).length;
    const list = rows
      .slice(0, 4)
      .map((row) => `${row.value === '' ? 'no extension' : `.${visibleText(row.value)}`} ${formatCount(row.files)}`)
      .join(', ');
    if (files === 0)
      return { stance: 'no-information', figure: '', sentence: 'The events name no file extensions (file.extension).' };
    const share = archives / files;
    if (share >= 0.5 && archives >= 3)
      return {
        stance: 'supports-suspicion',
        figure: `${shareText(share)} archives`,
        sentence: `${countOf(archives, 'file')} of ${formatCount(files)} (${shareText(share)}) are archives, images or encrypted containers${byHeader > 0 ? `, ${formatCount(byHeader)} of them confirmed by their first bytes` : ''}: ${list}.`,
      };
    return {
      stance: 'no-information',
      figure: list,
      sentence: `Files by type: ${list}${rows.length > 4 ? `, and ${countOf(rows.length - 4, 'more type')}` : ''}. ${archives === 0 ? 'No archives' : `${countOf(archives, 'archive')}`}; the types alone say nothing either way.`,
    };
  });
}

function headerCheck(figures: DataFigures, settings: TriageSettings): TriageCheck {
  return concludeCheck('data.header', 'Content against extension', figures.sample, ({ rows, isCut }): Conclusion => {
    const withHeader = rows.filter((write) => write.headerBytes !== undefined && write.headerBytes !== '');
    const withEntropy = rows.filter((write) => write.entropy !== undefined);
    if (withHeader.length === 0 && withEntropy.length === 0)
      return {
        stance: 'no-information',
        figure: '',
        sentence: 'The events carry neither first bytes (file.Ext.header_bytes) nor entropy of the files.',
      };
    const looked = `${isCut ? 'the first ' : ''}${countOf(rows.length, 'event')}`;
    const mismatches = withHeader.filter((write) => isHeaderMismatch(write.headerBytes ?? '', extensionOf(write.path)));
    const dense = withEntropy.filter(
      (write) => (write.entropy ?? 0) >= settings.denseEntropy && !isDenseExtension(extensionOf(write.path)),
    );
    const first = mismatches[0];
    if (first) {
      const kind = fileKindOf(first.headerBytes ?? '');
      const count = distinct(mismatches.map((write) => write.path)).length;
      return {
        stance: 'supports-suspicion',
        figure: countOf(count, 'mismatch', 'mismatches'),
        sentence: `${countOf(count, 'file')} among ${looked} ${count === 1 ? 'is' : 'are'} not what the extension says, such as "${visibleText(fileNameOf(first.path))}", whose first bytes are those of a ${kind?.name ?? 'different kind'}.`,
      };
    }
    const firstDense = dense[0];
    if (firstDense) {
      const count = distinct(dense.map((write) => write.path)).length;
      return {
        stance: 'supports-suspicion',
        figure: countOf(count, 'dense file'),
        sentence: `${countOf(count, 'file')} among ${looked} ${count === 1 ? 'has' : 'have'} an entropy of ${settings.denseEntropy} or more although the type should not be dense, such as "${visibleText(fileNameOf(firstDense.path))}": perhaps encrypted.`,
      };
    }
    return {
      stance: 'supports-benign',
      figure: '0 mismatches',
      sentence: `First bytes or entropy are known for ${countOf(Math.max(withHeader.length, withEntropy.length), 'event')} of ${looked}, and all fit the extension.`,
    };
  });
}

function namesCheck(figures: DataFigures, settings: TriageSettings, writes: EvidenceFilter): TriageCheck {
  const check = concludeCheck('data.names', 'Sensitive names', figures.sample, ({ rows, isCut }): Conclusion => {
    const matches = rows.flatMap((write) => {
      const path = `${write.path} ${write.sourcePath ?? ''}`.toLowerCase();
      const word = settings.sensitiveWords.find((one) => path.includes(one.toLowerCase()));
      return word === undefined ? [] : [{ path: write.path, word }];
    });
    const files = distinct(matches.map((match) => match.path));
    const words = distinct(matches.map((match) => match.word));
    const first = files[0];
    const looked = isCut ? `the first ${countOf(rows.length, 'event')}` : countOf(rows.length, 'event');
    if (first === undefined)
      return {
        stance: 'no-information',
        figure: '0 names',
        sentence: `None of the ${countOf(settings.sensitiveWords.length, 'word')} on the list of sensitive names occurs in ${looked}. A plain name does not make a file harmless.`,
      };
    return {
      stance: 'supports-suspicion',
      figure: countOf(files.length, 'name'),
      sentence: `${countOf(files.length, 'file')} among ${looked} ${files.length === 1 ? 'carries a sensitive word' : 'carry sensitive words'} (${words.slice(0, 4).join(', ')}), such as "${visibleText(fileNameOf(first))}".`,
    };
  });
  const word =
    figures.sample.kind === 'answer'
      ? settings.sensitiveWords.find(
          (one) =>
            figures.sample.kind === 'answer' &&
            figures.sample.value.rows.some((write) => write.path.toLowerCase().includes(one)),
        )
      : undefined;
  return { ...check, evidence: word === undefined ? writes : { ...writes, pathContains: word } };
}

function sourcesOf({ rows, isCut }: { readonly rows: readonly WriteEvent[]; readonly isCut: boolean }): Conclusion {
  const renames = rows.filter((write) => write.action === 'rename');
  const sources = distinct(renames.map((write) => write.sourcePath).filter((path) => path !== undefined));
  const first = sources[0];
  if (first === undefined)
    return {
      stance: 'no-information',
      figure: countOf(renames.length, 'rename'),
      sentence: `No rename event${isCut ? ` among the first ${formatCount(rows.length)} events` : ''} tells where a file came from. Copies leave no trace of their source in these events.`,
    };
  const folders = distinct(sources.map((path) => path.slice(0, path.length - fileNameOf(path).length)));
  return {
    stance: 'no-information',
    figure: countOf(renames.length, 'rename'),
    sentence: `${countOf(renames.length, 'file')} came by renaming, from ${countOf(folders.length, 'folder')}, such as "${visibleText(folders[0] ?? '')}". Elastic's jobs do not count renames.`,
  };
}

function rateCheck(finding: Finding, figures: DataFigures): TriageCheck {
  return concludeCheck('data.rate', 'Rate', figures.totals, (totals): Conclusion => {
    const lengthMs = Math.max(finding.endMs - finding.startMs, 1000);
    const perMinute = (totals.files / lengthMs) * minuteMs;
    const figure =
      totals.files < 2
        ? countOf(totals.files, 'file')
        : `${perMinute < 10 ? perMinute.toFixed(1) : formatCount(Math.round(perMinute))} files a minute`;
    if (totals.files < 5)
      return {
        stance: 'no-information',
        figure,
        sentence: `Only ${countOf(totals.files, 'file')}: too few to speak of a rate.`,
      };
    return {
      stance: 'no-information',
      figure,
      sentence: `${countOf(totals.files, 'file')} in ${formatDuration(lengthMs)}: ${perMinute >= 6 ? 'as a tool or a copy of whole folders writes' : 'slow enough for a person choosing files one by one'}. Both may be innocent.`,
    };
  });
}

function otherDevicesOf(rows: readonly TermRow[]): Conclusion {
  if (rows.length === 0)
    return {
      stance: 'no-information',
      figure: '0 devices',
      sentence: 'The user wrote to no removable device in the 24 hours before.',
    };
  const bytes = rows.reduce((sum, row) => sum + row.writtenBytes, 0);
  return {
    stance: 'no-information',
    figure: countOf(rows.length, 'device'),
    sentence: `In the 24 hours before, the user wrote ${formatBytes(bytes)} (event sum) to ${countOf(rows.length, 'device')}: look whether the same files went there.`,
  };
}
