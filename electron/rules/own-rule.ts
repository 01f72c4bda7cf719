import { randomUUID } from 'node:crypto';
import { fail } from '../../shared/base/failure.ts';
import type { OwnRule, Rule } from '../../shared/model/rule.ts';

/** Kibana's usual risk scores of the severities. */
const riskScores = { low: 21, medium: 47, high: 73, critical: 99 } as const;

/** A new rule of one's own, as version 1. */
export function makeOwnRule(draft: OwnRule, author: string): Rule {
  return {
    ...definedBy(draft),
    id: newId(),
    version: 1,
    origin: 'own',
    isEnabled: true,
    type: 'portside',
    tags: [],
    references: [],
    authors: [author],
    falsePositives: [],
    license: 'Own rule',
    threat: [],
    setup: '',
    unsupported: [],
  };
}

/** The next version of a rule of one's own. Fails with `bad-input` for rules that came from elsewhere. */
export function changeOwnRule(rule: Rule, draft: OwnRule): Rule {
  if (rule.origin !== 'own') {
    throw fail('bad-input', `The rule ${rule.name} is not one of your own.`, 'Duplicate it, and change the copy.');
  }
  return { ...rule, ...definedBy(draft), version: rule.version + 1 };
}

/** A rule of one's own that looks for the same. Its texts keep their licence. Fails with `bad-input` for the watch list. */
export function duplicateRule(rule: Rule, author: string): Rule {
  if (rule.detection.kind === 'watch-list') {
    throw fail('bad-input', 'The rule of the watch list cannot be duplicated.', 'There is one watch list.');
  }
  return {
    ...rule,
    id: newId(),
    name: `Copy of ${rule.name}`.slice(0, 1_000),
    version: 1,
    origin: 'own',
    isEnabled: true,
    authors: [...rule.authors.filter((name) => name !== author), author].slice(0, 1_000),
  };
}

function newId(): string {
  return `own-${randomUUID()}`;
}

function definedBy(draft: OwnRule) {
  return {
    name: draft.name,
    description: draft.description,
    severity: draft.severity,
    riskScore: riskScores[draft.severity],
    intervalMs: draft.intervalMs,
    lookBackMs: draft.lookBackMs,
    maxAlerts: draft.maxAlerts,
    guide: draft.guide,
    detection: draft.detection,
  };
}
