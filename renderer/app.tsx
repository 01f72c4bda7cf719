import { MantineProvider } from '@mantine/core';
import { IconDatabase, IconSearch } from '@tabler/icons-react';
import { QueryClientProvider, useIsFetching, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { isCancelled } from '../shared/base/failure.ts';
import { formatZone } from '../shared/base/format.ts';
import { type CommandId, commands as commandTable } from '../shared/model/commands.ts';
import {
  type Commands,
  CommandsContext,
  commandOfKey,
  isFloating,
  isTypingIn,
  useCommands,
  useLend,
} from './commands.ts';
import { ImporterContext, type ImportRunner, useImporter, useImportRunner } from './import-runner.ts';
import type { WorkbenchClient } from './ipc.ts';
import { LiveContext, makeLiveWatch, useLive, useLiveWatch } from './live-watch.ts';
import { ClientContext, type makeQueryClient, useAsk, useClient } from './queries.ts';
import { adoptWorkspace, choose, goTo, shareChoices, useChoices, useZone, type ViewName } from './state.ts';
import { frameTexts as texts } from './texts/frame.ts';
import { mantineTheme, useColorScheme } from './theme.ts';
import { useUndoStack } from './undo-stack.ts';
import { useDrop } from './use-drop.ts';
import { useOpenings } from './use-openings.ts';
import { useUndo } from './use-undo.ts';
import { CasesView } from './views/cases.tsx';
import { DamagedSettings } from './views/damaged-settings.tsx';
import { DevicesView } from './views/devices.tsx';
import { Dialogs } from './views/dialogs.tsx';
import { InvestigateView } from './views/investigate.tsx';
import { LiveView } from './views/live.tsx';
import { RulesView } from './views/rules.tsx';
import { SourcesView } from './views/sources.tsx';
import { useOpenBeside } from './views/use-open-beside.ts';
import { BugBoundary } from './widgets/bug-boundary.tsx';
import { TimeText } from './widgets/figures.tsx';
import { Icon } from './widgets/icon.tsx';
import { Keys, keysOf } from './widgets/keys.tsx';
import { Name } from './widgets/name.tsx';
import { formatCount, formatDuration } from './window-format.ts';

/** The window: one client, one cache, one table of commands. */
export function App({
  client,
  queries,
  commands,
  importer,
  isTest = false,
}: {
  client: WorkbenchClient;
  queries: ReturnType<typeof makeQueryClient>;
  commands: Commands;
  importer: ImportRunner;
  /** Draws floating parts in place and without motion. */
  isTest?: boolean;
}) {
  const scheme = useColorScheme();
  // Everything is drawn again with it: any part may write a figure.
  useChoices((choices) => choices.figures);
  const [live] = useState(makeLiveWatch);
  useLiveWatch(live, client);
  useEffect(() => {
    document.documentElement.dataset.theme = scheme;
  }, [scheme]);
  return (
    <ClientContext.Provider value={client}>
      <QueryClientProvider client={queries}>
        <CommandsContext.Provider value={commands}>
          <ImporterContext.Provider value={importer}>
            <LiveContext.Provider value={live}>
              {/* Style tags made at run time are against the window's content policy: all styles are in files. */}
              <MantineProvider
                theme={mantineTheme}
                forceColorScheme={scheme}
                withCssVariables={false}
                withGlobalClasses={false}
                env={isTest ? 'test' : 'default'}
              >
                <Workbench />
              </MantineProvider>
            </LiveContext.Provider>
          </ImporterContext.Provider>
        </CommandsContext.Provider>
      </QueryClientProvider>
    </ClientContext.Provider>
  );
}

/** Asks everything again when the workspace says that its evidence or decisions changed. */
function useWorkspaceWatch(): void {
  const client = useClient();
  const queries = useQueryClient();
  useEffect(() => {
    const abort = new AbortController();
    client
      .call('workspace.watch', {}, { signal: abort.signal, onItem: () => void queries.invalidateQueries() })
      .catch((error: unknown) => {
        // Without the watch the window still answers; the next change is seen after the next question.
        if (!isCancelled(error)) void queries.invalidateQueries({ queryKey: ['workspace.read'] });
      });
    return () => abort.abort();
  }, [client, queries]);
}

/** Runs what the native menu asks for. */
function useMenuWatch(commands: Commands): void {
  const client = useClient();
  useEffect(() => {
    const abort = new AbortController();
    const ids = new Set<string>(commandTable.map((command) => command.id));
    client
      .call(
        'menu.watch',
        {},
        {
          signal: abort.signal,
          onItem: ({ command }) => {
            // The system's own item is ours: in a text field it means the text.
            if (command === 'edit.undo' && isTypingIn(document.activeElement)) document.execCommand('undo');
            else if (ids.has(command)) commands.run(command as CommandId);
          },
        },
      )
      .catch(() => undefined);
    return () => abort.abort();
  }, [client, commands]);
}

/** Native parts, and the next window before its page is there, take the theme that was chosen. */
function useNativeTheme(): void {
  const client = useClient();
  const theme = useChoices((choices) => choices.theme);
  useEffect(() => {
    // Only the looks of the frame depend on it: nothing to say where main cannot keep it.
    client.call('theme.set', { theme }).catch(() => undefined);
  }, [client, theme]);
}

/** How the engine does, in words; nothing while it is ready. */
function useEngineMessage(): string | undefined {
  const client = useClient();
  const queries = useQueryClient();
  const [message, setMessage] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    let wasAway = false;
    client
      .call(
        'engine.watch',
        {},
        {
          signal: abort.signal,
          onItem: (state) => {
            if (state.kind === 'ready') {
              if (wasAway) void queries.invalidateQueries();
              wasAway = false;
              setMessage(undefined);
            } else {
              wasAway = state.kind !== 'starting';
              const words = {
                starting: texts.theStoreIsStarting,
                restarting: texts.theStoreIsStartingAgain,
                stopped: texts.theStoreHasStopped,
              };
              setMessage(state.message ?? words[state.kind]);
            }
          },
        },
      )
      .catch(() => undefined);
    return () => abort.abort();
  }, [client, queries]);
  return message;
}

