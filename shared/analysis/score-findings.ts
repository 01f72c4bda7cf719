import { assertExists } from '../base/assert.ts';
import { sha256Hex } from '../base/sha-256.ts';
import { bucketStart, hourMs } from '../base/time.ts';
import {
  type ActivityChunk,
  activitySlotMs,
  identityParts,
  type ProgramIdentity,
  unknownIdentity,
} from '../model/evidence-answer.ts';
import { type ElasticScore, type Finding, findingGapMs } from '../model/finding.ts';
import { BinaryHeap } from './binary-heap.ts';
import { type HostHour, makeElasticRarity } from './elastic-rarity.ts';
import type { PortsideScorer, WriteSession } from './write-session.ts';

/** The Elastic-comparable score of one process on one host in one hour. */
export interface ScoredHour {
  readonly hourMs: number;
  readonly host: string;
  readonly process: string;
  readonly elastic: ElasticScore;
}

export interface ScoredEvidence {
  /** By start, ties by host, user, process and device. */
  readonly findings: readonly Finding[];
  readonly hours: readonly ScoredHour[];
}

/**
 * Turns activity into scored findings, as a stream that can be taken up again. Hours before `settledMs` are settled:
 * they are not asked for again. What lies after may still change; it is scored anew in every pass. The result depends on
 * the activity alone: not on how it is cut into chunks or passes, nor on the order of rows inside a slot.
 */
export interface FindingScoring {
  /** Activity from here on is to be fed to the next pass; absent when everything is. */
  readonly settledMs: number | undefined;
  /** Counted events before `settledMs`. */
  readonly settledEvents: number;
  /**
   * Starts a pass over all activity from `settledMs` on, oldest slot first. Whole hours before `settleBeforeMs` get
   * settled on the way. A pass that is abandoned leaves what it had settled; a new pass goes on from there.
   */
  startPass(settleBeforeMs: number): FindingPass;
}

export interface FindingPass {
  /** Takes activity in; returns what became final with it. Slots never go back; a slot may span chunks. */
  add(chunk: ActivityChunk): ScoredEvidence;
  /** Ends the pass: what else became final, what is not final yet, and how many events the pass saw. */
  finish(): { readonly settled: ScoredEvidence; readonly unsettled: ScoredEvidence; readonly events: number };
}

/** One host, user, process and device in one slot, executables together. */
interface SlotActivity {
  readonly host: number;
  readonly user: number;
  readonly process: number;
  readonly device: number;
  readonly key: string;
  firstMs: number;
  lastMs: number;
  events: number;
  writtenBytes: number;
  /** Events by executable, and by identity of the program. */
  readonly executables: Map<number, number>;
  readonly identities: Map<number, number>;
}

interface OpenSession {
  readonly activity: SlotActivity;
  elastic: ElasticScore | undefined;
}

interface ClosedSession {
  readonly session: WriteSession;
  readonly elastic: ElasticScore;
}

/** All that a checkpoint has to bring back, beside the two scorers' own. */
interface GroupingState {
  readonly open: Map<string, OpenSession>;
  readonly unscored: BinaryHeap<ClosedSession>;
  readonly unlearned: BinaryHeap<ClosedSession>;
}

