import type { FindingState } from '../shared/model/finding.ts';
import type { FindingFilter } from '../shared/model/finding-filter.ts';
import { queueTexts } from './texts/queue.ts';

export type FindingSort = 'score' | 'startMs' | 'writtenBytes' | 'elastic';
/** What findings may be put together by. */
export type FindingGrouping = 'host' | 'user' | 'process' | 'device';
/** What an entry of the queue tells beside its score, process and state. */
export type QueueField = keyof typeof queueTexts.fields;

/** Which findings the queue shows, in which order and how, as the person set it: what a saved view keeps. */
export interface QueueChoice {
  readonly text: string;
  readonly states: readonly FindingState[];
  readonly minScore: number;
  readonly raised: 'any' | 'raised' | 'not-raised';
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  readonly processes: readonly string[];
  readonly devices: readonly string[];
  readonly sort: FindingSort;
  readonly groupBy: FindingGrouping | 'none';
  /** The group that is open, where findings are grouped; absent: the groups are shown. */
  readonly group: string | undefined;
  readonly fields: readonly QueueField[];
}

/** A choice under a name. */
export interface SavedView {
  readonly name: string;
  readonly queue: QueueChoice;
}

export const usualFields: readonly QueueField[] = ['host', 'device', 'when', 'distinctBytes', 'raised', 'elastic'];

export const emptyQueue: QueueChoice = {
  text: '',
  states: [],
  minScore: 0,
  raised: 'any',
  hosts: [],
  users: [],
  processes: [],
  devices: [],
  sort: 'score',
  groupBy: 'none',
  group: undefined,
  fields: usualFields,
};

/** A choice that was kept by an earlier version, with what that did not know as usual. */
export function wholeQueue(kept: Partial<QueueChoice>): QueueChoice {
  return { ...emptyQueue, ...kept };
}

/** The same order, grouping and columns over all findings. */
export function unfiltered(queue: QueueChoice): QueueChoice {
  const { sort, groupBy, fields } = queue;
  return { ...emptyQueue, sort, groupBy, fields };
}

const lists = ['hosts', 'users', 'processes', 'devices'] as const;
const listOf: Readonly<Record<FindingGrouping, (typeof lists)[number]>> = {
  host: 'hosts',
  user: 'users',
  process: 'processes',
  device: 'devices',
};

/** The question to the store; without the open group where `isOfGroups`. */
export function toFindingFilter(queue: QueueChoice, isOfGroups = false): FindingFilter {
  const filter: FindingFilter = {};
  const text = queue.text.trim();
  if (text) filter.text = text;
  if (queue.states.length > 0) filter.states = [...queue.states];
  if (queue.minScore > 0) filter.minScore = queue.minScore;
  if (queue.raised !== 'any') filter.raised = queue.raised === 'raised';
  for (const list of lists) if (queue[list].length > 0) filter[list] = [...queue[list]];
  if (queue.groupBy === 'none' || queue.group === undefined || isOfGroups) return filter;
  const { group } = queue;
  const list = listOf[queue.groupBy];
  // The groups were of findings that match, so that the group is among what the list allows.
  return { ...filter, [list]: [group] };
}

/** What a filter keeps, in words; empty where it keeps all. */
export function filterWords(queue: QueueChoice): string {
  const parts = [
    queue.text.trim() ? queueTexts.filters.text(queue.text.trim()) : '',
    queue.states.length > 0
      ? queueTexts.filters.oneOf(
          'state',
          queue.states.map((state) => queueTexts.states[state].toLowerCase()),
        )
      : '',
    queue.minScore > 0 ? queueTexts.filters.score(queue.minScore) : '',
    queue.raised === 'any' ? '' : queueTexts.raised[queue.raised].toLowerCase(),
    ...Object.entries(listOf).map(([noun, list]) =>
      queue[list].length > 0 ? queueTexts.filters.oneOf(noun, queue[list]) : '',
    ),
  ];
  return parts.filter(Boolean).join(', ');
}

/** All of a choice in words: filter, order, grouping. */
export function viewWords(queue: QueueChoice): string {
  const grouping = queue.groupBy === 'none' ? undefined : queueTexts.groupings[queue.groupBy].toLowerCase();
  return queueTexts.filters.view(filterWords(queue), queueTexts.sorts[queue.sort], grouping);
}

/** Whether two choices show the same; which group is open does not count. */
export function isSameView(a: QueueChoice, b: QueueChoice): boolean {
  const comparable = ({ group: _group, ...queue }: QueueChoice) =>
    JSON.stringify({
      ...queue,
      text: queue.text.trim(),
      states: [...queue.states].sort(),
      fields: [...queue.fields].sort(),
    });
  return comparable(wholeQueue(a)) === comparable(wholeQueue(b));
}

/** Saves a choice under a name, in the place of one of that name if there is one. */
export function saveView(views: readonly SavedView[], name: string, queue: QueueChoice): readonly SavedView[] {
  const view = { name, queue: { ...queue, group: undefined } };
  return views.some((known) => known.name === name)
    ? views.map((known) => (known.name === name ? view : known))
    : [...views, view];
}

/** Gives a view another name; one that already has that name gives way. */
export function renameView(views: readonly SavedView[], from: string, to: string): readonly SavedView[] {
  return views
    .filter((view) => view.name === from || view.name !== to)
    .map((view) => (view.name === from ? { ...view, name: to } : view));
}
