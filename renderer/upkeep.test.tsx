// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';
import { prepareDom, renderWindow } from './testing/render-window.tsx';
import { makeUpkeepHandlers } from './testing/story-upkeep.ts';

beforeAll(prepareDom);

test('who did what is listed newest first, found by a word, and said to be unchanged', async () => {
  const { user, story } = renderWindow({ choices: { dialog: 'audit' } });
  const dialog = within(await screen.findByRole('dialog', { name: 'Audit journal' }));
  await dialog.findByText('The chain holds: 6 entries, unchanged');
  const texts = () => dialog.getAllByRole('listitem').map((item) => item.querySelector('.entry-text')?.textContent);
  expect(texts()[0]).toBe('Finding f-1: acknowledged');
  expect(texts()).toHaveLength(6);
  await user.type(dialog.getByRole('searchbox'), 'approved');
  await dialog.findByText('1 of 6 entries fit');
  expect(texts()).toEqual(['Device serial:4C530001231120115142: approved. Issued by IT']);
  await user.click(dialog.getAllByRole('button', { name: /^Hash/ })[0] as HTMLElement);
  expect(story.clipboard).toEqual(['6'.repeat(64)]);
});

test('a changed journal is said with its place, in words and not by colour alone', async () => {
  const handlers = makeUpkeepHandlers(0);
  renderWindow({
    choices: { dialog: 'audit' },
    overrides: {
      'audit.list': async (input, context) => ({
        ...(await handlers['audit.list'](input, context)),
        entries: 2,
        damage: 'Entry 3 (byte 812): its hash does not fit.',
      }),
    },
  });
  const status = await screen.findByText('The journal was changed outside Portside.');
  expect(status.parentElement?.textContent).toContain('Entry 3 (byte 812)');
  expect(status.parentElement?.textContent).toContain('2 entries before that place hold');
});

test('a support bundle is read file by file, and saved as it was read', async () => {
  const saved: string[] = [];
  const { user } = renderWindow({
    choices: { dialog: 'support' },
    overrides: {
      'support.save': async ({ id }) => {
        saved.push(id);
        return { folder: '/mnt/help/portside-support', files: 2 };
      },
    },
  });
  const dialog = within(await screen.findByRole('dialog', { name: 'Support bundle' }));
  expect((await dialog.findByRole('region', { name: 'Content of about.json' })).textContent).toContain('0.1.0');
  await user.click(dialog.getByRole('button', { name: /main\.log\.txt/ }));
  expect(dialog.getByRole('region', { name: 'Content of main.log.txt' }).textContent).toContain('engine.state');
  await user.click(dialog.getByRole('button', { name: 'Save to a folder' }));
  await dialog.findByText('/mnt/help/portside-support');
  expect(saved).toEqual(['b1']);
});

test('settings lead to both', async () => {
  const { user } = renderWindow({ choices: { dialog: 'settings' } });
  await user.click(await screen.findByRole('button', { name: 'Audit journal' }));
  await screen.findByRole('dialog', { name: 'Audit journal' });
});

test('limits of the engine and the detail of the log are chosen, and what the machine has is said', async () => {
  const { user } = renderWindow({ choices: { dialog: 'settings' } });
  const dialog = within(await screen.findByRole('dialog', { name: 'Settings' }));
  await dialog.findByText(/16\.0 GB of memory; 81\.0 GB are free/);
  const memory = dialog.getByLabelText('Memory');
  expect(
    within(memory)
      .getAllByRole('option')
      .map((option) => option.textContent),
  ).toEqual(['Automatic', '500\u00a0MB', '1.00\u00a0GB', '2.00\u00a0GB', '4.00\u00a0GB', '8.00\u00a0GB']);
  await user.selectOptions(memory, memory.querySelectorAll('option')[4] as HTMLElement);
  await user.click(dialog.getByRole('button', { name: 'Problems only' }));
  await waitFor(() => {
    expect(memory).toHaveProperty('value', '4000000000');
    expect(dialog.getByRole('button', { name: 'Problems only' }).getAttribute('aria-pressed')).toBe('true');
  });
  expect(dialog.queryByRole('alert')).toBeNull();
});

test('a settings file that was set aside is told with its place and what to do', async () => {
  const handlers = makeUpkeepHandlers(0);
  const { user } = renderWindow({
    overrides: {
      'settings.read': async (input, context) => ({
        ...(await handlers['settings.read'](input, context)),
        damaged: [{ path: '/u/settings.json.damaged', original: '/u/settings.json', isNew: true }],
      }),
    },
  });
  await user.click(await screen.findByRole('button', { name: 'A settings file was damaged' }));
  const alert = within(await screen.findByRole('dialog', { name: 'Settings' })).getByRole('alert');
  expect(alert.textContent).toContain('/u/settings.json is kept as /u/settings.json.damaged.');
  expect(alert.textContent).toContain('Removing it ends this notice.');
});
