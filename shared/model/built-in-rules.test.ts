import { expect, it } from 'vitest';
import { builtInRules } from './built-in-rules.ts';
import { rareProcessRuleId } from './elastic-job.ts';
import { ruleSchema } from './rule.ts';

it('are valid rules with ids of their own, and each has a guide', () => {
  for (const rule of builtInRules) {
    expect(ruleSchema.parse(rule)).toEqual(rule);
    expect(rule.guide).toMatch(/^### /);
  }
  expect(new Set(builtInRules.map(({ id }) => id)).size).toBe(builtInRules.length);
});

it('hold the rule that Portside is about, with all of its parameters', () => {
  expect(builtInRules.find(({ id }) => id === rareProcessRuleId)).toMatchObject({
    name: 'Unusual Process Writing Data to an External Device',
    type: 'machine_learning',
    version: 5,
    severity: 'low',
    riskScore: 21,
    intervalMs: 900_000,
    lookBackMs: 7_200_000,
    maxAlerts: 100,
    detection: { threshold: 75 },
    threat: [{ tactic: { id: 'TA0010' }, techniques: [{ id: 'T1052' }, { id: 'T1052.001' }] }],
  });
});
