import { fail } from '../../shared/base/failure.ts';
import { sha256Hex } from '../../shared/base/sha-256.ts';
import type { CaseOperations } from '../../shared/ipc/case-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ResponseOperations } from '../../shared/ipc/response-operations.ts';
import type { CaseEntry, CaseFile, Consultation } from '../../shared/model/case-file.ts';
import type { FindingRow } from '../../shared/model/finding.ts';

/** Cases in memory: enough to look at their views. Hashes are real in form only. */
export function makeCaseHandlers(
  findings: () => readonly FindingRow[],
  nowMs: number,
): Partial<Handlers<CaseOperations & ResponseOperations>> {
  const cases = new Map<string, CaseFile>();
  const answers: Consultation[] = [];
  let clock = nowMs;
  const add = (
    file: CaseFile,
    kind: string,
    text: string,
    actor = 'r.osei',
    change: Partial<CaseFile> = {},
  ): CaseEntry => {
    clock += 71_000;
    const seq = file.entries.length + 1;
    const entry = { seq, atMs: clock, actor, kind, text, hash: sha256Hex(`${file.id} ${seq} ${text}`) };
    cases.set(file.id, { ...file, ...change, entries: [...file.entries, entry], head: entry.hash, changedAtMs: clock });
    return entry;
  };
  const read = (id: string): CaseFile => {
    const file = cases.get(id);
    if (!file) throw fail('not-found', `There is no case ${id}.`);
    return file;
  };
  const open = (findingId: string): CaseFile => {
    const finding = findings().find((row) => row.id === findingId);
    if (!finding) throw fail('not-found', 'There is no such finding.');
    const id = `C-2026-${String(cases.size + 14).padStart(4, '0')}`;
    const file: CaseFile = {
      id,
      title: `${finding.process} on ${finding.host}`,
      severity: 'medium',
      status: 'open',
      tlp: 'AMBER',
      tags: ['T1052.001'],
      people: [],
      workspace: 'Demo',
      version: '0.1.0',
      openedBy: 'r.osei',
      openedAtMs: clock,
      changedAtMs: clock,
      findings: [{ finding, steps: [], marks: [] }],
      exhibits: [
        {
          exhibit: 'E-01',
          kind: 'evidence',
          name: 'writes.ndjson',
          title: 'Writes of the finding',
          bytes: 48_200,
          sha256: sha256Hex('writes'),
          rows: finding.events,
          question: 'writes.page',
        },
        {
          exhibit: 'E-02',
          kind: 'evidence',
          name: 'device-events.ndjson',
          title: 'Mounts of the device',
          bytes: 3_900,
          sha256: sha256Hex('mounts'),
          rows: 2,
        },
        {
          exhibit: 'E-03',
          kind: 'attachment',
          name: 'rundll32.exe',
          title: 'rundll32.exe',
          bytes: 412_000,
          sha256: sha256Hex('file'),
          originalName: 'rundll32.exe',
        },
      ],
      notes: [],
      tasks: [],
      sessions: [],
      consultations: [],
      falsePositives: [],
      actions: [],
      entries: [],
      head: '',
    };
    add(file, 'case.opened', `Case opened: ${file.title}.`);
    add(read(id), 'finding.added', `Finding added: ${finding.process} on ${finding.host}, score ${finding.score}.`);
    add(read(id), 'exhibit.added', `Evidence frozen as E-01: ${finding.events} writes.`, 'portside');
    add(read(id), 'exhibit.added', 'Evidence frozen as E-02: 2 device events.', 'portside');
    return read(id);
  };
  const [first, second] = findings();
  if (second) open(second.id);
  if (first) {
    const { id } = open(first.id);
    add(read(id), 'step.marked', 'Process name and path: suspicious. Elsewhere only in System32, not signed.');
    add(
      read(id),
      'note.added',
      'Archive names match folder names of the finance share: q3_close_01.7z to q3_close_88.7z.',
      'm.braun',
    );
    const verdict = {
      verdict: 'likely-exfiltration' as const,
      confidence: 'high' as const,
      text: 'An unsigned rundll32.exe in a temporary folder copied 3.94 GB, 214 files, to a SanDisk Ultra that no host had seen before. Two steps are open.',
      actor: 'r.osei',
      atMs: clock,
    };
    add(read(id), 'verdict.given', `Verdict: likely exfiltration, confidence high. ${verdict.text}`, 'r.osei', {
      verdict,
      status: 'in-progress',
    });
  }
  return {
    'cases.list': async () =>
      [...cases.values()].reverse().map((file) => ({
        id: file.id,
        title: file.title,
        severity: file.severity,
        status: file.status,
        tlp: file.tlp,
        verdict: file.verdict?.verdict,
        openedBy: file.openedBy,
        openedAtMs: file.openedAtMs,
        changedAtMs: file.changedAtMs,
        findings: file.findings.length,
        exhibits: file.exhibits.length,
        entries: file.entries.length,
        head: file.head,
      })),
    'case.read': async ({ id }) => read(id),
    'case.of-finding': async ({ findingId }) => {
      const held = [...cases.values()]
        .reverse()
        .filter((file) => file.findings.some(({ finding }) => finding.id === findingId));
      return { newest: held[0], ids: held.map(({ id }) => id) };
    },
    'consultation.list': async ({ findingId }) => answers.filter((answer) => answer.findingId === findingId),
    'consultation.record': async (payload) => {
      const answer = { ...payload, actor: 'r.osei', atMs: clock };
      answers.push(answer);
      return answer;
    },
    'kibana.read': async () => ({ keeps: 'memory' }),
    'case.open': async ({ findingIds }, { emit }) => {
      emit({ text: 'Freezing the writes' });
      return open(findingIds[0] ?? '');
    },
    'case.record': async ({ id, change }) => {
      const file = read(id);
      const actor = 'r.osei';
      const stamp = { actor, atMs: clock };
      switch (change.kind) {
        case 'note.added':
          return add(file, change.kind, change.payload.text, actor, {
            notes: [...file.notes, { ...change.payload, ...stamp, seq: file.entries.length + 1 }],
          });
        case 'verdict.given':
          return add(file, change.kind, `Verdict: ${change.payload.verdict}. ${change.payload.text}`, actor, {
            verdict: { ...change.payload, ...stamp },
          });
        case 'case.changed':
          return add(
            file,
            change.kind,
            'Case changed.',
            actor,
            change.payload.status ? { status: change.payload.status } : {},
          );
        case 'false-positive.judged':
          return add(file, change.kind, `${change.payload.class}: ${change.payload.judgement}.`, actor, {
            falsePositives: [...file.falsePositives, { ...change.payload, ...stamp }],
          });
        case 'action.recorded':
          return add(file, change.kind, `${change.payload.title}: ${change.payload.result}.`, actor, {
            actions: [...file.actions, { ...change.payload, ...stamp }],
          });
        default:
          return add(file, change.kind, change.kind);
      }
    },
    'case.verify': async ({ id }) => ({
      ok: true,
      entries: read(id).entries.length,
      files: read(id).exhibits.length,
      problems: [],
    }),
    'case.export': async (_input, { emit }) => {
      emit({ text: 'Writing the report' });
      return { path: '/home/analyst/C-2026-0015.zip', sha256: sha256Hex('zip'), files: 14 };
    },
    'false-positives.test': async () => [
      {
        class: 'backup',
        result: 'contradicted',
        checks: [
          {
            id: 'backup.known',
            title: 'Known program',
            figure: '',
            sentence: 'Not among the backup programs known on the fleet.',
            stance: 'supports-suspicion',
          },
          {
            id: 'backup.period',
            title: 'Period',
            figure: '1 run',
            sentence: 'No repeating schedule.',
            stance: 'supports-suspicion',
          },
        ],
        exception: { processes: ['rundll32.exe'], hosts: ['ws-042'], expiresMs: nowMs + 90 * 86_400_000, reason: '' },
      },
      {
        class: 'user-transfer',
        result: 'unclear',
        checks: [
          {
            id: 'user.asked',
            title: 'Asked',
            figure: '',
            sentence: 'No consultation is recorded.',
            stance: 'no-information',
          },
        ],
        exception: {
          users: ['CORP\\m.keller'],
          devices: ['serial:4C530001260814117341'],
          expiresMs: nowMs + 7 * 86_400_000,
          reason: '',
        },
        wouldHaveHidden: 2,
        hiddenFindings: findings().slice(0, 2),
      },
    ],
    'devices.decisions': async () => [
      {
        device: 'serial:575837314141364E',
        decision: 'approved',
        reason: 'Backup disk of the office',
        actor: 'r.osei',
        atMs: nowMs,
      },
    ],
  };
}
