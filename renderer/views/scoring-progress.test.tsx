// @vitest-environment jsdom
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { WorkbenchClient } from '../ipc.ts';
import { ClientContext } from '../queries.ts';
import { ScoringProgress } from './scoring-progress.tsx';

afterEach(cleanup);

test('says how far the scores are while they are made, and stops watching when it goes', async () => {
  let tell: (item: { readonly doneSlots: number; readonly totalSlots: number }) => void = () => undefined;
  let signal: AbortSignal | undefined;
  const client = {
    call: (_name: string, _input: object, options: { onItem: typeof tell; signal: AbortSignal }) => {
      tell = options.onItem;
      signal = options.signal;
      return new Promise(() => undefined);
    },
  } as unknown as WorkbenchClient;
  const { unmount } = render(
    <ClientContext.Provider value={client}>
      <ScoringProgress />
    </ClientContext.Provider>,
  );
  // Scores that are there at once are not spoken of.
  expect(screen.queryByRole('progressbar')).toBeNull();
  await waitFor(() => expect(signal).toBeDefined());
  tell({ doneSlots: 30, totalSlots: 120 });
  const bar = await screen.findByRole('progressbar', { name: 'Scoring of the evidence' });
  expect(bar.getAttribute('aria-valuenow')).toBe('25');
  expect(screen.getByRole('status').textContent).toContain('25');
  unmount();
  expect(signal?.aborted).toBe(true);
});
