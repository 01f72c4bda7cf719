import { expect } from '@playwright/test';
import type { PortsideApp } from '../portside-app.ts';
import { workbenchPage } from '../workbench-page.ts';
import {
  awayAnswers,
  capturingAnswers,
  clusterAnswers,
  damagedAnswers,
  importingAnswers,
  packageAnswers,
  quietAnswers,
} from './fixed-answers.ts';
import { fixAnswers } from './fixed-window.ts';

/** A state of the window that is worth a picture. */
export interface Scene {
  /** File name of its pictures. */
  readonly name: string;
  readonly title: string;
  /** Brings the window there from where the scene before left it. */
  readonly show: (started: PortsideApp) => Promise<void>;
}

const view = (key: string, name: string) => async (started: PortsideApp) => {
  await started.window.keyboard.press(`Control+${key}`);
  await expect(started.window.getByRole('heading', { level: 1, name, exact: true })).toBeAttached();
};

const tab = (name: string) => async (started: PortsideApp) => {
  const { selected } = workbenchPage(started);
  await selected.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
};

const leaveDialog = async ({ window }: PortsideApp) => {
  // Where none is open the key leads back.
  if ((await window.getByRole('dialog').count()) > 0) await window.keyboard.press('Escape');
  await expect(window.getByRole('dialog')).toHaveCount(0);
};

const dialog = (key: string, name: string, before?: (started: PortsideApp) => Promise<void>) => {
  return async (started: PortsideApp) => {
    await leaveDialog(started);
    await before?.(started);
    await started.window.keyboard.press(key);
    await expect(started.window.getByRole('dialog', { name })).toBeVisible();
  };
};

/** A dialog that has no key of its own: chosen in the native menu. */
const menuDialog = (command: string, name: string) => async (started: PortsideApp) => {
  await leaveDialog(started);
  await started.app.evaluate(({ Menu }, id) => {
    Menu.getApplicationMenu()?.getMenuItemById(id)?.click();
  }, command);
  await expect(started.window.getByRole('dialog', { name })).toBeVisible();
};

