// @vitest-environment jsdom
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { ClientContext, makeQueryClient } from '../queries.ts';
import { prepareDom } from '../testing/render-window.tsx';
import { makeStory } from '../testing/story.ts';
import { WritesList } from './writes-list.tsx';

beforeAll(prepareDom);
afterEach(cleanup);

const hourMs = 3_600_000;
const endMs = Date.UTC(2026, 10, 20, 12);

it('a search goes on by itself and says how far it looked, until it is stopped', async () => {
  const { client } = makeStory();
  const cursors: (string | undefined)[] = [];
  const waiting: (() => void)[] = [];
  const searching = {
    ...client,
    call: async (name: string, input: { filters?: unknown; filter?: { pathContains?: string }; cursor?: string }) => {
      if (name !== 'writes.page' || input.filter?.pathContains === undefined) {
        return name === 'writes.totals' ? [] : { rows: [] };
      }
      cursors.push(input.cursor);
      await new Promise<void>((resolve) => waiting.push(resolve));
      const step = Number(input.cursor ?? 0) + 1;
      return step === 4 ? { rows: [] } : { rows: [], nextCursor: String(step), searchedToMs: endMs - step * hourMs };
    },
  } as unknown as typeof client;
  const answer = async (count: number) => {
    await waitFor(() => expect(waiting).toHaveLength(1));
    waiting.shift()?.();
    await waitFor(() => expect(cursors).toHaveLength(count));
  };
  render(
    <MantineProvider>
      <QueryClientProvider client={makeQueryClient()}>
        <ClientContext.Provider value={searching}>
          <WritesList title="Writes" filter={{}} isAsked={false} onReset={() => undefined} />
        </ClientContext.Provider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: ' nowhere ' } });
  await answer(2);
  const looked = await screen.findByText(/^Looked back to .*, 0 found so far\.$/);
  const before = looked.textContent;
  await answer(3);
  await waitFor(() => expect(screen.getByText(/^Looked back to/).textContent).not.toBe(before));
  fireEvent.click(screen.getByRole('button', { name: 'Stop looking' }));
  await waitFor(() => expect(waiting).toHaveLength(1));
  waiting.shift()?.();
  fireEvent.click(await screen.findByRole('button', { name: 'Go on looking' }));
  await answer(4);
  await waitFor(() => expect(waiting).toHaveLength(0));
  expect(await screen.findByText('No writes')).toBeTruthy();
  expect(screen.queryByText(/^Looked back to/)).toBeNull();
  expect(cursors).toEqual([undefined, '1', '2', '3']);
});
