// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { HiddenByException } from './hidden-by-exception.tsx';

afterEach(cleanup);

const row = (id: string, process: string) => ({ id, process, startMs: 1_000, score: 71.6, host: 'ws-042' });

it('lists what an exception would have hidden, says where it lists less than it counted, and opens a row', () => {
  const opened: string[] = [];
  const rows = [row('f-1', 'rundll32.exe'), row('f-2', 'setup.exe')];
  render(<HiddenByException rows={rows} total={9} onOpen={({ id }) => opened.push(id)} />);
  expect(screen.getByText('Show the 2 with the highest scores')).toBeTruthy();
  expect(screen.getAllByText('72')).toHaveLength(2);
  fireEvent.click(screen.getByText('setup.exe'));
  expect(opened).toEqual(['f-2']);
});

it('shows nothing where nothing would have been hidden', () => {
  const { container } = render(<HiddenByException rows={[]} total={0} onOpen={() => undefined} />);
  expect(container.childElementCount).toBe(0);
});
