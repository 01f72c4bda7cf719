import { IconDeviceUsb } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { minuteMs } from '../../shared/base/time.ts';
import type { LiveState } from '../../shared/model/live.ts';
import { useLend } from '../commands.ts';
import { useLive } from '../live-watch.ts';
import { useAct } from '../queries.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { LiveBar } from './live-bar.tsx';
import { LiveChart } from './live-chart.tsx';
import { ConnectedPane } from './live-connected.tsx';
import { LiveFigures } from './live-figures.tsx';
import { MarkForm } from './live-mark.tsx';
import { LiveTables } from './live-tables.tsx';
import type { LiveLength } from './live-words.ts';
import './live.css';

/** This computer as it is now: devices, and who writes how much to them. */
export function LiveView() {
  const newest = useLive();
  const [held, setHeld] = useState<LiveState>();
  const [length, setLength] = useState<LiveLength>('5');
  const [isMarking, setIsMarking] = useState(false);
  const start = useAct('live.start');
  const stop = useAct('live.stop');
  const [startMutate, stopMutate] = [start.mutate, stop.mutate];
  const state = held ?? newest;
  const isRunning = newest?.phase === 'running';
  useLend(
    'live',
    useMemo(
      () => ({
        start: () => startMutate({ asAdministrator: false }),
        stop: () => stopMutate({}),
        hold: () => setHeld((before) => (before ? undefined : newest)),
        mark: () => setIsMarking(true),
        isRunning,
      }),
      [startMutate, stopMutate, newest, isRunning],
    ),
  );

  if (!state || (state.phase === 'off' && state.processes.length === 0 && state.files.length === 0)) {
    return (
      <div className="live-off">
        <section className="pane" aria-label={texts.liveCapture}>
          <EmptyState
            icon={IconDeviceUsb}
            title={state?.phase === 'starting' || start.isPending ? texts.startingTheCapture : texts.notWatched}
            actions={
              <>
                <button
                  type="button"
                  className="btn sm primary"
                  disabled={start.isPending}
                  onClick={() => start.mutate({ asAdministrator: false })}
                >
                  {texts.watchThisComputer}
                </button>
                {state?.method.wouldAdd ? (
                  <button
                    type="button"
                    className="btn sm quiet"
                    disabled={start.isPending}
                    onClick={() => start.mutate({ asAdministrator: true })}
                  >
                    {texts.watchAsAdministrator}
                  </button>
                ) : null}
              </>
            }
          >
            {texts.lead} {state?.method.sentence} {state?.method.wouldAdd}
          </EmptyState>
          {start.error ? (
            <div className="page-note">
              <FailureNotice error={start.error} />
            </div>
          ) : null}
        </section>
        <ConnectedPane state={state} />
      </div>
    );
  }
  return (
    <div className="live">
      <section className="pane" aria-label={texts.liveCapture}>
        <LiveBar
          state={state}
          isHeld={held !== undefined}
          length={length}
          onLength={setLength}
          onHold={() => setHeld(held ? undefined : newest)}
          onMark={() => setIsMarking(!isMarking)}
        />
        {isMarking ? <MarkForm onDone={() => setIsMarking(false)} /> : null}
        {start.error || stop.error ? (
          <div className="page-note">
            <FailureNotice error={start.error ?? stop.error} />
          </div>
        ) : null}
        <LiveFigures state={state} />
        <LiveChart state={state} lengthMs={Number(length) * minuteMs} />
        <LiveTables state={state} />
      </section>
      <ConnectedPane state={state} />
    </div>
  );
}
