import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, messageOf } from '../../shared/base/failure.ts';
import {
  defaultTriageSettings,
  type TriageSettings,
  triageSettingsSchema,
} from '../../shared/model/triage-settings.ts';

/** A file in the workspace that a person edits by hand; what it does not name keeps its default. */
const fileName = 'triage.json';
const maxBytes = 4_000_000;

/**
 * Reads the thresholds and lists of a workspace: sensitive words, IT accounts, flagged accounts. Without the file the
 * defaults hold. One that cannot be understood ends with `bad-input` and its place, as checks that quietly fall back to
 * other lists would mislead.
 */
export async function readTriageSettings(workspacePath: string): Promise<TriageSettings> {
  const path = join(workspacePath, fileName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return defaultTriageSettings;
    throw fail('bad-input', `${path} cannot be read: ${messageOf(error)}`, undefined, error);
  }
  const hint = `Correct it, or move it away to have the defaults. Fields: ${Object.keys(defaultTriageSettings).join(', ')}.`;
  if (text.length > maxBytes) throw fail('bad-input', `${path} is larger than any list that can be used.`, hint);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw fail('bad-input', `${path} is no JSON: ${messageOf(error)}`, hint, error);
  }
  const parsed = triageSettingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw fail('bad-input', `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not valid'}`, hint);
}
