const isMac = /Mac/.test(globalThis.navigator?.userAgent ?? '');

/** The keys of a shortcut as they are printed on the keyboard: `['Ctrl', 'K']`. */
export function keysOf(shortcut: string): readonly string[] {
  const names: Readonly<Record<string, string>> = {
    CmdOrCtrl: isMac ? '⌘' : 'Ctrl',
    Alt: isMac ? '⌥' : 'Alt',
    Shift: isMac ? '⇧' : 'Shift',
    Left: '←',
    Right: '→',
    Plus: '+',
    '-': '−',
    Escape: 'Esc',
  };
  return shortcut.split('+').map((part) => names[part] ?? part);
}

/** A shortcut drawn as keys. */
export function Keys({ shortcut }: { shortcut: string }) {
  return <kbd>{keysOf(shortcut).join(' ')}</kbd>;
}
