// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeAll, describe, expect, test } from 'vitest';
import { fail } from '../shared/base/failure.ts';
import { emptyQueue } from './queue-choice.ts';
import { emptyEvidence, useChoices } from './state.ts';
import { findAxeProblems, prepareDom, renderWindow } from './testing/render-window.tsx';

beforeAll(prepareDom);

const queue = () => screen.findByRole('listbox', { name: /Findings by/ });
const selected = () => screen.getByRole('region', { name: 'Selected finding' });

/** The best finding is open and its steps are collected. */
async function settled(): Promise<void> {
  await waitFor(() => expect(within(selected()).getByText(/wrote .* in \d+ files/)).toBeTruthy());
  await within(selected()).findByText(/Ran from/);
}

describe('the queue', () => {
  test('opens the best finding by itself and narrows the view to its host', async () => {
    renderWindow();
    await settled();
    const options = within(await queue()).getAllByRole('option');
    expect(options[0]?.getAttribute('aria-selected')).toBe('true');
    expect(options[0]?.textContent).toContain('rundll32.exe');
    expect(useChoices.getState().evidence.hosts).toEqual(['ws-042']);
    expect(screen.getByText('10 of 10')).toBeTruthy();
  });

  test('J and K walk it; Back returns to where one was', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('jj');
    await waitFor(() => expect(within(selected()).getByText(/rclone\.exe wrote/)).toBeTruthy());
    await user.keyboard('k');
    await waitFor(() => expect(within(selected()).getByText(/svch0st\.exe wrote/)).toBeTruthy());
    await user.keyboard('{Alt>}{ArrowLeft}{/Alt}');
    await waitFor(() => expect(within(selected()).getByText(/rclone\.exe wrote/)).toBeTruthy());
    await waitFor(() => expect(useChoices.getState().evidence.hosts).toEqual(['srv-build-02']));
  });

  test('Back and Forward lead through views, spans and filters too', async () => {
    const { user } = renderWindow();
    await settled();
    const { span, evidence } = useChoices.getState();
    const back = () => user.keyboard('{Alt>}{ArrowLeft}{/Alt}');
    await user.keyboard('+');
    await waitFor(() => expect(useChoices.getState().span).not.toEqual(span));
    const closer = useChoices.getState().span;
    await user.click(screen.getByRole('button', { name: /show all hosts/ }));
    expect(useChoices.getState().evidence.hosts).toEqual([]);
    await user.keyboard('{Control>}3{/Control}');
    await screen.findByRole('heading', { name: 'Devices', level: 1 });
    await back();
    await screen.findByRole('heading', { name: 'Investigate', level: 1 });
    expect(useChoices.getState()).toMatchObject({ span: closer, evidence: { hosts: [] } });
    await back();
    expect(useChoices.getState()).toMatchObject({ span: closer, evidence });
    await back();
    expect(useChoices.getState()).toMatchObject({ span, evidence });
    await user.keyboard('{Alt>}{ArrowRight}{/Alt}');
    expect(useChoices.getState()).toMatchObject({ span: closer, evidence });
  });

  test('filters in the store and says what it counts; an empty answer says how to go on', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('/');
    await user.type(await screen.findByLabelText(/contains/), 'svch0st');
    await screen.findByText('1 of 10');
    await user.type(screen.getByLabelText(/contains/), 'zzz');
    await screen.findByText('0 of 10 findings match');
    const clear = screen.getAllByRole('button', { name: 'Clear filter' });
    await user.click(clear[0] as HTMLElement);
    await screen.findByText('10 of 10');
  });

  test('names with hidden characters are shown as they are stored', async () => {
    renderWindow();
    const option = await within(await queue()).findByRole('option', { name: /fdp\.exe/ });
    expect(option.textContent).toContain('invoiceU+202Efdp.exe');
  });
});

