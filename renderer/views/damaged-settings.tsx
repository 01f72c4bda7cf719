import { useCommands } from '../commands.ts';
import { useAsk } from '../queries.ts';
import { settingsTexts as texts } from '../texts/settings.ts';

/** In the status bar: that a settings file was set aside since the program started. The settings say which, and what to do. */
export function DamagedSettings() {
  const settings = useAsk('settings.read', {}, { keepsPrevious: true });
  const commands = useCommands();
  return settings.data?.damaged.some(({ isNew }) => isNew) ? (
    <button type="button" onClick={() => commands.run('settings.open')}>
      <i className="dot warn" />
      {texts.statusDamaged}
    </button>
  ) : null;
}
