import { Menu } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import type { LiveAction, LiveActionPlan } from '../../shared/model/live-action.ts';
import { useAct } from '../queries.ts';
import { liveTexts as texts } from '../texts/live.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Dialog } from './dialogs.tsx';

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
              {texts.actions[action.kind]}…
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Dialog
        title={plan.variables ? texts.actions[plan.variables.action.kind] : label}
        isOpen={isOpen}
        width={480}
        onClose={close}
      >
        <div className="stack t12">
          {plan.isPending ? <p className="dim">{texts.reading}</p> : null}
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
                {texts.actions[plan.data.action.kind]}
              </button>
            ) : null}
            <button type="button" className="btn quiet" onClick={close}>
              {act.data ? texts.done : texts.cancel}
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
            <dt>{texts.process}</dt>
            <dd>
              <Name text={evidence.process.name} />
              {texts.andPid(evidence.process.pid)}
            </dd>
            <dt>{texts.program}</dt>
            <dd>{evidence.process.executable ? <Name text={evidence.process.executable} /> : texts.notReadable}</dd>
            <dt>{texts.commandLine}</dt>
            <dd>{evidence.process.commandLine ? <Name text={evidence.process.commandLine} /> : texts.notReadable}</dd>
            <dt>{texts.sha256}</dt>
            <dd>
              <code>{evidence.process.executableSha256 ?? texts.notReadable}</code>
            </dd>
            <dt>{texts.openFiles}</dt>
            <dd>
              {texts.countedFiles(evidence.openFiles.length)}
              {evidence.isOpenFilesCut ? texts.moreAreOpen : ''}
            </dd>
          </dl>
          <p className="faint">{texts.keptBefore}</p>
        </>
      ) : null}
    </>
  );
}
