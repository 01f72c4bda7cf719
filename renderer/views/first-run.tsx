import { IconDeviceUsb, IconFlask, IconPlugConnected, IconUpload, type Icon as TablerIcon } from '@tabler/icons-react';
import type { CommandId } from '../../shared/model/commands.ts';
import { firstRunTexts as texts } from '../texts/first-run.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { Icon } from '../widgets/icon.tsx';
import './first-run.css';

const ways: readonly {
  readonly icon: TablerIcon;
  readonly command: CommandId;
  readonly words: { readonly title: string; readonly text: string; readonly action: string };
}[] = [
  { icon: IconFlask, command: 'import.demo', words: texts.demo },
  { icon: IconUpload, command: 'import.choose', words: texts.import },
  { icon: IconPlugConnected, command: 'view.sources', words: texts.connect },
  { icon: IconDeviceUsb, command: 'view.live', words: texts.live },
];

/** An empty workbench: four ways to a first finding. */
export function FirstRun() {
  return (
    <div className="first-run">
      <h2>{texts.title}</h2>
      <p className="dim">{texts.lead}</p>
      <ul className="card">
        {ways.map(({ icon, command, words }, index) => (
          <li key={command}>
            <Icon of={icon} />
            <span className="grow">
              <b className="b">{words.title}</b>
              <span className="t12 dim">{words.text}</span>
            </span>
            <CommandButton id={command} title={words.action} className={index === 0 ? 'btn primary' : 'btn'} />
          </li>
        ))}
      </ul>
    </div>
  );
}
