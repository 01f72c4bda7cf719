import { expect, type Locator, type Page } from '@playwright/test';
import { inMain, type PortsideApp } from './portside-app.ts';

/** The window as a person sees it: what is where, by role and name. */
export interface WorkbenchPage {
  readonly findings: Locator;
  readonly selected: Locator;
  readonly processes: Locator;
  /** Chooses these files in the system's dialog and waits until they are imported. */
  importFiles(paths: readonly string[]): Promise<void>;
  openFinding(name: RegExp): Promise<void>;
  /** A step of the investigation by its title. */
  step(title: string): Locator;
  /** Opens a case from the selected finding and begins to isolate its host through a Kibana with this key. Gives the dialog. */
  planIsolation(kibanaUrl: string, apiKey: string): Promise<Locator>;
  /** Waits until nothing is being asked or collected. */
  atRest(): Promise<void>;
}

export function workbenchPage({ app, window }: PortsideApp): WorkbenchPage {
  const selected = window.getByRole('region', { name: 'Selected finding' });
  const step = (title: string) =>
    selected.getByRole('listitem').filter({ has: window.getByRole('heading', { name: title }) });
  return {
    findings: window.getByRole('listbox', { name: /^Findings by/ }).getByRole('option'),
    selected,
    processes: window.getByRole('region', { name: 'Processes that wrote in the span' }),
    async importFiles(paths) {
      // The system's own dialog cannot be driven; everything behind it is real.
      await inMain(
        app,
        ({ dialog }, chosen) => {
          dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [...chosen] });
        },
        paths,
      );
      await window.keyboard.press('Control+o');
      for (const path of paths) {
        const name = path.split('/').at(-1) ?? path;
        const entry = window.getByRole('region', { name: 'Import' }).getByText(name).first();
        await expect(entry).toBeVisible();
      }
      await expect(window.getByRole('progressbar')).toHaveCount(0, { timeout: 60_000 });
      await window.keyboard.press('Control+1');
    },
    async openFinding(name) {
      await window
        .getByRole('listbox', { name: /^Findings by/ })
        .getByRole('option', { name })
        .first()
        .click();
      await expect(selected.getByRole('heading', { level: 1 })).toContainText(name);
    },
    step,
    async planIsolation(kibanaUrl, apiKey) {
      await selected.getByRole('tab', { name: 'Respond' }).click();
      await selected.getByRole('button', { name: 'Open a case' }).click();
      await expect(window.getByRole('region', { name: 'Case', exact: true })).toBeVisible();
      await window.keyboard.press('Control+1');
      await step('Isolate the host').getByRole('button', { name: 'Isolate the host…' }).click();
      const dialog = window.getByRole('dialog');
      await dialog.getByLabel('Address of Kibana').fill(kibanaUrl);
      await dialog.getByLabel('API key', { exact: true }).fill(apiKey);
      await dialog.getByRole('button', { name: 'Use this Kibana' }).click();
      return dialog;
    },
    async atRest() {
      await expect(window.locator('[aria-busy="true"]')).toHaveCount(0);
      await expect(selected.getByText('Nothing was collected')).toHaveCount(0);
      await settled(window);
    },
  };
}

/** Waits for two frames: what was answered has been painted. */
async function settled(window: Page): Promise<void> {
  await window.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(undefined)))),
  );
}
