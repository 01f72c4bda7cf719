import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertExists } from '../../shared/base/assert.ts';
import { dayMs, hourMs, minuteMs, secondMs } from '../../shared/base/time.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { CollectedStep } from '../../shared/model/triage.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from '../evidence/workspace-engine.ts';
import { exportPackage } from './case-package.ts';
import { makeCaseStore } from './case-store.ts';
import { makeDecisions } from './decisions.ts';
import { testFalsePositives } from './false-positive-collector.ts';
import { verifyPackage } from './package-verify.ts';
import { makeTriageCollector } from './triage-collector.ts';
import { makeTriageHandlers } from './triage-handlers.ts';
import { loadWorkstationKey } from './workstation-key.ts';

/** The collector, cases and packages on the embedded engine, with a small company in which one thing stands out. */
const startMs = Date.UTC(2026, 10, 19, 21, 40);
const stick = 'serial:4C530001260814117341';
const disk = 'serial:575837314141364E';
const quiet = { signal: new AbortController().signal, emit: () => undefined };

function everydayWrites(): WriteEvent[] {
  const writes: WriteEvent[] = [];
  for (let day = 25; day >= 1; day -= 1) {
    for (let host = 0; host < 12; host += 1) {
      for (let file = 0; file < 4; file += 1) {
        writes.push({
          id: `e-${day}-${host}-${file}`,
          atMs: startMs - day * dayMs - 12 * hourMs + host * minuteMs + file * secondMs,
          action: 'creation',
          host: `ws-${String(host).padStart(3, '0')}`,
          user: `CORP\\user${host}`,
          process: 'explorer.exe',
          executable: 'C:\\Windows\\explorer.exe',
          publisher: 'Microsoft Windows',
          publisherTrusted: true,
          parentProcess: 'userinit.exe',
          processSha256: '11'.repeat(32),
          originalFileName: 'EXPLORER.EXE',
          path: `F:\\notes\\day${day}-${file}.docx`,
          extension: 'docx',
          sizeBytes: 200_000 + file,
          device: `${disk}-${host}`,
          busType: 'Usb',
          volume: 'F:',
        });
      }
    }
  }
  return writes;
}

function theCopy(): WriteEvent[] {
  return Array.from({ length: 60 }, (_, file) => ({
    id: `x-${file}`,
    atMs: startMs + file * 15 * secondMs,
    action: file === 59 ? ('rename' as const) : ('creation' as const),
    host: 'ws-003',
    user: 'CORP\\user3',
    process: 'rundll32.exe',
    executable: 'C:\\Users\\user3\\AppData\\Local\\Temp\\7zS4A1\\rundll32.exe',
    publisherTrusted: false,
    parentProcess: 'cmd.exe',
    processSha256: 'ab'.repeat(32),
    originalFileName: '7zG.exe',
    path: `E:\\out\\payroll_${file}.7z`,
    extension: '7z',
    sizeBytes: 50_000_000,
    headerBytes: '377abcaf271c0004',
    sourcePath: file === 59 ? 'C:\\Users\\Public\\out\\payroll_59.7z' : undefined,
    device: stick,
    busType: 'Usb',
    deviceVendor: 'SanDisk',
    deviceProduct: 'Ultra',
    deviceSerial: '4C530001260814117341',
    volume: 'E:',
  }));
}

const plugged: DeviceEvent[] = [['mount', -9 * minuteMs] as const, ['unmount', 17 * minuteMs] as const].map(
  ([kind, afterMs]) => ({
    id: kind,
    atMs: startMs + afterMs,
    kind,
    host: 'ws-003',
    device: stick,
    busType: 'Usb',
    vendor: 'SanDisk',
    product: 'Ultra',
    serial: '4C530001260814117341',
    volume: 'E:',
    capacityBytes: 4_000_000_000,
  }),
);

