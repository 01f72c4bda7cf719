import { IconFlag, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import type { LiveState } from '../../shared/model/live.ts';
import { useZone } from '../state.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
import { formatClock } from '../window-format.ts';
import { type LiveLength, liveLengths } from './live-words.ts';
import { SaveCapture } from './save-capture.tsx';

/** What is watched, how much of it is shown, and the capture's own buttons. */
export function LiveBar({
  state,
  isHeld,
  length,
  onLength,
  onHold,
  onMark,
}: {
  state: LiveState;
  isHeld: boolean;
  length: LiveLength;
  onLength: (length: LiveLength) => void;
  onHold: () => void;
  onMark: () => void;
}) {
  const zone = useZone();
  const isOn = state.phase === 'running';
  return (
    <div className="bar">
      <h2 className="clip">
        {texts.liveOn} <Name text={state.host} />
      </h2>
      <span className="t12 faint clip">
        {isOn && state.startedMs !== undefined ? texts.since(formatClock(state.startedMs, zone, true)) : texts.stopped}
      </span>
      <span className="grow" />
      <Segments label={texts.length} value={length} options={liveLengths} onChange={onLength} />
      <button type="button" className="btn sm" title={texts.holdTitle} aria-pressed={isHeld} onClick={onHold}>
        <Icon of={isHeld ? IconPlayerPlay : IconPlayerPause} />
        {isHeld ? texts.followAgain : texts.holdView}
      </button>
      <button type="button" className="btn sm" title={texts.markTitle} onClick={onMark}>
        <Icon of={IconFlag} />
        <span className="wide">{texts.mark}</span>
      </button>
      <SaveCapture state={state} />
      {isOn ? (
        <CommandButton id="live.stop" title={texts.stopCapture} icon={IconPlayerStop} className="btn sm" />
      ) : (
        <CommandButton id="live.start" title={texts.watch} icon={IconPlayerPlay} className="btn sm primary" />
      )}
    </div>
  );
}
