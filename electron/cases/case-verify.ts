import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replayCase } from '../../shared/analysis/case-replay.ts';
import { contradictionOf } from '../../shared/analysis/journal.ts';
import { Failure, fail } from '../../shared/base/failure.ts';
import type { Exhibit, Verification } from '../../shared/model/case-file.ts';
import { hashFile } from './case-folder.ts';
import type { CaseHead } from './decisions.ts';
import { type JournalPlace, readJournalState } from './journal-file.ts';

/**
 * Checks a case on the disk: the chain, the heads that were noted when it left the workspace, and every file against the
 * hash that the journal names. Ends with `not-found` where there is no case.
 */
export async function verifyCase(
  place: JournalPlace & { readonly id: string },
  heads: readonly CaseHead[],
): Promise<Verification> {
  const state = await readJournalState(place).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'not-found')
      throw fail('not-found', `There is no case ${place.id} in this workspace.`);
    throw error;
  });
  const problems: string[] = [];
  if (state.damage !== undefined) problems.push(`journal.ndjson: ${state.damage}`);
  if (state.end.kind === 'torn')
    problems.push(
      `journal.ndjson: the last ${state.end.bytes} bytes (from byte ${state.end.offset}) are a write that was cut off.`,
    );
  if (state.end.kind === 'too-new')
    problems.push(`journal.ndjson: written by a newer version (format ${state.end.format}).`);
  if (state.isHeadMissing) problems.push('journal.head is missing: whether the end was cut cannot be told from it.');
  for (const head of heads) {
    const contradiction = contradictionOf(state, head);
    if (contradiction) problems.push(`journal.ndjson: ${contradiction} (noted when it was ${head.occasion})`);
  }
  const named = new Map<string, Exhibit>();
  for (const exhibit of replayCase(state.entries)?.exhibits ?? [])
    named.set(`${exhibit.kind === 'evidence' ? 'evidence' : 'attachments'}/${exhibit.name}`, exhibit);
  let files = 1;
  for (const [name, exhibit] of named) {
    const hashed = await hashFile(join(place.folder, name));
    if (hashed === undefined) problems.push(`${name} is missing.`);
    else if (hashed.sha256 !== exhibit.sha256 || hashed.bytes !== exhibit.bytes)
      problems.push(`${name} was changed: its SHA-256 is not the one in the journal.`);
    files += 1;
  }
  for (const kind of ['evidence', 'attachments']) {
    for (const name of await readdir(join(place.folder, kind)).catch(() => []))
      if (!named.has(`${kind}/${name}`) && !name.endsWith('.part'))
        problems.push(`${kind}/${name} is not named in the journal.`);
  }
  return { ok: problems.length === 0, entries: state.entries.length, files, problems, head: state.head };
}
