import type { Icon as TablerIcon } from '@tabler/icons-react';
import { type CommandId, commands } from '../../shared/model/commands.ts';
import { useCanRun, useCommands } from '../commands.ts';
import { Icon } from './icon.tsx';
import { keysOf } from './keys.tsx';

/** A button that runs a command: title and shortcut come from the table; disabled while the command does not apply. */
export function CommandButton({
  id,
  title,
  icon,
  className = 'btn',
  isTitleHidden = false,
}: {
  id: CommandId;
  title?: string;
  icon?: TablerIcon;
  className?: string;
  isTitleHidden?: boolean;
}) {
  const { run } = useCommands();
  const canRun = useCanRun(id);
  const command = commands.find((entry) => entry.id === id);
  const name = title ?? command?.title ?? id;
  const shortcut = command && 'shortcut' in command ? ` (${keysOf(command.shortcut).join(' ')})` : '';
  return (
    <button
      type="button"
      className={isTitleHidden ? `${className} icon-only` : className}
      title={`${command?.title ?? name}${shortcut}`}
      aria-label={isTitleHidden ? name : undefined}
      disabled={!canRun}
      onClick={() => run(id)}
    >
      {icon ? <Icon of={icon} /> : null}
      {isTitleHidden ? null : name}
    </button>
  );
}
