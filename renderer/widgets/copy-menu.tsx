import { Menu } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { toFailure } from '../queries.ts';
import { tableTexts } from '../texts/tables.ts';
import { type CopyRows, mostCopiedRows } from '../use-copy-rows.ts';
import { Icon } from './icon.tsx';

/** Copies the rows of a table as CSV or JSON, and says how many of `total` it was. */
export function CopyMenu({ rows, total }: { rows: CopyRows; total: number }) {
  const failure = toFailure(rows.error);
  return (
    <>
      <span className="t11 faint clip" role="status">
        {failure
          ? failure.message
          : rows.isPending
            ? tableTexts.copying(rows.rows)
            : rows.isDone
              ? tableTexts.copied(rows.rows, total)
              : ''}
      </span>
      <Menu position="bottom-end" width={216} offset={4} shadow="none">
        <Menu.Target>
          <button
            type="button"
            className="btn sm quiet"
            disabled={total === 0 || rows.isPending}
            title={tableTexts.copyTitle(total, mostCopiedRows)}
          >
            <Icon of={IconCopy} />
            {tableTexts.copy}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label className="wraps">{tableTexts.copyTitle(total, mostCopiedRows)}</Menu.Label>
          <Menu.Item onClick={() => rows.copy('csv')}>{tableTexts.asCsv}</Menu.Item>
          <Menu.Item onClick={() => rows.copy('json')}>{tableTexts.asJson}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
