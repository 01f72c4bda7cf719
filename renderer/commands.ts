import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { assertExists } from '../shared/base/assert.ts';
import type { Command, CommandId } from '../shared/model/commands.ts';
import { commands, isBareKey } from '../shared/model/commands.ts';
import type { LinkTarget } from '../shared/model/portside-link.ts';
import { filterWords, unfiltered } from './queue-choice.ts';
import { choose, emptyEvidence, goTo, stepBack, useChoices } from './state.ts';
import { useUndoStack } from './undo-stack.ts';

/** What one view can do for commands while it is on screen. */
export interface ViewParts {
  /** The findings queue. */
  readonly queue: { step(by: number): void; focusFilter(): void };
  /** The finding on the right. */
  readonly finding: { setState(state: 'open' | 'acknowledged'): void; copyLink(): void };
  /** The case that is shown. */
  readonly file: { readonly id: string; copyLink(): void };
  /** Opens another window. */
  readonly beside: { open(target: LinkTarget): void };
  /** Takes back what was done last. */
  readonly undo: { last(): void };
  /** The timeline. */
  readonly timeline: { zoom(factor: number): void; fitFinding(): void; whole(): void };
  /** The crosshair of the timeline. */
  readonly crosshair: { note(): void; pin(): void };
  /** The process table. */
  readonly processes: { copyCsv(): void };
  /** The live view. */
  readonly live: { start(): void; stop(): void; hold(): void; mark(): void; readonly isRunning: boolean };
  /** The importer of the window. */
  readonly importer: { choose(): void; demo(): void; cancel(): void; isRunning(): boolean };
}

interface Action {
  readonly run: () => void;
  /** Whether it applies now; always where absent. */
  readonly when?: () => boolean;
  /** What it would act on now, where the title does not say it. */
  readonly aside?: () => string | undefined;
}

/** Runs commands and knows which apply. */
export interface Commands {
  run(id: CommandId): void;
  canRun(id: CommandId): boolean;
  /** The title of a command, with what it would act on now where that is not always the same. */
  titleOf(id: CommandId): string;
  /** A view lends its part for as long as it is on screen. Returns what takes it back. */
  lend<K extends keyof ViewParts>(name: K, part: ViewParts[K]): () => void;
  /** Hears whenever what can run may have changed. */
  subscribe(listener: () => void): () => void;
}

