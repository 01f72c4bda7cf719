/**
 * What an append of live events costs: `npm run bench -- append [stored]`. Into a store that holds `stored` bursty writes
 * (1,000,000 unless given) come 100,000 new ones, the same again, and 100 twice; the middle and the worst of the rounds.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorkspaceEngine } from '../electron/evidence/workspace-engine.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { identifyDevice } from '../shared/model/device-identity.ts';
import type { WriteEvent } from '../shared/model/event.ts';
import { generatedSpanMs, generatedStartMs, generateParquet } from './store/generator.ts';

const stored = Number(process.argv[2] ?? 1_000_000);
const rounds = 7;

/** Copies of 2,000 files each, by one program of one host to one device, after all that is stored. */
function makeLive(round: string, count: number): readonly WriteEvent[] {
  return Array.from({ length: count }, (_value, index) => {
    const copy = Math.floor(index / 2_000);
    const program = copy % 60;
    const serial = `4C53000126081411${copy}`;
    return {
      id: `live-${round}-${index}`,
      atMs: generatedStartMs + generatedSpanMs + index * 20,
      action: 'creation' as const,
      host: `WS-${copy}`,
      user: `user${copy}`,
      userId: `S-1-5-21-1004336348-1177238915-682003330-${copy}`,
      process: `program${program}.exe`,
      executable: `C:\\Program Files\\Vendor ${program}\\program${program}.exe`,
      pid: 1_000 + copy,
      processEntityId: `ZW50aXR5LTE2${copy}`,
      commandLine: `"C:\\Program Files\\program${program}.exe" --batch ${copy}`,
      parentProcess: 'explorer.exe',
      processSha256: 'ab'.repeat(31) + String(10 + program),
      publisher: `Vendor ${program}`,
      publisherTrusted: true,
      originalFileName: `program${program}.exe`,
      path: `E:\\Live ${round}\\Folder ${index % 500}\\Document ${index}.docx`,
      extension: 'docx',
      sizeBytes: 1_000 + ((index * 7_919) % 5_000_000),
      headerBytes: '504b0304140006000800000021',
      entropy: (index % 800) / 100,
      device: identifyDevice({ serial }).id,
      busType: 'Usb',
      deviceVendor: 'SanDisk',
      deviceProduct: 'Ultra',
      deviceSerial: serial,
      volume: 'E:',
    };
  });
}

const folder = await mkdtemp(join(tmpdir(), 'bench-append-'));
try {
  const workspace = join(folder, 'workspace');
  await mkdir(workspace);
  const engine = await openWorkspaceEngine({ workspacePath: workspace });
  for (const path of await generateParquet(folder, 'bursty', stored)) {
    await engine.importFile(path, ignoreItems(new AbortController().signal));
  }
  const times = new Map<string, { readonly ms: number; readonly cpuMs: number }[]>();
  const append = async (name: string, given: readonly WriteEvent[], expected: number) => {
    // The engine gets events from another process: as copies, whose texts are whole.
    const writes = structuredClone(given);
    const beganMs = performance.now();
    const used = process.cpuUsage();
    const answer = await engine.append({ writes, deviceEvents: [] });
    const ms = performance.now() - beganMs;
    const { user, system } = process.cpuUsage(used);
    if (answer.stored !== expected) throw new Error(`${answer.stored} of ${expected} events were stored.`);
    times.set(name, [...(times.get(name) ?? []), { ms, cpuMs: (user + system) / 1000 }]);
  };
  for (let round = 0; round < rounds; round++) {
    const live = makeLive(String(round), 100_000);
    await append('100,000 new events', live, live.length);
    await append('the same again', live, 0);
    // The first commit after a burst takes longer than the ones that follow: it is told apart.
    await append('100 new events, right after', makeLive(`${round} few`, 100), 100);
    await append('100 more', makeLive(`${round} more`, 100), 100);
  }
  await engine.close();
  console.log(`${stored} writes stored before, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}\n`);
  console.log('| Append of | middle ms | worst ms | CPU ms |\n| --- | ---: | ---: | ---: |');
  for (const [name, given] of times) {
    const sorted = (of: 'ms' | 'cpuMs') => given.map((spent) => spent[of]).sort((a, b) => a - b);
    const figures = [sorted('ms')[rounds >> 1], sorted('ms').at(-1), sorted('cpuMs')[rounds >> 1]];
    console.log(`| ${name} | ${figures.map((ms) => ms?.toFixed(0)).join(' | ')} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
