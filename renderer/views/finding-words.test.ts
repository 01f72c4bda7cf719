import { expect, test } from 'vitest';
import type { FindingRow } from '../../shared/model/finding.ts';
import { ceilingWords, headline, hollowWords, writesBehind, writesOf } from './finding-words.ts';

const finding: FindingRow = {
  id: 'f',
  ruleId: 'portside',
  host: 'ws-042',
  user: 'CORP\\m.keller',
  process: 'rundll32.exe',
  executable: 'C:\\Users\\m.keller\\AppData\\Local\\Temp\\7zS4A1\\rundll32.exe',
  device: 'serial:4C53',
  startMs: 1000,
  endMs: 2000,
  writtenBytes: 3.94e9,
  distinctBytes: 3.1e9,
  events: 611,
  files: 214,
  score: 89,
  state: 'open',
  elastic: { probability: 0.01, score: 24, ceiling: 24, processHours: 67, isFirstOccurrence: true },
  facets: [
    {
      name: 'process-on-host',
      title: 'Process on this host',
      figure: 'Seen in 0 of 67',
      text: '',
      evidence: 4,
      points: 60,
    },
    { name: 'fleet-prevalence', title: 'Fleet', figure: '0 of 118 other hosts', text: '', evidence: 2, points: 0 },
    { name: 'bytes', title: 'Bytes', figure: 'as usual', text: '', evidence: 0, points: 0 },
  ],
};

test('the headline says who wrote what where', () => {
  expect(headline(finding, 'SanDisk Ultra')).toBe(
    'rundll32.exe, run from a temporary folder, wrote 3.10\u00a0GB in 214 files to SanDisk Ultra.',
  );
  expect(headline({ ...finding, executable: 'C:\\Windows\\System32\\rundll32.exe', files: 1 }, 'X')).toBe(
    'rundll32.exe wrote 3.10\u00a0GB in 1 file to X.',
  );
});

test('the ceiling is said in words', () => {
  expect(ceilingWords(finding)).toEqual({
    verdict: 'The shipped rule cannot alert here.',
    reason: 'Ceiling now 24: only 67 process-hours are known on this host. Its threshold is 75 (dashed).',
  });
  const able = { ...finding.elastic, ceiling: 90 };
  expect(ceilingWords({ ...finding, elastic: { ...able, score: 80 } }).verdict).toBe('The shipped rule would alert.');
  expect(ceilingWords({ ...finding, elastic: { ...able, score: 20 } }).verdict).toBe(
    'The shipped rule would stay silent.',
  );
});

test('every figure leads to its writes, never past the finding', () => {
  expect(writesOf(finding)).toEqual({
    hosts: ['ws-042'],
    users: ['CORP\\m.keller'],
    processes: ['rundll32.exe'],
    devices: ['serial:4C53'],
    fromMs: 1000,
    toMs: 2001,
  });
  for (const facet of finding.facets) expect(writesBehind(facet, finding).filter.toMs).toBe(2001);
});

test('hollow facets are named only when they are unusual', () => {
  expect(hollowWords(finding.facets)).toContain('0 of 118 other hosts');
  expect(hollowWords(finding.facets)).not.toContain('as usual');
  expect(hollowWords([])).toBeUndefined();
});
