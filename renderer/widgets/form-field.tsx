import { type ReactNode, useId } from 'react';

/** A label over its control. */
export function FormField({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string;
  /** Draws the control; it must carry the id. */
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint ? <small>{hint}</small> : null}
    </div>
  );
}

/** A line of text with its label. */
export function TextField({
  label,
  value,
  onChange,
  hint,
  maxLength = 1_000,
  type = 'text',
  placeholder,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  maxLength?: number;
  type?: 'text' | 'password' | 'date' | 'datetime-local' | 'url';
  placeholder?: string;
}) {
  return (
    <FormField label={label} {...(hint === undefined ? {} : { hint })}>
      {(id) => (
        <input
          id={id}
          className="field"
          type={type}
          maxLength={maxLength}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FormField>
  );
}

/** A few lines of text with their label. */
export function TextArea({
  label,
  value,
  onChange,
  rows = 2,
  maxLength = 20_000,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  rows?: number;
  maxLength?: number;
}) {
  return (
    <FormField label={label}>
      {(id) => (
        <textarea
          id={id}
          className="field"
          rows={rows}
          maxLength={maxLength}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </FormField>
  );
}