describe('the finding', () => {
  test('explains its score, says whether the shipped rule could alert, and leads to its writes', async () => {
    const { user, story } = renderWindow();
    await settled();
    const pane = within(selected());
    expect(pane.getByText('The shipped rule cannot alert here.')).toBeTruthy();
    expect(pane.getByRole('img', { name: /24 of at most 24/ })).toBeTruthy();
    expect(pane.getByText('Seen in 0 of 67 process-hours')).toBeTruthy();
    await user.click(pane.getByRole('button', { name: /Device new to host and user/ }));
    await pane.findByText('All writes to this device');
    const [finding] = story.findings;
    const toDevice = story.writes.filter((write) => write.device === finding?.device && write.atMs <= finding.endMs);
    await pane.findByText(new RegExp(`of ${toDevice.length} events shown`));
    await user.click(pane.getByRole('button', { name: 'Of the finding' }));
    await pane.findByText(/of 215 events shown/);
  });

  test('is acknowledged, closed with a reason, reopened', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('j');
    await waitFor(() => expect(within(selected()).getByText(/svch0st\.exe wrote/)).toBeTruthy());
    await user.click(within(selected()).getByRole('button', { name: 'Acknowledge' }));
    await within(selected()).findByText('In review');
    await user.click(within(selected()).getByRole('button', { name: 'Close' }));
    const dialog = await screen.findByRole('dialog', { name: 'Close the finding' });
    const submit = within(dialog).getByRole('button', { name: 'Close the finding' });
    expect(submit).toHaveProperty('disabled', true);
    await user.type(within(dialog).getByLabelText(/no further work/), 'agreed with IT');
    await user.click(submit);
    await within(selected()).findByText('agreed with IT');
    await user.click(within(selected()).getByRole('button', { name: 'Reopen' }));
    await within(selected()).findByText('Open');
  });

  test('a step keeps the decision apart from what was collected', async () => {
    const { user } = renderWindow();
    await settled();
    const step = (await within(selected()).findByRole('heading', { name: 'Process name and path' })).closest(
      'li',
    ) as HTMLElement;
    await user.click(within(step).getByRole('button', { name: 'Decide' }));
    await user.click(within(step).getByRole('button', { name: 'Suspicious' }));
    await user.type(within(step).getByLabelText('Note'), 'Not one of ours');
    await user.click(within(step).getByRole('button', { name: 'Save' }));
    await within(step).findByText('Not one of ours');
    expect(within(step).getByText('Unusual')).toBeTruthy();
    expect(within(step).getByRole('img', { name: 'Step 1, decided' })).toBeTruthy();
    expect(within(selected()).getByRole('tab', { name: /Investigate 1\/6/ })).toBeTruthy();
  });

  test('steps that were cut off by leaving the tab are collected again', async () => {
    let asked = 0;
    const { user } = renderWindow({
      overrides: {
        'triage.collect': async (_input, { signal, emit }) => {
          asked += 1;
          emit({
            step: 'process',
            checks: [{ id: 'a', title: 'A', figure: '', sentence: 'Ran from Temp.', stance: 'supports-suspicion' }],
          });
          if (asked === 1) {
            await new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(fail('cancelled', 'Cancelled.')), { once: true });
            });
          }
          emit({
            step: 'data',
            checks: [
              { id: 'b', title: 'B', figure: '', sentence: 'All of it is archives.', stance: 'supports-suspicion' },
            ],
          });
          return {};
        },
      },
    });
    await settled();
    await user.click(within(selected()).getByRole('tab', { name: 'Writes' }));
    await within(selected()).findByText(/of 215 events shown/);
    await user.click(within(selected()).getByRole('tab', { name: /Investigate/ }));
    await within(selected()).findByText('All of it is archives.');
    expect(asked).toBe(2);
  });

  test('a failure stands where it was asked, with what to do', async () => {
    const { user } = renderWindow({
      overrides: {
        'triage.mark': async () => {
          throw fail('disk-full', 'The decision could not be written.', 'Free space on the disk.');
        },
      },
    });
    await settled();
    const step = (await within(selected()).findByRole('heading', { name: 'Process name and path' })).closest(
      'li',
    ) as HTMLElement;
    await user.click(within(step).getByRole('button', { name: 'Decide' }));
    await user.click(within(step).getByRole('button', { name: 'Unremarkable' }));
    await user.click(within(step).getByRole('button', { name: 'Save' }));
    const alert = await within(step).findByRole('alert');
    expect(alert.textContent).toContain('The decision could not be written.');
    expect(alert.textContent).toContain('Free space on the disk.');
  });
});

