/** Evidence made for tests, by nothing of the product: what it is compared with must not come from the same code. */
import { writeFile } from 'node:fs/promises';

/** A file event before it is written as a document. */
export interface MadeEvent {
  readonly atMs: number;
  readonly action: string;
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly path: string;
  readonly size: number;
  readonly serial: string;
  readonly isExternal: boolean;
}

/** Numbers that look random and are the same in every run (Park and Miller's generator). */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** The event as Elastic Defend would have written it. */
export function toDocument(event: MadeEvent, id: number): object {
  return {
    '@timestamp': new Date(event.atMs).toISOString(),
    event: { id: `event-${id}`, category: ['file'], action: event.action, kind: 'event' },
    host: { name: event.host },
    user: { name: event.user },
    process: { name: event.process, executable: `C:\\Windows\\${event.process}`, pid: 100 + id },
    file: {
      path: event.path,
      name: event.path.split('\\').at(-1),
      size: event.size,
      Ext: { device: event.isExternal ? { bus_type: 'USB', serial_number: event.serial, dos_name: 'E:' } : {} },
    },
  };
}

/** Writes events as a file of NDJSON, a document a line. */
export async function writeEvents(file: string, events: readonly MadeEvent[] = makeStory()): Promise<void> {
  await writeFile(file, events.map((event, id) => JSON.stringify(toDocument(event, id))).join('\n'));
}

const dayMs = 86_400_000;

/**
 * Three weeks in which people save documents to their own sticks by day, and one evening on which a program that never
 * wrote to a device copies 214 files to a new one.
 */
export function makeStory(): readonly MadeEvent[] {
  const random = makeRandom(11);
  const startMs = Date.UTC(2026, 10, 2);
  const everyday = Array.from({ length: 21 }, (_, day) => day).flatMap((day) =>
    ['ws-001', 'ws-002', 'ws-003'].flatMap((host, person) =>
      Array.from({ length: 12 }, (_, index) => ({
        atMs: startMs + day * dayMs + (8 + Math.floor(index / 2)) * 3_600_000 + random(1_800_000),
        action: index % 3 === 0 ? 'creation' : 'modification',
        host,
        user: `user-${person}`,
        process: index % 4 === 3 ? 'WINWORD.EXE' : 'explorer.exe',
        path: `E:\\work\\notes-${random(40)}.docx`,
        size: 20_000 + random(400_000),
        serial: `STICK${person}`,
        isExternal: true,
      })),
    ),
  );
  const copied = Array.from({ length: 214 }, (_, index) => ({
    atMs: startMs + 20 * dayMs + 21 * 3_600_000 + index * 4_000,
    action: 'creation',
    host: 'ws-002',
    user: 'user-1',
    process: 'rundll32.exe',
    path: `F:\\x\\finance\\ledger-${index}.xlsx`,
    size: 1_000_000 + random(9_000_000),
    serial: 'NEW-0042',
    isExternal: true,
  }));
  return [...everyday, ...copied];
}

const longWords = 'quarterly-synchronisation-agent-for-removable-media-of-the-northern-region';

/** The story again, with names as long as systems allow: hosts of 40 characters, processes of 80, paths of 200. */
export function makeLongNames(): readonly MadeEvent[] {
  return makeStory().map((event) => ({
    ...event,
    host: `${event.host}-${longWords}`.slice(0, 40),
    user: `CORPORATION-NORTH\\${event.user}-${longWords}`.slice(0, 64),
    process: event.process.replace(/^(.+)\.(\w+)$/, (_all, stem, ending) =>
      `${stem}-${longWords}.${ending}`.slice(-80),
    ),
    path: event.path.replace(/\\([^\\]+)$/, (_all, name) => `\\${longWords}\\${longWords}\\${name}`),
    serial: `${event.serial}-0123456789ABCDEF0123456789ABCDEF`,
  }));
}
