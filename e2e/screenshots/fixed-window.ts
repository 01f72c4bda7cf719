import type { ElectronApplication, Page } from '@playwright/test';
import type { PortsideApp } from '../portside-app.ts';

/** Every picture is taken at this moment: 20 November 2026, 09:40 in UTC, ten minutes after the demo's last write. */
export const pictureMs = Date.UTC(2026, 10, 20, 9, 40);

/** What draws text and colours the same on any machine: no hinting, no subpixels, no scale, one colour profile. */
export const sameOnEveryMachine = [
  '--font-render-hinting=none',
  '--disable-lcd-text',
  '--force-color-profile=srgb',
  '--force-device-scale-factor=1',
  '--hide-scrollbars',
];

/** What the window gets for an operation in place of main's answer: items, then an output, a failure, or nothing more. */
export interface FixedAnswer {
  readonly items?: readonly unknown[];
  readonly output?: unknown;
  readonly failure?: { readonly code: string; readonly message: string; readonly hint?: string };
}

export type FixedAnswers = Readonly<Record<string, FixedAnswer>>;

/** Stops the clock of main, so that cases are always opened at the same moment. */
export async function stopClock({ app, window }: PortsideApp): Promise<void> {
  await app.evaluate((_electron, nowMs) => {
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...args: unknown[]) {
        super(...((args.length === 0 ? [nowMs] : args) as [number]));
      }
      static override now() {
        return nowMs;
      }
    } as DateConstructor;
  }, pictureMs);
  await window.clock.setFixedTime(pictureMs);
}

/**
 * Answers these operations by what is fixed here instead of by what this machine happens to be: its devices, a cluster,
 * how far an import has come. All others go to main as always. A later call replaces the answers before.
 */
export async function fixAnswers(app: ElectronApplication, answers: FixedAnswers): Promise<void> {
  await app.evaluate(({ ipcMain }, fixed) => {
    const place = globalThis as unknown as { fixedAnswers?: FixedAnswers };
    const isWrapped = place.fixedAnswers !== undefined;
    place.fixedAnswers = fixed;
    if (isWrapped) return;
    const listeners = ipcMain.listeners('portside:message');
    ipcMain.removeAllListeners('portside:message');
    ipcMain.on('portside:message', (event, message) => {
      const answer = message.kind === 'start' ? place.fixedAnswers?.[message.name] : undefined;
      if (!answer) {
        for (const listener of listeners) listener(event, message);
        return;
      }
      const reply = (part: object) => event.sender.send('portside:reply', { id: message.id, ...part });
      for (const item of answer.items ?? []) reply({ kind: 'item', item });
      if (answer.failure) reply({ kind: 'failed', failure: answer.failure });
      else if ('output' in answer) reply({ kind: 'done', output: answer.output });
    });
  }, answers as FixedAnswers);
}

/** Makes the page as large as a picture. */
export async function sizeWindow({ app, window }: PortsideApp, width: number, height: number): Promise<void> {
  await app.evaluate(
    ({ BrowserWindow }, size) => {
      const [first] = BrowserWindow.getAllWindows();
      first?.setMinimumSize(1, 1);
      first?.setContentSize(size.width, size.height);
    },
    { width, height },
  );
  await window.waitForFunction((size) => innerWidth === size.width && innerHeight === size.height, {
    width,
    height,
  });
}

/**
 * Puts the same text where this run wrote its own: hashes, ids, the folder of the workspace, who is signed in, versions.
 * Only text nodes change; the next drawing by React puts back what belongs there.
 */
export async function hideWhatVaries(page: Page, words: readonly (readonly [string, string])[]): Promise<void> {
  await page.evaluate(
    (pairs) => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const before = node.nodeValue ?? '';
        let text = before;
        for (const [from, to] of pairs) text = text.replaceAll(from, to);
        // How long an import still takes depends on this machine.
        text = text.replace(/^(< )?\d+ s left$/, '1 s left');
        // What this machine lets the engine use.
        text = text.replace(/^Now it may use .* of disk\. ?/, 'Now it may use 2.00 GB of memory and 100 GB of disk. ');
        // The demo was imported before the clock was stopped.
        if (node.parentElement?.closest('.audit'))
          text = text
            .replace(/\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d:\d\d/, '20 Nov 2026, 09:40:00')
            .replace(/[0-9a-f]{64}/g, '0'.repeat(64));
        // The rules ran when the program started, before its clock was stopped.
        if (node.parentElement?.closest('.rules')) {
          text = text
            .replace(
              /\d{1,2} [A-Z][a-z]{2} \d\d:\d\d(:\d\d)?/g,
              (_time, seconds) => `20 Nov 09:40${seconds ? ':00' : ''}`,
            )
            .replace(/^(< 1|\d+) m?s$/, '0 s');
        }
        if (node.parentElement?.closest('.hash'))
          text = text.replace(/[0-9a-f]{4,}/g, (hash) => '0'.repeat(hash.length));
        if (text !== before) node.nodeValue = text;
      }
    },
    words as [string, string][],
  );
}
