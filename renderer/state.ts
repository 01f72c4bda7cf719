import { create } from 'zustand';
import { createJSONStorage, persist } from 'zustand/middleware';
import type { TimeZone } from '../shared/base/format.ts';
import type { Span } from '../shared/base/time.ts';
import type { DeviceSort } from '../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../shared/model/evidence-filter.ts';
import type { PackageOpening } from '../shared/model/opening.ts';
import { choicesStorage, followOtherWindows } from './choices-storage.ts';
import { type DeviceChoice, firstDeviceChoice, type SpanDeviceColumn } from './device-choice.ts';
import { emptyQueue, type QueueChoice, type SavedView, wholeQueue } from './queue-choice.ts';

export type ViewName = 'investigate' | 'live' | 'devices' | 'cases' | 'sources' | 'rules';
export type FindingTab = 'steps' | 'benign' | 'respond' | 'writes' | 'case';
export type ProcessColumn =
  | 'host'
  | 'shape'
  | 'writtenBytes'
  | 'distinctBytes'
  | 'files'
  | 'events'
  | 'hosts'
  | 'users'
  | 'devices'
  | 'firstSeenMs'
  | 'lastSeenMs'
  | 'rarity'
  | 'elastic';
export type ProcessSort =
  | 'rarity'
  | 'elastic'
  | 'writtenBytes'
  | 'distinctBytes'
  | 'files'
  | 'events'
  | 'users'
  | 'devices'
  | 'firstSeenMs'
  | 'lastSeenMs'
  | 'process'
  | 'host';

/** What the timeline and the process table are narrowed to. Empty lists do not narrow. */
export interface EvidenceChoice {
  readonly hosts: readonly string[];
  readonly users: readonly string[];
  readonly processes: readonly string[];
  readonly devices: readonly string[];
  readonly busTypes: readonly string[];
}

/** A list of writes somebody asked to see, and what it is about. */
export interface WritesAsked {
  readonly title: string;
  readonly filter: EvidenceFilter;
}

/** A place that was looked at: where Back leads. */
export interface Place {
  readonly view: ViewName;
  readonly findingId: string | undefined;
  readonly deviceId: string | undefined;
  readonly caseId: string | undefined;
  readonly span: Span | undefined;
  readonly evidence: EvidenceChoice;
}

/** What the person chose. Never results: those live in the query cache and are never kept. */
export interface Choices {
  readonly theme: 'system' | 'light' | 'dark';
  readonly zoneKind: 'local' | 'utc';
  /** How figures and dates are written: by the system's locale, or in the fixed form of reports. */
  readonly figures: 'system' | 'report';
  /** Folder of the workspace the choices below belong to; they are dropped when another one is opened. */
  readonly workspacePath: string | undefined;
  readonly view: ViewName;
  /** Absent: the whole history. */
  readonly span: Span | undefined;
  readonly findingId: string | undefined;
  /** The finding whose host and time were last brought into sight. */
  readonly surroundedId: string | undefined;
  readonly deviceId: string | undefined;
  readonly caseId: string | undefined;
  /** The entry of a case's journal to be brought into sight. */
  readonly caseEntry: { readonly caseId: string; readonly seq: number } | undefined;
  readonly ruleId: string | undefined;
  /** The run that the list of runs shows alone. */
  readonly ruleRun: { readonly ruleId: string; readonly executedAtMs: number } | undefined;
  /** Views of the queue that were saved under a name. */
  readonly savedQueues: readonly SavedView[];
  /** Findings marked for a decision about all of them. */
  readonly markedIds: readonly string[];
  readonly findingTab: FindingTab;
  readonly writesAsked: WritesAsked | undefined;
  readonly queue: QueueChoice;
  readonly evidence: EvidenceChoice;
  readonly processSort: { readonly by: ProcessSort; readonly isDescending: boolean };
  /** Columns the person switched on or off; the others follow the width. */
  readonly processColumns: Readonly<Partial<Record<ProcessColumn, boolean>>>;
  readonly deviceList: DeviceChoice;
  /** Whether the table below the timeline has a row per process or per device. */
  readonly spanTable: 'process' | 'device';
  readonly spanDeviceSort: { readonly by: DeviceSort; readonly isDescending: boolean };
  readonly spanDeviceColumns: Readonly<Partial<Record<SpanDeviceColumn, boolean>>>;
  readonly isTimelineTable: boolean;
  readonly dialog:
    | 'palette'
    | 'shortcuts'
    | 'about'
    | 'settings'
    | 'audit'
    | 'support'
    | 'close-finding'
    | 'package'
    | undefined;
  /** The case package that the dialog of packages shows. */
  readonly openedPackage: PackageOpening | undefined;
  readonly back: readonly Place[];
  readonly forward: readonly Place[];
}

export const emptyEvidence: EvidenceChoice = { hosts: [], users: [], processes: [], devices: [], busTypes: [] };

const ofWorkspace = {
  workspacePath: undefined,
  view: 'investigate',
  span: undefined,
  findingId: undefined,
  surroundedId: undefined,
  deviceId: undefined,
  caseId: undefined,
  caseEntry: undefined,
  ruleId: undefined,
  ruleRun: undefined,
  markedIds: [],
  findingTab: 'steps',
  writesAsked: undefined,
  queue: emptyQueue,
  evidence: emptyEvidence,
  dialog: undefined,
  openedPackage: undefined,
  back: [],
  forward: [],
} satisfies Partial<Choices>;

