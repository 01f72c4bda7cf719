import { useState } from 'react';
import type { DecidedDevice } from '../../shared/ipc/case-operations.ts';
import { useAct, useAsk } from '../queries.ts';
import { devicesTexts } from '../texts/devices.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { TimeText } from '../widgets/figures.tsx';
import { Name } from '../widgets/name.tsx';

/** What was decided about a device, as a tag. */
export function DecisionTag({ decision }: { decision: DecidedDevice['decision'] | undefined }) {
  return (
    <span className={`tag ${decision === 'approved' ? 'ok' : decision === 'blocked' ? 'bad' : ''}`}>
      {decision ? devicesTexts.decisionWords[decision] : devicesTexts.notDecided}
    </span>
  );
}

/** Approving or blocking a device: a decision with a reason, kept in the workspace. */
export function DeviceDecision({ device }: { device: string }) {
  const decisions = useAsk('devices.decisions', {});
  const decide = useAct('devices.decide', ['devices.decisions']);
  const [isDeciding, setIsDeciding] = useState<'approved' | 'blocked'>();
  const [reason, setReason] = useState('');
  const now = decisions.data?.find((entry) => entry.device === device);
  const save = (decision: 'approved' | 'blocked' | undefined, why: string) =>
    void decide.mutateAsync({ device, reason: why, ...(decision ? { decision } : {}) }).then(
      () => {
        setIsDeciding(undefined);
        setReason('');
      },
      // Shown below, where it was asked.
      () => undefined,
    );
  return (
    <div className="device-decision">
      <div className="row wrap">
        <DecisionTag decision={now?.decision} />
        {now ? (
          <span className="t11 faint grow">
            <Name text={now.reason} /> <Name text={now.actor} />, <TimeText atMs={now.atMs} />
          </span>
        ) : (
          <span className="grow" />
        )}
        {(['approved', 'blocked'] as const)
          .filter((decision) => decision !== now?.decision)
          .map((decision) => (
            <button
              key={decision}
              type="button"
              className="btn sm"
              aria-expanded={isDeciding === decision}
              onClick={() => setIsDeciding(isDeciding === decision ? undefined : decision)}
            >
              {devicesTexts.decide[decision]}
            </button>
          ))}
        {now ? (
          <button
            type="button"
            className="btn sm quiet"
            disabled={decide.isPending}
            onClick={() => save(undefined, devicesTexts.takenBack)}
          >
            {devicesTexts.takeBack}
          </button>
        ) : null}
      </div>
      {isDeciding ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            save(isDeciding, reason.trim());
          }}
        >
          <input
            className="field grow"
            aria-label={devicesTexts.reason}
            placeholder={isDeciding === 'approved' ? devicesTexts.whyAllowed : devicesTexts.whyNotAllowed}
            maxLength={4096}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <button type="submit" className="btn sm primary" disabled={reason.trim() === '' || decide.isPending}>
            {devicesTexts.decide[isDeciding]}
          </button>
        </form>
      ) : null}
      {decisions.error || decide.error ? <FailureNotice error={decisions.error ?? decide.error} /> : null}
      <p className="t11 faint">{devicesTexts.recordedHere}</p>
    </div>
  );
}
