// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeAll, describe, expect, test } from 'vitest';
import { fail } from '../shared/base/failure.ts';
import type { DecidedDevice } from '../shared/ipc/case-operations.ts';
import { choose, useChoices } from './state.ts';
import { prepareDom, renderWindow } from './testing/render-window.tsx';
import { mostUndos, offerUndo, useUndoStack } from './undo-stack.ts';

beforeAll(prepareDom);

const selected = () => screen.getByRole('region', { name: 'Selected finding' });
const undoKey = '{Control>}z{/Control}';

async function settled(): Promise<void> {
  await waitFor(() => expect(within(selected()).getByText(/wrote .* in \d+ files/)).toBeTruthy());
  await within(selected()).findByText(/Ran from/);
}

/** Acknowledges the second finding of the queue; answers what says its state. */
async function acknowledgeSecond(
  user: ReturnType<typeof renderWindow>['user'],
  story: ReturnType<typeof renderWindow>['story'],
): Promise<() => string | undefined> {
  await user.keyboard('j');
  await waitFor(() => expect(within(selected()).getByText(/svch0st\.exe wrote/)).toBeTruthy());
  const id = useChoices.getState().findingId;
  await user.keyboard('a');
  return () => story.findings.find((row) => row.id === id)?.state;
}

describe('undo', () => {
  test('takes decisions back one after the other, the last one first, and names each', async () => {
    const { user, story } = renderWindow();
    await settled();
    const state = await acknowledgeSecond(user, story);
    await screen.findByText('1 finding acknowledged.');
    const step = (await within(selected()).findByRole('heading', { name: 'Process name and path' })).closest(
      'li',
    ) as HTMLElement;
    await user.click(within(step).getByRole('button', { name: 'Decide' }));
    await user.click(within(step).getByRole('button', { name: 'Suspicious' }));
    await user.type(within(step).getByLabelText('Note'), 'Not one of ours');
    // In a text field the key belongs to the text.
    await user.keyboard(undoKey);
    expect(state()).toBe('acknowledged');
    await user.click(within(step).getByRole('button', { name: 'Save' }));
    await within(step).findByText('Not one of ours');
    expect(useUndoStack.getState().entries.map(({ text }) => text)).toEqual(['1 finding acknowledged', 'Step decided']);

    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox', { name: 'Find or run a command' }), 'undo');
    await user.click(await screen.findByRole('option', { name: /Undo: Step decided/ }));
    await screen.findByText(/Undone: Step decided/);
    await waitFor(() => expect(within(step).queryByText('Not one of ours')).toBeNull());
    expect(state()).toBe('acknowledged');

    await user.keyboard(undoKey);
    await waitFor(() => expect(state()).toBe('open'));
    await screen.findByText(/Undone: 1 finding acknowledged/);
    expect(useUndoStack.getState().entries).toEqual([]);
    await user.keyboard(undoKey);
    expect(state()).toBe('open');
  });

  test('from the menu as well; in a text field it is the text that is meant', async () => {
    const { user, story } = renderWindow();
    await settled();
    const state = await acknowledgeSecond(user, story);
    await waitFor(() => expect(state()).toBe('acknowledged'));
    const asked: string[] = [];
    document.execCommand = (name) => asked.push(name) > 0;
    await user.keyboard('/');
    await waitFor(() => expect(document.activeElement?.tagName).toBe('INPUT'));
    story.chooseInMenu('edit.undo');
    await waitFor(() => expect(asked).toEqual(['undo']));
    expect(state()).toBe('acknowledged');
    (document.activeElement as HTMLElement).blur();
    story.chooseInMenu('edit.undo');
    await waitFor(() => expect(state()).toBe('open'));
  });

  test('what was decided about a device, and a note of a case, which an entry behind it withdraws', async () => {
    const known = new Map<string, DecidedDevice>();
    const { user, story } = renderWindow({
      overrides: {
        'devices.decisions': async () => [...known.values()],
        'devices.decide': async ({ device, decision, reason }) => {
          if (decision) known.set(device, { device, decision, reason, actor: 'r.osei', atMs: 0 });
          else known.delete(device);
          return [...known.values()];
        },
      },
    });
    await settled();
    const { id } = await story.client.call('case.open', { findingIds: [story.findings[0]?.id ?? ''] });
    // Opened outside the window, which knows the cases from before.
    useChoices.setState({ caseId: id });
    await user.keyboard('{Control>}4{/Control}');
    const file = within(await screen.findByRole('region', { name: 'Case' }));
    await user.type(file.getByLabelText('Note'), 'A slip of the pen.');
    await user.click(file.getByRole('button', { name: 'Add note' }));
    await file.findByText('A slip of the pen.');
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await file.findByText(/^Entry \d+ is withdrawn\.$/);
    expect(file.getByText('A slip of the pen.')).toBeTruthy();

    await user.keyboard('{Control>}3{/Control}');
    await screen.findByRole('heading', { name: 'Devices', level: 1 });
    await user.click((await screen.findAllByRole('button', { name: 'Approve' }))[0] as HTMLElement);
    await user.type(screen.getByLabelText('Reason'), 'Issued by IT{Enter}');
    await screen.findByText(/Device approved/);
    expect([...known.values()]).toMatchObject([{ decision: 'approved', reason: 'Issued by IT' }]);
    await user.keyboard(undoKey);
    await screen.findByText(/Undone: Device approved/);
    expect(known.size).toBe(0);
  });

  test('what cannot be taken back now is said and can be tried again; what is gone is dropped', async () => {
    let code: 'store-busy' | 'not-found' = 'store-busy';
    const { user } = renderWindow({
      overrides: {
        'rules.restore': async () => {
          throw fail(code, 'It does not work.', 'Wait a little.');
        },
      },
    });
    await settled();
    offerUndo({ text: 'Night was removed', call: { name: 'rules.restore', input: { id: 'r' } } });
    await user.keyboard(undoKey);
    await screen.findByText(/Not undone: Night was removed\. It does not work\. Wait a little/);
    expect(useUndoStack.getState().entries).toHaveLength(1);
    code = 'not-found';
    await user.keyboard(undoKey);
    await waitFor(() => expect(useUndoStack.getState().entries).toHaveLength(0));
  });

  test('what somebody decided anew since is left as it is, which is said', async () => {
    const set: unknown[] = [];
    const { user, story } = renderWindow({
      overrides: {
        'finding-states.set': async ({ states }) => {
          set.push(states);
          if (states.some(({ expected }) => expected)) {
            throw fail('changed-since', 'Finding F-2 was decided again by m.lund in the meantime.', 'Look at it.');
          }
          return {};
        },
      },
    });
    await settled();
    await acknowledgeSecond(user, story);
    await screen.findByText('1 finding acknowledged.');
    await user.keyboard(undoKey);
    await screen.findByText(/Not undone: 1 finding acknowledged\. Finding F-2 was decided again by m\.lund/);
    expect(set.at(-1)).toMatchObject([{ state: 'open', expected: { state: 'acknowledged' } }]);
    expect(useUndoStack.getState().entries).toEqual([]);
  });

  test('many steps are kept, not all', () => {
    renderWindow({ isEmpty: true });
    for (let step = 0; step < mostUndos + 5; step += 1) {
      offerUndo({ text: `step ${step}`, restore: () => choose({ view: 'live' }) });
    }
    const { entries } = useUndoStack.getState();
    expect(entries).toHaveLength(mostUndos);
    expect(entries[0]?.text).toBe('step 5');
  });
});

