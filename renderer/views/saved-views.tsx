import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { isSameView, renameView, type SavedView, saveView, viewWords, wholeQueue } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { offerUndo } from '../undo-stack.ts';
import { CommandButton } from '../widgets/command-button.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';

const longestName = 60;

/** Filter, order, grouping and columns under a name: choosing, saving, renaming and removing them. */
export function SavedViews({ isFiltered }: { isFiltered: boolean }) {
  const queue = useChoices((choices) => choices.queue);
  const views = useChoices((choices) => choices.savedQueues);
  const [name, setName] = useState('');
  const [renaming, setRenaming] = useState<string>();
  const keep = (savedQueues: readonly SavedView[], text: string) => {
    choose({ savedQueues });
    offerUndo({ text, restore: () => choose({ savedQueues: views }) });
  };
  return (
    <>
      {views.length > 0 ? (
        <ul className="saved-views" aria-label={texts.views}>
          {views.map((view) => (
            <li key={view.name} className="row">
              {renaming === view.name ? (
                <Rename
                  name={view.name}
                  onDone={(to) => {
                    if (to) keep(renameView(views, view.name, to), texts.viewRenamed(view.name));
                    setRenaming(undefined);
                  }}
                />
              ) : (
                <>
                  <button
                    type="button"
                    className={isSameView(view.queue, queue) ? 'chip set grow' : 'chip grow'}
                    aria-pressed={isSameView(view.queue, queue)}
                    title={viewWords(wholeQueue(view.queue))}
                    onClick={() => choose({ queue: wholeQueue(view.queue) })}
                  >
                    <Name text={view.name} />
                  </button>
                  <Menu position="bottom-end" width={184} offset={4} shadow="none">
                    <Menu.Target>
                      <button type="button" className="btn sm quiet icon-only" aria-label={texts.moreAbout(view.name)}>
                        <Icon of={IconDots} isSmall />
                      </button>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item onClick={() => setRenaming(view.name)}>{texts.rename}</Menu.Item>
                      <Menu.Item onClick={() => keep(saveView(views, view.name, queue), texts.viewSaved(view.name))}>
                        {texts.keepWhatIsShown}
                      </Menu.Item>
                      <Menu.Item
                        onClick={() => {
                          keep(
                            views.filter((other) => other !== view),
                            texts.viewRemoved(view.name),
                          );
                        }}
                      >
                        {texts.remove}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </>
              )}
            </li>
          ))}
        </ul>
      ) : null}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          const title = name.trim();
          if (!title) return;
          keep(saveView(views, title, queue), texts.viewSaved(title));
          setName('');
        }}
      >
        <input
          className="field grow"
          aria-label={texts.nameOfView}
          placeholder={texts.saveViewAs}
          maxLength={longestName}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="btn sm" disabled={name.trim() === ''}>
          {texts.save}
        </button>
        {isFiltered ? <CommandButton id="queue.clear-filter" title={texts.clear} className="btn sm quiet" /> : null}
      </form>
    </>
  );
}

function Rename({ name, onDone }: { name: string; onDone: (to: string | undefined) => void }) {
  const [text, setText] = useState(name);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onDone(text.trim() || undefined);
  };
  return (
    <form className="row grow" onSubmit={submit}>
      <input
        // biome-ignore lint/a11y/noAutofocus: the person just asked to type here.
        autoFocus
        className="field grow"
        aria-label={texts.newNameOf(name)}
        maxLength={longestName}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onDone(undefined);
        }}
      />
      <button type="submit" className="btn sm" disabled={text.trim() === ''}>
        {texts.rename}
      </button>
    </form>
  );
}
