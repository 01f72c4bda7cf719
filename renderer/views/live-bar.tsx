import { IconFlag, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { formatClock } from '../../shared/base/format.ts';
import type { LiveState } from '../../shared/model/live.ts';
import { useZone } from '../state.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';
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
        Live on <Name text={state.host} />
      </h2>
      <span className="t12 faint clip">
        {isOn && state.startedMs !== undefined
          ? `this computer, since ${formatClock(state.startedMs, zone, true)}`
          : 'stopped'}
      </span>
      <span className="grow" />
      <Segments label="Length of the live view" value={length} options={liveLengths} onChange={onLength} />
      <button
        type="button"
        className="btn sm"
        title="Freeze the view; the capture goes on (Space)"
        aria-pressed={isHeld}
        onClick={onHold}
      >
        <Icon of={isHeld ? IconPlayerPlay : IconPlayerPause} />
        {isHeld ? 'Follow again' : 'Hold view'}
      </button>
      <button type="button" className="btn sm" title="Mark this moment with a note (M)" onClick={onMark}>
        <Icon of={IconFlag} />
        <span className="wide">Mark</span>
      </button>
      <SaveCapture state={state} />
      {isOn ? (
        <CommandButton id="live.stop" title="Stop capture" icon={IconPlayerStop} className="btn sm" />
      ) : (
        <CommandButton id="live.start" title="Watch" icon={IconPlayerPlay} className="btn sm primary" />
      )}
    </div>
  );
}
