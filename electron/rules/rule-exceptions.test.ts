import { describe, expect, it } from 'vitest';
import type { RuleExceptionDraft } from '../../shared/model/rule.ts';
import type { Candidate, RuleSources } from './rule-candidates.ts';
import { makeExceptionMatcher } from './rule-exceptions.ts';

const candidate: Candidate = {
  alert: {
    id: 'A-1',
    ruleId: 'r',
    ruleName: 'R',
    ruleVersion: 1,
    severity: 'low',
    riskScore: 21,
    subject: { kind: 'finding', id: 'F-1' },
    host: 'alpha',
    user: 'kim',
    process: 'backup.exe',
    device: 'serial:1',
    startMs: 0,
    endMs: 1,
    score: 80,
    reason: 'x',
  },
  evidence: { hosts: ['alpha'] },
};

/** Evidence of ten writes in which each field has the given values. */
function sourcesWith(values: Readonly<Record<string, Readonly<Record<string, number>>>>): RuleSources {
  return {
    'terms.list': async ({ field }: { field: string }) => {
      const rows = Object.entries(values[field] ?? {}).map(([value, events]) => ({ value, events }));
      return { rows, total: rows.length };
    },
    'writes.totals': async () => [{ events: 10 }],
  } as unknown as RuleSources;
}

const everywhere = sourcesWith({
  executable: { 'C:\\Program Files\\Backup\\backup.exe': 6, 'c:\\program files\\backup\\v2\\BACKUP.EXE': 4 },
  publisher: { 'Backup Ltd': 9 },
  processSha256: { abc: 10 },
});

function isHidden(draft: Partial<RuleExceptionDraft>, atMs = 1_000, sources = everywhere) {
  const matcher = makeExceptionMatcher(sources);
  return matcher.isHidden({ reason: 'because', ...draft }, candidate, atMs, new AbortController().signal);
}

describe('an exception', () => {
  it.each<[string, Partial<RuleExceptionDraft>, boolean]>([
    ['for the process', { processes: ['other.exe', 'backup.exe'] }, true],
    ['for another process', { processes: ['other.exe'] }, false],
    ['for a process in other letters', { processes: ['BACKUP.EXE'] }, false],
    ['for process and host', { processes: ['backup.exe'], hosts: ['alpha'] }, true],
    ['for the process on another host', { processes: ['backup.exe'], hosts: ['beta'] }, false],
    ['for the user', { users: ['kim'] }, true],
    ['for the device', { devices: ['serial:1'] }, true],
    ['for all of its paths', { executables: ['C:\\Program Files\\Backup\\*'] }, true],
    ['for one of its paths', { executables: ['C:\\Program Files\\Backup\\backup.exe'] }, false],
    ['for paths by two stars', { executables: ['*\\backup\\*.exe'] }, true],
    ['for the hash', { hashes: ['abc'] }, true],
    ['for a publisher that not all of its writes have', { publishers: ['Backup Ltd'] }, false],
    ['for its rule', { processes: ['backup.exe'], ruleIds: ['r'] }, true],
    ['for another rule', { processes: ['backup.exe'], ruleIds: ['q'] }, false],
    ['that expires later', { processes: ['backup.exe'], expiresMs: 1_001 }, true],
    ['that has expired', { processes: ['backup.exe'], expiresMs: 1_000 }, false],
    ['for nothing', {}, false],
  ])('%s', async (_title, draft, expected) => {
    expect(await isHidden(draft)).toBe(expected);
  });

  it('for a path does not cover a candidate whose path nobody recorded', async () => {
    expect(await isHidden({ executables: ['*'] }, 0, sourcesWith({}))).toBe(false);
  });

  it('with a pattern of many stars is decided at once', async () => {
    const sources = sourcesWith({ executable: { ['a'.repeat(4_000)]: 10 } });
    expect(await isHidden({ executables: [`${'*a'.repeat(400)}*b`] }, 0, sources)).toBe(false);
    expect(await isHidden({ executables: [`${'*a'.repeat(400)}*`] }, 0, sources)).toBe(true);
  });
});
