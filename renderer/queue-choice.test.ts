import { expect, test } from 'vitest';
import {
  emptyQueue,
  filterWords,
  isSameView,
  renameView,
  saveView,
  toFindingFilter,
  unfiltered,
  viewWords,
  wholeQueue,
} from './queue-choice.ts';

const queue = wholeQueue({
  text: ' rclone ',
  states: ['open', 'acknowledged'],
  minScore: 50,
  raised: 'raised',
  users: ['kim'],
  groupBy: 'host',
  sort: 'startMs',
});

test('what is chosen is what the store is asked, an open group narrows it', () => {
  const filter = { text: 'rclone', states: ['open', 'acknowledged'], minScore: 50, raised: true, users: ['kim'] };
  expect(toFindingFilter(queue)).toEqual(filter);
  expect(toFindingFilter({ ...queue, group: 'ws-1' })).toEqual({ ...filter, hosts: ['ws-1'] });
  expect(toFindingFilter({ ...queue, group: 'ws-1' }, true)).toEqual(filter);
  expect(toFindingFilter({ ...queue, groupBy: 'none', group: 'ws-1' })).toEqual(filter);
  expect(toFindingFilter(emptyQueue)).toEqual({});
});

test('a choice is said in words', () => {
  expect(filterWords(emptyQueue)).toBe('');
  expect(viewWords(queue)).toBe(
    'text "rclone", state open or in review, score 50 or more, raised by a rule, user kim; by time, newest first; grouped by host',
  );
  expect(viewWords(unfiltered(queue))).toBe('all findings; by time, newest first; grouped by host');
});

test('a view is saved, replaced, renamed; what an earlier version kept is completed', () => {
  const old = { text: 'x', states: [], minScore: 0, hosts: [], sort: 'score' } as const;
  expect(isSameView(wholeQueue(old), { ...emptyQueue, text: 'x ', group: 'ws-1' })).toBe(true);
  expect(isSameView(queue, { ...queue, groupBy: 'user' })).toBe(false);
  const one = saveView([], 'mine', { ...queue, group: 'ws-1' });
  expect(one).toEqual([{ name: 'mine', queue: { ...queue, group: undefined } }]);
  const two = saveView(saveView(one, 'other', emptyQueue), 'mine', emptyQueue);
  expect(two.map(({ name }) => name)).toEqual(['mine', 'other']);
  expect(two[0]?.queue).toEqual(emptyQueue);
  expect(renameView(two, 'other', 'mine').map(({ name }) => name)).toEqual(['mine']);
  expect(renameView(two, 'mine', 'best').map(({ name }) => name)).toEqual(['best', 'other']);
  expect(renameView(two, 'mine', 'mine')).toEqual(two);
});
