import { parseTime } from '../../shared/base/time.ts';
import { identifyDevice } from '../../shared/model/device-identity.ts';
import { type ExceptionField, type RuleExceptionDraft, ruleExceptionDraftSchema } from '../../shared/model/rule.ts';

/** An exception of an export, as it holds here, or the reason why it does not. */
export type ReadException =
  | { readonly name: string; readonly listId: string; readonly draft: Omit<RuleExceptionDraft, 'ruleIds'> }
  | { readonly name: string; readonly listId: string; readonly reason: string };

interface KnownField {
  readonly field: ExceptionField;
  /** The value as Portside compares it; absent where it cannot be compared. */
  readonly toValue?: (value: string) => string | undefined;
}

/** Fields of events that an exception of Portside's can be about. Kibana adds `.caseless` where it compares without case. */
const knownFields: Readonly<Record<string, KnownField>> = {
  'process.name': { field: 'processes' },
  'process.executable': { field: 'executables' },
  'process.code_signature.subject_name': { field: 'publishers' },
  'process.hash.sha256': { field: 'hashes', toValue: (value) => value.toLowerCase() },
  'user.name': { field: 'users' },
  'host.name': { field: 'hosts' },
  'device.serial_number': { field: 'devices', toValue: idOfSerial },
};

/**
 * Reads one item of an exception list as Kibana exports it. An item is taken only whole: leaving out one of its conditions
 * would hide more than its author wanted.
 */
export function readKibanaException(item: Readonly<Record<string, unknown>>): ReadException {
  const name = textOf(item.name) || textOf(item.item_id) || 'an exception without a name';
  const listId = textOf(item.list_id);
  const refuse = (reason: string): ReadException => ({ name, listId, reason });
  const entries = Array.isArray(item.entries) ? item.entries.filter(isRecord) : [];
  if (entries.length === 0) return refuse('It has no conditions.');
  if (listId === '') return refuse('It is of no list.');
  const fields: Partial<Record<ExceptionField, string[]>> = {};
  for (const entry of entries) {
    const condition = readEntry(entry);
    if (typeof condition === 'string') return refuse(condition);
    if (fields[condition.field]) return refuse(`It names ${textOf(entry.field)} twice.`);
    fields[condition.field] = condition.values;
  }
  const expires = textOf(item.expire_time);
  const expiresMs = expires === '' ? undefined : timeOf(expires);
  if (expires !== '' && expiresMs === undefined) return refuse(`Its end cannot be read: ${expires}.`);
  const comments = Array.isArray(item.comments)
    ? item.comments.filter(isRecord).map(({ comment }) => textOf(comment))
    : [];
  const draft = ruleExceptionDraftSchema.safeParse({
    ...fields,
    reason: [name, textOf(item.description), ...comments].filter(Boolean).join('\n'),
    ...(expiresMs === undefined ? {} : { expiresMs }),
  });
  if (draft.success) return { name, listId, draft: draft.data };
  return refuse(draft.error.issues[0]?.message ?? 'Its content is not acceptable.');
}

function readEntry(
  entry: Readonly<Record<string, unknown>>,
): { readonly field: ExceptionField; readonly values: string[] } | string {
  const name = textOf(entry.field);
  const type = textOf(entry.type);
  if (type === 'nested') return `Conditions inside ${name} are not known to Portside.`;
  if (entry.operator !== 'included') return `It is about what is not in ${name}; Portside's exceptions say what is.`;
  const known = knownFields[name.replace(/\.(?:caseless|text)$/, '')];
  if (!known) return `Portside's exceptions cannot be about ${name || 'no field'}.`;
  const isPath = known.field === 'executables';
  if (type !== 'match' && type !== 'match_any' && !(type === 'wildcard' && isPath)) {
    return `A condition of type ${type || 'unknown'} about ${name} is not known to Portside.`;
  }
  const values = (Array.isArray(entry.value) ? entry.value : [entry.value]).filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  if (values.length === 0) return `Its condition about ${name} has no value.`;
  if (type === 'wildcard' && values.some((value) => value.includes('?'))) {
    return `It has a ? for one letter in ${name}; Portside knows * for any text alone.`;
  }
  if (type !== 'wildcard' && isPath && values.some((value) => value.includes('*'))) {
    return `It means a * in ${name} as a letter, which Portside cannot.`;
  }
  const { toValue = (value: string) => value } = known;
  const compared = values.map(toValue);
  const unknown = values.find((_value, index) => compared[index] === undefined);
  if (unknown !== undefined) return `${unknown} is no ${name} that Portside tells devices apart by.`;
  return { field: known.field, values: compared.filter((value) => value !== undefined) };
}

function idOfSerial(serial: string): string | undefined {
  const { id, strength } = identifyDevice({ serial });
  return strength === 'model-and-volume' ? undefined : id;
}

function timeOf(text: string): number | undefined {
  try {
    return parseTime(text, 'expire_time');
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