describe('triage and cases on the embedded store', () => {
  let folder: string;
  let engine: WorkspaceEngine;
  let findingId: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portside-triage-'));
    engine = await openWorkspaceEngine({ workspacePath: folder, now: () => startMs + 2 * dayMs });
    // What comes later must not count as history: the same program everywhere the day after.
    const later = theCopy().map((write, at) => ({
      ...write,
      id: `later-${at}`,
      atMs: write.atMs + dayMs,
      host: `ws-${String(at % 12).padStart(3, '0')}`,
      user: `CORP\\user${at % 12}`,
    }));
    await engine.append({ writes: [...everydayWrites(), ...theCopy(), ...later], deviceEvents: plugged });
    const { rows } = await engine['findings.list'](
      {
        filter: { processes: ['rundll32.exe'], hosts: ['ws-003'], toMs: startMs + hourMs },
        sort: 'startMs',
        descending: false,
        limit: 1,
      },
      quiet,
    );
    findingId = assertExists(rows[0], 'the finding').id;
  });

  afterAll(async () => {
    await engine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const byId = (steps: readonly CollectedStep[]) =>
    new Map(steps.flatMap((step) => step.checks.map((check) => [check.id, check] as const)));

  it('collects all six steps from the past only, each with a sentence', async () => {
    const emitted: string[] = [];
    const steps = await makeTriageCollector(engine).collect(findingId, {
      ...quiet,
      emit: ({ step }) => emitted.push(step),
    });
    expect(emitted).toEqual(['process', 'user', 'device', 'data', 'correlation', 'consultation']);
    const checks = byId(steps);
    for (const check of checks.values()) expect(check.sentence.length, check.id).toBeGreaterThan(15);
    const suspicious = [...checks.values()]
      .filter((check) => check.stance === 'supports-suspicion')
      .map((check) => check.id);
    expect(suspicious).toEqual([
      'process.seen-before',
      'process.folder',
      'process.name',
      'process.publisher',
      'process.original-name',
      'process.hash',
      'process.living-off-the-land',
      'user.hours',
      'user.volume',
      'device.first-seen',
      'device.connections',
      'device.capacity',
      'data.bytes',
      'data.files',
      'data.types',
      'data.names',
      'correlation.findings-of-device',
      'correlation.findings-of-user',
      'correlation.findings-of-process',
      'correlation.removed-after',
    ]);
    expect(checks.get('process.seen-before')?.figure).toBe('0 of 12 hosts, 0 hours here');
    expect(checks.get('user.first-device-use')?.stance).toBe('supports-benign');
    expect(checks.get('data.sources')?.sentence).toContain('C:\\Users\\Public\\out\\');
    expect(checks.get('device.connections')?.sentence).toContain('9 min before the first write');
  });

  it('gives each check the writes behind it', async () => {
    const steps = await makeTriageCollector(engine).collect(findingId, quiet);
    for (const check of byId(steps).values()) {
      if (!check.evidence) continue;
      const page = await engine['writes.page'](
        { filter: check.evidence, withRenames: false, ascending: false, limit: 1 },
        quiet,
      );
      expect(page.rows.length, check.id).toBeLessThanOrEqual(1);
    }
    const names = assertExists(byId(steps).get('data.names')?.evidence, 'the filter of names');
    const [totals] = await engine['writes.totals']({ filters: [names] }, quiet);
    expect(totals?.files).toBe(59);
  });

  it('ends at once when aborted, and says not-found for an unknown finding', async () => {
    const collector = makeTriageCollector(engine);
    const abort = new AbortController();
    const collecting = collector.collect(findingId, { signal: abort.signal, emit: () => abort.abort() });
    await expect(collecting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(collector.collect('F-nothing', quiet)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tests the five innocent explanations and counts what each exception would hide', async () => {
    const tests = await testFalsePositives(engine, {}, findingId, quiet.signal);
    expect(tests.map((test) => [test.class, test.result])).toEqual([
      ['backup', 'contradicted'],
      ['data-transfer', 'contradicted'],
      ['update', 'contradicted'],
      ['maintenance', 'unclear'],
      ['user-transfer', 'contradicted'],
    ]);
    expect(tests[4]?.wouldHaveHidden).toBeGreaterThanOrEqual(1);
    expect(tests.every((test) => test.exception.expiresMs > startMs)).toBe(true);
  });

  it('keeps a mark and a state in the journal, tells the engine, and carries them into the case and its package', async () => {
    const decisions = makeDecisions({ folder, actor: 'r.osei' });
    const cases = makeCaseStore({
      folder: join(folder, 'cases'),
      questions: engine,
      collector: makeTriageCollector(engine),
      decisions,
      workspaceName: 'w',
      source: 'Embedded store',
      version: '0.1.0',
      actor: 'r.osei',
    });
    const triage = makeTriageHandlers({ questions: engine, decisions, onMark: (id, mark) => cases.takeMark(id, mark) });
    await triage['triage.mark']({ findingId, step: 'process', state: 'suspicious', note: 'renamed 7-Zip' }, quiet);
    await triage['finding-states.set']({ states: [{ id: findingId, state: 'acknowledged' }] }, quiet);
    expect((await engine['finding.read']({ id: findingId }, quiet)).state).toBe('acknowledged');
    const { id } = await cases.open({ findingIds: [findingId] }, quiet);
    await triage['triage.mark']({ findingId, step: 'user', state: 'suspicious', note: 'late' }, quiet);
    const file = await cases.read(id);
    expect(file.findings[0]?.marks.map((mark) => [mark.step, mark.note])).toEqual([
      ['process', 'renamed 7-Zip'],
      ['user', 'late'],
    ]);
    expect(file.exhibits.find((exhibit) => exhibit.question === 'writes.page')?.rows).toBe(60);
    const path = join(folder, 'case.zip');
    await exportPackage(
      { store: cases, key: await loadWorkstationKey(join(folder, 'keys')), version: '0.1.0' },
      id,
      { path },
      quiet,
    );
    expect(await verifyPackage(path)).toMatchObject({ ok: true, head: file.head });
  });
});
