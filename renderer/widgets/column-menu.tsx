import { Menu } from '@mantine/core';
import { IconColumns } from '@tabler/icons-react';
import { tableTexts } from '../texts/tables.ts';
import { Icon } from './icon.tsx';

/** Chooses the columns of a table. */
export function ColumnMenu<Id extends string>({
  columns,
  shown,
  onToggle,
  onReset,
}: {
  columns: readonly { readonly id: Id; readonly title: string; readonly says: string }[];
  shown: readonly { readonly id: Id }[];
  onToggle: (id: Id, isShown: boolean) => void;
  onReset: () => void;
}) {
  return (
    <Menu position="bottom-end" width={200} offset={4} closeOnItemClick={false} shadow="none">
      <Menu.Target>
        <button
          type="button"
          className="btn sm quiet icon-only"
          aria-label={tableTexts.chooseColumns}
          title={tableTexts.chooseColumns}
        >
          <Icon of={IconColumns} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{tableTexts.columns}</Menu.Label>
        {columns.map((column) => {
          const isShown = shown.some(({ id }) => id === column.id);
          return (
            <Menu.CheckboxItem
              key={column.id}
              title={column.says}
              checked={isShown}
              checkIcon={<span className="tick on" aria-hidden="true" />}
              onChange={() => onToggle(column.id, !isShown)}
            >
              {column.title}
            </Menu.CheckboxItem>
          );
        })}
        <Menu.Divider />
        <Menu.Item onClick={onReset}>{tableTexts.asWidthAllows}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