const initial: Choices = {
  theme: 'system',
  zoneKind: 'local',
  figures: 'system',
  ...ofWorkspace,
  processSort: { by: 'rarity', isDescending: true },
  processColumns: {},
  deviceList: firstDeviceChoice,
  spanTable: 'process',
  spanDeviceSort: { by: 'writtenBytes', isDescending: true },
  spanDeviceColumns: {},
  isTimelineTable: false,
  savedQueues: [],
};

const keptName = 'portside.choices';
/** Choices that are the same in every window of the person. */
const sharedChoices = [
  'theme',
  'zoneKind',
  'figures',
  'savedQueues',
  'processColumns',
  'spanDeviceColumns',
] satisfies readonly (keyof Choices)[];

export const useChoices = create<Choices>()(
  persist(() => initial, {
    name: keptName,
    version: 1,
    storage: createJSONStorage(() => choicesStorage(sharedChoices)),
    partialize: ({ dialog, openedPackage, back, forward, writesAsked, markedIds, ruleRun, caseEntry, ...kept }) => kept,
    merge(kept, now) {
      const choices = { ...now, ...(kept as Partial<Choices>) };
      return { ...choices, queue: wholeQueue(choices.queue) };
    },
  }),
);

/** Takes over what is chosen for all windows in another one, from now on. Returns what ends it. */
export function shareChoices(): () => void {
  return followOtherWindows(keptName, sharedChoices, (change) => {
    const own: Readonly<Record<string, unknown>> = { ...useChoices.getState() };
    const isNews = Object.entries(change).some(([key, value]) => JSON.stringify(value) !== JSON.stringify(own[key]));
    // Kept by the same program a moment ago; what is the same is not set, or two windows would answer each other forever.
    if (isNews) choose(change as Partial<Choices>);
  });
}

/** Changes choices. Not a React thing: commands and event handlers call it from anywhere. */
export function choose(change: Partial<Choices>): void {
  useChoices.setState(change);
}

/** Drops what belonged to another workspace. Called once the window knows which one is open. */
export function adoptWorkspace(path: string): void {
  const { workspacePath } = useChoices.getState();
  if (workspacePath === path) return;
  choose(workspacePath === undefined ? { workspacePath: path } : { ...ofWorkspace, workspacePath: path });
}

const mostPlaces = 100;

function placeNow(): Place {
  const { view, findingId, deviceId, caseId, span, evidence } = useChoices.getState();
  return { view, findingId, deviceId, caseId, span, evidence };
}

/** Goes to a place and remembers the one before for Back. */
export function goTo(place: Partial<Place>, change: Partial<Choices> = {}): void {
  const before = placeNow();
  const next: Place = {
    ...before,
    ...place,
    ...('span' in change ? { span: change.span } : {}),
    ...(change.evidence ? { evidence: change.evidence } : {}),
  };
  const isSame = JSON.stringify(next) === JSON.stringify(before);
  choose({
    ...next,
    ...change,
    ...(isSame ? {} : { back: [...useChoices.getState().back, before].slice(-mostPlaces), forward: [] }),
  });
}

/** Spans that follow each other within this time are one step of Back. */
const oneMoveMs = 1_500;
let lastMoveMs = Number.NEGATIVE_INFINITY;

/** Moves to a span. Many small moves after each other are one place for Back. */
export function moveTo(span: Span): void {
  const nowMs = performance.now();
  if (nowMs - lastMoveMs < oneMoveMs) choose({ span });
  else goTo({ span });
  lastMoveMs = nowMs;
}

/** Steps through what was looked at. Does nothing at the end. */
export function stepBack(direction: 'back' | 'forward'): void {
  const { back, forward } = useChoices.getState();
  const from = direction === 'back' ? back : forward;
  const place = from.at(-1);
  if (!place) return;
  const others = [...(direction === 'back' ? forward : back), placeNow()];
  lastMoveMs = Number.NEGATIVE_INFINITY;
  // Host and time come with the place: they are not to be brought into sight anew.
  choose({ surroundedId: place.findingId });
  choose(
    direction === 'back'
      ? { ...place, back: from.slice(0, -1), forward: others }
      : { ...place, back: others, forward: from.slice(0, -1) },
  );
}

/** The evidence filter of the current choices, without a span. */
export function toEvidenceFilter(choice: EvidenceChoice): EvidenceFilter {
  const filter: { -readonly [K in keyof EvidenceFilter]: EvidenceFilter[K] } = {};
  if (choice.hosts.length > 0) filter.hosts = [...choice.hosts];
  if (choice.users.length > 0) filter.users = [...choice.users];
  if (choice.processes.length > 0) filter.processes = [...choice.processes];
  if (choice.devices.length > 0) filter.devices = [...choice.devices];
  if (choice.busTypes.length > 0) filter.busTypes = [...choice.busTypes];
  return filter;
}

const localZone: TimeZone = { kind: 'local' };
const utcZone: TimeZone = { kind: 'utc' };

/** The one zone of this window. */
export function useZone(): TimeZone {
  return useChoices((choices) => (choices.zoneKind === 'utc' ? utcZone : localZone));
}
