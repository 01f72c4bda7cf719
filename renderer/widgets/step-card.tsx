import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { widgetTexts as texts } from '../texts/widgets.ts';
import { formatCount } from '../window-format.ts';
import { Icon } from './icon.tsx';

/**
 * A step of triage: its number (a check once a person decided), a tag of what was collected, the evidence, and what can
 * be done. The tag is what the software saw, the check is what a person decided: two things, never merged.
 */
export function StepCard({
  number,
  isDone,
  title,
  tag,
  children,
  actions,
}: {
  number: number;
  isDone: boolean;
  title: string;
  tag: { readonly kind: string; readonly text: string };
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <li className="step">
      <span
        className={isDone ? 'number done' : 'number'}
        role="img"
        aria-label={isDone ? texts.stepDecided(number) : texts.step(number)}
      >
        {isDone ? <Icon of={IconCheck} isSmall /> : formatCount(number)}
      </span>
      <div className="head">
        <h3 className="grow clip">{title}</h3>
        {tag.text ? <span className={`tag ${tag.kind}`}>{tag.text}</span> : null}
      </div>
      <div className="body">{children}</div>
      {actions ? <div className="acts">{actions}</div> : null}
    </li>
  );
}
