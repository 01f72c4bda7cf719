import { dayMs, hourMs, minuteMs } from '../base/time.ts';
import type { DeviceEvent, WriteAction, WriteEvent } from '../model/event.ts';
import type { ProgramIdentity } from '../model/evidence-answer.ts';
import { planAttacks } from './attack-sessions.ts';
import {
  type CompanyOptions,
  type DemoCompany,
  type DemoHost,
  makeCompany,
  midnightMs,
  type SessionPlan,
} from './company.ts';
import type { AttackKind, BenignClass } from './company-profile.ts';
import { makeEverydaySessions } from './everyday-sessions.ts';
import { type DemoFile, makeDemoFile } from './file-names.ts';
import { makeIdentities } from './program-identity.ts';

/** What a made-up session was: the truth that detection is measured by. Times are those of its writes (both inclusive). */
export interface DemoLabel {
  readonly host: string;
  readonly user: string;
  readonly process: string;
  readonly device: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isAttack: boolean;
  readonly kind: BenignClass | AttackKind;
  /** Sessions of one attack share it. */
  readonly incident?: string | undefined;
}

/** One day of a company: its events in order of time, and what its sessions were. */
export interface DemoDay {
  readonly writes: readonly WriteEvent[];
  readonly deviceEvents: readonly DeviceEvent[];
  readonly labels: readonly DemoLabel[];
}

/** A made-up company, and its days in order. Memory is that of one day. */
export interface DemoEvents {
  readonly company: DemoCompany;
  days(): Generator<DemoDay>;
}

/** The same options give the same events. All lie in the `days` days before `endMs`. */
export function makeDemoEvents(options: CompanyOptions): DemoEvents {
  return { company: makeCompany(options), days: () => daysOf(makeCompany(options)) };
}

function* daysOf(company: DemoCompany): Generator<DemoDay> {
  const everyday = makeEverydaySessions(company);
  const attacks = planAttacks(company);
  const identityOf = makeIdentities(company);
  let later: WriteEvent[] = [];
  let laterDevices: DeviceEvent[] = [];
  let number = 0;
  for (let day = 0; day <= company.days; day++) {
    const fromMs = midnightMs(company, day);
    const toMs = day === company.days ? Number.POSITIVE_INFINITY : fromMs + dayMs;
    const plans = [...everyday(day), ...attacks.filter(({ startMs }) => startMs >= fromMs && startMs < toMs)]
      .filter((plan) => plan.startMs >= company.startMs && plan.startMs + plan.durationMs < company.endMs - hourMs)
      .sort((a, b) => a.startMs - b.startMs);
    let writes = later;
    const labels: DemoLabel[] = [];
    for (const plan of plans) {
      number++;
      const first = writes.length;
      writeSession(plan, number, company, identityOf(plan, number), writes);
      const [start, end] = [writes[first], writes.at(-1)];
      if (!start || !end) continue;
      labels.push({
        host: plan.host.name,
        user: plan.account,
        process: plan.program.name,
        device: plan.device.id,
        startMs: start.atMs,
        endMs: end.atMs,
        isAttack: plan.isAttack,
        kind: plan.kind,
        incident: plan.incident,
      });
    }
    const deviceEvents = [...laterDevices, ...connections(plans, company, day)];
    later = writes.filter(({ atMs }) => atMs >= toMs);
    laterDevices = deviceEvents.filter(({ atMs }) => atMs >= toMs);
    if (later.length > 0) writes = writes.filter(({ atMs }) => atMs < toMs);
    yield {
      writes: writes.sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)),
      deviceEvents: deviceEvents
        .filter(({ atMs }) => atMs < toMs)
        .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1)),
      labels,
    };
  }
}

/** Longest pause between two writes of a session: well below what parts two findings. */
const longestPauseMs = 20 * minuteMs;