test('a link and a package from outside are shown; a package that was changed says what is wrong', async () => {
  const { user, story } = renderWindow({
    overrides: {
      'package.verify': async ({ token }) =>
        token === 'good'
          ? {
              ok: true,
              entries: 3,
              files: 9,
              problems: [],
              contents: { caseId: 'C-2026-0001', isRedacted: true, changedAtMs: 0, portside: '0.1.0' },
            }
          : { ok: false, entries: 0, files: 2, problems: ['journal.jsonl was changed.'] },
    },
  });
  await settled();
  const [, other] = story.findings;
  story.open({ kind: 'finding', id: other?.id ?? '' });
  await waitFor(() => expect(useChoices.getState()).toMatchObject({ view: 'investigate', findingId: other?.id }));
  story.open({ kind: 'package', token: 'good', name: 'C\u202e1.portside' });
  const dialog = () => within(screen.getByRole('dialog', { name: 'Case package' }));
  await waitFor(() => expect(dialog().getByText(/Unchanged since it was exported/)).toBeTruthy());
  expect(dialog().getByText(/CU\+202E1\.portside|U\+202E/)).toBeTruthy();
  story.open({ kind: 'package', token: 'bad', name: 'b.portside' });
  await waitFor(() => expect(dialog().getByText('journal.jsonl was changed.')).toBeTruthy());
  await user.click(dialog().getByRole('button', { name: 'Close' }));
  await user.keyboard('{Control>}n{/Control}');
  await waitFor(() => expect(story.besides).toEqual([{ kind: 'finding', id: other?.id }]));
});

test('a dropped case package is shown, rules are imported, the rest is evidence', async () => {
  const asked: string[] = [];
  renderWindow({
    overrides: {
      'import.run': async ({ tokens }) => {
        asked.push(`import ${tokens.join(' ')}`);
        return { files: tokens.length, failed: 0 };
      },
      'rules.import': async ({ token }) => {
        asked.push(`rules ${token}`);
        if (token === 'token-bad.toml') throw fail('rule-invalid', 'This is no rule.');
        return {
          format: 'toml',
          imported: [],
          refused: [{ reason: 'Its query is not supported.' }],
          exceptions: [],
          leftOut: [],
          others: 0,
        };
      },
      'package.verify': async ({ token }) => ({ ok: false, entries: 0, files: 0, problems: [`${token} is none.`] }),
    },
  });
  await settled();
  const drop = (...names: string[]) =>
    fireEvent.drop(screen.getByRole('main'), {
      dataTransfer: { types: ['Files'], files: names.map((name) => new File(['x'], name)) },
    });
  drop('writes.ndjson', 'C-2026-0001.zip', 'events.zip.csv');
  await screen.findByText('token-C-2026-0001.zip is none.');
  await waitFor(() => expect(asked).toEqual(['import token-writes.ndjson token-events.zip.csv']));
  expect(useChoices.getState().view).toBe('sources');
  choose({ dialog: undefined });
  drop('one.toml', 'bad.toml');
  await screen.findByText(/0 rules imported from one\.toml, 1 refused: Its query is not supported\. bad\.toml was not/);
  expect(useChoices.getState().view).toBe('rules');
  drop('rules.ndjson');
  await waitFor(() => expect(asked.at(-1)).toBe('rules token-rules.ndjson'));
});