describe('decisions about several findings', () => {
  test('marked with the keyboard, closed together, undone', async () => {
    const { user, story } = renderWindow();
    await settled();
    const list = await queue();
    list.focus();
    await user.keyboard(' {ArrowDown} ');
    await screen.findByText('2 marked');
    const foot = within(screen.getByRole('region', { name: 'Findings' }));
    await user.click(foot.getByRole('button', { name: 'Close' }));
    const dialog = await screen.findByRole('dialog', { name: 'Close the finding' });
    await user.type(within(dialog).getByLabelText(/no further work/), 'same backup');
    await user.click(within(dialog).getByRole('button', { name: 'Close 2 findings' }));
    await screen.findByText('2 findings closed.');
    await waitFor(() => expect(story.findings.filter((row) => row.closedReason === 'same backup')).toHaveLength(2));
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(story.findings.filter((row) => row.closedReason === 'same backup')).toHaveLength(0));
    expect(story.findings[0]?.state).toBe('acknowledged');
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  });

  test('a filter is saved under a name and chosen again', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('/');
    await user.type(await screen.findByLabelText(/contains/), 'robocopy');
    await screen.findByText('2 of 10');
    await user.type(screen.getByLabelText('Name for this view'), 'copies{Enter}');
    await user.click(screen.getByRole('button', { name: 'Clear filter' }));
    await screen.findByText('10 of 10');
    await user.click(screen.getByRole('button', { name: 'copies' }));
    await screen.findByText('2 of 10');
  });
});

