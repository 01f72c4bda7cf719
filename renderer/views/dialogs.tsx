import { Modal } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { type CommandId, commands as commandTable } from '../../shared/model/commands.ts';
import { parsePortsideLink } from '../../shared/model/portside-link.ts';
import { useCommands } from '../commands.ts';
import { useAsk } from '../queries.ts';
import { showLink } from '../show-link.ts';
import { choose, emptyEvidence, goTo, useChoices, useZone } from '../state.ts';
import { frameTexts as texts } from '../texts/frame.ts';
import { packageTexts } from '../texts/package.ts';
import { deviceName } from '../widgets/device-name.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Keys } from '../widgets/keys.tsx';
import { Name } from '../widgets/name.tsx';
import { About } from './about.tsx';
import { Audit } from './audit.tsx';
import { PackageContentsView } from './package-contents.tsx';
import { SettingsForm } from './settings.tsx';
import { Support } from './support.tsx';
import { useDecide } from './use-decide.ts';
import './dialogs.css';
import { formatCount, formatDay } from '../window-format.ts';

const close = () => choose({ dialog: undefined });

/** The one dialog that is open, if any. */
export function Dialogs() {
  const dialog = useChoices((choices) => choices.dialog);
  return (
    <>
      <Dialog title={texts.keyboardShortcuts} isOpen={dialog === 'shortcuts'} width={840}>
        <Shortcuts />
      </Dialog>
      <Dialog title={texts.aboutPortside} isOpen={dialog === 'about'} width={560}>
        <About />
      </Dialog>
      <Dialog title={texts.settings} isOpen={dialog === 'settings'} width={560}>
        <SettingsForm />
      </Dialog>
      <Dialog title={texts.auditJournal} isOpen={dialog === 'audit'} width={960}>
        <Audit />
      </Dialog>
      <Dialog title={texts.supportBundle} isOpen={dialog === 'support'} width={960}>
        <Support />
      </Dialog>
      <Dialog title={texts.closeTheFinding} isOpen={dialog === 'close-finding'} width={440}>
        <CloseFinding />
      </Dialog>
      <Dialog title={packageTexts.title} isOpen={dialog === 'package'} width={560}>
        <PackageContentsView />
      </Dialog>
      <Dialog title={texts.find} isOpen={dialog === 'palette'} width={560} isTitleHidden>
        <Palette />
      </Dialog>
    </>
  );
}

/** A dialog of the window. Its content is drawn only while it is open. */
export function Dialog({
  title,
  isOpen,
  width,
  isTitleHidden = false,
  onClose = close,
  children,
}: {
  title: string;
  isOpen: boolean;
  width: number;
  isTitleHidden?: boolean;
  onClose?: () => void;
  children: ReactNode;
}) {
  return (
    <Modal.Root
      opened={isOpen}
      onClose={onClose}
      size={width}
      // Locking the page's scroll would make a style tag; the page never scrolls as a whole.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      yOffset={isTitleHidden ? '12vh' : '8vh'}
    >
      <Modal.Overlay />
      <Modal.Content>
        <div className={isTitleHidden ? 'sr' : 'dialog-head'}>
          <Modal.Title>{title}</Modal.Title>
          {isTitleHidden ? null : <Modal.CloseButton aria-label={texts.close} />}
        </div>
        <div className={isTitleHidden ? '' : 'dialog-body'}>{isOpen ? children : null}</div>
      </Modal.Content>
    </Modal.Root>
  );
}

const groups: readonly { readonly menu: string | undefined; readonly title: string }[] = [
  { menu: 'go', title: texts.goTo },
  { menu: 'finding', title: texts.findings },
  { menu: 'view', title: texts.timelineAndView },
  { menu: 'file', title: texts.files },
  { menu: 'edit', title: texts.edit },
  { menu: 'help', title: texts.help },
];

