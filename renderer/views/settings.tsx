import { useAct, useAsk } from '../queries.ts';
import { choose, goTo, useChoices } from '../state.ts';
import { settingsTexts as texts } from '../texts/settings.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { Name } from '../widgets/name.tsx';
import { Segments } from '../widgets/segments.tsx';

/** What the person chooses about the program itself. */
export function SettingsForm() {
  const theme = useChoices((choices) => choices.theme);
  const zoneKind = useChoices((choices) => choices.zoneKind);
  const notifications = useAsk('notifications.read', {});
  const set = useAct('notifications.set', ['notifications.read']);
  const sources = useAsk('source.list', {});
  const workspace = useAsk('workspace.read', {});
  return (
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
        <p className="dim">{texts.storeText}</p>
        <div className="row">
          <CommandButton id="audit.open" className="btn sm" />
          <CommandButton id="support.open" className="btn sm" />
        </div>
      </div>
    </div>
  );
}
