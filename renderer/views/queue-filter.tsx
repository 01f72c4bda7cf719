import { IconX } from '@tabler/icons-react';
import type { RefObject } from 'react';
import { type FindingGrouping, type FindingSort, filterWords, type QueueChoice } from '../queue-choice.ts';
import { choose, useChoices } from '../state.ts';
import { queueTexts as texts } from '../texts/queue.ts';
import { Icon } from '../widgets/icon.tsx';
import { Name } from '../widgets/name.tsx';
import { SavedViews } from './saved-views.tsx';

const states = ['open', 'acknowledged', 'closed'] as const;

/** What the queue shows, in which order and by which groups; and the views that keep that. */
export function QueueFilter({ field, onLeave }: { field: RefObject<HTMLInputElement | null>; onLeave: () => void }) {
  const queue = useChoices((choices) => choices.queue);
  const set = (change: Partial<QueueChoice>) => choose({ queue: { ...queue, ...change } });
  return (
    <search className="queue-search">
      <input
        ref={field}
        className="field"
        type="search"
        aria-label={texts.contains}
        placeholder={texts.placeholder}
        maxLength={256}
        value={queue.text}
        onChange={(event) => set({ text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onLeave();
        }}
      />
      <div className="row wrap">
        {states.map((state) => (
          <label key={state} className="row t12">
            <input
              type="checkbox"
              checked={queue.states.includes(state)}
              onChange={(event) =>
                set({
                  states: event.target.checked
                    ? [...queue.states, state]
                    : queue.states.filter((other) => other !== state),
                })
              }
            />
            {texts.states[state]}
          </label>
        ))}
      </div>
      <div className="row">
        <label className="t12 dim" htmlFor="queue-score">
          {texts.scoreFrom}
        </label>
        <input
          id="queue-score"
          className="field score-field"
          type="number"
          min={0}
          max={100}
          value={queue.minScore}
          onChange={(event) => set({ minScore: Math.min(100, Math.max(0, Number(event.target.value) || 0)) })}
        />
      </div>
      <div className="queue-choices">
        <Choice
          label={texts.orderOfTheFindings}
          value={queue.sort}
          options={texts.sorts}
          prefix={texts.by}
          onChange={(sort) => set({ sort: sort as FindingSort })}
        />
        <Choice
          label={texts.whetherARuleRaised}
          value={queue.raised}
          options={texts.raised}
          onChange={(raised) => set({ raised: raised as QueueChoice['raised'] })}
        />
        <Choice
          label={texts.groupingOfTheFindings}
          value={queue.groupBy}
          options={texts.groupings}
          onChange={(groupBy) => set({ groupBy: groupBy as FindingGrouping | 'none', group: undefined })}
        />
      </div>
      <Narrowed queue={queue} set={set} />
      <SavedViews isFiltered={filterWords(queue) !== ''} />
    </search>
  );
}

/** Names that the queue is narrowed to, each with its way out. */
function Narrowed({ queue, set }: { queue: QueueChoice; set: (change: Partial<QueueChoice>) => void }) {
  const named = (['hosts', 'users', 'processes', 'devices'] as const).flatMap((list) =>
    queue[list].map((name) => ({ list, name })),
  );
  if (named.length === 0) return null;
  return (
    <div className="row wrap">
      {named.map(({ list, name }) => (
        <button
          key={`${list} ${name}`}
          type="button"
          className="chip set"
          aria-label={texts.notOnly(name)}
          onClick={() => set({ [list]: queue[list].filter((other) => other !== name) })}
        >
          <Name text={name} />
          <Icon of={IconX} isSmall />
        </button>
      ))}
    </div>
  );
}

function Choice({
  label,
  value,
  options,
  prefix = '',
  onChange,
}: {
  label: string;
  value: string;
  options: Readonly<Record<string, string>>;
  prefix?: string;
  onChange: (value: string) => void;
}) {
  return (
    <select
      className="field"
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {Object.entries(options).map(([id, title]) => (
        <option key={id} value={id}>
          {prefix}
          {title}
        </option>
      ))}
    </select>
  );
}