function writeSession(
  plan: SessionPlan,
  number: number,
  company: DemoCompany,
  identity: ProgramIdentity,
  into: WriteEvent[],
): void {
  const random = company.random.fork(`session ${number} ${plan.startMs}`);
  const { host, program, device, files } = plan;
  const isWindows = host.department.os === 'windows';
  const separator = isWindows ? '\\' : '/';
  const executable = program.executable.replace('{user}', plan.account).replace('{volume}', device.volume);
  const pid = 4 * random.whole(200, 8000);
  const entity = random.hex(24);
  const id = `${random.hex(10)}${number.toString(36).padStart(5, '0')}`;
  const stepMs = Math.min(longestPauseMs, plan.durationMs / files);
  // Written out field by field: copying a pattern of 26 fields is several times slower.
  const makeWrite = (
    suffix: string,
    writeMs: number,
    action: WriteAction,
    sizeBytes: number,
    file: DemoFile,
  ): WriteEvent => ({
    id: id + suffix,
    atMs: Math.floor(writeMs),
    action,
    host: host.name,
    user: plan.account,
    userId: plan.userId,
    process: program.name,
    executable: executable === '' ? undefined : executable,
    pid,
    processEntityId: entity,
    commandLine: program.commandLine,
    parentProcess: identity.parentProcess || undefined,
    processSha256: identity.sha256 || undefined,
    publisher: identity.publisher || undefined,
    publisherTrusted: identity.publisherTrusted === '' ? undefined : identity.publisherTrusted === 'true',
    originalFileName: identity.originalFileName || undefined,
    path: file.path,
    extension: file.extension,
    sizeBytes,
    headerBytes: file.headerBytes,
    entropy: file.entropy,
    sourcePath: action === 'rename' ? sourceOf(host, plan.account, file.path, device.volume) : undefined,
    device: device.id,
    busType: device.model.busType,
    deviceVendor: device.model.vendor,
    deviceProduct: device.model.product,
    deviceSerial: device.serial,
    volume: device.volume,
  });
  let atMs = plan.startMs;
  for (let index = 0; index < files; index++) {
    const file = makeDemoFile(plan.theme, device.volume, separator, random.whole(1, 9999), random);
    const sizeBytes = Math.max(1, Math.round(plan.fileBytes * random.unevenFactor()));
    const roll = random.next();
    // Few files are moved onto the device instead of copied: Elastic's jobs do not see those.
    const action: WriteAction = roll < 0.004 && index > 0 ? 'rename' : roll < 0.1 ? 'overwrite' : 'creation';
    into.push(makeWrite(`+${index}`, atMs, action, sizeBytes, file));
    if (random.chance(plan.rewriteShare)) {
      const grownBytes = Math.round(sizeBytes * random.between(1, 1.2));
      into.push(makeWrite(`+${index}m`, atMs + stepMs * 0.5, 'modification', grownBytes, file));
    }
    atMs += stepMs * random.between(0.5, 1.5);
  }
}

function sourceOf(host: DemoHost, account: string, path: string, volume: string): string {
  const rest = path.slice(volume.length);
  if (host.department.os === 'windows') return `C:\\Users\\${account}${rest}`;
  return host.department.os === 'macos' ? `/Users/${account}${rest}` : `/home/${account}${rest}`;
}

/** Devices connect shortly before they are written to and leave some time after, on hosts that report it. */
function connections(plans: readonly SessionPlan[], company: DemoCompany, day: number): DeviceEvent[] {
  const random = company.random.fork(`connections ${day}`);
  const spans = new Map<string, { plan: SessionPlan; startMs: number; endMs: number }[]>();
  for (const plan of plans) {
    if (!plan.host.hasDeviceEvents || plan.device.model.busType !== 'Usb') continue;
    const key = `${plan.host.name} ${plan.device.id}`;
    const known = spans.get(key) ?? [];
    const last = known.at(-1);
    const endMs = plan.startMs + plan.durationMs;
    if (last && plan.startMs - last.endMs < 2 * hourMs) last.endMs = Math.max(last.endMs, endMs);
    else known.push({ plan, startMs: plan.startMs, endMs });
    spans.set(key, known);
  }
  const events: DeviceEvent[] = [];
  for (const { plan, startMs, endMs } of [...spans.values()].flat()) {
    const { model, serial, volume, fileSystem, id } = plan.device;
    const event = (kind: 'mount' | 'unmount', atMs: number): DeviceEvent => ({
      id: `${random.hex(16)}${kind}`,
      atMs: Math.floor(atMs),
      kind,
      host: plan.host.name,
      device: id,
      busType: model.busType,
      vendor: model.vendor,
      vendorId: model.vendorId,
      product: model.product,
      productId: model.productId,
      serial,
      volume,
      fileSystem,
      capacityBytes: model.capacityBytes,
    });
    const mountMs = startMs - random.between(0.5, 9) * minuteMs;
    const unmountMs = endMs + random.between(0.3, 40) * minuteMs;
    if (mountMs >= company.startMs) events.push(event('mount', mountMs));
    // Sometimes the machine sleeps first, and nobody sees the device leave.
    if (unmountMs < company.endMs && !random.chance(0.06)) events.push(event('unmount', unmountMs));
  }
  return events;
}