describe('groups and what a rule raised', () => {
  test('a group opens and is left by keyboard; what is raised says so and can be kept alone', async () => {
    const { user, story } = renderWindow({ choices: { queue: { ...emptyQueue, groupBy: 'host' } } });
    const groups = await screen.findByRole('listbox', { name: 'Findings by host' });
    await within(groups).findAllByRole('option');
    groups.focus();
    await user.keyboard('{Enter}');
    const [first] = within(await queue()).getAllByRole('option');
    expect(first?.textContent).toContain('rundll32.exe');
    await within(await queue()).findByText('Raised');
    const hosts = new Set(story.findings.filter((row) => row.host === 'ws-042').map((row) => row.id));
    await screen.findByText(`${hosts.size} of 10`);
    (await queue()).focus();
    await user.keyboard('{Escape}');
    await screen.findByRole('listbox', { name: 'Findings by host' });
    await user.keyboard('/');
    await user.selectOptions(await screen.findByLabelText('Whether a rule raised them'), 'Raised by a rule');
    await user.selectOptions(screen.getByLabelText('Grouping of the findings'), 'Not grouped');
    await screen.findByText('1 of 10');
    expect(await findAxeProblems()).toEqual([]);
  });

  test('what is marked is copied with what a rule raised', async () => {
    const { user, story } = renderWindow();
    await settled();
    (await queue()).focus();
    await user.keyboard('{Control>}a{/Control}');
    await screen.findByText('10 marked');
    await user.click(screen.getByRole('button', { name: 'Columns, copy and mark' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Copy the 10 marked as CSV' }));
    await screen.findByText('10 marked, 10 findings copied');
    const lines = (story.clipboard.at(-1) ?? '').trimEnd().split('\r\n');
    expect(lines).toHaveLength(11);
    expect(lines[1]).toContain('Watch list');
  });
});

describe('timeline and processes', () => {
  test('the table twin holds findings, connections and volumes', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('t');
    const twin = await screen.findByRole('region', { name: 'Timeline as tables' });
    const tables = within(twin).getAllByRole('table');
    expect(tables).toHaveLength(3);
    expect(tables[1]?.textContent).toContain('not recorded');
    expect(tables[1]?.textContent).toContain('writes only');
    expect(tables[2]?.textContent).toContain('rundll32.exe');
  });

  test('keys zoom and show the whole history; the chosen span is kept', async () => {
    const { user } = renderWindow();
    await settled();
    const length = () => {
      const { span } = useChoices.getState();
      return span ? span.endMs - span.startMs : 0;
    };
    const before = length();
    await user.keyboard('+');
    await waitFor(() => expect(length()).toBe(before / 2));
    await user.keyboard('{Home}');
    await waitFor(() => expect(length()).toBeGreaterThan(before * 5));
    await user.keyboard('0');
    await waitFor(() => expect(length()).toBe(before));
  });

  test('the newest span wins and the older question is aborted', async () => {
    let aborted = 0;
    const { user } = renderWindow({
      overrides: {
        'scored-processes.list': (_input, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener(
              'abort',
              () => {
                aborted += 1;
                reject(fail('cancelled', 'Cancelled.'));
              },
              { once: true },
            );
          }),
      },
    });
    await settled();
    await user.keyboard('+++');
    await waitFor(() => expect(aborted).toBeGreaterThanOrEqual(2));
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('sorting is asked from the store; a row narrows the view to its process', async () => {
    const { user } = renderWindow();
    await settled();
    const table = within(screen.getByRole('region', { name: 'Processes that wrote in the span' }));
    await table.findByRole('button', { name: /BackupClient/ });
    await user.click(table.getByRole('button', { name: 'Files' }));
    await waitFor(() =>
      expect(table.getByRole('columnheader', { name: 'Files' }).getAttribute('aria-sort')).toBe('descending'),
    );
    await waitFor(() => expect(table.getAllByRole('row')[1]?.textContent).toContain('rundll32.exe'));
    await user.click(table.getByRole('button', { name: 'Files' }));
    await waitFor(() => expect(table.getAllByRole('row')[1]?.textContent).toContain('powershell.exe'));
    await user.click(table.getByRole('button', { name: /7zG\.exe/ }));
    await waitFor(() => expect(useChoices.getState().evidence.processes).toEqual(['7zG.exe']));
  });

  test('who is chosen narrows findings and devices of the timeline too', async () => {
    const { story } = renderWindow();
    await settled();
    const user = 'NT AUTHORITY\\SYSTEM';
    const devices = new Set(story.writes.filter((write) => write.user === user).map((write) => write.device));
    const findings = story.findings.filter((finding) => finding.user === user);
    expect(devices.size).toBeGreaterThan(0);
    act(() => useChoices.setState({ span: undefined, evidence: { ...emptyEvidence, users: [user] } }));
    const words = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
    await screen.findByRole('group', {
      name: new RegExp(`: ${words(devices.size, 'device')}, .*, ${words(findings.length, 'finding')}, `),
    });
  });

  test('its rows are devices where asked: sorted and searched by the store, a row narrows the view to its device', async () => {
    const { user, story } = renderWindow();
    await settled();
    await user.click(screen.getByRole('button', { name: 'Device' }));
    const table = within(await screen.findByRole('region', { name: 'Devices that were written to in the span' }));
    await screen.findByText(/^(\d+) of \1 written to in the span$/);
    const rows = () => table.getAllByRole('row').slice(1);
    expect(rows()[0]?.className).toBe('is-selected');
    expect(table.getByRole('columnheader', { name: 'Event sum' }).getAttribute('aria-sort')).toBe('descending');
    await user.click(table.getByRole('button', { name: 'Event sum' }));
    await waitFor(() => expect(rows()[0]?.className).toBe(''));
    await user.type(screen.getByLabelText('Devices: name, serial, host or user'), 'sandisk');
    await screen.findByText('1 of 1 written to in the span that match');
    await user.click(within(rows()[0] as HTMLElement).getByRole('button'));
    expect(useChoices.getState().evidence.devices).toEqual([story.findings[0]?.device]);
    expect(useChoices.getState().spanTable).toBe('device');
    await user.click(await screen.findByTitle(/Show all devices\.$/));
    expect(useChoices.getState().evidence.devices).toEqual([]);
  });

  test('keys pin the crosshair and open the parts of the finding; Escape frees the one, then leads back', async () => {
    const { user } = renderWindow();
    await settled();
    await screen.findByText('7 of 7 that wrote in the span');
    const said = () => document.querySelector('.timeline > [aria-live]')?.textContent;
    await user.keyboard('p');
    await waitFor(() => expect(said()).toMatch(/ to .*: /));
    const { span } = useChoices.getState();
    await user.keyboard('+');
    await waitFor(() => expect(useChoices.getState().span).not.toEqual(span));
    for (const [key, name] of [
      ['2', /^False positives/],
      ['3', /^Respond/],
      ['4', /^Writes/],
      ['5', /^Case/],
      ['1', /^Investigate/],
    ] as const) {
      await user.keyboard(key);
      await waitFor(() =>
        expect(within(selected()).getByRole('tab', { name }).getAttribute('aria-selected')).toBe('true'),
      );
    }
    await user.keyboard('{Escape}');
    await waitFor(() => expect(said()).toBe(''));
    expect(useChoices.getState().span).not.toEqual(span);
    await user.keyboard('{Escape}');
    expect(useChoices.getState().span).toEqual(span);
    // A dialog that closes on it keeps it to itself.
    await user.keyboard('j?');
    const { findingId } = useChoices.getState();
    await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(useChoices.getState().findingId).toBe(findingId);
  });

  test('the process table is searched in the store, copied as CSV and JSON, and walked by the arrows', async () => {
    const { user, story } = renderWindow();
    await settled();
    await screen.findByText('7 of 7 that wrote in the span');
    const bar = () => within(screen.getByRole('region', { name: 'Timeline and processes' }));
    await user.click(bar().getByRole('button', { name: 'Copy' }));
    await user.click(await screen.findByRole('menuitem', { name: 'As CSV' }));
    await waitFor(() => expect(story.clipboard).toHaveLength(1));
    expect(story.clipboard[0]).toMatch(/^host,process,executable,/);
    expect(story.clipboard[0]?.split('\r\n')).toHaveLength(9);
    await screen.findByText('copied 7');
    await user.click(bar().getByRole('button', { name: 'Copy' }));
    await user.click(await screen.findByRole('menuitem', { name: 'As JSON' }));
    await waitFor(() => expect(story.clipboard).toHaveLength(2));
    expect(JSON.parse(story.clipboard[1] ?? '')).toHaveLength(7);
    const table = within(screen.getByRole('region', { name: 'Processes that wrote in the span' }));
    const names = () =>
      table
        .getAllByRole('row')
        .slice(1)
        .map((row) => within(row).getAllByRole('button')[0]);
    names()[0]?.focus();
    await user.keyboard('{ArrowDown}');
    await waitFor(() => expect(document.activeElement).toBe(names()[1]));
    await user.keyboard('{End}');
    await waitFor(() => expect(document.activeElement).toBe(names()[6]));
    screen.getByText('copied 7');
    await user.type(screen.getByLabelText('Processes: name, folder or host'), '7ZG');
    await screen.findByText('1 of 1 that wrote in the span and match');
    expect(screen.queryByText(/^copied/)).toBeNull();
    expect(names()).toHaveLength(1);
  });
});

describe('frame', () => {
  test('an empty workspace says what to do next', async () => {
    renderWindow({ isEmpty: true });
    await screen.findByText('Which process wrote to a removable device?');
    expect(screen.getAllByRole('button', { name: 'Import files' }).length).toBeGreaterThan(0);
  });

  test('files are imported, what was rejected is told line by line', async () => {
    const { user } = renderWindow({ choices: { view: 'sources' } });
    await user.click(await screen.findByRole('button', { name: 'Choose files' }));
    await screen.findByText('usb-audit-october.csv');
    expect(screen.getByText('688 stored')).toBeTruthy();
    expect(screen.getByText(/3 of 9 shown/)).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('none of the formats');
  });

  test('files dropped on any view are imported and the sources show it; dragged text is not taken', async () => {
    const asked: string[][] = [];
    renderWindow({
      overrides: {
        'import.run': async ({ tokens }) => {
          asked.push([...tokens]);
          return { files: tokens.length, failed: 0 };
        },
      },
    });
    await settled();
    const window = selected();
    const files = [new File(['{}'], 'writes.ndjson'), new File([], 'folder')];
    // What is not prevented, the browser would open in place of the page.
    expect(fireEvent.dragOver(window, { dataTransfer: { types: ['text/plain'], files: [] } })).toBe(true);
    fireEvent.drop(window, { dataTransfer: { types: ['text/plain'], files } });
    expect(useChoices.getState().view).toBe('investigate');
    expect(fireEvent.dragOver(window, { dataTransfer: { types: ['Files'], files } })).toBe(false);
    fireEvent.drop(window, { dataTransfer: { types: ['Files'], files } });
    await waitFor(() => expect(asked).toEqual([['token-writes.ndjson']]));
    expect(useChoices.getState().view).toBe('sources');
  });

  test('a running import shows progress and can be cancelled', async () => {
    const { user } = renderWindow({
      choices: { view: 'sources' },
      overrides: {
        'import.run': (_input, { signal, emit }) =>
          new Promise((_resolve, reject) => {
            emit({
              kind: 'progress',
              progress: { path: '/data/big.ndjson', phase: 'reading', doneBytes: 61, totalBytes: 100, rowsRead: 1234 },
            });
            signal.addEventListener('abort', () => reject(fail('cancelled', 'Cancelled.')), { once: true });
          }),
      },
    });
    await user.click(await screen.findByRole('button', { name: 'Choose files' }));
    const bar = await screen.findByRole('progressbar', { name: 'Import of big.ndjson' });
    expect(bar.getAttribute('aria-valuenow')).toBe('61');
    await user.click(screen.getByRole('button', { name: 'Cancel' }));
    await screen.findByText(/Nothing of the file that was being read was stored/);
    expect(screen.queryByRole('progressbar')).toBeNull();
  });

  test('commands of the native menu run by their id', async () => {
    const { story } = renderWindow();
    await settled();
    story.chooseInMenu('view.devices');
    await screen.findByRole('heading', { name: 'Devices', level: 1 });
    story.chooseInMenu('no.such-command');
  });

  test('the palette finds commands and evidence', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('{Control>}k{/Control}');
    let field = await screen.findByRole('combobox', { name: 'Find or run a command' });
    await user.type(field, 'rclone');
    await screen.findByRole('option', { name: /Process rclone\.exe/ });
    for (const [text, found] of [
      ['ws-04', /Host ws-042/],
      ['keller', /User CORP\\m\.keller/],
      ['sandisk', /Device SanDisk .*, \w+/],
      ['svch0st', /Finding \d+ svch0st\.exe on/],
    ] as const) {
      await user.clear(field);
      await user.paste(text);
      await screen.findByRole('option', { name: found });
    }
    await user.click(screen.getByRole('option', { name: /Finding \d+ svch0st\.exe on/ }));
    await waitFor(() => expect(within(selected()).getByText(/svch0st\.exe wrote/)).toBeTruthy());
    await user.keyboard('{Control>}k{/Control}');
    field = await screen.findByRole('combobox', { name: 'Find or run a command' });
    await user.type(field, 'C-2026');
    await screen.findByRole('option', { name: /Case C-2026-0014/ });
    await user.clear(field);
    await user.paste('portside://finding/F-00ab12');
    await screen.findByRole('option', { name: /Open F-00ab12/ });
    await user.clear(field);
    await user.paste('portside://finding/F-00ab12/../C-2026-0014');
    await waitFor(() => expect(screen.queryByRole('option', { name: /^Open |F-00ab12|C-2026/ })).toBeNull());
    await user.clear(field);
    await user.type(field, 'theme dark{Enter}');
    await waitFor(() => expect(useChoices.getState().theme).toBe('dark'));
    expect(document.documentElement.dataset.theme).toBe('dark');
    expect(screen.queryByRole('combobox', { name: 'Find or run a command' })).toBeNull();
  });

  test('a link to a finding that is not there is told, and the rest of the window stays', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: 'Find or run a command' });
    await user.paste('portside://finding/F-ffffffffffff');
    await user.keyboard('{Enter}');
    await waitFor(() => expect(useChoices.getState().findingId).toBe('F-ffffffffffff'));
    expect((await within(selected()).findByRole('alert')).textContent).toContain('F-ffffffffffff');
    expect(within(await queue()).getAllByRole('option').length).toBeGreaterThan(1);
  });

  test('times are in one zone, and the window says in which', async () => {
    const { user } = renderWindow();
    await settled();
    await user.click(screen.getByRole('button', { name: /Times:/ }));
    expect(useChoices.getState().zoneKind).toBe('utc');
    expect(screen.getByRole('button', { name: /Times: UTC$/ })).toBeTruthy();
  });
});

