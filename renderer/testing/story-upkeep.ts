import type { auditOperations } from '../../shared/ipc/audit-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ProgramSettings, settingsOperations } from '../../shared/ipc/settings-operations.ts';
import type { supportOperations } from '../../shared/ipc/support-operations.ts';
import type { CaseEntry } from '../../shared/model/case-file.ts';

const acts: readonly (readonly [actor: string, text: string])[] = [
  ['portside', 'The journal of the workspace was begun'],
  ['r.osei', 'Evidence imported: file-events.ndjson.gz'],
  ['r.osei', 'Rule switched on: Unusual Process Writing Data to an External Device (r1)'],
  ['m.kern', 'Device serial:4C530001231120115142: approved. Issued by IT'],
  [
    'r.osei',
    'Exception added: processes backup-client.exe; hosts ws-042, rules r1; until 2026-12-31T00:00:00.000Z. Nightly backup',
  ],
  ['r.osei', 'Finding f-1: acknowledged'],
];

/** What was done in the made-up workspace, and its support bundle. */
export function makeUpkeepHandlers(
  nowMs: number,
): Handlers<typeof auditOperations & typeof supportOperations & typeof settingsOperations> {
  const entries = acts.map(
    ([actor, text], index): CaseEntry => ({
      seq: index + 1,
      atMs: nowMs - (acts.length - index) * 3_600_000,
      actor,
      kind: 'act.noted',
      text,
      hash: String(index + 1).repeat(64),
    }),
  );
  let settings: ProgramSettings = {
    memory: 'automatic',
    machineMemoryBytes: 16_000_000_000,
    temporaryDisk: 'automatic',
    disk: { workspaceBytes: 312_000_000, freeBytes: 81_000_000_000 },
    log: 'everything',
    logFolder: '/home/analyst/.config/Portside/logs',
    damaged: [],
  };
  return {
    'settings.read': async () => settings,
    'settings.set': async ({ memory, temporaryDisk, log }) => {
      settings = {
        ...settings,
        memory: memory ?? settings.memory,
        temporaryDisk: temporaryDisk ?? settings.temporaryDisk,
        log: log ?? settings.log,
      };
      return {};
    },
    'audit.list': async ({ contains = '' }) => {
      const rows = entries
        .filter(({ actor, text }) => `${actor} ${text}`.toLowerCase().includes(contains.toLowerCase()))
        .reverse();
      return { rows, total: rows.length, entries: entries.length, head: entries.at(-1)?.hash };
    },
    'support.collect': async () => ({
      id: 'b1',
      files: [
        { name: 'about.json', says: 'versions and machine', text: '{\n  "portside": "0.1.0"\n}\n' },
        { name: 'main.log.txt', says: 'what the program logged', text: '{"level":"info","event":"engine.state"}\n' },
      ],
    }),
    'support.save': async () => ({ folder: '/home/analyst/portside-support-2026-11-19T214000Z', files: 2 }),
  };
}
