import { Menu } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import { formatCounted } from '../../shared/base/format.ts';
import type { LiveAction, LiveActionPlan } from '../../shared/model/live-action.ts';
import { useAct } from '../queries.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Dialog } from './dialogs.tsx';

const titles: Readonly<Record<LiveAction['kind'], string>> = {
  'halt-process': 'Halt the process',
  'continue-process': 'Let the process go on',
  'end-process': 'End the process',
  unmount: 'Unmount the volume',
  'power-off': 'Take the device off the bus',
  'deny-new-devices': 'Refuse new USB devices',
  'allow-new-devices': 'Allow new USB devices',
};

/**
 * Things that can be done to a process or device of this machine. Each is planned first: what it will do and the evidence
 * that ends with it are shown, and only a person's confirmation carries it out.
 */
export function LiveActions({ label, actions }: { label: string; actions: readonly LiveAction[] }) {
  const plan = useAct('live.plan');
  const act = useAct('live.act');
  const isOpen = plan.data !== undefined || plan.error !== null || plan.isPending;
  const close = () => {
    plan.reset();
    act.reset();
  };
  return (
    <>
      <Menu position="bottom-end" width={216} offset={4} shadow="none">
        <Menu.Target>
          <button type="button" className="btn sm quiet icon-only" aria-label={label} title={label}>
            <Icon of={IconDotsVertical} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {actions.map((action) => (
            <Menu.Item key={action.kind} onClick={() => plan.mutate({ action })}>
              {titles[action.kind]}…
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Dialog
        title={plan.variables ? titles[plan.variables.action.kind] : label}
        isOpen={isOpen}
        width={480}
        onClose={close}
      >
        <div className="stack t12">
          {plan.isPending ? <p className="dim">Reading what would be lost.</p> : null}
          {plan.error ? <FailureNotice error={plan.error} /> : null}
          {plan.data ? <Planned plan={plan.data} /> : null}
          {act.error ? <FailureNotice error={act.error} /> : null}
          {act.data ? (
            <div className="note ok" role="status">
              <Name text={act.data.outcome} />
            </div>
          ) : null}
          <div className="row">
            {plan.data && !act.data ? (
              <button
                type="button"
                className="btn primary"
                disabled={act.isPending}
                onClick={() => plan.data && act.mutate({ planId: plan.data.planId })}
              >
                {titles[plan.data.action.kind]}
              </button>
            ) : null}
            <button type="button" className="btn quiet" onClick={close}>
              {act.data ? 'Done' : 'Cancel'}
            </button>
          </div>
        </div>
      </Dialog>
    </>
  );
}

function Planned({ plan }: { plan: LiveActionPlan }) {
  const { evidence } = plan;
  return (
    <>
      <p>
        <Name text={plan.effect} />
      </p>
      {evidence ? (
        <>
          <dl className="pairs">
            <dt>Process</dt>
            <dd>
              <Name text={evidence.process.name} />, pid {evidence.process.pid}
            </dd>
            <dt>Program</dt>
            <dd>{evidence.process.executable ? <Name text={evidence.process.executable} /> : 'not readable'}</dd>
            <dt>Command line</dt>
            <dd>{evidence.process.commandLine ? <Name text={evidence.process.commandLine} /> : 'not readable'}</dd>
            <dt>SHA-256</dt>
            <dd>
              <code>{evidence.process.executableSha256 ?? 'not readable'}</code>
            </dd>
            <dt>Open files</dt>
            <dd>
              {formatCounted(evidence.openFiles.length, 'file', 'files')}
              {evidence.isOpenFilesCut ? ', more are open' : ''}
            </dd>
          </dl>
          <p className="faint">This is kept with the capture before anything is done.</p>
        </>
      ) : null}
    </>
  );
}
