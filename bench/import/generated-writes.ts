import { identifyDevice } from '../../shared/model/device-identity.ts';
import { toEcsWrite } from '../../shared/model/ecs.ts';
import type { WriteEvent } from '../../shared/model/event.ts';

/** Start and length of the span that generated writes lie in. */
export const generatedFromMs = Date.UTC(2026, 9, 20);
export const generatedSpanMs = 30 * 86_400_000;

function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

/** A write as the document that a feed carries. */
export const ecsOf = (write: WriteEvent) =>
  toEcsWrite(write, { id: `b7a9-${write.host}`, osType: 'windows', osName: 'Windows 11 Enterprise' });

/** 120 hosts with a user and two sticks each, a handful of programs per host, paths seldom written twice. */
export function* makeWrites(count: number, from = generatedFromMs): Generator<WriteEvent> {
  const random = makeRandom(42);
  for (let index = 0; index < count; index++) {
    const host = random(120);
    const program = (host * 7 + random(6) * random(3)) % 40;
    const serial = `4C53000126081411${host * 2 + random(2)}`;
    yield {
      id: `Mk${index.toString(36)}xP+++${random(1e9).toString(36)}`,
      atMs: from + Math.floor((index * generatedSpanMs) / count),
      action: (['creation', 'overwrite', 'modification'] as const)[random(3)] ?? 'creation',
      host: `WS-${host}`,
      user: `user${host}`,
      userId: `S-1-5-21-1004336348-1177238915-682003330-${host}`,
      process: `program${program}.exe`,
      executable: `C:\\Program Files\\Vendor ${program}\\program${program}.exe`,
      pid: 1_000 + random(5_000),
      processEntityId: `ZW50aXR5LTE2${random(100_000)}`,
      commandLine: `"C:\\Program Files\\Vendor ${program}\\program${program}.exe" --batch ${random(1_000)}`,
      parentProcess: 'explorer.exe',
      processSha256: 'ab'.repeat(31) + String(10 + program),
      publisher: `Vendor ${program}`,
      publisherTrusted: true,
      originalFileName: `program${program}.exe`,
      path: `E:\\Projects\\Folder ${random(500)}\\Document ${random(800_000)}.docx`,
      extension: 'docx',
      sizeBytes: random(5_000_000),
      headerBytes: '504b0304140006000800000021',
      entropy: random(800) / 100,
      device: identifyDevice({ serial }).id,
      busType: 'Usb',
      deviceVendor: 'SanDisk',
      deviceProduct: 'Ultra',
      deviceSerial: serial,
      volume: 'E:',
    };
  }
}
