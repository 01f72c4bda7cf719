import { formatIso, type TimeZone } from '../../shared/base/format.ts';
import type { DecidedDevice } from '../../shared/ipc/case-operations.ts';
import type { DeviceRow } from '../../shared/model/evidence-answer.ts';
import type { DeviceChoice, DeviceColumn } from '../device-choice.ts';
import { choose, goTo, useChoices, useZone } from '../state.ts';
import { devicesTexts as texts } from '../texts/devices.ts';
import type { PagedList } from '../use-paged-list.ts';
import { useRowFocus } from '../use-row-focus.ts';
import { busName, deviceName } from '../widgets/device-name.ts';
import { Name } from '../widgets/name.tsx';
import { PagedBody } from '../widgets/paged-body.tsx';
import { TableHead } from '../widgets/table-head.tsx';
import { formatBytes, formatCount, formatTime } from '../window-format.ts';
import { type deviceColumns, deviceNamePx } from './device-columns.ts';
import { DecisionTag } from './device-decision.tsx';

/** The inventory: a row per device, in the order of the store. */
export function DeviceTable({
  paged,
  columns,
  decisionOf,
  chosenId,
}: {
  paged: PagedList<DeviceRow>;
  columns: typeof deviceColumns;
  decisionOf: ReadonlyMap<string, DecidedDevice['decision']>;
  chosenId: string | undefined;
}) {
  const zone = useZone();
  const choice = useChoices((choices) => choices.deviceList);
  const { rows, total } = paged;
  const focus = useRowFocus(
    paged,
    Math.max(
      0,
      rows.findIndex((row) => row.id === chosenId),
    ),
  );
  const onSort = (sort: DeviceChoice['sort']) => choose({ deviceList: { ...choice, sort } });
  return (
    <table
      className="device-table"
      aria-rowcount={total + 1}
      style={{ minWidth: deviceNamePx + columns.reduce((sum, column) => sum + column.width, 0) }}
    >
      <TableHead
        name={{ title: texts.device, says: texts.deviceSays, sort: 'name' }}
        columns={columns}
        now={choice.sort}
        ascending={['serial', 'busType']}
        onSort={onSort}
      />
      <PagedBody paged={paged} focus={focus}>
        {(row, index) => (
          <tr
            key={row.id}
            className={row.id === chosenId ? 'is-selected' : ''}
            aria-rowindex={index + 2}
            onClick={() => goTo({ deviceId: row.id })}
          >
            <td className="cell-name">
              <button
                type="button"
                className="lane-name"
                data-row={index}
                tabIndex={focus.tabIndexOf(index)}
                aria-current={row.id === chosenId ? 'true' : undefined}
                onClick={() => goTo({ deviceId: row.id })}
              >
                <Name text={deviceName(row.id, row)} isClipped />
              </button>
            </td>
            {columns.map((column) => (
              <td key={column.id} className={column.isNumber ? 'num' : 'clip'}>
                <Cell id={column.id} row={row} decision={decisionOf.get(row.id)} zone={zone} />
              </td>
            ))}
          </tr>
        )}
      </PagedBody>
    </table>
  );
}

function Cell({
  id,
  row,
  decision,
  zone,
}: {
  id: DeviceColumn;
  row: DeviceRow;
  decision: DecidedDevice['decision'] | undefined;
  zone: TimeZone;
}) {
  switch (id) {
    case 'decision':
      return decision ? <DecisionTag decision={decision} /> : <span className="faint">{texts.unknown}</span>;
    case 'serial':
      return (
        <span className="serial">
          {row.serial ? (
            <code className="clip">
              <Name text={row.serial} isClipped />
            </code>
          ) : (
            <span className="faint">{texts.noSerial}</span>
          )}
          {row.identity === 'windows-made' ? (
            <span className="tag warn" title={texts.byWindowsTitle}>
              {texts.byWindows}
            </span>
          ) : null}
        </span>
      );
    case 'busType':
      return row.busType ? (
        <Name text={busName(row.busType)} isClipped />
      ) : (
        <span className="faint">{texts.unknown}</span>
      );
    case 'volumes':
      return row.volumes.length > 0 ? (
        <Name text={row.volumes.join(', ')} isClipped />
      ) : (
        <span className="faint">{texts.unknown}</span>
      );
    case 'capacityBytes':
      return row.capacityBytes === undefined ? (
        <span className="faint">{texts.unknown}</span>
      ) : (
        formatBytes(row.capacityBytes)
      );
    case 'writtenBytes':
      return formatBytes(row.writtenBytes);
    case 'firstSeenMs':
    case 'lastSeenMs':
      return (
        <span className="tn" title={formatIso(row[id])}>
          {formatTime(row[id], zone)}
        </span>
      );
    default:
      return formatCount(row[id]);
  }
}