describe('cases', () => {
  test('a case is opened from a finding; a note and a verdict join its journal', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('jj');
    await waitFor(() => expect(within(selected()).getByText(/rclone\.exe wrote/)).toBeTruthy());
    await user.click(within(selected()).getByRole('tab', { name: 'Case' }));
    await user.click(await within(selected()).findByRole('button', { name: 'Open a case' }));
    const journal = within(await screen.findByRole('region', { name: 'Case' }));
    await journal.findByText(/Case opened: rclone\.exe/);
    await user.type(journal.getByRole('textbox', { name: 'Note' }), 'Asked the owner of the server');
    await user.click(journal.getByRole('button', { name: 'Add note' }));
    await journal.findByText('Asked the owner of the server');
    await user.click(journal.getByRole('button', { name: 'Record verdict' }));
    await user.selectOptions(journal.getByLabelText('Verdict'), 'Policy violation');
    await user.type(journal.getByLabelText(/What happened/), 'A copy without leave.');
    await user.click(journal.getAllByRole('button', { name: 'Record verdict' }).at(-1) as HTMLElement);
    await journal.findByRole('heading', { name: 'Policy violation' });
    await user.click(journal.getByRole('button', { name: 'Verify now' }));
    await journal.findByText(/^Verified: \d+ entries/);
  });

  test('a false positive is judged with its reason in the case', async () => {
    const { user } = renderWindow({ choices: { findingTab: 'benign' } });
    await screen.findByText('Backup process');
    await user.click((await within(selected()).findAllByRole('button', { name: 'Judge' }))[0] as HTMLElement);
    await user.click(within(selected()).getByRole('button', { name: 'Accept' }));
    expect(within(selected()).getByText(/2 checks speak against it/)).toBeTruthy();
    await user.type(within(selected()).getByLabelText('Reason'), 'A test of the backup');
    await user.click(within(selected()).getByRole('button', { name: 'Record' }));
    await within(selected()).findByText('A test of the backup');
  });
});

