import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { QueueField } from '../queue-choice.ts';
import { usualFields } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { Icon } from '../widgets/icon.tsx';
import { formatCount } from '../window-format.ts';

/** What entries show, and what is done with those that are marked, or with all that were loaded. */
export function QueueMenu({
  loaded,
  onCopy,
  onMarkAll,
}: {
  loaded: number;
  onCopy: (kind: 'csv' | 'json') => void;
  onMarkAll: () => void;
}) {
  const queue = useChoices((choices) => choices.queue);
  const marked = useChoices((choices) => choices.markedIds.length);
  const what = marked > 0 ? texts.theMarked(formatCount(marked)) : texts.theLoaded(formatCount(loaded));
  const toggle = (field: QueueField) =>
    choose({
      queue: {
        ...queue,
        fields: queue.fields.includes(field)
          ? queue.fields.filter((other) => other !== field)
          : [...queue.fields, field],
      },
    });
  return (
    <Menu position="bottom-end" width={208} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className="btn quiet icon-only" aria-label={texts.more} title={texts.more}>
          <Icon of={IconDots} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={loaded === 0} onClick={() => onCopy('csv')}>
          {texts.copyAsCsv(what)}
        </Menu.Item>
        <Menu.Item disabled={loaded === 0} onClick={() => onCopy('json')}>
          {texts.copyAsJson(what)}
        </Menu.Item>
        <Menu.Item disabled={loaded === 0} onClick={onMarkAll}>
          {texts.markTheLoaded(formatCount(loaded))}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{texts.columns}</Menu.Label>
        {(Object.entries(texts.fields) as [QueueField, string][]).map(([field, title]) => (
          <Menu.CheckboxItem
            key={field}
            checked={queue.fields.includes(field)}
            checkIcon={<span className="tick on" aria-hidden="true" />}
            closeMenuOnClick={false}
            onChange={() => toggle(field)}
          >
            {title}
          </Menu.CheckboxItem>
        ))}
        <Menu.Item onClick={() => choose({ queue: { ...queue, fields: usualFields } })}>{texts.usualColumns}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
