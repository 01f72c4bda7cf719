import type { WriteEvent } from '../../shared/model/event.ts';

let nextId = 0;

/** A write of Kim to her own stick, each an event of its own. */
export function makeTestWrite(atMs: number, change: Partial<WriteEvent> = {}): WriteEvent {
  return {
    id: `w${nextId++}`,
    atMs,
    action: 'creation',
    host: 'alpha',
    user: 'kim',
    process: 'explorer.exe',
    executable: 'C:\\Windows\\explorer.exe',
    path: 'E:\\a.txt',
    sizeBytes: 100,
    device: 'serial:AA11',
    deviceSerial: 'AA11',
    busType: 'USB',
    ...change,
  };
}
