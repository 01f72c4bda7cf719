export const ruleSeverities = ['low', 'medium', 'high', 'critical'] as const;
export type RuleSeverity = (typeof ruleSeverities)[number];
