/** A choice of few, side by side. */
export function Segments<Value extends string>({
  label,
  value,
  options,
  onChange,
  className = '',
}: {
  label: string;
  value: Value | undefined;
  options: readonly { readonly value: Value; readonly title: string }[];
  onChange: (value: Value) => void;
  className?: string;
}) {
  return (
    <fieldset className={`seg ${className}`} aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.title}
        </button>
      ))}
    </fieldset>
  );
}
