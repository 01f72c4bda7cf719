import { Menu } from '@mantine/core';
import { IconChevronDown, IconDeviceUsb } from '@tabler/icons-react';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { InputOf } from '../../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../../shared/ipc/workbench-operations.ts';
import { deviceIdentityStrengths } from '../../shared/model/evidence-answer.ts';
import { type DeviceChoice, firstDeviceChoice } from '../device-choice.ts';
import { useAsk, usePages } from '../queries.ts';
import { choose, useChoices } from '../state.ts';
import { devicesTexts as texts } from '../texts/devices.ts';
import { useSize } from '../timeline/use-canvas.ts';
import { useCopyRows } from '../use-copy-rows.ts';
import { usePagedList } from '../use-paged-list.ts';
import { ColumnMenu } from '../widgets/column-menu.tsx';
import { CommandButton } from '../widgets/command-button.tsx';
import { CopyMenu } from '../widgets/copy-menu.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Icon } from '../widgets/icon.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { chooseColumns } from '../widgets/table-columns.ts';
import { deviceColumns, deviceNamePx, devicesCsv, droppedDeviceColumns } from './device-columns.ts';
import { DeviceDetails } from './device-details.tsx';
import { DeviceTable } from './device-table.tsx';
import './devices.css';

const rowPx = 29;
const pageRows = 200;

/** Every device that evidence names, and for the chosen one who used it, where, and when it was connected. */
export function DevicesView() {
  const deviceId = useChoices((choices) => choices.deviceId);
  const choice = useChoices((choices) => choices.deviceList);
  const [text, setText] = useState('');
  const contains = useDeferredValue(text.trim());
  const decisions = useAsk('devices.decisions', {});
  const decisionOf = useMemo(
    () => new Map(decisions.data?.map(({ device, decision }) => [device, decision] as const)),
    [decisions.data],
  );
  const question = useMemo(() => toQuestion(choice, contains, decisionOf), [choice, contains, decisionOf]);
  const pages = usePages('devices.list', question, {
    keepsPrevious: true,
    isEnabled: choice.decision === undefined || decisions.data !== undefined,
  });
  const paged = usePagedList(pages, rowPx);
  const copied = useCopyRows('devices.list', question, {
    toCsv: (rows) => devicesCsv(rows.map((row) => ({ ...row, decision: decisionOf.get(row.id) }))),
    toJson: (row) => ({ ...row, decision: decisionOf.get(row.id) }),
  });
  const { rows, total } = paged;
  const pane = useRef<HTMLElement>(null);
  const { width } = useSize(pane);
  const columns = chooseColumns(deviceColumns, {
    wanted: choice.columns,
    width,
    namePx: deviceNamePx,
    dropOrder: droppedDeviceColumns,
  });
  const isNarrowed = contains !== '' || choice.decision !== undefined || choice.identity !== undefined;
  const listed = deviceId === undefined ? rows[0] : rows.find((row) => row.id === deviceId);
  // The chosen one may be past what is loaded, or not among what is searched for.
  const asked = useAsk(
    'devices.list',
    { filter: {}, among: [deviceId ?? ''], limit: 1 },
    { isEnabled: deviceId !== undefined && !listed && pages.data !== undefined },
  );
  const chosen = listed ?? (deviceId === undefined ? undefined : (asked.data?.rows[0] ?? rows[0]));
  const clear = () => {
    setText('');
    choose({ deviceList: { ...choice, decision: undefined, identity: undefined } });
  };

  return (
    <div className="devices">
      <section className="pane" aria-label={texts.heading} ref={pane}>
        <div className="bar">
          <h2>{texts.heading}</h2>
          <span className="t11 faint clip" title={texts.shownTitle(rows.length, total)}>
            {pages.data ? texts.shown(rows.length, total, isNarrowed) : ''}
          </span>
          <span className="grow" />
          <CopyMenu rows={copied} total={total} />
          <ColumnMenu
            columns={deviceColumns}
            shown={columns}
            onToggle={(id, isShown) =>
              choose({ deviceList: { ...choice, columns: { ...choice.columns, [id]: isShown } } })
            }
            onReset={() => choose({ deviceList: { ...choice, columns: firstDeviceChoice.columns } })}
          />
        </div>
        <div className="bar context">
          <SearchField label={texts.search} placeholder={texts.searchPlaceholder} value={text} onChange={setText} />
          <ChoiceChip
            any={texts.anyDecision}
            label={texts.decisionMenu}
            value={choice.decision}
            options={['approved', 'blocked', 'undecided']}
            titles={texts.decisions}
            onChange={(decision) => choose({ deviceList: { ...choice, decision } })}
          />
          <ChoiceChip
            any={texts.anyIdentity}
            label={texts.identityMenu}
            value={choice.identity}
            options={deviceIdentityStrengths}
            titles={texts.identities}
            onChange={(identity) => choose({ deviceList: { ...choice, identity } })}
          />
        </div>
        <section className="scroll" ref={paged.scroller} aria-label={texts.list}>
          {pages.error ? (
            <div className="page">
              <FailureNotice error={pages.error} onRetry={() => void pages.refetch()} />
            </div>
          ) : rows.length === 0 && pages.data ? (
            <EmptyState
              icon={IconDeviceUsb}
              title={isNarrowed ? texts.noneMatch : texts.none}
              actions={
                isNarrowed ? (
                  <button type="button" className="btn sm" onClick={clear}>
                    {texts.clearFilter}
                  </button>
                ) : (
                  <CommandButton id="import.choose" title={texts.import} className="btn sm" />
                )
              }
            >
              {isNarrowed ? null : texts.noneText}
            </EmptyState>
          ) : (
            <DeviceTable paged={paged} columns={columns} decisionOf={decisionOf} chosenId={chosen?.id} />
          )}
        </section>
      </section>
      <section className="pane" aria-label={texts.chosen}>
        {chosen ? <DeviceDetails key={chosen.id} row={chosen} /> : null}
      </section>
    </div>
  );
}

