import { JSDOM } from 'jsdom';
import { expect, test } from 'vitest';
import type { FindingRow } from '../../shared/model/finding.ts';
import { findingPage } from './finding-page.ts';

const hostile = '<img src=x onerror=alert(1)>"\'&\u202e';

const finding: FindingRow = {
  id: hostile,
  ruleId: 'portside',
  host: hostile,
  user: hostile,
  process: hostile,
  executable: hostile,
  device: hostile,
  startMs: Date.UTC(2026, 10, 19, 21),
  endMs: Date.UTC(2026, 10, 19, 22),
  writtenBytes: 3_100_000_000,
  distinctBytes: 44_240_000,
  files: 214,
  events: 630,
  score: 91.4,
  coldStart: hostile,
  elastic: { probability: 0.01, score: 24, ceiling: 24, processHours: 67, isFirstOccurrence: true },
  facets: [
    { name: 'process-on-host', title: hostile, figure: hostile, text: hostile, evidence: 4, points: 40 },
    { name: 'bytes', title: 'Bytes', figure: '3.10 GB', text: 'More than ever.', evidence: 2, points: 20 },
  ],
  state: 'closed',
  closedReason: hostile,
};

const steps = [
  {
    step: 'process' as const,
    checks: [{ id: 'x', title: hostile, figure: hostile, sentence: hostile, stance: 'supports-suspicion' as const }],
  },
];

test('the page says what was found, and shows hostile names as text', () => {
  const { document } = new JSDOM(findingPage(finding, steps)).window;
  const text = document.body.textContent ?? '';
  for (const part of [
    '3.10 GB event sum',
    '44.2 MB distinct',
    '214 files',
    '91',
    'at most',
    '67 process-hours',
    'More than ever.',
  ]) {
    expect(text).toContain(part);
  }
  expect(text.split('<img src=x onerror=alert(1)>"\'&⟨U+202E⟩').length).toBeGreaterThan(10);
  expect(document.querySelectorAll('img, script, link, a, [style], [onerror]')).toHaveLength(0);
  expect(document.querySelectorAll('meta[http-equiv]')).toHaveLength(1);
});
