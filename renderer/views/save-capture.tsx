import { IconFolderPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { formatIso } from '../../shared/base/format.ts';
import type { LiveState } from '../../shared/model/live.ts';
import { useAct } from '../queries.ts';
import { choose, goTo } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { caseQuestions } from './case-of-finding.ts';

/** What the capture says of itself, for the case that keeps it: how it saw, where it was blind, what was lost. */
export function captureNote(state: LiveState): string {
  const { method, problems, totals, eventCount } = state;
  return [
    method.sentence,
    texts.captureSummary(
      eventCount,
      totals.files,
      totals.processes,
      totals.exactBytes,
      totals.rangeBytes,
      totals.sampledBytes,
      totals.unattributedBytes,
      totals.diskBytes,
    ),
    ...[...problems]
      .reverse()
      .map(
        ({ atMs, untilMs, kind, message }) =>
          `${formatIso(atMs)}${untilMs === undefined ? '' : texts.until(formatIso(untilMs))} ${kind}: ${message}`,
      ),
  ]
    .join('\n')
    .slice(0, 20_000);
}

/** Opens a case from this capture: its events are kept as they are now, its marks become notes, its findings come along. */
export function SaveCapture({ state }: { state: LiveState }) {
  const [progress, setProgress] = useState<string>();
  const open = useAct('case.open', caseQuestions, (item) => setProgress(item.text));
  const record = useAct('case.record', caseQuestions);
  const { startedMs, host, nowMs, findings, marks } = state;
  if (startedMs === undefined) return null;
  const save = async () => {
    // The second that runs belongs to it too.
    const session = { host, fromMs: startedMs, toMs: nowMs + 1_000, note: captureNote(state) };
    const { id } = await open.mutateAsync({ findingIds: findings.map((finding) => finding.id), session });
    for (const { atMs, note } of marks) {
      const text = texts.markNote(note || texts.withoutNote);
      await record.mutateAsync({ id, change: { kind: 'note.added', payload: { text, aboutMs: atMs } } });
    }
    choose({ caseId: id });
    goTo({ view: 'cases', caseId: id });
  };
  const isBusy = open.isPending || record.isPending;
  return (
    <>
      <button
        type="button"
        className="btn sm"
        title={texts.saveTitle}
        disabled={isBusy}
        // What fails is shown below.
        onClick={() => void save().catch(() => undefined)}
      >
        <Icon of={IconFolderPlus} />
        <span className="wide">{isBusy ? texts.saving : texts.saveAsCase}</span>
      </button>
      <span className="t11 faint clip" role="status">
        {open.isPending ? progress : null}
      </span>
      {open.error || record.error ? <FailureNotice error={open.error ?? record.error} /> : null}
    </>
  );
}