/** `ruleId` is carried by every finding. The scorer must be fresh and used for nothing else. */
export function makeFindingScoring(scorer: PortsideScorer, ruleId: string): FindingScoring {
  const rarity = makeElasticRarity();
  const names = new NameTable();
  const identities = new IdentityTable();
  let state: GroupingState = {
    open: new Map(),
    unscored: new BinaryHeap(byStart),
    unlearned: new BinaryHeap(byEnd),
  };
  let settledMs: number | undefined;
  let settledEvents = 0;
  let abandonTrial: (() => void) | undefined;

  function close(open: OpenSession): void {
    const { activity } = open;
    const closed: ClosedSession = {
      session: {
        host: names.of(activity.host),
        user: names.of(activity.user),
        process: names.of(activity.process),
        executable: strongest(activity.executables, (index) => names.of(index)),
        identity: identityOf(activity.identities, (index) => identities.of(index)),
        device: names.of(activity.device),
        startMs: activity.firstMs,
        endMs: activity.lastMs,
        writtenBytes: activity.writtenBytes,
        events: activity.events,
      },
      elastic: assertExists(open.elastic, 'the elastic score of a session'),
    };
    state.open.delete(activity.key);
    state.unscored.push(closed);
    state.unlearned.push(closed);
  }

  /** Closes what no activity from `fromMs` on can belong to. */
  function closeBefore(fromMs: number): void {
    for (const open of state.open.values()) {
      if (fromMs - open.activity.lastMs >= findingGapMs) close(open);
    }
  }

  /** Scores the sessions that started before every open one: nothing that is to be scored or learned first is missing. */
  function scoreClosed(): Finding[] {
    let limitMs = Number.POSITIVE_INFINITY;
    for (const { activity } of state.open.values()) limitMs = Math.min(limitMs, activity.firstMs);
    const findings: Finding[] = [];
    for (;;) {
      const next = state.unscored.peek();
      if (!next || next.session.startMs >= limitMs) return findings;
      state.unscored.pop();
      for (let past = state.unlearned.peek(); past && past.session.endMs < next.session.startMs; ) {
        state.unlearned.pop();
        scorer.learn(past.session);
        past = state.unlearned.peek();
      }
      findings.push(toFinding(next, scorer, ruleId));
    }
  }

  /** Takes in all slots of one hour, oldest first. */
  function addHour(startMs: number, slots: readonly (readonly SlotActivity[])[]): ScoredHour[] {
    const touched = new Set<OpenSession>();
    const hostHours: HostHour[] = [];
    for (const activity of slots.flat()) {
      let open = state.open.get(activity.key);
      if (open && activity.firstMs - open.activity.lastMs >= findingGapMs) {
        close(open);
        open = undefined;
      }
      if (open) {
        merge(open.activity, activity);
      } else {
        open = { activity: copyOf(activity), elastic: undefined };
        state.open.set(activity.key, open);
      }
      touched.add(open);
      hostHours.push({ host: activity.host, processes: [activity.process] });
    }
    const byHost = new Map<number, Map<number, ElasticScore>>();
    const hours: ScoredHour[] = [];
    for (const { host, process, elastic } of rarity.addHour(hostHours)) {
      let ofHost = byHost.get(host);
      if (!ofHost) {
        ofHost = new Map();
        byHost.set(host, ofHost);
      }
      ofHost.set(process, elastic);
      hours.push({ hourMs: startMs, host: names.of(host), process: names.of(process), elastic });
    }
    for (const open of touched) {
      const elastic = byHost.get(open.activity.host)?.get(open.activity.process);
      if (elastic && (!open.elastic || isHigher(elastic, open.elastic))) open.elastic = elastic;
    }
    return hours;
  }

  function startTrial(): void {
    const kept = state;
    state = {
      open: new Map(
        [...kept.open].map(([key, { activity, elastic }]) => [key, { activity: copyOf(activity), elastic }]),
      ),
      unscored: kept.unscored.copy(),
      unlearned: kept.unlearned.copy(),
    };
    rarity.checkpoint();
    scorer.checkpoint();
    abandonTrial = () => {
      state = kept;
      rarity.rollback();
      scorer.rollback();
      abandonTrial = undefined;
    };
  }

  function startPass(settleBeforeMs: number): FindingPass {
    abandonTrial?.();
    const slots = new SlotBuffer(names, identities);
    let passEvents = 0;
    let trialHours: ScoredHour[] = [];

    /** Takes a whole hour in, for good or on trial. */
    function endHour(): ScoredEvidence {
      const hour = slots.takeHour();
      if (!hour) return nothing;
      passEvents += hour.events;
      if (!abandonTrial && hour.startMs + hourMs > settleBeforeMs) startTrial();
      closeBefore(hour.startMs);
      if (abandonTrial) {
        trialHours = trialHours.concat(addHour(hour.startMs, hour.slots));
        return nothing;
      }
      const findings = scoreClosed();
      const hours = addHour(hour.startMs, hour.slots);
      settledMs = hour.startMs + hourMs;
      settledEvents += hour.events;
      return { findings, hours };
    }

    return {
      add(chunk) {
        const settled: ScoredEvidence[] = [];
        slots.add(chunk, settledMs, () => settled.push(endHour()));
        return together(settled);
      },
      finish() {
        const settled = endHour();
        if (!abandonTrial) startTrial();
        closeBefore(Number.POSITIVE_INFINITY);
        const unsettled = { findings: scoreClosed(), hours: trialHours };
        abandonTrial?.();
        return { settled, unsettled, events: passEvents };
      },
    };
  }

  return {
    get settledMs() {
      return settledMs;
    },
    get settledEvents() {
      return settledEvents;
    },
    startPass,
  };
}