/** The theme is kept with the application, so that the next window opens in its colour before the page is there. */
function useKeptTheme(): void {
  const client = useClient();
  useEffect(() => {
    let isKept = false;
    client
      .call('theme.read', {})
      .then(({ theme }) => {
        if (theme !== 'system') choose({ theme });
        isKept = true;
      })
      .catch(() => undefined);
    return useChoices.subscribe(({ theme }, before) => {
      if (isKept && theme !== before.theme) void client.call('theme.set', { theme }).catch(() => undefined);
    });
  }, [client]);
}

const viewTitles: readonly { readonly name: ViewName; readonly title: string; readonly command: CommandId }[] = [
  { name: 'investigate', title: texts.investigate, command: 'view.investigate' },
  { name: 'live', title: texts.live, command: 'view.live' },
  { name: 'devices', title: texts.devices, command: 'view.devices' },
  { name: 'cases', title: texts.cases, command: 'view.cases' },
  { name: 'sources', title: texts.sources, command: 'view.sources' },
  { name: 'rules', title: texts.rules, command: 'view.rules' },
];

function Workbench() {
  const view = useChoices((choices) => choices.view);
  const commands = useCommands();
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const open = useAsk(
    'findings.list',
    { filter: { states: ['open'] }, sort: 'score', descending: true, limit: 1 },
    { keepsPrevious: true },
  );
  const cases = useAsk('cases.list', {}, { keepsPrevious: true });
  const openCases = cases.data?.filter(({ status }) => status !== 'closed').length ?? 0;
  const engineMessage = useEngineMessage();
  const importer = useImportRunner();
  const drop = useDrop(importer);
  const [isDropping, setIsDropping] = useState(false);
  useWorkspaceWatch();
  useKeptTheme();
  useMenuWatch(commands);
  useNativeTheme();

  const path = workspace.data?.path;
  useEffect(() => {
    if (path !== undefined) adoptWorkspace(path);
  }, [path]);
  useEffect(shareChoices, []);
  useOpenings(path !== undefined);
  useOpenBeside();

  useLend(
    'importer',
    useMemo(
      () => ({
        choose: () => {
          goTo({ view: 'sources' });
          void importer.choose();
        },
        demo: () => {
          goTo({ view: 'sources' });
          void importer.demo().then(() => {
            const { failure, wasCancelled } = importer.state();
            if (!failure && !wasCancelled && useChoices.getState().view === 'sources') goTo({ view: 'investigate' });
          });
        },
        cancel: () => importer.cancel(),
        isRunning: () => importer.state().isRunning,
      }),
      [importer],
    ),
  );

  // Before the effects of dialogs, which listen on the window too: what closes on this key is gone when it arrives below.
  useLayoutEffect(() => {
    let isLeaving = false;
    const onKeyDownFirst = () => {
      isLeaving = isFloating();
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.key === 'Escape' && isLeaving)) return;
      const id = commandOfKey(event);
      if (!id || !commands.canRun(id)) return;
      event.preventDefault();
      commands.run(id);
    };
    window.addEventListener('keydown', onKeyDownFirst, { capture: true });
    window.addEventListener('keydown', onKeyDown);
    return () => {
      window.removeEventListener('keydown', onKeyDownFirst, { capture: true });
      window.removeEventListener('keydown', onKeyDown);
    };
  }, [commands]);

  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the whole window takes dropped files; the button beside does the same by keyboard.
    <div
      className="app"
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsDropping(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target || event.relatedTarget === null) setIsDropping(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setIsDropping(false);
        drop([...event.dataTransfer.files]);
      }}
    >
      <header className="top">
        <span className="brand">
          <Mark />
          {texts.portside}
        </span>
        <nav className="views" aria-label={texts.views}>
          {viewTitles.map(({ name, title, command }) => (
            <button
              key={name}
              type="button"
              aria-current={name === view ? 'page' : undefined}
              onClick={() => commands.run(command)}
            >
              {title}
              {name === 'investigate' && open.data && open.data.total > 0 ? (
                <small title={texts.openFindings}>{formatCount(open.data.total)}</small>
              ) : null}
              {name === 'cases' && openCases > 0 ? (
                <small title={texts.openCases}>{formatCount(openCases)}</small>
              ) : null}
              {name === 'sources' ? <ImportingMark /> : null}
            </button>
          ))}
        </nav>
        <button type="button" className="find" onClick={() => commands.run('palette.open')}>
          <Icon of={IconSearch} />
          <span className="clip">{texts.find}</span>
          <Keys shortcut="CmdOrCtrl+K" />
        </button>
        <CaptureChip />
      </header>
      <Main>
        <h1 className="sr">{viewTitles.find((entry) => entry.name === view)?.title}</h1>
        <BugBoundary resetKey={view}>{showView(view)}</BugBoundary>
      </Main>
      <StatusBar engineMessage={engineMessage} />
      {isDropping ? <div className="drop-veil">{texts.dropFilesToImport}</div> : null}
      <Dialogs />
    </div>
  );
}