describe('notes on the timeline', () => {
  test('are added at the crosshair, listed by the table, and lead to their entry and back', async () => {
    const { user } = renderWindow();
    await settled();
    const { span } = useChoices.getState();
    const body = screen.getByRole('group', { name: /^Timeline, / });
    body.focus();
    await user.keyboard('{ArrowRight}n');
    const note = await screen.findByRole('textbox', { name: /^Note about / });
    expect(document.activeElement).toBe(note);
    expect(screen.getByText(/kept in C-2026-\d+\. It cannot be changed afterwards\./)).toBeTruthy();
    await user.type(note, 'The door opened{Enter}');
    await waitFor(() => expect(screen.queryByRole('textbox', { name: /^Note about / })).toBeNull());
    expect(document.activeElement).toBe(body);
    await screen.findByTitle(/1 note in all, 1 in the span/);
    await user.keyboard('t');
    const table = within(await screen.findByRole('region', { name: 'Timeline as tables' }));
    await table.findByText('Notes of the case in the span: 1');
    await user.click(table.getByRole('button', { name: /^C-2026-\d+, entry \d+$/ }));
    const entry = await waitFor(() => {
      const found = screen.getAllByRole('listitem').find((item) => item.getAttribute('aria-current') === 'true');
      expect(found?.textContent).toContain('The door opened');
      return found as HTMLElement;
    });
    await user.click(within(entry).getByRole('button', { name: 'Show on the timeline' }));
    await screen.findByRole('heading', { name: 'Investigate', level: 1 });
    expect(useChoices.getState().span).not.toEqual(span);
    expect(await findAxeProblems()).toEqual([]);
  });
});

