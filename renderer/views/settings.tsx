import { IconAlertTriangle } from '@tabler/icons-react';
import type { ChosenLimit, ProgramSettings } from '../../shared/ipc/settings-operations.ts';
import type { EngineLimits } from '../../shared/model/engine-limits.ts';
import { useAct, useAsk } from '../queries.ts';
import { choose, goTo, useChoices } from '../state.ts';
import { settingsTexts as texts } from '../texts/settings.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { FormField } from '../widgets/form-field.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';

/** What the person chooses about the program itself. */
export function SettingsForm() {
  const theme = useChoices((choices) => choices.theme);
  const zoneKind = useChoices((choices) => choices.zoneKind);
  const figures = useChoices((choices) => choices.figures);
  const notifications = useAsk('notifications.read', {});
  const set = useAct('notifications.set', ['notifications.read']);
  const sources = useAsk('source.list', {});
  const workspace = useAsk('workspace.read', {});
  const program = useAsk('settings.read', {});
  return (
    <>
      {program.data && program.data.damaged.length > 0 ? <Damaged files={program.data.damaged} /> : null}
      <div className="settings t12">
        <span>{texts.theme}</span>
        <Segments
          label={texts.theme}
          value={theme}
          options={[
            { value: 'system', title: texts.themes.system },
            { value: 'light', title: texts.themes.light },
            { value: 'dark', title: texts.themes.dark },
          ]}
          onChange={(value) => choose({ theme: value })}
        />
        <span>{texts.times}</span>
        <div className="stack">
          <Segments
            label={texts.times}
            value={zoneKind}
            options={[
              { value: 'local', title: texts.zones.local },
              { value: 'utc', title: texts.zones.utc },
            ]}
            onChange={(value) => choose({ zoneKind: value })}
          />
          <p className="dim">{texts.timesText}</p>
        </div>
        <span>{texts.figures}</span>
        <div className="stack">
          <Segments
            label={texts.figures}
            value={figures}
            options={[
              { value: 'system', title: texts.figuresChoices.system },
              { value: 'report', title: texts.figuresChoices.report },
            ]}
            onChange={(value) => choose({ figures: value })}
          />
          <p className="dim">{texts.figuresText}</p>
        </div>
        <span>{texts.notifications}</span>
        <div className="stack">
          <Segments
            label={texts.notifications}
            value={notifications.data ? (notifications.data.isMuted ? 'off' : 'on') : undefined}
            options={[
              { value: 'on', title: texts.notificationChoices.on },
              { value: 'off', title: texts.notificationChoices.off },
            ]}
            onChange={(value) => set.mutate({ isMuted: value === 'off' })}
          />
          <p className="dim">{texts.notificationsText}</p>
          {notifications.error || set.error ? <FailureNotice error={notifications.error ?? set.error} /> : null}
        </div>
        <span>{texts.keys}</span>
        <div className="stack">
          <p className="dim">{sources.data ? texts.keysText[sources.data.keeps] : null}</p>
          <button
            type="button"
            className="btn sm"
            onClick={() => {
              choose({ dialog: undefined });
              goTo({ view: 'sources' });
            }}
          >
            {texts.openSources}
          </button>
        </div>
        <span>{texts.redaction}</span>
        <p className="dim">{texts.redactionText}</p>
        <span>{texts.store}</span>
        <div className="stack">
          {workspace.data ? <Name text={workspace.data.path} /> : null}
          <p className="dim">
            {program.data ? `${texts.onDisk(program.data.disk.workspaceBytes)}. ` : null}
            {texts.storeText}
          </p>
          <div className="row">
            <CommandButton id="audit.open" className="btn sm" />
            <CommandButton id="support.open" className="btn sm" />
          </div>
        </div>
        <span>{texts.engine}</span>
        <div className="stack">
          {program.error ? <FailureNotice error={program.error} onRetry={() => void program.refetch()} /> : null}
          {program.data ? <Limits settings={program.data} inForce={workspace.data?.limits} /> : null}
        </div>
        {program.data ? <LogChoice settings={program.data} /> : null}
      </div>
    </>
  );
}

/** Files that were set aside: what, where, what to do. */
function Damaged({ files }: { files: ProgramSettings['damaged'] }) {
  return (
    <div className="note warn" role="alert">
      <Icon of={IconAlertTriangle} />
      <div className="stack">
        <b className="b">{texts.damaged}</b>
        <ul className="stack">
          {files.map(({ path, original }) => (
            <li key={path}>
              <Name text={texts.damagedFile(original, path)} />
            </li>
          ))}
        </ul>
        <span>{texts.damagedAdvice}</span>
      </div>
    </div>
  );
}

const memoryChoices = [500e6, 1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9] as const;
const diskChoices = [10e9, 50e9, 100e9, 500e9, 1e12] as const;
/** The window and the system need memory too. */
const mostOfMachine = 0.8;

/** How much of this machine the engine may take. */
function Limits({ settings, inForce }: { settings: ProgramSettings; inForce: EngineLimits | undefined }) {
  const set = useAct('settings.set', ['settings.read']);
  const { memory, machineMemoryBytes, temporaryDisk, disk } = settings;
  return (
    <>
      <div className="row">
        <LimitField
          label={texts.memory}
          chosen={memory}
          choices={memoryChoices.filter((bytes) => bytes <= machineMemoryBytes * mostOfMachine)}
          onChange={(chosen) => set.mutate({ memory: chosen })}
        />
        <LimitField
          label={texts.temporaryDisk}
          chosen={temporaryDisk}
          choices={diskChoices}
          onChange={(chosen) => set.mutate({ temporaryDisk: chosen })}
        />
      </div>
      <p className="dim">
        {inForce ? `${texts.inForce(inForce.memoryBytes, inForce.temporaryBytes)} ` : null}
        {texts.engineText(machineMemoryBytes, disk.freeBytes)}
      </p>
      {set.error ? <FailureNotice error={set.error} /> : null}
    </>
  );
}

function LogChoice({ settings: { log, logFolder } }: { settings: ProgramSettings }) {
  const set = useAct('settings.set', ['settings.read']);
  return (
    <>
      <span>{texts.log}</span>
      <div className="stack">
        <Segments
          label={texts.log}
          value={log}
          options={[
            { value: 'everything', title: texts.logs.everything },
            { value: 'problems', title: texts.logs.problems },
          ]}
          onChange={(value) => set.mutate({ log: value })}
        />
        <p className="dim">
          {texts.logText} <Name text={logFolder} />
        </p>
        {set.error ? <FailureNotice error={set.error} /> : null}
      </div>
    </>
  );
}

function LimitField({
  label,
  chosen,
  choices,
  onChange,
}: {
  label: string;
  chosen: ChosenLimit;
  choices: readonly number[];
  onChange: (chosen: ChosenLimit) => void;
}) {
  // What another version or a hand wrote into the file is a choice too.
  const all = [...new Set(chosen === 'automatic' ? choices : [...choices, chosen])].sort((a, b) => a - b);
  return (
    <FormField label={label}>
      {(id) => (
        <select
          id={id}
          className="field"
          value={chosen}
          onChange={(event) => onChange(event.target.value === 'automatic' ? 'automatic' : Number(event.target.value))}
        >
          <option value="automatic">{texts.automatic}</option>
          {all.map((bytes) => (
            <option key={bytes} value={bytes}>
              {texts.bytes(bytes)}
            </option>
          ))}
        </select>
      )}
    </FormField>
  );
}
