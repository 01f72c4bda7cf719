import { useState } from 'react';
import { dayMs, hourMs, minuteMs } from '../../shared/base/time.ts';
import type { RuleRow } from '../../shared/ipc/rule-operations.ts';
import type { Detection, OwnRule } from '../../shared/model/rule.ts';
import { type RuleSeverity, ruleSeverities } from '../../shared/model/rule-severity.ts';
import { rulesTexts as texts } from '../texts/rules.ts';
import { FailureNotice } from '../widgets/failure-notice.tsx';
import { NumberField } from '../widgets/number-field.tsx';
import { formatPlain, parseNumber } from '../window-format.ts';

type FilterField = keyof typeof texts.filterTitles;
const filterFields = Object.keys(texts.filterTitles) as FilterField[];

const usual: Detection = { kind: 'finding-score', score: 'portside', threshold: 75, filter: {} };

/** Makes a rule of one's own, or changes one; `before` is the rule as it is. */
export function RuleForm({
  before,
  error,
  isSaving,
  onSave,
  onCancel,
}: {
  before?: RuleRow;
  error: unknown;
  isSaving: boolean;
  onSave: (rule: OwnRule) => void;
  onCancel: () => void;
}) {
  const was = before?.detection ?? usual;
  const filterBefore = was.kind === 'finding-score' ? was.filter : {};
  const [name, setName] = useState(before?.name ?? '');
  const [description, setDescription] = useState(before?.description ?? '');
  const [severity, setSeverity] = useState<RuleSeverity>(before?.severity ?? 'medium');
  const [score, setScore] = useState(was.kind === 'finding-score' ? was.score : 'portside');
  const [threshold, setThreshold] = useState('threshold' in was ? formatPlain(was.threshold) : '');
  const [filter, setFilter] = useState<Record<FilterField, string>>({
    processes: (filterBefore.processes ?? []).join(', '),
    hosts: (filterBefore.hosts ?? []).join(', '),
    users: (filterBefore.users ?? []).join(', '),
    devices: (filterBefore.devices ?? []).join(', '),
  });
  const [minutes, setMinutes] = useState(formatPlain((before?.intervalMs ?? 15 * minuteMs) / minuteMs));
  const [hours, setHours] = useState(formatPlain((before?.lookBackMs ?? 2 * hourMs) / hourMs));
  const [maxAlerts, setMaxAlerts] = useState(formatPlain(before?.maxAlerts ?? 100));
  const [guide, setGuide] = useState(before?.guide ?? '');

  const detection = (): Detection => {
    const limit = Math.min(Math.max(numberIn(threshold) || 0, 0), 100);
    if (was.kind !== 'finding-score') return 'threshold' in was ? { ...was, threshold: limit } : was;
    const entries = filterFields.flatMap((field) => {
      const names = namesIn(filter[field]);
      return names.length > 0 ? [[field, names] as const] : [];
    });
    return { kind: 'finding-score', score, threshold: limit, filter: Object.fromEntries(entries) };
  };
  const save = () =>
    onSave({
      name: name.trim(),
      description,
      severity,
      intervalMs: within(numberIn(minutes) * minuteMs, minuteMs, 7 * dayMs),
      lookBackMs: within(numberIn(hours) * hourMs, minuteMs, 30 * dayMs),
      maxAlerts: within(numberIn(maxAlerts), 1, 10_000),
      guide,
      detection: detection(),
    });

  return (
    <form
      className="stack in-card lined rule-form"
      aria-label={before ? texts.editTheRule : texts.newRule}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h2>{before ? texts.editTheRule : texts.newRule}</h2>
      <Text label={texts.name} value={name} onChange={setName} />
      <Text label={texts.whatItIsFor} value={description} onChange={setDescription} />
      <div className="row">
        <label className="labelled">
          {texts.severityTitle}
          <select
            className="field"
            value={severity}
            onChange={(event) => setSeverity(event.target.value as RuleSeverity)}
          >
            {ruleSeverities.map((known) => (
              <option key={known}>{known}</option>
            ))}
          </select>
        </label>
        {was.kind === 'finding-score' ? (
          <label className="labelled">
            {texts.score}
            <select
              className="field"
              value={score}
              onChange={(event) => setScore(event.target.value === 'elastic' ? 'elastic' : 'portside')}
            >
              <option value="portside">{texts.portside}</option>
              <option value="elastic">{texts.elasticComparable}</option>
            </select>
          </label>
        ) : null}
        {'threshold' in was ? (
          <NumberField label={texts.threshold} value={threshold} onChange={setThreshold} min={0} max={100} />
        ) : null}
      </div>
      {was.kind === 'finding-score'
        ? filterFields.map((field) => (
            <Text
              key={field}
              label={texts.partedByCommas(texts.filterTitles[field])}
              value={filter[field]}
              onChange={(text) => setFilter({ ...filter, [field]: text })}
            />
          ))
        : null}
      <div className="row">
        <NumberField label={texts.everyMinutes} value={minutes} onChange={setMinutes} min={1} max={10_080} />
        <NumberField label={texts.looksBackHours} value={hours} onChange={setHours} min={0.1} max={720} />
        <NumberField label={texts.alertsARun} value={maxAlerts} onChange={setMaxAlerts} min={1} max={10_000} />
      </div>
      <label className="labelled">
        {texts.guide}
        <textarea className="field" rows={4} value={guide} onChange={(event) => setGuide(event.target.value)} />
      </label>
      {error ? <FailureNotice error={error} /> : null}
      <div className="row">
        <button type="submit" className="btn sm primary" disabled={name.trim() === '' || isSaving}>
          {before ? texts.save : texts.makeTheRule}
        </button>
        <button type="button" className="btn sm quiet" onClick={onCancel}>
          {texts.cancel}
        </button>
      </div>
    </form>
  );
}

function Text({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  return (
    <label className="labelled">
      {label}
      <input className="field" maxLength={1000} value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

function namesIn(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

/** What a field says; NaN where it is no number, which the form does not send. */
function numberIn(text: string): number {
  return parseNumber(text) ?? Number.NaN;
}

function within(value: number, least: number, most: number): number {
  return Math.round(Math.min(Math.max(Number.isFinite(value) ? value : least, least), most));
}
