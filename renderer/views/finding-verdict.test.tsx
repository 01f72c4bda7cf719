// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { makeVerdictBook, movedByVerdicts } from '../../shared/analysis/verdict-feedback.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingVerdict } from '../../shared/model/finding-verdict.ts';
import { ClientContext, makeQueryClient } from '../queries.ts';
import { useChoices } from '../state.ts';
import { prepareDom } from '../testing/render-window.tsx';
import { makeStory } from '../testing/story.ts';
import { FindingVerdictLine, VerdictFacets } from './finding-verdict.tsx';

beforeAll(prepareDom);
afterEach(cleanup);

/** A window's client that keeps what it was asked, and answers verdicts. */
function withClient(content: React.ReactNode) {
  const { client } = makeStory();
  const asked: unknown[] = [];
  const recording = {
    ...client,
    call: async (name: string, input: unknown) => {
      asked.push([name, input]);
      return {};
    },
  } as typeof client;
  render(
    <MantineProvider>
      <QueryClientProvider client={makeQueryClient()}>
        <ClientContext.Provider value={recording}>{content}</ClientContext.Provider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return asked;
}

const [first] = makeStory().findings;
if (!first) throw new Error('The story has no finding.');
const finding: FindingRow = { ...first, score: 60 };
const verdict: FindingVerdict = {
  findingId: 'F-judged',
  verdict: 'malicious',
  note: 'Left the company',
  actor: 'anna',
  atMs: finding.startMs - 1,
  countsFromMs: finding.startMs - 1,
  host: finding.host,
  process: finding.process,
  executable: finding.executable,
  device: finding.device,
  points: {},
};

it('records a verdict with its reason, and for old evidence since the finding', async () => {
  const asked = withClient(<FindingVerdictLine finding={finding} />);
  fireEvent.click(screen.getByRole('button', { name: 'Judge it' }));
  const form = within(screen.getByRole('form', { name: 'Verdict on the finding' }));
  const record = form.getByRole('button', { name: 'Record verdict' });
  expect(record.hasAttribute('disabled')).toBe(true);
  fireEvent.click(form.getByRole('button', { name: 'Benign' }));
  fireEvent.change(form.getByLabelText('Why'), { target: { value: ' Backup of the server ' } });
  fireEvent.click(form.getByRole('checkbox'));
  fireEvent.click(record);
  await screen.findByRole('button', { name: 'Judge it' });
  expect(asked).toEqual([
    ['verdict.give', { findingId: finding.id, verdict: 'benign', note: 'Backup of the server', since: 'finding' }],
  ]);
});

it('shows the verdict on a finding, and takes it back', async () => {
  const asked = withClient(
    <FindingVerdictLine finding={{ ...finding, verdict: { ...verdict, caseId: 'C-2026-0001' } }} />,
  );
  expect(screen.getByText('Malicious')).toBeTruthy();
  expect(screen.getByText('Left the company')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'C-2026-0001' })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Take back' }));
  await waitFor(() => expect(asked).toEqual([['verdict.take-back', { findingId: finding.id, note: '' }]]));
});

it('explains what verdicts on other findings add, leads to them, and takes each back', async () => {
  const moved = movedByVerdicts(finding, makeVerdictBook([verdict]));
  const facets = [...finding.facets, ...(moved?.facets ?? [])];
  const asked = withClient(<VerdictFacets finding={{ ...finding, facets }} />);
  expect(screen.getByText('Verdict on the program')).toBeTruthy();
  expect(screen.getByText('+12')).toBeTruthy();
  expect(screen.getByText('+8')).toBeTruthy();
  fireEvent.click(screen.getAllByRole('button', { name: 'Show that finding' })[0] as HTMLElement);
  expect(useChoices.getState().findingId).toBe('F-judged');
  fireEvent.click(screen.getAllByRole('button', { name: 'Take back' })[0] as HTMLElement);
  await waitFor(() => expect(asked).toEqual([['verdict.take-back', { findingId: 'F-judged', note: '' }]]));
});
