import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askMain } from './bridge.ts';
import { expect, test } from './portside-app.ts';

test.skip(
  process.platform !== 'linux' || process.getuid?.() !== 0,
  'A volume to write to can be mounted on Linux, as root.',
);

test('a program that was never seen writes: the window shows it, scores it within 2 s, and saves the capture as a case', async ({
  launch,
  places,
}) => {
  test.setTimeout(120_000);
  const volume = join(places.folder, 'volume');
  mkdirSync(volume, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'none', volume]);
  try {
    const { window, problems } = await launch(`--watch-folder=${volume}`);
    await expect(window.getByRole('button', { name: 'Live', exact: true })).toBeVisible();
    // The capture goes on while the page is loaded again.
    await askMain(window, 'live.start', { asAdministrator: false });
    await window.reload();
    await window.getByRole('button', { name: 'Live', exact: true }).click();
    await expect(window.getByText('this computer, since')).toBeVisible();

    const program = join(places.folder, 'never-seen-tool');
    copyFileSync('/bin/dd', program);
    execFileSync('chmod', ['+x', program]);
    const writer = spawn(program, ['if=/dev/zero', `of=${join(volume, 'plans.zip')}`, 'bs=64k', 'count=64'], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    await ended;
    const endedMs = Date.now();
    const row = window.getByRole('row').filter({ hasText: `pid ${writer.pid}` });
    await expect(row).toContainText('never-seen-tool');
    const shownMs = Date.now() - endedMs;
    await expect(row.getByRole('cell').last()).toHaveText(/^\d+$/, { timeout: 10_000 });
    const scoredMs = Date.now() - endedMs;
    process.stdout.write(`end of the write to its row ${shownMs} ms, to its score ${scoredMs} ms\n`);
    expect(scoredMs).toBeLessThan(process.env.CI ? 4_000 : 2_500);
    await expect(row).toContainText('4.19 MB');
    await expect(window.getByRole('cell', { name: /plans\.zip/ }).first()).toBeVisible();

    await window.getByRole('button', { name: 'Mark', exact: true }).click();
    await window.getByLabel('Note for this moment').fill('The tool was started');
    await window.getByRole('button', { name: 'Mark this moment' }).click();
    await expect(window.getByText('The tool was started')).toBeVisible();
    if (process.env.PORTSIDE_SHOTS)
      await window.screenshot({ path: join(process.env.PORTSIDE_SHOTS, 'live-window.png') });
    await window.getByRole('button', { name: 'Save as case' }).click();
    await expect(window.getByText('C-', { exact: false }).first()).toBeVisible();
    await expect(window.getByText(/About .*Mark: The tool was started/).first()).toBeVisible({ timeout: 20_000 });
    if (process.env.PORTSIDE_SHOTS)
      await window.screenshot({ path: join(process.env.PORTSIDE_SHOTS, 'live-case.png') });
    expect(problems).toEqual([]);
  } finally {
    execFileSync('umount', ['-l', volume]);
  }
});
