import { useEffect, useRef } from 'react';
import { widgetTexts as texts } from '../texts/widgets.ts';
import { parseNumber } from '../window-format.ts';

/** A number with its label, typed as the window writes numbers. A form is not sent while it is none, or out of bounds. */
export function NumberField({
  label,
  value,
  onChange,
  min,
  max,
}: {
  label: string;
  /** What stands in the field; `parseNumber` reads it. */
  value: string;
  onChange: (text: string) => void;
  min: number;
  max: number;
}) {
  const input = useRef<HTMLInputElement>(null);
  const typed = parseNumber(value);
  const isWrong = typed === undefined || typed < min || typed > max;
  useEffect(() => {
    input.current?.setCustomValidity(isWrong ? texts.figureBetween(min, max) : '');
  }, [isWrong, min, max]);
  return (
    <label className="labelled">
      {label}
      <input
        ref={input}
        className="field score-field"
        inputMode="decimal"
        autoComplete="off"
        required
        maxLength={20}
        aria-invalid={isWrong}
        title={isWrong ? texts.figureBetween(min, max) : undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
