import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import { rulesTexts as texts } from '../texts/rules.ts';

/** The choices of a field for one rule, or for all with an empty value. */
export function RuleOptions({ rules }: { rules: readonly Pick<RuleRow, 'id' | 'name'>[] }) {
  return (
    <>
      <option value="">{texts.allRules}</option>
      {rules.map((rule) => (
        <option key={rule.id} value={rule.id}>
          {rule.name}
        </option>
      ))}
    </>
  );
}