/** The stable id of a finding: of what it is about and when it began. */
export function findingId(session: Pick<WriteSession, 'host' | 'user' | 'process' | 'device' | 'startMs'>): string {
  // JSON keeps the parts apart, whatever characters they hold.
  const identity = JSON.stringify([session.host, session.user, session.process, session.device, session.startMs]);
  return `F-${sha256Hex(identity).slice(0, 12)}`;
}

const nothing: ScoredEvidence = { findings: [], hours: [] };

function together(parts: readonly ScoredEvidence[]): ScoredEvidence {
  if (parts.length === 1) return parts[0] ?? nothing;
  return { findings: parts.flatMap((part) => part.findings), hours: parts.flatMap((part) => part.hours) };
}

function toFinding({ session, elastic }: ClosedSession, scorer: PortsideScorer, ruleId: string): Finding {
  const verdict = scorer.score(session);
  return {
    id: findingId(session),
    ruleId,
    host: session.host,
    user: session.user,
    process: session.process,
    executable: session.executable === '' ? undefined : session.executable,
    device: session.device,
    startMs: session.startMs,
    endMs: session.endMs,
    writtenBytes: session.writtenBytes,
    events: session.events,
    score: verdict.score,
    coldStart: verdict.coldStart,
    elastic,
    facets: verdict.facets,
  };
}

/** Of equal scores the rarer hour tells more; of equally rare ones the first stays. */
function isHigher(a: ElasticScore, b: ElasticScore): boolean {
  return a.score > b.score || (a.score === b.score && a.probability < b.probability);
}

function byStart(a: ClosedSession, b: ClosedSession): number {
  return a.session.startMs - b.session.startMs || byName(a.session, b.session);
}

function byEnd(a: ClosedSession, b: ClosedSession): number {
  return a.session.endMs - b.session.endMs || byStart(a, b);
}

function byName(a: WriteSession, b: WriteSession): number {
  for (const name of ['host', 'user', 'process', 'device'] as const) {
    if (a[name] !== b[name]) return a[name] < b[name] ? -1 : 1;
  }
  return 0;
}

function copyOf(activity: SlotActivity): SlotActivity {
  return { ...activity, executables: new Map(activity.executables), identities: new Map(activity.identities) };
}

function strongest(counts: ReadonlyMap<number, number>, nameOf: (index: number) => string): string {
  let best = '';
  let most = -1;
  for (const [index, events] of counts) {
    const name = nameOf(index);
    if (events > most || (events === most && name < best)) {
      best = name;
      most = events;
    }
  }
  return best;
}

/** Part by part, since some events of a program may lack what others tell. */
function identityOf(counts: ReadonlyMap<number, number>, of: (index: number) => ProgramIdentity): ProgramIdentity {
  const [only] = counts.keys();
  if (counts.size === 1 && only !== undefined) return of(only);
  const part = (name: keyof ProgramIdentity) => {
    const events = new Map<string, number>();
    for (const [index, count] of counts) {
      const value = of(index)[name];
      if (value !== '') events.set(value, (events.get(value) ?? 0) + count);
    }
    return [...events].reduce(
      (best, next) => (next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best),
      ['', 0] as const,
    )[0];
  };
  return {
    publisher: part('publisher'),
    publisherTrusted: part('publisherTrusted'),
    sha256: part('sha256'),
    originalFileName: part('originalFileName'),
    parentProcess: part('parentProcess'),
  };
}

function merge(into: SlotActivity, other: SlotActivity): void {
  into.firstMs = Math.min(into.firstMs, other.firstMs);
  into.lastMs = Math.max(into.lastMs, other.lastMs);
  into.events += other.events;
  into.writtenBytes += other.writtenBytes;
  for (const [executable, events] of other.executables) {
    into.executables.set(executable, (into.executables.get(executable) ?? 0) + events);
  }
  for (const [identity, events] of other.identities) {
    into.identities.set(identity, (into.identities.get(identity) ?? 0) + events);
  }
}

