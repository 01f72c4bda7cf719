import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { EngineOperations } from '../shared/ipc/engine-operations.ts';
import type { Handlers } from '../shared/ipc/operation.ts';
import type { WorkbenchOperations } from '../shared/ipc/workbench-operations.ts';
import type { RuleExceptionDraft } from '../shared/model/rule.ts';
import type { CaseStore } from './cases/case-store.ts';
import type { ActTexts } from './cases/noted-acts.ts';
import type { RuleService } from './rules/rule-service.ts';

function exceptionText({ reason, expiresMs, ruleIds, ...values }: RuleExceptionDraft): string {
  const parts = Object.entries(values).flatMap(([field, value]) => {
    const names = [value].flat();
    return names.length > 0 ? [`${field} ${names.join(', ')}`] : [];
  });
  const until = expiresMs === undefined ? 'until it is removed' : `until ${new Date(expiresMs).toISOString()}`;
  const rules = ruleIds?.length ? `, rules ${ruleIds.join(', ')}` : '';
  return `Exception added: ${parts.join('; ')}${rules}; ${until}. ${reason}`;
}

/** What changes rules, exceptions and the watch list. */
export const ruleActs: ActTexts<RuleService> = {
  importFile: ({ rules, exceptions }) =>
    [
      `Rules imported: ${rules.map(({ name }) => name).join(', ')}`,
      ...exceptions.map((exception) => exceptionText(exception)),
    ].join('. '),
  makeRule: ({ id, name }) => `Rule added: ${name} (${id})`,
  changeRule: ({ id, name, version }) => `Rule changed: ${name} (${id}), version ${version}`,
  duplicateRule: ({ id, name }, from) => `Rule added: ${name} (${id}), from ${from}`,
  removeRule: (_answer, id) => `Rule removed: ${id}`,
  restoreRule: ({ id, name }) => `Rule put back: ${name} (${id})`,
  setEnabled: ({ id, name }, _id, isEnabled) => `Rule switched ${isEnabled ? 'on' : 'off'}: ${name} (${id})`,
  addException: (_answer, draft) => exceptionText(draft),
  removeException: (_answer, id) => `Exception removed: ${id}`,
  restoreException: ({ id }) => `Exception put back: ${id}`,
  addWatchItem: ({ kind, value, note }) => `Watched from now on: ${kind} ${value}. ${note}`,
  removeWatchItem: (_answer, id) => `No longer watched: ${id}`,
  restoreWatchItem: ({ kind, value }) => `Watched again: ${kind} ${value}`,
};

/** What brings evidence in by hand. */
export const engineActs: ActTexts<Handlers<EngineOperations>> = {
  'evidence.import': (_answer, { path }) => `Evidence imported: ${basename(path)}`,
  'evidence.import-files': (outcomes) => {
    const files = outcomes.flatMap((outcome) => (outcome.kind === 'imported' ? outcome.file : []));
    const [first] = files;
    const last = files.at(-1);
    if (!first || !last) return undefined;
    if (first === last) return `Evidence imported: ${basename(first.path)}`;
    // A name for each would be cut off: the hash says which files, with these bytes, in this order.
    const hash = createHash('sha256');
    for (const { sha256 } of files) hash.update(`${sha256}\n`);
    return `Evidence imported: ${files.length} files, ${basename(first.path)} to ${basename(last.path)}; SHA-256 of their SHA-256, a line each: ${hash.digest('hex')}`;
  },
};

/** What of a case concerns others than the case: that it was opened, what was done to hosts and devices, its verdict. */
export const caseActs: ActTexts<CaseStore> = {
  open: ({ id, title }) => `Case ${id} opened: ${title}`,
  record: (_answer, id, change) =>
    change.kind === 'action.recorded'
      ? `Case ${id}: ${change.payload.title}, on ${change.payload.target}: ${change.payload.result}`
      : change.kind === 'verdict.given'
        ? `Case ${id}: verdict ${change.payload.verdict}`
        : undefined,
};

/** What the window does beyond the services: this computer's capture, and where evidence comes from and goes to. */
export const windowActs: ActTexts<Handlers<WorkbenchOperations>> = {
  'live.start': ({ startedMs, method }) =>
    `Capture of this computer started, or found running since ${new Date(startedMs).toISOString()} (${method.kind})`,
  'live.stop': () => 'Capture of this computer stopped',
  'live.act': ({ action, outcome }) => `On this computer: ${action.kind}. ${outcome}`,
  'live.ship': (_answer, { sourceId, dataStream }) => `Live events are sent to ${dataStream} of source ${sourceId}`,
  'live.unship': () => 'Live events are no longer sent',
  'source.save': ({ id, name }) => `Source saved: ${name} (${id})`,
  'source.remove': (_answer, { id }) => `Source removed: ${id}`,
  'source.use': (_answer, { id }) =>
    id === undefined ? 'Evidence is read from the embedded store' : `Evidence is read from source ${id}`,
  // The host alone: an address may carry what is nobody else's business.
  'kibana.save': ({ url }) => `Kibana set: ${URL.canParse(url) ? new URL(url).host : 'an address'}`,
  'kibana.forget': () => 'Kibana forgotten',
  'support.save': ({ folder, files }) => (folder === undefined ? undefined : `Support bundle saved: ${files} files`),
};