const timelineKeys = [
  ['← →', texts.bucketBeforeBucketAfter],
  [texts.shift, texts.tenBuckets],
  [texts.enter, texts.zoomInAtThe],
  [texts.pageUpPageDown, texts.halfASpanEarlier],
  [texts.esc, texts.freeTheCrosshair],
  [texts.drag, texts.zoomToTheDragged],
  [texts.shiftWheel, texts.pan],
  [texts.ctrlWheel, texts.zoomAtThePointer],
  [texts.doubleClick, texts.wholeHistory],
  [texts.dragBelow, texts.brush],
] as const;

function Shortcuts() {
  return (
    <div className="shortcuts">
      {groups.map((group) => {
        const entries = commandTable.filter(
          (command) => 'menu' in command && command.menu === group.menu && 'shortcut' in command,
        );
        return entries.length === 0 ? null : (
          <div key={group.title} className="group">
            <h3>{group.title}</h3>
            <dl>
              {entries.map((command) => (
                <div key={command.id}>
                  <dt>{command.title}</dt>
                  <dd>
                    {'shortcut' in command ? <Keys shortcut={command.shortcut} /> : null}
                    {'also' in command ? (
                      <>
                        {' '}
                        <Keys shortcut={command.also} />
                      </>
                    ) : null}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        );
      })}
      <div className="group">
        <h3>{texts.onTheTimeline}</h3>
        <dl>
          {timelineKeys.map(([keys, title]) => (
            <div key={keys}>
              <dt>{title}</dt>
              <dd>
                <kbd>{keys}</kbd>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}

function CloseFinding() {
  const findingId = useChoices((choices) => choices.findingId);
  const markedIds = useChoices((choices) => choices.markedIds);
  const [reason, setReason] = useState('');
  const save = useDecide();
  const ids = markedIds.length > 0 ? markedIds : findingId === undefined ? [] : [findingId];
  if (ids.length === 0) return <p className="t12">{texts.noFindingIsSelected}</p>;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.decide(ids, 'closed', reason.trim(), close);
      }}
    >
      <div className="labelled">
        <label htmlFor="close-reason">{texts.closeReason}</label>
        <textarea
          id="close-reason"
          className="field"
          rows={3}
          maxLength={4096}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <small>{texts.closeHint}</small>
      </div>
      {save.error ? <FailureNotice error={save.error} /> : null}
      <div className="row">
        <button type="submit" className="btn primary" disabled={save.isPending || reason.trim() === ''}>
          {ids.length === 1 ? texts.closeTheFinding : texts.closeMany(ids.length)}
        </button>
        <button type="button" className="btn quiet" onClick={close}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}

interface PaletteEntry {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly shortcut?: string;
  readonly run: () => void;
}

const mostOfAKind = 6;

/** Commands, and what the evidence names: findings (also by a copied link), cases, hosts, users, processes, devices. */
function Palette() {
  const commands = useCommands();
  const zone = useZone();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(text.trim());
  const isAsking = wanted.length >= 2;
  const ask = (field: 'host' | 'user' | 'process') => ({
    field,
    filter: {},
    contains: wanted || ' ',
    limit: mostOfAKind,
  });
  const options = { isEnabled: isAsking, keepsPrevious: true };
  const hosts = useAsk('terms.list', ask('host'), options);
  const users = useAsk('terms.list', ask('user'), options);
  const processes = useAsk('terms.list', ask('process'), options);
  const devices = useAsk('devices.list', { filter: {}, contains: wanted || ' ', limit: mostOfAKind }, options);
  const cases = useAsk('cases.list', {}, { isEnabled: isAsking });
  const findings = useAsk(
    'findings.list',
    { filter: { text: wanted || ' ' }, sort: 'score', descending: true, limit: mostOfAKind },
    options,
  );

  const entries = useMemo(() => {
    const words = text.trim().toLowerCase().split(/\s+/);
    const list: PaletteEntry[] = commandTable
      .filter(
        (command) => command.id !== 'palette.open' && words.every((word) => command.title.toLowerCase().includes(word)),
      )
      .filter((command) => commands.canRun(command.id))
      .map((command) => ({
        key: command.id,
        kind: texts.command,
        title: commands.titleOf(command.id),
        ...('shortcut' in command ? { shortcut: command.shortcut } : {}),
        run: () => commands.run(command.id as CommandId),
      }));
    const link = parsePortsideLink(text);
    if (link) {
      list.unshift({
        key: `link ${link.id}`,
        kind: link.kind === 'finding' ? texts.finding : texts.caseText,
        title: texts.open(link.id),
        run: () => showLink(link),
      });
    }
    if (!isAsking) return list;
    for (const row of cases.data ?? []) {
      if (!words.every((word) => `${row.id} ${row.title}`.toLowerCase().includes(word))) continue;
      list.push({
        key: `case ${row.id}`,
        kind: texts.caseText,
        title: `${row.id} ${row.title}`,
        run: () => goTo({ view: 'cases', caseId: row.id }),
      });
    }
    const narrow = (evidence: Partial<typeof emptyEvidence>) => () =>
      // Over all time: what is looked for need not have written in the span of before.
      goTo({ view: 'investigate', span: undefined }, { evidence: { ...emptyEvidence, ...evidence } });
    for (const row of findings.data?.rows ?? []) {
      list.push({
        key: `finding ${row.id}`,
        kind: texts.finding,
        title: `${texts.findingOn(Math.round(row.score), row.process, row.host)}, ${formatDay(row.startMs, zone)}`,
        run: () =>
          goTo({ view: 'investigate', findingId: row.id }, { evidence: { ...emptyEvidence, hosts: [row.host] } }),
      });
    }
    for (const row of hosts.data?.rows ?? [])
      list.push({ key: `host ${row.value}`, kind: texts.host, title: row.value, run: narrow({ hosts: [row.value] }) });
    for (const row of users.data?.rows ?? [])
      list.push({ key: `user ${row.value}`, kind: texts.user, title: row.value, run: narrow({ users: [row.value] }) });
    for (const row of processes.data?.rows ?? [])
      list.push({
        key: `process ${row.value}`,
        kind: texts.process,
        title: row.value,
        run: narrow({ processes: [row.value] }),
      });
    for (const row of devices.data?.rows ?? [])
      list.push({
        key: `device ${row.id}`,
        kind: texts.device,
        title:
          row.serial && (row.vendor || row.product)
            ? `${deviceName(row.id, row)}, ${row.serial}`
            : deviceName(row.id, row),
        run: () => goTo({ view: 'devices', deviceId: row.id }),
      });
    return list;
  }, [text, commands, zone, isAsking, cases.data, findings.data, hosts.data, users.data, processes.data, devices.data]);

  const active = Math.min(at, Math.max(0, entries.length - 1));
  const run = (entry: PaletteEntry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const next = (active + (event.key === 'ArrowDown' ? 1 : -1) + entries.length) % Math.max(1, entries.length);
      setAt(next);
      document.getElementById(`palette-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(entries[active]);
    }
  };
  return (
    <div className="palette">
      <input
        className="field"
        role="combobox"
        aria-label={texts.find}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `palette-${active}` : undefined}
        placeholder={texts.paletteHint}
        data-autofocus
        maxLength={200}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" className="palette-list" role="listbox" aria-label={texts.results}>
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option.
          <div
            key={entry.key}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === active}
            className="palette-entry"
            onPointerMove={() => setAt(index)}
            onClick={() => run(entry)}
          >
            <span className="kind">{entry.kind}</span>
            <Name text={entry.title} className="clip grow" />
            {entry.shortcut ? <Keys shortcut={entry.shortcut} /> : null}
          </div>
        ))}
        {entries.length === 0 ? <p className="t12 dim palette-none">{texts.nothingFits}</p> : null}
      </div>
      <p className="t11 faint palette-foot" role="status">
        {texts.paletteShown(
          formatCount(entries.length),
          isAsking ? texts.paletteMost(formatCount(mostOfAKind)) : texts.paletteMore,
        )}
      </p>
    </div>
  );
}