/** Makes the commands of one window. */
export function makeCommands(): Commands {
  const parts: { -readonly [K in keyof ViewParts]?: ViewParts[K] } = {};
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  /** The finding or case that the view is about. */
  const subject = (): LinkTarget | undefined => {
    const { view, findingId } = useChoices.getState();
    if (view === 'cases') return parts.file && { kind: 'case', id: parts.file.id };
    return view === 'investigate' && findingId !== undefined ? { kind: 'finding', id: findingId } : undefined;
  };
  const hasFinding = () => useChoices.getState().findingId !== undefined;

  const actions: Readonly<Record<CommandId, Action>> = {
    'import.choose': { run: () => parts.importer?.choose() },
    'import.demo': { run: () => parts.importer?.demo(), when: () => !parts.importer?.isRunning() },
    'import.cancel': { run: () => parts.importer?.cancel(), when: () => parts.importer?.isRunning() ?? false },
    'live.start': {
      run: () => {
        if (parts.live) parts.live.start();
        else goTo({ view: 'live' });
      },
      when: () => !parts.live?.isRunning,
    },
    'live.stop': { run: () => parts.live?.stop(), when: () => parts.live?.isRunning ?? false },
    'live.hold': { run: () => parts.live?.hold(), when: () => parts.live !== undefined },
    'live.mark': { run: () => parts.live?.mark(), when: () => parts.live?.isRunning ?? false },
    'processes.copy-csv': { run: () => parts.processes?.copyCsv(), when: () => parts.processes !== undefined },
    'finding.copy-link': { run: () => parts.finding?.copyLink(), when: () => parts.finding !== undefined },
    'case.copy-link': { run: () => parts.file?.copyLink(), when: () => parts.file !== undefined },
    'window.open': {
      run: () => {
        const target = subject();
        if (target) parts.beside?.open(target);
      },
      when: () => parts.beside !== undefined && subject() !== undefined,
    },
    'edit.undo': {
      run: () => parts.undo?.last(),
      when: () => useUndoStack.getState().entries.length > 0,
      aside: () => useUndoStack.getState().entries.at(-1)?.text,
    },
    'palette.open': { run: () => choose({ dialog: 'palette' }) },
    'view.investigate': { run: () => goTo({ view: 'investigate' }) },
    'view.live': { run: () => goTo({ view: 'live' }) },
    'view.devices': { run: () => goTo({ view: 'devices' }) },
    'view.cases': { run: () => goTo({ view: 'cases' }) },
    'view.sources': { run: () => goTo({ view: 'sources' }) },
    'view.rules': { run: () => goTo({ view: 'rules' }) },
    'go.back': { run: () => stepBack('back'), when: () => useChoices.getState().back.length > 0 },
    'go.forward': { run: () => stepBack('forward'), when: () => useChoices.getState().forward.length > 0 },
    'finding.next': { run: () => parts.queue?.step(1), when: () => parts.queue !== undefined },
    'finding.previous': { run: () => parts.queue?.step(-1), when: () => parts.queue !== undefined },
    'finding.acknowledge': {
      run: () => parts.finding?.setState('acknowledged'),
      when: () => parts.finding !== undefined,
    },
    'finding.close': { run: () => choose({ dialog: 'close-finding' }), when: () => parts.finding !== undefined },
    'finding.reopen': { run: () => parts.finding?.setState('open'), when: () => parts.finding !== undefined },
    'finding.open-case': { run: () => goTo({ view: 'investigate' }, { findingTab: 'case' }), when: hasFinding },
    'finding.show-writes': {
      run: () => goTo({ view: 'investigate' }, { findingTab: 'writes', writesAsked: undefined }),
      when: hasFinding,
    },
    'finding.show-benign': { run: () => goTo({ view: 'investigate' }, { findingTab: 'benign' }), when: hasFinding },
    'finding.show-response': { run: () => goTo({ view: 'investigate' }, { findingTab: 'respond' }), when: hasFinding },
    'finding.show-steps': { run: () => goTo({ view: 'investigate' }, { findingTab: 'steps' }), when: hasFinding },
    'queue.filter': { run: () => parts.queue?.focusFilter(), when: () => parts.queue !== undefined },
    'queue.clear-filter': {
      run: () => choose({ queue: unfiltered(useChoices.getState().queue) }),
      when: () => filterWords(useChoices.getState().queue) !== '',
    },
    'timeline.zoom-in': { run: () => parts.timeline?.zoom(0.5), when: () => parts.timeline !== undefined },
    'timeline.zoom-out': { run: () => parts.timeline?.zoom(2), when: () => parts.timeline !== undefined },
    'timeline.fit-finding': { run: () => parts.timeline?.fitFinding(), when: () => parts.timeline !== undefined },
    'timeline.whole-history': { run: () => parts.timeline?.whole(), when: () => parts.timeline !== undefined },
    'timeline.note': { run: () => parts.crosshair?.note(), when: () => parts.crosshair !== undefined },
    'timeline.pin': { run: () => parts.crosshair?.pin(), when: () => parts.crosshair !== undefined },
    'timeline.toggle-table': {
      run: () => choose({ isTimelineTable: !useChoices.getState().isTimelineTable }),
      when: () => parts.timeline !== undefined,
    },
    'filter.clear': { run: () => goTo({ evidence: emptyEvidence }) },
    'theme.system': { run: () => choose({ theme: 'system' }) },
    'theme.light': { run: () => choose({ theme: 'light' }) },
    'theme.dark': { run: () => choose({ theme: 'dark' }) },
    'zone.toggle': { run: () => choose({ zoneKind: useChoices.getState().zoneKind === 'utc' ? 'local' : 'utc' }) },
    'settings.open': { run: () => choose({ dialog: 'settings' }) },
    'audit.open': { run: () => choose({ dialog: 'audit' }) },
    'support.open': { run: () => choose({ dialog: 'support' }) },
    'help.shortcuts': { run: () => choose({ dialog: 'shortcuts' }) },
    'help.about': { run: () => choose({ dialog: 'about' }) },
  };

  useChoices.subscribe(changed);
  useUndoStack.subscribe(changed);
  return {
    run(id) {
      const action = actions[id];
      if (action.when?.() ?? true) action.run();
    },
    canRun: (id) => actions[id].when?.() ?? true,
    titleOf(id) {
      const title = commands.find((command) => command.id === id)?.title ?? id;
      const aside = actions[id].aside?.();
      return aside === undefined ? title : `${title}: ${aside}`;
    },
    lend(name, part) {
      parts[name] = part;
      changed();
      return () => {
        if (parts[name] === part) delete parts[name];
        changed();
      };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Gives every view the commands of its window. */
export const CommandsContext = createContext<Commands | undefined>(undefined);

/** The commands of this window. */
export function useCommands(): Commands {
  return assertExists(useContext(CommandsContext), 'commands of the window');
}

/** Whether a command applies now; the component is drawn again only when that changes. */
export function useCanRun(id: CommandId): boolean {
  const found = useCommands();
  return useSyncExternalStore(found.subscribe, () => found.canRun(id));
}

/** Lends a part of a view to the commands while it is on screen. `part` must be stable between renders. */
export function useLend<K extends keyof ViewParts>(name: K, part: ViewParts[K]): void {
  const found = useCommands();
  useEffect(() => found.lend(name, part), [found, name, part]);
}

/** Whether text is being typed where the event, or the focus, is: its own undo comes first there. */
export function isTypingIn(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Whether a dialog or a menu is open: it has the keys. */
export function isFloating(): boolean {
  return document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"]') !== null;
}

/** The command a key press means, if any. Bare keys mean nothing while text is being typed or a dialog is open. */
export function commandOfKey(event: KeyboardEvent): CommandId | undefined {
  return commands.find(
    (command: Command) =>
      (command.shortcut !== undefined && isPressed(command.shortcut, event, command.id)) ||
      (command.also !== undefined && isPressed(command.also, event, command.id)),
  )?.id;
}

function isPressed(shortcut: string, event: KeyboardEvent, id: string): boolean {
  const { target } = event;
  const isTyping = isTypingIn(target);
  const parts = shortcut.split('+');
  const key = parts.at(-1) ?? '';
  if (isBareKey(shortcut)) {
    // Space presses the button that has the focus.
    const isPressing = target instanceof Element && target.closest('button, a, [role="option"]') !== null;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping || isFloating()) return false;
    if (key === 'Space' && isPressing) return false;
    const wanted =
      key === 'Space' ? [' '] : key === 'Plus' ? ['+', '='] : key.length === 1 ? [key.toLowerCase(), key] : [key];
    if (event.shiftKey && key !== '?' && key !== 'Plus' && key !== '/') return false;
    return wanted.includes(event.key);
  }
  if (isTyping && id === 'edit.undo') return false;
  const named = { Left: 'ArrowLeft', Right: 'ArrowRight' }[key] ?? key;
  const isMod = event.ctrlKey || event.metaKey;
  if (parts.includes('CmdOrCtrl') !== isMod || parts.includes('Alt') !== event.altKey || event.shiftKey) return false;
  return event.key.toLowerCase() === named.toLowerCase();
}
