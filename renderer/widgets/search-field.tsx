import { IconSearch } from '@tabler/icons-react';
import { Icon } from './icon.tsx';

/** A field that narrows the list beside it while it is typed into. */
export function SearchField({
  label,
  placeholder,
  value,
  onChange,
}: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <label className="search-field">
      <Icon of={IconSearch} />
      <input
        className="field"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={value}
        maxLength={256}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
