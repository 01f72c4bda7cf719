import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultTriageSettings } from '../../shared/model/triage-settings.ts';
import { cannedFinding, makeCannedQuestions } from './canned-questions.ts';
import { makeTriageCollector } from './triage-collector.ts';
import { readTriageSettings } from './triage-settings-file.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portside-settings-'));
  made.push(folder);
  return folder;
}

describe('the settings of triage', () => {
  it('are the defaults without a file, and keep them for what a file does not name', async () => {
    const folder = freshFolder();
    expect(await readTriageSettings(folder)).toEqual(defaultTriageSettings);
    await writeFile(join(folder, 'triage.json'), '\ufeff{"sensitiveWords":["q3_close"]}');
    expect(await readTriageSettings(folder)).toEqual({ ...defaultTriageSettings, sensitiveWords: ['q3_close'] });
  });

  it('count at once when the file is edited', async () => {
    const folder = freshFolder();
    const collector = makeTriageCollector(makeCannedQuestions(), { settings: () => readTriageSettings(folder) });
    const names = async () =>
      (await collector.collect(cannedFinding().id, { signal: new AbortController().signal, emit: () => undefined }))
        .flatMap((step) => step.checks)
        .find((check) => check.id === 'data.names')?.figure;
    await writeFile(join(folder, 'triage.json'), '{"sensitiveWords":["nothing here"]}');
    expect(await names()).toBe('0 names');
    await writeFile(join(folder, 'triage.json'), '{"sensitiveWords":["Q3_Close"]}');
    expect(await names()).toBe('20 names');
  });

  it.each([
    ['no JSON', '{', 'is no JSON'],
    ['an unknown field', '{"sensitiveWord":[]}', 'the file: '],
    ['a wrong type', '{"rareHosts":"2"}', 'rareHosts: '],
    ['a prototype', '{"__proto__":{"rareHosts":1},"constructor":1}', 'the file: '],
  ])('refuse %s with its place', async (_title, content, expected) => {
    const folder = freshFolder();
    await writeFile(join(folder, 'triage.json'), content);
    await expect(readTriageSettings(folder)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining(expected),
    });
  });
});
