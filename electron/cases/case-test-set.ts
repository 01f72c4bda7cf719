import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallContext } from '../../shared/ipc/operation.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { cannedFinding, cannedStartMs, makeCannedQuestions } from './canned-questions.ts';
import { makeCaseStore } from './case-store.ts';
import { makeDecisions } from './decisions.ts';
import { makeTriageCollector } from './triage-collector.ts';
import { loadWorkstationKey } from './workstation-key.ts';

/** A workspace with cases on canned answers, for tests; a clock that stands still unless it is turned. */
export async function makeCaseTestSet(findings: readonly FindingRow[] = [cannedFinding()]) {
  const folder = mkdtempSync(join(tmpdir(), 'portside-cases-'));
  const time = { wall: cannedStartMs + 3_600_000 };
  const clock = { wallMs: () => time.wall, monotonicMs: () => 5 };
  const questions = makeCannedQuestions(findings);
  const decisions = makeDecisions({ folder: join(folder, 'decisions'), actor: 'r.osei', clock, makeId: () => 'w-1' });
  const store = makeCaseStore({
    folder: join(folder, 'cases'),
    questions,
    collector: makeTriageCollector(questions, { marks: (id) => decisions.marks(id) }),
    decisions,
    workspaceName: 'demo',
    source: 'Embedded store',
    version: '0.1.0',
    actor: 'r.osei',
    clock,
  });
  const key = await loadWorkstationKey(join(folder, 'keys'));
  return { folder, time, questions, decisions, store, key, version: '0.1.0' };
}

/** A call that nobody listens to or aborts. */
export const quietCall: CallContext<unknown> = { signal: new AbortController().signal, emit: () => undefined };
