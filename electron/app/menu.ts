import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { type Command, type CommandMenu, commands, isBareKey } from '../../shared/model/commands.ts';

type Item = MenuItemConstructorOptions;

const titles: readonly (readonly [CommandMenu, string])[] = [
  ['file', '&File'],
  ['edit', '&Edit'],
  ['view', '&View'],
  ['go', '&Go'],
  ['finding', 'Fi&nding'],
  ['help', '&Help'],
];

const separator: Item = { type: 'separator' };

/** What the system itself does, beside our commands. */
function systemItems(menu: CommandMenu): { readonly before: readonly Item[]; readonly after: readonly Item[] } {
  if (menu === 'file') {
    return { before: [], after: [separator, process.platform === 'darwin' ? { role: 'close' } : { role: 'quit' }] };
  }
  if (menu === 'edit') {
    return {
      before: [
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
        separator,
      ],
      after: [],
    };
  }
  if (menu === 'view') {
    const developer: Item[] = app.isPackaged ? [] : [separator, { role: 'reload' }, { role: 'toggleDevTools' }];
    return {
      before: [],
      after: [
        separator,
        { role: 'resetZoom', accelerator: '' },
        { role: 'zoomIn', accelerator: '' },
        { role: 'zoomOut', accelerator: '' },
        { role: 'togglefullscreen' },
        ...developer,
      ],
    };
  }
  return { before: [], after: [] };
}

/** A key that the page hears itself is shown in the menu and not taken from the page. */
function toItem(command: Command, run: (id: string) => void): Item {
  return {
    id: command.id,
    label: command.title,
    accelerator: command.shortcut,
    registerAccelerator: command.shortcut !== undefined && !isBareKey(command.shortcut),
    click: () => run(command.id),
  };
}

/** Builds the native menu from the one table of commands; `run` gets the id of what was chosen. */
export function setMenu(run: (id: string) => void): void {
  const all: readonly Command[] = commands;
  const template = titles.map(([menu, label]): Item => {
    const own = all.filter((command) => command.menu === menu).map((command) => toItem(command, run));
    const { before, after } = systemItems(menu);
    // Undo comes before what the system does with text, as everywhere.
    const first = own.filter(({ id }) => id === 'edit.undo');
    const rest = own.filter(({ id }) => id !== 'edit.undo');
    return { label, role: menu === 'help' ? 'help' : undefined, submenu: [...first, ...before, ...rest, ...after] };
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(process.platform === 'darwin' ? [{ role: 'appMenu' }, ...template] : template),
  );
}
