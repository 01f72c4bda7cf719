import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { sha256Hex } from '../../shared/base/sha-256.ts';
import { builtInRules } from '../../shared/model/built-in-rules.ts';
import {
  type DetectionAlert,
  type Rule,
  type RuleRun,
  ruleExceptionDraftSchema,
  ruleSchema,
  watchItemDraftSchema,
} from '../../shared/model/rule.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { openSettings } from '../platform/settings.ts';
import { type LineLog, openLineLog } from './line-log.ts';

const recorded = { id: z.string().max(128), author: z.string().max(1_000), createdMs: z.number() };

const exceptionsSchema = z
  .array(z.intersection(ruleExceptionDraftSchema, z.object(recorded)))
  .max(10_000)
  .default([]);
const watchItemsSchema = z.array(watchItemDraftSchema.extend(recorded)).max(10_000).default([]);

const ruleSettingsSchema = z.object({
  /** Rules that were switched on or off, by id; others are as they came. */
  enabled: z.record(z.string(), z.boolean()).default({}),
  exceptions: exceptionsSchema,
  watchItems: watchItemsSchema,
  /** The last that were removed, oldest first: they can be put back. */
  removedExceptions: exceptionsSchema,
  removedWatchItems: watchItemsSchema,
  /** When each rule last ran, by id. */
  lastRunMs: z.record(z.string(), z.number()).default({}),
});
export type RuleSettings = z.infer<typeof ruleSettingsSchema>;

/** The `rules/` folder of a workspace: its rules, what people decided about them, what they raised and when they ran. */
export interface RuleFolder {
  /** Built-in rules first, then the others by name. An imported rule takes the place of a built-in one with its id. */
  readonly rules: readonly Rule[];
  readonly settings: RuleSettings;
  /** Alerts and runs, oldest first; the oldest are forgotten one day. */
  readonly alerts: LineLog<DetectionAlert>;
  readonly runs: LineLog<RuleRun>;
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
  /** Adds the rule, or replaces the one with its id. */
  putRule(rule: Rule): Promise<void>;
  /** Removes an imported or own rule. Fails with `not-found`; a built-in rule can only be switched off (`bad-input`). */
  removeRule(id: string): Promise<void>;
  /** Puts one of the last removed rules back. Fails with `not-found`. */
  restoreRule(id: string): Promise<void>;
  /** Fails with `bad-input` where the settings would become too large to be read again. */
  changeSettings(patch: Partial<RuleSettings>): Promise<void>;
}

const maxRuleBytes = 1024 * 1024;
const maxAlerts = 200_000;
const maxRuns = 5_000;
/** Removed rules that are kept to be put back. */
const maxRemoved = 100;
/** `openSettings` reads no larger file; names in other scripts take up to three bytes a character. */
const maxSettingsCharacters = 900_000;

export async function openRuleFolder(path: string): Promise<RuleFolder> {
  const problems: string[] = [];
  const stored = new Map<string, Rule>();
  for (const name of await namesIn(path)) {
    if (!name.startsWith('rule-') || !name.endsWith('.json')) continue;
    const rule = await readRule(join(path, name), problems);
    if (rule) stored.set(rule.id, rule);
  }
  const settings = await openSettings(join(path, 'settings.json'), ruleSettingsSchema);
  if (settings.problem !== undefined) problems.push(settings.problem);
  const [alerts, runs] = await Promise.all([
    openLineLog(join(path, 'alerts.jsonl'), toAlert, maxAlerts),
    openLineLog(join(path, 'runs.jsonl'), toRun, maxRuns),
  ]);

  return {
    get rules() {
      const others = [...stored.values()].filter(({ id }) => !builtInRules.some((rule) => rule.id === id));
      others.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
      return [...builtInRules.map((rule) => stored.get(rule.id) ?? rule), ...others].map((rule) => ({
        ...rule,
        isEnabled: settings.value.enabled[rule.id] ?? rule.isEnabled,
      }));
    },
    get settings() {
      return settings.value;
    },
    alerts,
    runs,
    problems,
    async putRule(rule) {
      await mkdir(path, { recursive: true }).catch(() => undefined);
      await writeFileAtomic(fileOf(path, rule.id), `${JSON.stringify(rule, undefined, 2)}\n`);
      stored.set(rule.id, rule);
    },
    async removeRule(id) {
      if (!stored.has(id)) {
        if (builtInRules.some((rule) => rule.id === id)) {
          throw fail('bad-input', `The rule ${id} is built in.`, 'Switch it off instead.');
        }
        throw fail('not-found', `There is no rule ${id}.`, 'The list of rules shows those that there are.');
      }
      await rename(fileOf(path, id), fileOf(path, id, 'removed')).catch(onlyMissing);
      stored.delete(id);
      await forgetRemoved(path);
    },
    async restoreRule(id) {
      const removed = fileOf(path, id, 'removed');
      const rule = await readRule(removed, []);
      if (rule?.id !== id) {
        throw fail(
          'not-found',
          `There is no removed rule ${id}.`,
          `Only the last ${maxRemoved} that were removed can be put back.`,
        );
      }
      await rename(removed, fileOf(path, id));
      stored.set(id, rule);
    },
    async changeSettings(patch) {
      const { length } = JSON.stringify({ ...settings.value, ...patch }, undefined, 2);
      if (length > maxSettingsCharacters) {
        throw fail(
          'bad-input',
          'There are too many exceptions and watched names to keep them all.',
          'Remove those that have expired, or join several with the same reason to one.',
        );
      }
      await settings.set(patch);
    },
  };
}

/** Ids come from files of others: a name on the disk is never made of them. */
function fileOf(folder: string, id: string, kind: 'rule' | 'removed' = 'rule'): string {
  return join(folder, `${kind}-${sha256Hex(id).slice(0, 24)}.json`);
}

/** Removed rules beyond the last ones go for good. */
async function forgetRemoved(folder: string): Promise<void> {
  const names = (await namesIn(folder)).filter((name) => /^removed-.*\.json$/.test(name));
  if (names.length <= maxRemoved) return;
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), atMs: (await stat(join(folder, name))).ctimeMs })),
  );
  files.sort((a, b) => b.atMs - a.atMs);
  for (const { path } of files.slice(maxRemoved)) await rm(path, { force: true });
}

/** Lets a file be gone already. */
function onlyMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw fail('workspace-unwritable', `The folder ${path} cannot be read: ${messageOf(error)}.`, undefined, error);
  }
}

async function readRule(path: string, problems: string[]): Promise<Rule | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxRuleBytes) throw new Error('it is too large');
    return ruleSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    problems.push(`${path} is no rule and was left out: ${messageOf(error)}`);
    return undefined;
  }
}

/** Our own lines, read back: only what everything else relies on is looked at. */
function toAlert(value: unknown): DetectionAlert | undefined {
  const alert = value as DetectionAlert | null;
  return typeof alert?.id === 'string' && typeof alert.ruleId === 'string' && typeof alert.raisedMs === 'number'
    ? alert
    : undefined;
}

function toRun(value: unknown): RuleRun | undefined {
  const run = value as RuleRun | null;
  return typeof run?.ruleId === 'string' && typeof run.executedAtMs === 'number' ? run : undefined;
}