type Question = InputOf<WorkbenchOperations['devices.list']>;

function toQuestion(
  { decision, identity, sort }: DeviceChoice,
  contains: string,
  decisionOf: ReadonlyMap<string, string>,
): Question {
  const decided = [...decisionOf].filter(([, made]) => decision === 'undecided' || made === decision);
  const ids = decided.map(([device]) => device);
  return {
    filter: {},
    sort: sort.by,
    descending: sort.isDescending,
    limit: pageRows,
    ...(contains === '' ? {} : { contains }),
    ...(identity ? { identities: [identity] } : {}),
    ...(decision === undefined ? {} : decision === 'undecided' ? { notAmong: ids } : { among: ids }),
  };
}

function ChoiceChip<Value extends string>({
  any,
  label,
  value,
  options,
  titles,
  onChange,
}: {
  /** What it says while it does not narrow. */
  any: string;
  label: string;
  value: Value | undefined;
  options: readonly Value[];
  titles: Readonly<Record<Value, string>>;
  onChange: (value: Value | undefined) => void;
}) {
  return (
    <Menu position="bottom-start" width={216} offset={4} shadow="none">
      <Menu.Target>
        <button type="button" className={value === undefined ? 'chip' : 'chip set'}>
          {value === undefined ? any : titles[value]} <Icon of={IconChevronDown} isSmall />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="wraps">{label}</Menu.Label>
        {[undefined, ...options].map((option) => (
          <Menu.RadioItem
            key={option ?? ''}
            value={option ?? ''}
            checked={option === value}
            closeMenuOnClick
            checkIcon={<span className="tick on" aria-hidden="true" />}
            onChange={() => onChange(option)}
          >
            {option === undefined ? any : titles[option]}
          </Menu.RadioItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