describe('devices', () => {
  const list = () => within(screen.getByRole('region', { name: 'List of devices' }));
  const firstDevice = () => within(list().getAllByRole('row')[1] as HTMLElement).getAllByRole('button')[0]?.textContent;

  test('are searched, sorted and narrowed by the store', async () => {
    const { user } = renderWindow({ choices: { view: 'devices' } });
    await screen.findByText('7 of 7 devices');
    const newest = firstDevice();
    await user.click(list().getByRole('button', { name: 'Event sum' }));
    await waitFor(() =>
      expect(list().getByRole('columnheader', { name: 'Event sum' }).getAttribute('aria-sort')).toBe('descending'),
    );
    await waitFor(() => expect(firstDevice()).not.toBe(newest));
    await user.type(screen.getByLabelText(/contains/), 'kingston');
    await screen.findByText('1 of 1 that match');
    await user.type(screen.getByLabelText(/contains/), 'zzz');
    await screen.findByText('No device matches');
    await user.click(screen.getByRole('button', { name: 'Clear filter' }));
    await screen.findByText('7 of 7 devices');
  });

  test('are narrowed to what was decided, and copied with it', async () => {
    const { user, story } = renderWindow({ choices: { view: 'devices' } });
    await screen.findByText('7 of 7 devices');
    await user.click(screen.getByRole('button', { name: 'Any decision' }));
    await user.click(await screen.findByRole('menuitemradio', { name: 'Approved' }));
    await screen.findByText('1 of 1 that match');
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    await user.click(await screen.findByRole('menuitem', { name: 'As JSON' }));
    await waitFor(() => expect(story.clipboard).toHaveLength(1));
    expect(JSON.parse(story.clipboard[0] ?? '')).toMatchObject([{ decision: 'approved' }]);
    await user.click(screen.getByRole('button', { name: 'Approved' }));
    await user.click(await screen.findByRole('menuitemradio', { name: 'Not decided' }));
    await screen.findByText('6 of 6 that match');
  });

  test('show the columns that are wanted', async () => {
    const { user } = renderWindow({ choices: { view: 'devices' } });
    await screen.findByText('7 of 7 devices');
    expect(list().queryByRole('columnheader', { name: 'Capacity' })).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Choose columns' }));
    await user.click(await screen.findByRole('menuitemcheckbox', { name: 'Capacity' }));
    expect(list().getByRole('columnheader', { name: 'Capacity' })).toBeTruthy();
    expect(list().getAllByText('64.0 GB')).toHaveLength(7);
  });
});