/** The demo, from the queue to an open case. */
export const demoScenes: readonly Scene[] = [
  {
    name: 'investigate',
    title: 'Investigate, a finding open',
    show: async (started) => {
      await fixAnswers(started.app, quietAnswers);
      await workbenchPage(started).findings.first().click();
    },
  },
  { name: 'false-positives', title: 'False positives', show: tab('False positives') },
  { name: 'respond', title: 'Respond', show: tab('Respond') },
  { name: 'writes', title: 'Writes', show: tab('Writes') },
  { name: 'case-tab', title: 'Case of the finding', show: tab('Case') },
  {
    name: 'timeline-table',
    title: 'Timeline as a table',
    show: async (started) => {
      await tab('Investigate')(started);
      await started.window.keyboard.press('t');
    },
  },
  {
    name: 'queue-filter',
    title: 'Filter of the queue',
    show: async (started) => {
      await started.window.keyboard.press('t');
      await started.window.keyboard.press('/');
      await expect(started.window.getByPlaceholder('Host, user, process, device')).toBeFocused();
    },
  },
  { name: 'devices', title: 'Devices', show: view('3', 'Devices') },
  { name: 'rules', title: 'Rules', show: view('6', 'Rules') },
  { name: 'cases-none', title: 'Cases, none yet', show: view('4', 'Cases') },
  {
    name: 'case',
    title: 'A case',
    show: async (started) => {
      const { window } = started;
      await view('1', 'Investigate')(started);
      await tab('Case')(started);
      await window
        .getByRole('button', { name: /^Open a case/ })
        .first()
        .click();
      await window.getByRole('textbox', { name: 'Note' }).fill('Archive names match folders of the finance share.');
      await window.getByRole('button', { name: 'Add note' }).click();
      await expect(window.getByRole('textbox', { name: 'Note' })).toHaveValue('');
    },
  },
  { name: 'live-off', title: 'Live, capture off', show: view('2', 'Live') },
  {
    name: 'live',
    title: 'Live, capturing',
    show: async (started) => {
      await fixAnswers(started.app, capturingAnswers);
      await started.window.reload();
      await view('2', 'Live')(started);
      await expect(started.window.getByText(/Capturing/).first()).toBeVisible();
    },
  },
  {
    name: 'sources',
    title: 'Sources, the embedded store',
    show: async (started) => {
      await fixAnswers(started.app, importingAnswers);
      await started.window.reload();
      await view('5', 'Sources')(started);
    },
  },
  {
    name: 'import',
    title: 'Sources, an import under way',
    show: async (started) => {
      await started.window.keyboard.press('Control+o');
      await expect(started.window.getByRole('progressbar')).toBeVisible();
    },
  },
  {
    name: 'connect',
    title: 'Sources, a cluster that does not answer a test',
    show: async (started) => {
      await fixAnswers(started.app, clusterAnswers);
      await started.window.reload();
      await view('5', 'Sources')(started);
      const form = started.window.getByRole('region', { name: 'Elasticsearch' });
      await form.getByLabel('Name').fill('prod-soc');
      await form.getByLabel('URL').fill('https://es.soc.example:9243');
      await form.getByLabel('API key').fill('VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw');
      await form.getByRole('button', { name: 'Test' }).click();
      await expect(form.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'source-away',
    title: 'A source that does not answer',
    show: async (started) => {
      await fixAnswers(started.app, awayAnswers);
      await started.window.reload();
      await view('1', 'Investigate')(started);
      await expect(started.window.getByText(/does not answer/).first()).toBeVisible();
    },
  },
  {
    name: 'settings',
    title: 'Settings',
    show: dialog('Control+,', 'Settings', async (started) => {
      await fixAnswers(started.app, quietAnswers);
      await started.window.reload();
      await expect(workbenchPage(started).findings.first()).toBeVisible();
    }),
  },
  {
    name: 'about',
    title: 'About',
    show: async (started) => {
      await dialog('Control+k', 'Find or run a command')(started);
      await started.window.keyboard.type('about');
      await expect(started.window.getByRole('option', { name: /About Portside/ })).toBeVisible();
      await started.window.keyboard.press('Enter');
      await expect(started.window.getByRole('dialog', { name: 'About Portside' })).toBeVisible();
    },
  },
  { name: 'audit', title: 'Audit journal', show: menuDialog('audit.open', 'Audit journal') },
  { name: 'support', title: 'Support bundle', show: menuDialog('support.open', 'Support bundle') },
  {
    name: 'settings-damaged',
    title: 'Settings, a file was set aside',
    show: dialog('Control+,', 'Settings', async (started) => {
      await fixAnswers(started.app, damagedAnswers);
      await started.window.reload();
      await expect(workbenchPage(started).findings.first()).toBeVisible();
    }),
  },
  {
    name: 'package',
    title: 'A case package from outside',
    show: async (started) => {
      await leaveDialog(started);
      await fixAnswers(started.app, packageAnswers);
      await started.window.reload();
      await expect(started.window.getByRole('dialog', { name: 'Case package' })).toContainText('C-2026-0017');
      await fixAnswers(started.app, damagedAnswers);
    },
  },
  { name: 'close-finding', title: 'Closing a finding', show: dialog('x', 'Close the finding') },
  { name: 'shortcuts', title: 'Keyboard shortcuts', show: dialog('?', 'Keyboard shortcuts') },
  {
    name: 'palette',
    title: 'Command palette',
    show: async (started) => {
      await dialog('Control+k', 'Find or run a command')(started);
      await started.window.keyboard.type('ws');
    },
  },
];

/** The first start: nothing is there yet. */
export const emptyScenes: readonly Scene[] = [
  {
    name: 'first-run',
    title: 'First start',
    show: async (started) => {
      await fixAnswers(started.app, quietAnswers);
      await view('1', 'Investigate')(started);
    },
  },
];

/** Names as long as evidence can have them: hosts of 40 characters, processes of 80, paths of 200. */
export const longNameScenes: readonly Scene[] = [
  {
    name: 'long-names',
    title: 'Long names',
    show: async (started) => {
      await fixAnswers(started.app, quietAnswers);
      await view('1', 'Investigate')(started);
      await workbenchPage(started).findings.first().click();
    },
  },
  { name: 'long-names-devices', title: 'Long names, devices', show: view('3', 'Devices') },
];
