import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { runPortside } from './cli/built-cli.ts';
import { makeLongNames, writeEvents } from './made-evidence.ts';
import { expect, launchPortside, type PortsideApp, test } from './portside-app.ts';
import { hideWhatVaries, sameOnEveryMachine, sizeWindow, stopClock } from './screenshots/fixed-window.ts';
import { comparePictures, mostDifferentPixels, toReference } from './screenshots/picture-reference.ts';
import { demoScenes, emptyScenes, longNameScenes, type Scene } from './screenshots/scenes.ts';
import { workbenchPage } from './workbench-page.ts';

const references = resolve(import.meta.dirname, 'screenshots', 'references');
const failures = resolve(import.meta.dirname, '..', 'out', 'screenshots');
/** All pictures, as `npm run screenshots` asks for; else each view once in every theme and in both sizes. */
const isWhole = process.env.PORTSIDE_SCREENSHOTS !== undefined;
/** `npm run screenshots -- --update` renews the references instead of comparing with them. */
const isUpdating = process.env.PORTSIDE_SCREENSHOTS === 'update';

const sizes = [
  { width: 1440, height: 900 },
  { width: 1100, height: 720 },
] as const;

const themes = [
  { name: 'light', media: { colorScheme: 'light', forcedColors: 'none' } },
  { name: 'dark', media: { colorScheme: 'dark', forcedColors: 'none' } },
  { name: 'forced', media: { colorScheme: 'dark', forcedColors: 'active' } },
] as const;

/** A picture of a window that has come to rest: two in a row are the same. */
async function pictureAtRest(started: PortsideApp, words: readonly (readonly [string, string])[]): Promise<Buffer> {
  const { window } = started;
  await expect(window.locator('[aria-busy="true"]')).toHaveCount(0);
  let before: Buffer = Buffer.alloc(0);
  for (let turn = 0; turn < 40; turn += 1) {
    await hideWhatVaries(window, words);
    const now = await window.screenshot({ animations: 'disabled', caret: 'hide' });
    if (now.equals(before)) return now;
    before = now;
  }
  throw new Error('The window does not come to rest.');
}

/** Takes all pictures of the scenes and gives a line for each that is not as its reference. */
async function takePictures(
  started: PortsideApp,
  scenes: readonly Scene[],
  hidden: readonly (readonly [string, string])[],
) {
  const differing: string[] = [];
  await mkdir(isUpdating ? references : failures, { recursive: true });
  for (const scene of scenes) {
    await scene.show(started);
    await workbenchPage(started).atRest();
    for (const size of sizes) {
      await sizeWindow(started, size.width, size.height);
      for (const { name, media } of themes) {
        if (!isWhole && (size.width === 1440) === (name === 'dark')) continue;
        await started.window.emulateMedia({ ...media, reducedMotion: 'reduce' });
        const taken = await pictureAtRest(started, hidden);
        const file = `${scene.name}-${name}-${size.width}`;
        if (isUpdating) await writeFile(join(references, `${file}.png`), await toReference(started.window, taken));
        else differing.push(...(await differenceOf(started.window, file, taken)));
      }
    }
  }
  return differing;
}

async function differenceOf(page: Page, file: string, taken: Buffer): Promise<readonly string[]> {
  const path = join(references, `${file}.png`);
  const difference = existsSync(path) ? await comparePictures(page, taken, await readFile(path)) : undefined;
  if (difference && difference.pixels <= mostDifferentPixels) return [];
  await writeFile(join(failures, `${file}.png`), taken);
  if (!difference) return [`${file}: no reference of this size`];
  const { left, top, right, bottom } = difference.area;
  return [`${file}: ${difference.pixels} pixels differ, all within ${left},${top} to ${right},${bottom}`];
}

/** Starts the window so that it draws the same on every machine and at any time. */
async function startFixed(places: Parameters<typeof launchPortside>[0]): Promise<PortsideApp> {
  const started = await launchPortside(places, sameOnEveryMachine);
  await stopClock(started);
  return started;
}

const advice = 'npm run screenshots -- --update, then look at what changed';

test('every view looks as its reference, over the demo', async ({ places }) => {
  test.setTimeout(isWhole ? 900_000 : 300_000);
  const made = await runPortside(['demo', '--workspace', places.workspace, '--hosts', '20', '--days', '14', '--json'], {
    configFolder: places.folder,
  });
  expect(made.code, made.stderr).toBe(0);
  const started = await startFixed(places);
  await expect(workbenchPage(started).findings.first()).toBeVisible();
  const differing = await takePictures(started, demoScenes, hiddenWords(places.folder));
  await started.close();
  expect(differing, advice).toEqual([]);
});

test('an empty workbench looks as its reference', async ({ places }) => {
  const started = await startFixed(places);
  const differing = await takePictures(started, emptyScenes, hiddenWords(places.folder));
  await started.close();
  expect(differing, advice).toEqual([]);
});

test('a sentence that moved by two pixels is noticed, the same picture again is not', async ({ places }) => {
  const started = await startFixed(places);
  const { window } = started;
  await emptyScenes[0]?.show(started);
  await workbenchPage(started).atRest();
  const reference = await toReference(window, await pictureAtRest(started, []));
  const again = await comparePictures(window, await pictureAtRest(started, []), reference);
  await window.evaluate(() => {
    const sentence = document.querySelector<HTMLElement>('.first-run > p');
    if (sentence) sentence.style.paddingLeft = '2px';
  });
  const moved = await comparePictures(window, await pictureAtRest(started, []), reference);
  await started.close();
  expect(again?.pixels).toBeLessThanOrEqual(mostDifferentPixels);
  expect(moved?.pixels).toBeGreaterThan(mostDifferentPixels);
});

test('long names stay within their places, as in the reference', async ({ places }) => {
  const file = join(places.folder, 'long-names.ndjson');
  await writeEvents(file, makeLongNames());
  const imported = await runPortside(['import', file, '--workspace', places.workspace, '--json'], {
    configFolder: places.folder,
  });
  expect(imported.code, imported.stderr).toBe(0);
  const started = await startFixed(places);
  await expect(workbenchPage(started).findings.first()).toBeVisible();
  const differing = await takePictures(started, longNameScenes, hiddenWords(places.folder));
  await started.close();
  expect(differing, advice).toEqual([]);
});

/** What is this run's own: its folder and the name of who runs it. */
function hiddenWords(folder: string): readonly (readonly [string, string])[] {
  return [
    [folder, '/home/r.osei/portside'],
    [userInfo().username, 'r.osei'],
  ];
}
