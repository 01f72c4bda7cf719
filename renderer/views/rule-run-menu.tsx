import { Menu } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { type useAct, useAsk } from '../queries.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { Icon } from '../widgets/icon.tsx';

type RunInput = Parameters<ReturnType<typeof useAct<'rules.run'>>['mutate']>[0];

/** Runs rules now, or as of the newest evidence: imported evidence is seldom of the last two hours. */
export function RunMenu({
  isRunning,
  isPrimary = false,
  onRun,
}: {
  isRunning: boolean;
  isPrimary?: boolean;
  onRun: (input: RunInput) => void;
}) {
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const summary = workspace.data?.summary;
  const { firstMs, lastMs } = summary ?? {};
  return (
    <Menu position="bottom-end" width={256} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className={isPrimary ? 'btn sm primary' : 'btn sm'} disabled={isRunning}>
          <Icon of={IconPlayerPlay} />
          {isRunning ? texts.running : isPrimary ? texts.run : texts.runAll}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onRun({})}>{texts.asOfNow}</Menu.Item>
        {lastMs === undefined ? null : (
          <Menu.Item onClick={() => onRun({ atMs: lastMs + 1 })}>{texts.asOfTheNewest}</Menu.Item>
        )}
        {firstMs === undefined || lastMs === undefined ? null : (
          <Menu.Item onClick={() => onRun({ atMs: lastMs + 1, lookBackMs: Math.max(1_000, lastMs - firstMs + 1) })}>
            {texts.overAllEvidence}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
