import { rmSync } from 'node:fs';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { replayCase } from '../../shared/analysis/case-replay.ts';
import { assertExists } from '../../shared/base/assert.ts';
import { Failure } from '../../shared/base/failure.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import { cannedFinding, cannedStartMs, hostileText } from './canned-questions.ts';
import { makeCaseTestSet, quietCall } from './case-test-set.ts';
import { openJournal, readJournalState } from './journal-file.ts';
import { safeFileName } from './safe-name.ts';

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function freshStore(findings?: readonly FindingRow[]) {
  const set = await makeCaseTestSet(findings);
  made.push(set.folder);
  return set;
}

async function failureCode(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Failure)) throw error ?? new Error('did not fail');
  return error.code;
}

describe('a case', () => {
  it('is opened with the finding, its six steps, earlier marks, frozen evidence and the seven responses', async () => {
    const { store, decisions, folder } = await freshStore();
    await decisions.mark('f-1', { step: 'process', state: 'suspicious', note: 'odd folder' });
    const progress: string[] = [];
    const file = await store.open(
      { findingIds: ['f-1', 'f-1'] },
      { ...quietCall, emit: ({ text }) => progress.push(text) },
    );
    expect(file).toMatchObject({
      id: 'C-2026-0001',
      severity: 'high',
      status: 'open',
      tlp: 'AMBER',
      openedBy: 'r.osei',
    });
    expect(file.findings).toHaveLength(1);
    expect(file.findings[0]?.steps.map((step) => step.step)).toEqual([
      'process',
      'user',
      'device',
      'data',
      'correlation',
      'consultation',
    ]);
    expect(file.findings[0]?.marks).toMatchObject([{ step: 'process', state: 'suspicious', note: 'odd folder' }]);
    expect(file.exhibits.map((exhibit) => [exhibit.exhibit, exhibit.name, exhibit.rows])).toEqual([
      ['E-01', 'E-01-writes.ndjson', 40],
      ['E-02', 'E-02-device-events.ndjson', 1],
      ['E-03', 'E-03-device-history.ndjson', 1],
      ['E-04', 'E-04-connections.ndjson', 1],
      ['E-05', 'E-05-volume.ndjson', 4],
      ['E-06', 'E-06-anomaly-records.ndjson', 1],
    ]);
    expect(file.tasks.map((task) => task.response)).toEqual([
      'forensics',
      'isolate',
      'terminate',
      'credentials',
      'escalate',
      'monitor',
      'policy',
    ]);
    const writes = (await readFile(join(folder, 'cases', file.id, 'evidence', 'E-01-writes.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n');
    expect(JSON.parse(writes[39] ?? '')).toMatchObject({ id: 'f-1-w39', action: 'rename' });
    expect(progress.length).toBeGreaterThan(4);
    expect(await store.verify(file.id)).toMatchObject({ ok: true, problems: [], files: 7 });
  });

  it('keeps what people record, and gives it back after a restart', async () => {
    const { store, decisions } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'], title: 'Ours' }, quietCall);
    await store.record(id, { kind: 'note.added', payload: { text: 'Called the manager.' } });
    const aboutMs = Date.UTC(2026, 10, 19, 21, 40);
    const about = await store.record(id, { kind: 'note.added', payload: { text: 'The door opened.', aboutMs } });
    expect(about.text).toBe('About 19 Nov 2026, 21:40:00 UTC: The door opened.');
    await store.record(id, {
      kind: 'step.marked',
      payload: { findingId: 'f-1', step: 'user', state: 'suspicious', note: '' },
    });
    await store.record(id, { kind: 'task.changed', payload: { taskId: 'R-1', state: 'done', result: 'image taken' } });
    const closed = await store.record(id, { kind: 'case.changed', payload: { status: 'closed', tags: ['x'] } });
    const entry = await store.record(id, {
      kind: 'verdict.given',
      payload: { verdict: 'likely-exfiltration', confidence: 'high', text: 'All steps.' },
    });
    expect(entry).toMatchObject({
      kind: 'verdict.given',
      actor: 'r.osei',
      text: 'Likely exfiltration, confidence high. All steps.',
    });
    const file = await store.read(id);
    expect(await decisions.marks('f-1')).toMatchObject([{ step: 'user', state: 'suspicious' }]);
    expect(file).toMatchObject({
      title: 'Ours',
      status: 'closed',
      tags: ['x'],
      notes: [{ text: 'Called the manager.' }, { text: 'The door opened.', aboutMs, seq: about.seq }],
      verdict: { verdict: 'likely-exfiltration' },
    });
    expect(file.tasks[0]).toMatchObject({ state: 'done', result: 'image taken' });
    expect(await store.list()).toMatchObject([{ id, verdict: 'likely-exfiltration', entries: file.entries.length }]);
    const reopening = { kind: 'case.changed', payload: { status: 'open' } } as const;
    await store.record(id, reopening, closed.seq);
    await expect(store.record(id, reopening, closed.seq)).rejects.toMatchObject({ code: 'changed-since' });
  });

  it('is a valid case after every entry of its journal', async () => {
    const { store } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    await store.record(id, {
      kind: 'verdict.given',
      payload: { verdict: 'inconclusive', confidence: 'low', text: '' },
    });
    const { entries } = await readJournalState(store.place(id));
    expect(replayCase([])).toBeUndefined();
    for (let length = 1; length <= entries.length; length += 1) {
      const state = assertExists(replayCase(entries.slice(0, length)), `a state of ${length} entries`);
      expect([state.entries.length, state.head]).toEqual([length, entries[length - 1]?.hash]);
      expect(state.entries.every((entry) => entry.text.length > 3)).toBe(true);
    }
  });

  it('lists entries of kinds it does not know, and passes over them', async () => {
    const { store } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const before = await store.read(id);
    const journal = await openJournal(
      store.place(id),
      { actor: 'x', clock: { wallMs: Date.now, monotonicMs: () => 1 } },
      'x',
    );
    await journal.append([
      { kind: 'future.kind', payload: { anything: [1] } },
      { kind: 'note.added', payload: { text: 5 } },
      { kind: 'finding.added', payload: null },
    ]);
    await journal.close();
    const after = await store.read(id);
    expect(after.entries.at(-3)?.text).toBe('Entry of the kind future.kind.');
    expect([after.notes, after.findings.length]).toEqual([before.notes, before.findings.length]);
  });

  it('refuses changes about what it does not hold', async () => {
    const { store } = await freshStore();
    const { id, entries } = await store.open({ findingIds: ['f-1'] }, quietCall);
    expect(
      await failureCode(store.record(id, { kind: 'task.changed', payload: { taskId: 'R-99', state: 'done' } })),
    ).toBe('not-found');
    expect(
      await failureCode(
        store.record(id, { kind: 'step.marked', payload: { findingId: 'f-2', step: 'user', state: 'open', note: '' } }),
      ),
    ).toBe('not-found');
    expect(await failureCode(store.addFinding(id, 'f-1', quietCall))).toBe('bad-input');
    expect((await store.read(id)).entries).toHaveLength(entries.length);
  });

  it('is not accepted as a false positive against the evidence without a reason', async () => {
    const { store } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const judged = (reason: string) =>
      store.record(id, {
        kind: 'false-positive.judged',
        payload: {
          findingId: 'f-1',
          class: 'backup',
          judgement: 'accepted',
          reason,
          supporting: [],
          opposing: ['Not signed.'],
        },
      });
    expect(await failureCode(judged(' '))).toBe('bad-input');
    await judged('IT confirmed the job by phone.');
  });

  it('leaves nothing behind when its opening is cancelled or fails', async () => {
    const { store, folder } = await freshStore();
    const abort = new AbortController();
    const opening = store.open(
      { findingIds: ['f-1'] },
      { signal: abort.signal, emit: ({ text }) => text.startsWith('Freezing Device') && abort.abort() },
    );
    expect(await failureCode(opening)).toBe('cancelled');
    expect(await failureCode(store.open({ findingIds: ['f-1', 'f-9'] }, quietCall))).toBe('not-found');
    expect(await readdir(join(folder, 'cases'))).toEqual([]);
    expect((await store.open({ findingIds: ['f-1'] }, quietCall)).id).toBe('C-2026-0001');
  });

  it('gives every case a number of its own, also when several are opened at once', async () => {
    const { store } = await freshStore([cannedFinding(), cannedFinding({ id: 'f-2', process: 'robocopy.exe' })]);
    const opened = await Promise.all(['f-1', 'f-2', 'f-1'].map((id) => store.open({ findingIds: [id] }, quietCall)));
    expect(opened.map(({ id }) => id).sort()).toEqual(['C-2026-0001', 'C-2026-0002', 'C-2026-0003']);
  });

  it('takes files in under a safe name, whatever they were called', async () => {
    const { store, folder } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const path = join(folder, '‮gpj..=CON<script>.txt');
    await writeFile(path, 'content');
    await store.attach(id, path, hostileText, quietCall.signal);
    const exhibit = (await store.read(id)).exhibits.at(-1);
    expect(exhibit).toMatchObject({
      kind: 'attachment',
      name: 'E-07-gpj._CON_script_.txt',
      originalName: '‮gpj..=CON<script>.txt',
      bytes: 7,
      note: hostileText,
    });
    expect(await failureCode(store.attach(id, folder, '', quietCall.signal))).toBe('bad-input');
  });

  it('takes a mark over into open cases only', async () => {
    const { store } = await freshStore();
    const open = await store.open({ findingIds: ['f-1'] }, quietCall);
    const closed = await store.open({ findingIds: ['f-1'] }, quietCall);
    await store.record(closed.id, { kind: 'case.changed', payload: { status: 'closed' } });
    await store.takeMark('f-1', { step: 'data', state: 'suspicious', note: 'n', actor: 'r.osei', atMs: 0 });
    expect((await store.read(open.id)).findings[0]?.marks).toMatchObject([{ step: 'data', state: 'suspicious' }]);
    expect((await store.read(closed.id)).findings[0]?.marks).toEqual([]);
  });

  it('is read-only for a second writer, which is told who holds it', async () => {
    const { store } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const holder = await openJournal(
      store.place(id),
      { actor: 'other', clock: { wallMs: Date.now, monotonicMs: () => 1 } },
      'x',
    );
    expect((await store.read(id)).id).toBe(id);
    await expect(store.record(id, { kind: 'note.added', payload: { text: 'x' } })).rejects.toMatchObject({
      code: 'case-locked',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await holder.close();
  });

  it('refuses ids that are paths', async () => {
    const { store } = await freshStore();
    for (const id of ['../decisions', 'C-2026-0001/..', '', 'C-2026-1', '/etc'])
      expect(await failureCode(store.read(id))).toBe('bad-input');
    expect(await failureCode(store.read('C-2026-0099'))).toBe('not-found');
  });
});

describe('verify of a case on the disk', () => {
  it('finds changed, missing and added files, and a tail cut after its head was noted', async () => {
    const { store, folder } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const at = join(folder, 'cases', id);
    await appendFile(join(at, 'evidence', 'E-01-writes.ndjson'), ' ');
    await rm(join(at, 'evidence', 'E-02-device-events.ndjson'));
    await writeFile(join(at, 'evidence', 'E-99-more.ndjson'), '');
    const journal = await readFile(join(at, 'journal.ndjson'), 'utf8');
    await writeFile(join(at, 'journal.ndjson'), `${journal.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
    await rm(join(at, 'journal.head'));
    const { ok, problems } = await store.verify(id);
    expect(ok).toBe(false);
    expect(problems).toEqual([
      expect.stringContaining('journal.head is missing'),
      expect.stringContaining('the end was cut. (noted when it was opened)'),
      expect.stringContaining('E-01-writes.ndjson was changed'),
      expect.stringContaining('E-02-device-events.ndjson is missing'),
      expect.stringContaining('E-99-more.ndjson is not named'),
    ]);
  });

  it('still shows a damaged case up to its last good entry, and lists it', async () => {
    const { store, folder } = await freshStore();
    const { id, entries } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const path = join(folder, 'cases', id, 'journal.ndjson');
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[3] = assertExists(lines[3], 'a fourth line').replace('E-01', 'E-11');
    await writeFile(path, lines.join('\n'));
    const file = await store.read(id);
    expect([file.entries.length, file.damage]).toEqual([3, expect.stringContaining('Entry 4')]);
    expect(entries.length).toBeGreaterThan(3);
    expect(await store.list()).toMatchObject([{ id, damage: expect.stringContaining('Entry 4') }]);
    expect(await failureCode(store.record(id, { kind: 'note.added', payload: { text: 'x' } }))).toBe('case-damaged');
  });
});

describe('safeFileName', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'etc_passwd'],
    ['C:\\Windows\\x.exe', 'C_Windows_x.exe'],
    ['Übersicht Ö.docx', 'Ubersicht_O.docx'],
    ['.hidden', 'hidden'],
    ['日本', 'file'],
    ['', 'file'],
    [`${'a'.repeat(32_000)}.txt`, `${'a'.repeat(76)}.txt`],
  ])('%s', (name, expected) => {
    expect(safeFileName(name)).toBe(expected);
  });
});

const answer = {
  findingId: 'f-1',
  asked: 'A. Novak',
  role: 'head of finance',
  askedAtMs: cannedStartMs + 3_000_000,
  how: 'by phone',
  question: 'Was this planned?',
  answer: 'Yes, for the auditors.',
  authorised: 'yes',
  authorisedBy: 'A. Novak',
  untilMs: cannedStartMs + 90 * 86_400_000,
} as const;

describe('an answer that somebody gave', () => {
  it('is an entry of its own in every open case of the finding, and is taken over by cases opened later', async () => {
    const { store, decisions } = await freshStore([cannedFinding(), cannedFinding({ id: 'f-2' })]);
    const before = await store.open({ findingIds: ['f-1'] }, quietCall);
    const other = await store.open({ findingIds: ['f-2'] }, quietCall);
    await store.takeConsultation(await decisions.consult(answer));
    const after = await store.open({ findingIds: ['f-1'] }, quietCall);
    for (const id of [before.id, after.id]) {
      const { consultations, entries } = await store.read(id);
      expect(consultations).toEqual([{ ...answer, actor: 'r.osei', atMs: expect.any(Number) }]);
      expect(entries.find((entry) => entry.kind === 'consultation.recorded')?.text).toBe(
        'A. Novak was asked (by phone); authorised: yes. Yes, for the auditors.',
      );
    }
    expect((await store.read(other.id)).consultations).toEqual([]);
    expect((await store.holding('f-1')).map(({ id }) => id)).toEqual([after.id, before.id]);
  });

  it('that is written into a case counts for the finding elsewhere too', async () => {
    const { store, decisions } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    await store.record(id, { kind: 'consultation.recorded', payload: answer });
    expect(await decisions.consultations('f-1')).toMatchObject([{ asked: 'A. Novak', authorised: 'yes' }]);
    expect(
      await failureCode(store.record(id, { kind: 'consultation.recorded', payload: { ...answer, findingId: 'f-9' } })),
    ).toBe('not-found');
  });
});

describe('a case from a live session', () => {
  const session = { host: 'ws-042', fromMs: cannedStartMs - 60_000, toMs: cannedStartMs + 3_600_000, note: 'No gaps.' };

  it('keeps what was captured, without a finding', async () => {
    const { store } = await freshStore();
    const file = await store.open({ findingIds: [], session }, quietCall);
    expect(file).toMatchObject({ title: 'Live session on ws-042', severity: 'low', sessions: [session], findings: [] });
    expect(file.exhibits.map(({ name, sessionFromMs }) => [name, sessionFromMs])).toEqual(
      ['writes', 'device-events', 'connections', 'volume'].map((name, at) => [
        `E-0${at + 1}-${name}.ndjson`,
        session.fromMs,
      ]),
    );
    expect(file.tasks).toHaveLength(7);
    expect(await store.verify(file.id)).toMatchObject({ ok: true });
  });

  it('may hold its findings too, and needs one or the other', async () => {
    const { store } = await freshStore();
    const both = await store.open({ findingIds: ['f-1'], session }, quietCall);
    expect([both.findings.length, both.sessions.length]).toEqual([1, 1]);
    expect(await failureCode(store.open({ findingIds: [] }, quietCall))).toBe('bad-input');
    expect(
      await failureCode(store.open({ findingIds: [], session: { ...session, toMs: session.fromMs - 1 } }, quietCall)),
    ).toBe('bad-input');
  });
});

describe('the list of cases', () => {
  it('notices what another process wrote, and what was damaged since', async () => {
    const { store } = await freshStore();
    const { id } = await store.open({ findingIds: ['f-1'] }, quietCall);
    const [first] = await store.list();
    const journal = await openJournal(
      store.place(id),
      { actor: 'other', clock: { wallMs: Date.now, monotonicMs: () => 1 } },
      'Case',
    );
    await journal.append([{ kind: 'note.added', payload: { text: 'from elsewhere' } }]);
    await journal.close();
    const [second] = await store.list();
    expect((second?.entries ?? 0) - (first?.entries ?? 0)).toBeGreaterThanOrEqual(1);
    const path = join(store.place(id).folder, 'journal.ndjson');
    await writeFile(path, (await readFile(path, 'utf8')).replace('from elsewhere', 'from nowhere!!'));
    expect((await store.list())[0]?.damage).toMatch(/Entry \d+/);
  });
});
