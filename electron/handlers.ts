import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../shared/base/failure.ts';
import { evidenceOperations } from '../shared/ipc/evidence-operations.ts';
import { findingOperations } from '../shared/ipc/finding-operations.ts';
import type { Handlers } from '../shared/ipc/operation.ts';
import type { EngineState, ImportItem, WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import type { Opening } from '../shared/model/opening.ts';
import { type LinkTarget, parsePortsideLink } from '../shared/model/portside-link.ts';
import { windowActs } from './act-texts.ts';
import { makeLiveHandlers } from './capture/live-handlers.ts';
import { makeAuditHandlers } from './cases/audit-handlers.ts';
import { makeCaseHandlers } from './cases/case-handlers.ts';
import type { KibanaBook } from './cases/kibana-book.ts';
import { noteActs } from './cases/noted-acts.ts';
import { makeResponseHandlers } from './cases/response-handlers.ts';
import { makeVerdictHandlers } from './cases/verdict-handlers.ts';
import { demoEndMs, demoOptions, writeDemoNdjson } from './evidence/demo-files.ts';
import { importEach } from './evidence/import-each.ts';
import { makeSourceHandlers } from './evidence/source-handlers.ts';
import type { SourceService } from './evidence/source-service.ts';
import { type Feed, follow } from './platform/feed.ts';
import { makeRuleHandlers } from './rules/rule-handlers.ts';
import type { Services } from './services.ts';
import { makeSettingsHandlers, type ProgramChoices } from './settings-handlers.ts';
import { makeSupportHandlers } from './support-handlers.ts';

/** What only the program around the window can do: dialogs, clipboard, menu, theme. Tests give their own. */
export interface WorkbenchShell {
  /** Asks for files of evidence, or of rules, and gives their tokens; empty when the dialog was left. */
  chooseFiles(kind?: 'rules'): Promise<readonly string[]>;
  /** The path behind a token; `bad-input` for one that was not given out. */
  takeFile(token: string): string;
  writeClipboard(text: string): void;
  /** Sources of evidence, and which one this workspace reads from. */
  readonly sources: SourceService;
  /** Where the person's Kibana is. */
  readonly kibana: KibanaBook;
  /** Asks for a file with certificates; undefined when the dialog was left. */
  chooseCaFile(): Promise<string | undefined>;
  /** Asks where to save a file; undefined when the dialog was left. */
  chooseTarget(suggestedName: string): Promise<string | undefined>;
  /** What can be dragged out of the window; absent where there is none. */
  readonly dragOut?: { offer(path: string): string; start(token: string): Promise<void> } | undefined;
  /** Asks for a folder to put something in; undefined when the dialog was left. */
  chooseFolder(): Promise<string | undefined>;
  /** The person's own folder: settings and logs are there. */
  readonly userData: string;
  /** Limits of the engine and detail of the log, as chosen now. */
  readonly program: ProgramChoices;
  setProgram(change: Partial<ProgramChoices>): Promise<void>;
  /** Prints a page of our own to PDF; absent where nothing can print. */
  printPdf?: ((html: string, signal: AbortSignal) => Promise<Uint8Array>) | undefined;
  /** Shows a page of our own, without scripts, in a window of its own; absent where there are no windows. */
  showPage?: ((html: string, title: string) => Promise<void>) | undefined;
  readonly theme: 'system' | 'light' | 'dark';
  setTheme(theme: 'system' | 'light' | 'dark'): Promise<void>;
  readonly isMuted: boolean;
  setMuted(isMuted: boolean): Promise<void>;
  readonly menuCommands: Feed<{ readonly command: string }>;
  /** What the window is asked from outside to show; waits until the page listens. */
  readonly openings: Feed<Opening>;
  /** Opens another window on this workspace; `bad-input` where too many are open. */
  openBeside(target: LinkTarget): void;
  /** How the engine does now, and each change. */
  readonly engineState: EngineState;
  readonly engineStates: Feed<EngineState>;
  readonly versions: { readonly portside: string; readonly electron?: string | undefined; readonly node: string };
}

type All = Handlers<WorkbenchOperations>;
/** The handlers whose operations start with this noun. Each noun, or the folder that answers it, makes one group. */
export type HandlerGroup<Noun extends string> = Pick<All, Extract<keyof All, `${Noun}.${string}`>>;

type Question = keyof typeof evidenceOperations | keyof typeof findingOperations;

/** Questions about evidence and findings go to the engine as they are: the contract has parsed them already. */
function questionHandlers({ engine }: Services): Pick<All, Question> {
  const names = [...Object.keys(evidenceOperations), ...Object.keys(findingOperations)] as Question[];
  return Object.fromEntries(names.map((name) => [name, engine[name]])) as unknown as Pick<All, Question>;
}

/** Decisions about a finding: its steps and its state. */
function triageHandlers({ triage, changes }: Services): HandlerGroup<'triage' | 'finding-states'> {
  return {
    ...triage,
    'finding-states.set': async (input, context) => {
      const answer = await triage['finding-states.set'](input, context);
      changes.emit();
      return answer;
    },
  };
}

function workspaceHandlers(services: Services, shell: WorkbenchShell): HandlerGroup<'workspace'> {
  const readSummary = (signal: AbortSignal) =>
    services.engine['evidence.summary']({}, { signal, emit: () => undefined });
  return {
    'workspace.read': async (_input, { signal }) => ({
      path: services.workspacePath,
      name: services.workspaceName,
      source: services.sourceName,
      summary: await readSummary(signal),
      limits: await services.engine['engine.limits']({}, { signal, emit: () => undefined }),
      versions: shell.versions,
    }),
    'workspace.watch': (_input, { signal, emit }) => {
      const tell = () => {
        // A dead engine is told by engine.watch; what changed is read again when it is back.
        readSummary(signal).then(
          ({ revision }) => emit({ revision }),
          () => undefined,
        );
      };
      return follow(services.changes, tell, signal);
    },
  };
}

/** Where the made-up files of the demo lie until they are imported. */
const demoFolder = 'demo-files';
/** Enough for something to be unusual, and imported within seconds. */
const demoSize = { hosts: 40, days: 21 };

function importHandlers(
  { engine, changes, restoreDecisions, workspacePath }: Services,
  shell: WorkbenchShell,
): HandlerGroup<'import'> {
  return {
    'import.choose': async () => ({ tokens: await shell.chooseFiles() }),
    'import.run': async ({ tokens }, { signal, emit }) =>
      importAll(
        tokens.map((token) => shell.takeFile(token)),
        signal,
        emit,
      ),
    'import.demo': async (_input, { signal, emit }) => {
      const { writes } = await engine['evidence.summary']({}, { signal, emit: () => undefined });
      if (writes > 0) {
        throw fail('bad-input', 'This workspace holds evidence already.', 'Open the demo in a workspace of its own.');
      }
      const folder = join(workspacePath, demoFolder);
      try {
        const made = await writeDemoNdjson(folder, demoOptions(demoEndMs, demoSize), signal, (done) =>
          emit({
            kind: 'progress',
            progress: {
              path: 'Demo',
              phase: 'making',
              doneBytes: done.days,
              totalBytes: done.totalDays,
              rowsRead: done.writes,
            },
          }),
        );
        return await importAll(made.evidence, signal, emit);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };

  async function importAll(paths: readonly string[], signal: AbortSignal, emit: (item: ImportItem) => void) {
    const done = await importEach(engine, paths, {
      signal,
      onProgress: (progress, filesTotal) => emit({ kind: 'progress', progress, filesTotal }),
      onOutcomes: (outcomes) => {
        // A few are shown file by file.
        if (outcomes.length > 20) emit({ kind: 'files', outcomes });
        else for (const outcome of outcomes) emit(outcome);
        if (outcomes.some(({ kind }) => kind === 'imported')) changes.emit();
      },
    });
    await restoreDecisions(signal);
    changes.emit();
    return done;
  }
}

function shellHandlers(
  shell: WorkbenchShell,
): HandlerGroup<'engine' | 'menu' | 'openings' | 'window' | 'file' | 'theme' | 'notifications' | 'clipboard'> {
  return {
    'engine.watch': (_input, { signal, emit }) => {
      emit(shell.engineState);
      return follow(shell.engineStates, emit, signal);
    },
    'menu.watch': (_input, { signal, emit }) => follow(shell.menuCommands, emit, signal),
    'openings.watch': (_input, { signal, emit }) => follow(shell.openings, emit, signal),
    'window.open': async ({ kind, id }) => {
      const target = parsePortsideLink(`portside://${kind}/${id}`);
      if (!target) throw fail('bad-input', 'This is not the id of a finding or case.');
      shell.openBeside(target);
      return {};
    },
    'file.drag': async ({ token }) => {
      if (!shell.dragOut) throw fail('bad-input', 'There is no window to drag from.');
      await shell.dragOut.start(token);
      return {};
    },
    'theme.read': async () => ({ theme: shell.theme }),
    'theme.set': async ({ theme }) => {
      await shell.setTheme(theme);
      return {};
    },
    'notifications.read': async () => ({ isMuted: shell.isMuted }),
    'notifications.set': async ({ isMuted }) => {
      await shell.setMuted(isMuted);
      return {};
    },
    'clipboard.write': async ({ text }) => {
      shell.writeClipboard(text);
      return {};
    },
  };
}

/** Answers the whole contract of the window. A missing handler does not compile. */
export function makeHandlers(services: Services, shell: WorkbenchShell): Handlers<WorkbenchOperations> {
  const handlers: Handlers<WorkbenchOperations> = {
    ...questionHandlers(services),
    ...workspaceHandlers(services, shell),
    ...importHandlers(services, shell),
    ...shellHandlers(shell),
    ...triageHandlers(services),
    ...makeVerdictHandlers(services.verdicts, () => services.changes.emit()),
    ...makeLiveHandlers(services.live),
    ...makeAuditHandlers(services.decisions),
    ...makeSettingsHandlers({
      userData: shell.userData,
      workspacePath: services.workspacePath,
      chosen: () => shell.program,
      choose: (change) => shell.setProgram(change),
      startedMs: performance.timeOrigin,
    }),
    ...makeSupportHandlers(services, {
      userData: shell.userData,
      version: shell.versions.portside,
      chooseFolder: () => shell.chooseFolder(),
    }),
    ...makeSourceHandlers(shell.sources, {
      chooseCaFile: () => shell.chooseCaFile(),
      readSummary: (signal) => services.engine['evidence.summary']({}, { signal, emit: () => undefined }),
      isCapturing: () => services.live.state.phase !== 'off',
    }),
    ...makeRuleHandlers(services.rules, {
      chooseFiles: () => shell.chooseFiles('rules'),
      takeFile: (token) => shell.takeFile(token),
      raised: services.raisedAlerts,
      onChange: () => services.changes.emit(),
    }),
    ...makeResponseHandlers(services.cases, {
      book: shell.kibana,
      chooseCaFile: () => shell.chooseCaFile(),
      onChange: () => services.changes.emit(),
    }),
    ...makeCaseHandlers(services.caseServices, {
      takeFile: (token) => shell.takeFile(token),
      chooseTarget: (suggestedName) => shell.chooseTarget(suggestedName),
      offerDrag: shell.dragOut?.offer,
      printPdf: shell.printPdf,
      showPage: shell.showPage,
      onChange: () => services.changes.emit(),
    }),
  };
  return noteActs(handlers, windowActs, (text) => services.decisions.noteAct(text));
}
