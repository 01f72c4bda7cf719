import { expect, test } from 'vitest';
import { isCancelled } from '../../shared/base/failure.ts';
import { follow, makeFeed, makeMailbox } from './feed.ts';

test('a feed tells those who listen, until they stop', () => {
  const feed = makeFeed<number>();
  const heard: number[] = [];
  feed.emit(1);
  const stop = feed.listen((item) => heard.push(item));
  feed.emit(2);
  stop();
  feed.emit(3);
  expect(heard).toEqual([2]);
});

test('a mailbox keeps the newest for who listens next, once', () => {
  const mailbox = makeMailbox<number>(2);
  for (const item of [1, 2, 3]) mailbox.emit(item);
  const heard: string[] = [];
  const stop = mailbox.listen((item) => heard.push(`first ${item}`));
  mailbox.emit(4);
  stop();
  stop();
  mailbox.emit(5);
  mailbox.listen((item) => heard.push(`second ${item}`));
  mailbox.emit(6);
  expect(heard).toEqual(['first 2', 'first 3', 'first 4', 'second 5', 'second 6']);
});

test('a subscription ends with its caller', async () => {
  const mailbox = makeMailbox<number>(5);
  mailbox.emit(1);
  const abort = new AbortController();
  const heard: number[] = [];
  const following = follow(mailbox, (item) => heard.push(item), abort.signal);
  mailbox.emit(2);
  abort.abort();
  mailbox.emit(3);
  expect(isCancelled(await following.catch((error: unknown) => error))).toBe(true);
  expect(heard).toEqual([1, 2]);
});