/** Numbers for names, over all chunks. */
class NameTable {
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.names.length;
      this.names.push(name);
      this.numbers.set(name, number);
    }
    return number;
  }

  of(number: number): string {
    return this.names[number] ?? '';
  }
}

/** Numbers for identities, over all chunks. */
class IdentityTable {
  private readonly identities: ProgramIdentity[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(identity: ProgramIdentity): number {
    const key = JSON.stringify(identityParts.map((part) => identity[part]));
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.identities.length;
      this.identities.push(identity);
      this.numbers.set(key, number);
    }
    return number;
  }

  of(number: number): ProgramIdentity {
    return this.identities[number] ?? unknownIdentity;
  }
}

/**
 * Gathers the rows of an hour, slot by slot. Rows of one slot that differ by the program's file alone become one activity here:
 * inside a slot no gap parts them.
 */
class SlotBuffer {
  private readonly names: NameTable;
  private readonly identities: IdentityTable;
  private hourStartMs = Number.NaN;
  private hourEvents = 0;
  private slots: SlotActivity[][] = [];
  private slotMs = Number.NEGATIVE_INFINITY;
  private slot = new Map<string, SlotActivity>();

  constructor(names: NameTable, identities: IdentityTable) {
    this.names = names;
    this.identities = identities;
  }

  /** Takes rows in; calls `endHour`, which must take the hour, whenever a row of a later hour follows. */
  add(chunk: ActivityChunk, fromMs: number | undefined, endHour: () => void): void {
    const numbers = (names: readonly string[]) => names.map((name) => this.names.numberOf(name));
    const hosts = numbers(chunk.hosts);
    const users = numbers(chunk.users);
    const processes = numbers(chunk.processes);
    const executables = numbers(chunk.executables);
    const devices = numbers(chunk.devices);
    const identities = chunk.identities.map((identity) => this.identities.numberOf(identity));
    for (let row = 0; row < chunk.slotMs.length; row++) {
      const slotMs = chunk.slotMs[row] ?? 0;
      if (slotMs < this.slotMs || (fromMs !== undefined && slotMs < fromMs) || slotMs % activitySlotMs !== 0) {
        throw new Error(`Activity out of order: slot ${slotMs} after ${Math.max(this.slotMs, fromMs ?? 0)}`);
      }
      if (slotMs !== this.slotMs) {
        this.endSlot();
        const hourStartMs = bucketStart(slotMs, hourMs);
        if (hourStartMs !== this.hourStartMs) {
          endHour();
          this.hourStartMs = hourStartMs;
        }
        this.slotMs = slotMs;
      }
      const host = hosts[chunk.hostIndex[row] ?? 0] ?? 0;
      const user = users[chunk.userIndex[row] ?? 0] ?? 0;
      const process = processes[chunk.processIndex[row] ?? 0] ?? 0;
      const device = devices[chunk.deviceIndex[row] ?? 0] ?? 0;
      const events = chunk.events[row] ?? 0;
      this.hourEvents += events;
      const key = `${host} ${user} ${process} ${device}`;
      const activity: SlotActivity = {
        host,
        user,
        process,
        device,
        key,
        firstMs: chunk.firstMs[row] ?? slotMs,
        lastMs: chunk.lastMs[row] ?? slotMs,
        events,
        writtenBytes: chunk.writtenBytes[row] ?? 0,
        executables: new Map([[executables[chunk.executableIndex[row] ?? 0] ?? 0, events]]),
        identities: new Map([[identities[chunk.identityIndex[row] ?? 0] ?? 0, events]]),
      };
      const known = this.slot.get(key);
      if (known) merge(known, activity);
      else this.slot.set(key, activity);
    }
  }

  /** The hour gathered so far, and an empty buffer; absent when there is none. */
  takeHour(): { startMs: number; slots: readonly (readonly SlotActivity[])[]; events: number } | undefined {
    this.endSlot();
    if (this.slots.length === 0) return undefined;
    const hour = { startMs: this.hourStartMs, slots: this.slots, events: this.hourEvents };
    this.slots = [];
    this.hourEvents = 0;
    return hour;
  }

  private endSlot(): void {
    if (this.slot.size === 0) return;
    this.slots.push([...this.slot.values()]);
    this.slot = new Map();
  }
}