describe('live', () => {
  test('an action is planned, shown with its evidence, and carried out only when confirmed', async () => {
    const { user, story } = renderWindow({ choices: { view: 'live' } });
    await user.click(await screen.findByRole('button', { name: 'Watch this computer' }));
    await user.click(await screen.findByRole('button', { name: 'Act on rsync' }));
    await user.click(await screen.findByRole('menuitem', { name: /Halt the process/ }));
    const dialog = await screen.findByRole('dialog', { name: 'Halt the process' });
    await within(dialog).findByText(/It can go on later/);
    expect(within(dialog).getByText('1 file')).toBeTruthy();
    expect(story.calls).not.toContain('live.act');
    await user.click(within(dialog).getByRole('button', { name: 'Halt the process' }));
    await within(dialog).findByText('rsync was halted.');
    expect(await findAxeProblems()).toEqual([]);
  });

  test('is started, marked, held and stopped', async () => {
    const { user } = renderWindow({ choices: { view: 'live' } });
    await user.click(await screen.findByRole('button', { name: 'Watch this computer' }));
    await screen.findByText('4 of 4 that wrote');
    expect(screen.getByText('≈', { exact: false })).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Mark' }));
    await user.type(screen.getByLabelText('Note for this moment'), 'stick pulled{Enter}');
    await screen.findByText('stick pulled');
    await user.click(screen.getByRole('button', { name: 'Stop capture' }));
    await screen.findByRole('button', { name: 'Watch' });
    expect(screen.getByRole('button', { name: 'Capture off' })).toBeTruthy();
  });
});

describe('axe finds nothing wrong', () => {
  test.each([
    ['investigate', 'light'],
    ['investigate', 'dark'],
    ['sources', 'light'],
    ['devices', 'light'],
    ['cases', 'dark'],
    ['live', 'light'],
  ] as const)('%s, %s', async (view, theme) => {
    renderWindow({ choices: { view, theme } });
    if (view === 'investigate') await settled();
    else await screen.findAllByText(/Demo/);
    if (view === 'cases') await screen.findByRole('heading', { name: 'Likely exfiltration' });
    if (view === 'live') {
      screen.getByRole('button', { name: 'Watch this computer' }).click();
      await screen.findByText('Processes writing');
    }
    if (view === 'devices') await screen.findByText('serial number set by the vendor');
    expect(await findAxeProblems()).toEqual([]);
  });

  test('dialogs and the table twin', async () => {
    const { user } = renderWindow();
    await settled();
    await user.keyboard('t');
    await screen.findByRole('region', { name: 'Timeline as tables' });
    await user.keyboard('?');
    await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    expect(await findAxeProblems()).toEqual([]);
    await user.keyboard('{Escape}{Control>}k{/Control}');
    await screen.findByRole('combobox', { name: 'Find or run a command' });
    expect(await findAxeProblems()).toEqual([]);
  });
});
