// @vitest-environment jsdom
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { screen, waitFor, within } from '@testing-library/react';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKibanaBook } from '../../electron/cases/kibana-book.ts';
import { makeSourceService } from '../../electron/evidence/source-service.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../../electron/evidence/workspace-engine.ts';
import { makeHandlers } from '../../electron/handlers.ts';
import { makeFeed } from '../../electron/platform/feed.ts';
import { makeServices } from '../../electron/services.ts';
import type { WorkbenchClient } from '../../renderer/ipc.ts';
import { findAxeProblems, mountWindow, prepareDom } from '../../renderer/testing/render-window.tsx';
import { makeClient } from '../../shared/ipc/client.ts';
import { makePortPair } from '../../shared/ipc/protocol.ts';
import { serve } from '../../shared/ipc/server.ts';
import { type WorkbenchOperations, workbenchOperations } from '../../shared/ipc/workbench-operations.ts';
import { makeStory, writeEvents } from '../made-evidence.ts';

/**
 * The window's own components over the real handlers, services and embedded engine, joined in memory: all of the product
 * but Electron.
 */
let folder = '';
let engine: WorkspaceEngine;
let client: WorkbenchClient;
const bugs: unknown[] = [];

beforeAll(async () => {
  prepareDom();
  folder = await mkdtemp(join(tmpdir(), 'portside-system-'));
  const file = join(folder, 'events.ndjson');
  await writeEvents(file);
  engine = await openWorkspaceEngine({ workspacePath: folder });
  const handlers = makeHandlers(makeServices({ workspacePath: folder, engine, version: '0.0.0' }), {
    chooseFiles: async () => ['the-file'],
    takeFile: () => file,
    writeClipboard: () => undefined,
    sources: makeSourceService({
      userData: folder,
      workspacePath: folder,
      secrets: { keeps: 'memory', read: async () => undefined, write: async () => undefined },
      onUse: async () => undefined,
    }),
    kibana: makeKibanaBook({
      userData: folder,
      secrets: { keeps: 'memory', read: async () => undefined, write: async () => undefined },
    }),
    chooseCaFile: async () => undefined,
    chooseTarget: async () => undefined,
    chooseFolder: async () => undefined,
    program: { log: 'everything' },
    setProgram: async () => undefined,
    userData: folder,
    theme: 'system',
    setTheme: async () => undefined,
    isMuted: true,
    setMuted: async () => undefined,
    menuCommands: makeFeed(),
    openings: makeFeed(),
    openBeside: () => undefined,
    engineState: { kind: 'ready' },
    engineStates: makeFeed(),
    versions: { portside: '0.0.0', node: process.versions.node },
  });
  const line = makePortPair();
  serve(workbenchOperations, handlers, line.server, {
    reportBug: (operation, error) => {
      bugs.push(operation, error);
      return 'B-TEST';
    },
  });
  client = makeClient<WorkbenchOperations>(line.client);
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('import, finding, explanation, writes, steps, a case: on the real engine', async () => {
  const { user } = mountWindow(client);
  await screen.findByText('No findings yet');
  await user.click(screen.getAllByRole('button', { name: 'Import files' })[0] as HTMLElement);
  await screen.findByText('events.ndjson');
  await screen.findByText('970 stored');

  // The evening's copy is the best finding; it says how much, where to, and what is behind it.
  await user.keyboard('{Control>}1{/Control}');
  const selected = () => within(screen.getByRole('region', { name: 'Selected finding' }));
  await waitFor(() => expect(selected().getByText(/^rundll32\.exe wrote .* in 214 files/)).toBeTruthy());
  expect(selected().getByText(/What makes up \d+/)).toBeTruthy();
  await user.click(selected().getByRole('button', { name: /^214 files in 214 events/ }));
  await selected().findByText(/^200 of 214 events shown/);

  // The store's sums are what the made evidence adds up to.
  const copied = makeStory().filter((event) => event.process === 'rundll32.exe');
  const sum = copied.reduce((total, event) => total + event.size, 0);
  const [totals] = await client.call('writes.totals', { filters: [{ processes: ['rundll32.exe'] }] });
  expect(totals).toMatchObject({ writtenBytes: sum, distinctBytes: sum, files: 214, events: 214 });

  // A decision about a step is kept, apart from what was collected.
  await user.click(selected().getByRole('tab', { name: /^Investigate/ }));
  const step = (title: string) => within(selected().getByText(title).closest('li') as HTMLElement);
  await waitFor(() => expect(step('External device').getAllByText(/NEW-0042|never|first/i).length).toBeGreaterThan(0));
  await user.click(step('External device').getByRole('button', { name: 'Decide' }));
  await user.click(step('External device').getByRole('button', { name: 'Suspicious' }));
  await user.type(step('External device').getByLabelText('Note'), 'Unknown stick');
  await user.click(step('External device').getByRole('button', { name: 'Save' }));
  await step('External device').findByRole('img', { name: 'Step 3, decided' });
  const { rows } = await client.call('findings.list', {
    filter: { text: 'rundll32' },
    sort: 'score',
    descending: true,
    limit: 1,
  });
  const marks = await client.call('triage.read', { findingId: rows[0]?.id ?? '' });
  expect(marks).toMatchObject([{ step: 'device', state: 'suspicious', note: 'Unknown stick' }]);

  // The five innocent explanations are tested, and a case freezes the evidence.
  await user.click(selected().getByRole('tab', { name: 'False positives' }));
  await selected().findByText('Backup process');
  await user.click(selected().getByRole('tab', { name: 'Case' }));
  await user.click(await selected().findByRole('button', { name: 'Open a case' }));
  await screen.findByText(/^Case opened/, {}, { timeout: 60_000 });
  const journal = within(screen.getByRole('region', { name: 'Case' }));
  await user.click(journal.getByRole('button', { name: 'Verify now' }));
  await journal.findByText(/^Verified: \d+ entries/);

  expect(await findAxeProblems()).toEqual([]);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(bugs).toEqual([]);
}, 120_000);

test('a rule of one’s own is made by form, changed, copied, removed and taken back; exceptions and the watch list too', async () => {
  const { user } = mountWindow(client);
  await screen.findAllByRole('button', { name: /Rules/ });
  await user.keyboard('{Control>}6{/Control}');
  const list = () => within(screen.getByRole('region', { name: 'Rules' }));
  const rule = () => within(screen.getByRole('region', { name: 'Rule' }));
  await user.click(await list().findByRole('button', { name: 'New' }));
  await user.type(rule().getByLabelText('Name'), 'Night');
  await user.clear(rule().getByLabelText('Threshold'));
  await user.type(rule().getByLabelText('Threshold'), '40');
  await user.selectOptions(rule().getByLabelText('Severity'), 'high');
  await user.type(rule().getByLabelText(/^Processes/), 'rundll32.exe, tar.exe');
  await user.click(rule().getByRole('button', { name: 'Make the rule' }));
  await rule().findByText(/score of 40 or more, process rundll32\.exe or tar\.exe/);
  expect(rule().getByText('severity high')).toBeTruthy();
  expect(await findAxeProblems()).toEqual([]);

  await user.click(rule().getByRole('button', { name: 'More about the rule' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
  await user.type(rule().getByLabelText('Name'), ' shift');
  await user.click(rule().getByRole('button', { name: 'Save' }));
  await rule().findByText('version 2');
  await user.click(rule().getByRole('button', { name: 'More about the rule' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Remove' }));
  await screen.findByText(/Night shift was removed/);
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await rule().findByText('version 2');
  await user.click(rule().getByRole('button', { name: 'More about the rule' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Duplicate' }));
  await rule().findByText('Copy of Night shift');

  const side = () => within(screen.getByRole('region', { name: 'Runs, exceptions and watch list' }));
  await user.click(side().getByRole('tab', { name: 'Exceptions' }));
  await user.click(side().getByRole('button', { name: 'Add an exception' }));
  await user.type(side().getByLabelText('Publisher'), 'Contoso');
  await user.type(side().getByLabelText('Reason'), 'known tool');
  await user.click(side().getByRole('button', { name: 'Add' }));
  await user.click(await side().findByRole('button', { name: 'Remove the exception publisher Contoso' }));
  await screen.findByText(/^The exception of publisher Contoso was removed/);
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await side().findByRole('button', { name: 'Remove the exception publisher Contoso' });

  await user.click(side().getByRole('tab', { name: 'Watch list' }));
  await user.type(side().getByLabelText('Name or id to watch'), 'serial:X1');
  await user.type(side().getByLabelText('Why it is watched'), 'lent');
  await user.click(side().getByRole('button', { name: 'Watch' }));
  await side().findByText('lent');
  expect(bugs).toEqual([]);
}, 120_000);
