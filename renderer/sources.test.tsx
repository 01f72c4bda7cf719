// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';
import type { SourceDraft } from '../shared/ipc/source-operations.ts';
import { findAxeProblems, prepareDom, renderWindow } from './testing/render-window.tsx';
import { makeSourceHandlers } from './testing/story-sources.ts';

beforeAll(prepareDom);

test('a connection is described, tested, saved, used, changed without its key, and removed', async () => {
  const story = makeSourceHandlers();
  const saved: SourceDraft[] = [];
  const { user } = renderWindow({
    choices: { view: 'sources' },
    overrides: {
      ...story,
      'source.save': (draft, context) => {
        saved.push(draft);
        return story['source.save'](draft, context);
      },
    },
  });
  const form = () => within(screen.getByRole('region', { name: 'Elasticsearch' }));
  await screen.findByText(/kept in memory only, and asked for again/);
  expect(form().getByRole('button', { name: 'Save connection' })).toHaveProperty('disabled', true);
  await user.type(form().getByLabelText('Name'), 'prod-soc');
  await user.type(form().getByLabelText('URL'), 'https://es-1:9200, https://es-2:9200');
  await user.type(form().getByLabelText('API key'), 'wrong');
  await user.click(form().getByRole('button', { name: 'Test' }));
  expect((await form().findByRole('alert')).textContent).toContain('Make a new one.');

  await user.clear(form().getByLabelText('API key'));
  await user.type(form().getByLabelText('API key'), 'right');
  expect(form().queryByRole('alert')).toBeNull();
  await user.click(form().getByRole('button', { name: 'CA file' }));
  await user.click(form().getByRole('button', { name: 'Choose' }));
  await form().findByText('soc-root-ca.pem');
  await user.click(form().getByRole('button', { name: 'Test' }));
  await form().findByText(/Elasticsearch 9\.4\.2/);
  expect(form().getByText(/May not read/).textContent).toContain('.ml-anomalies-*');
  expect(await findAxeProblems()).toEqual([]);

  await user.click(form().getByRole('button', { name: 'Save connection' }));
  await user.click(await screen.findByRole('button', { name: 'Use prod-soc' }));
  const check = within(screen.getByRole('region', { name: 'Can the rule work?' }));
  await check.findByText('Elasticsearch 9.4.2 answers.');
  expect(check.getAllByText('Missing:')).toHaveLength(1);

  await user.click(screen.getByRole('button', { name: 'Edit prod-soc' }));
  expect(form().getByLabelText('API key')).toHaveProperty('value', '');
  expect(form().getByPlaceholderText('kept; type to replace')).toBeTruthy();
  await user.type(form().getByLabelText('Name'), '-2');
  await user.click(form().getByRole('button', { name: 'Save connection' }));
  await user.click(await screen.findByRole('button', { name: 'Remove prod-soc-2' }));
  await user.click(screen.getByRole('button', { name: 'Really remove prod-soc-2' }));
  await check.findByText('705 writes to external devices are stored.');
  expect(saved).toMatchObject([
    {
      name: 'prod-soc',
      address: { nodes: ['https://es-1:9200', 'https://es-2:9200'] },
      signIn: { kind: 'api-key', apiKey: 'right' },
      trust: { kind: 'ca', token: 'ca-1' },
    },
    { id: 's1', name: 'prod-soc-2', signIn: { kind: 'api-key' }, trust: { kind: 'ca' } },
  ]);
  expect(saved[1]?.signIn).toEqual({ kind: 'api-key' });
});