/** The view, and whether anything is being asked: what it shows is not drawn again for that. */
function Main({ children }: { children: ReactNode }) {
  const isBusy = useIsFetching() > 0;
  return <main aria-busy={isBusy}>{children}</main>;
}

function ImportingMark() {
  const { state } = useImporter();
  return state.isRunning ? <small>{texts.importing}</small> : null;
}

function showView(view: ViewName) {
  switch (view) {
    case 'sources':
      return <SourcesView />;
    case 'devices':
      return <DevicesView />;
    case 'cases':
      return <CasesView />;
    case 'rules':
      return <RulesView />;
    case 'live':
      return <LiveView />;
    default:
      return <InvestigateView />;
  }
}

/** Whether this computer is watched, always in sight; leads to the live view. */
function CaptureChip() {
  const live = useLive();
  const isOn = live?.phase === 'running';
  const sinceMs = isOn && live.startedMs !== undefined ? live.nowMs - live.startedMs : undefined;
  return (
    <button type="button" className="chip capture-chip" onClick={() => goTo({ view: 'live' })}>
      <i className={isOn ? 'dot' : 'dot off'} />
      {sinceMs === undefined ? texts.captureOff : texts.capturing(formatDuration(sinceMs))}
    </button>
  );
}

function StatusBar({ engineMessage }: { engineMessage: string | undefined }) {
  const workspace = useAsk('workspace.read', {}, { keepsPrevious: true });
  const commands = useCommands();
  const zone = useZone();
  const notice = useUndoStack((stack) => stack.notice);
  const undo = useUndo();
  useLend(
    'undo',
    useMemo(() => ({ last: undo }), [undo]),
  );
  const { state } = useImporter();
  const running = state.entries.find((entry) => entry.kind === 'running');
  const summary = workspace.data?.summary;
  return (
    <footer className="status">
      <span title={workspace.data?.path}>
        <Icon of={IconDatabase} isSmall />
        {workspace.data ? workspace.data.name : workspace.error ? texts.workspace : texts.openingTheWorkspace}
        {workspace.data?.source === undefined || workspace.data.source === 'Embedded store' || engineMessage ? null : (
          <>
            {' · '}
            <Name text={workspace.data.source} />
          </>
        )}
      </span>
      {/* While the engine is away the figures may be those of another source. */}
      {summary && !engineMessage ? (
        <span>
          {texts.evidence(formatCount(summary.writes), formatCount(summary.hosts), formatCount(summary.devices))}
        </span>
      ) : null}
      <span className="grow" role="status">
        {engineMessage ? (
          <>
            <i className="dot warn" />
            {engineMessage}
          </>
        ) : null}
        {running?.kind === 'running' && running.progress.totalBytes > 0 ? (
          <>
            <i className="dot" />
            {texts.importingShare(Math.floor((100 * running.progress.doneBytes) / running.progress.totalBytes))}
          </>
        ) : null}
      </span>
      <span className="undo" role="status">
        {notice ? (
          <>
            <Name text={`${notice.text}.`} />{' '}
            {notice.canUndo ? (
              <button
                type="button"
                className="link"
                title={texts.undoTitle(keysOf('CmdOrCtrl+Z').join(' '))}
                onClick={undo}
              >
                {texts.undo}
              </button>
            ) : null}
          </>
        ) : null}
      </span>
      {summary?.lastMs === undefined ? null : (
        <span className="wide">
          {texts.newestEvent} <TimeText atMs={summary.lastMs} seconds />
        </span>
      )}
      <DamagedSettings />
      <button type="button" title={texts.zoneTitle} onClick={() => commands.run('zone.toggle')}>
        {texts.zone(formatZone(summary?.lastMs ?? 0, zone))}
      </button>
    </footer>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 18 18" aria-hidden="true">
      <rect x="1" y="1" width="16" height="16" rx="4" fill="var(--text)" />
      <path d="M5 13V5h4.2a2.6 2.6 0 0 1 0 5.2H5" fill="none" stroke="var(--surface)" strokeWidth="2" />
      <path d="M13.5 4.5v9" stroke="var(--surface)" strokeWidth="1.2" />
    </svg>
  );
}
