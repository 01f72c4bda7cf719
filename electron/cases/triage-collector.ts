import { withQueries } from '../../shared/analysis/check-queries.ts';
import { type Answer, answered, askedBy, distinct, missing, valuesOf } from '../../shared/analysis/triage-answer.ts';
import { consultationChecks } from '../../shared/analysis/triage-consultation.ts';
import { correlationChecks } from '../../shared/analysis/triage-correlation.ts';
import { type DayHistory, dataChecks } from '../../shared/analysis/triage-data.ts';
import { type DeviceDecision, deviceChecks } from '../../shared/analysis/triage-device.ts';
import { processChecks } from '../../shared/analysis/triage-process.ts';
import { eventsOf, scopeOf } from '../../shared/analysis/triage-scope.ts';
import { userChecks } from '../../shared/analysis/triage-user.ts';
import { Failure, isCancelled, throwIfAborted } from '../../shared/base/failure.ts';
import { dayMs, hourMs } from '../../shared/base/time.ts';
import type { EvidenceOperations } from '../../shared/ipc/evidence-operations.ts';
import type { FindingOperations } from '../../shared/ipc/finding-operations.ts';
import {
  type CallContext,
  type Handlers,
  type InputOf,
  ignoreItems,
  type OutputOf,
} from '../../shared/ipc/operation.ts';
import type { Consultation } from '../../shared/model/case-file.ts';
import type { DeviceEvent, WriteEvent } from '../../shared/model/event.ts';
import type { DeviceRow, DeviceSession, TermRow, VolumeColumns } from '../../shared/model/evidence-answer.ts';
import type { EvidenceFilter } from '../../shared/model/evidence-filter.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { CollectedStep, StepMark, TriageCheck } from '../../shared/model/triage.ts';
import { defaultTriageSettings, type TriageSettings } from '../../shared/model/triage-settings.ts';

export type TriageQuestions = Handlers<EvidenceOperations> & Handlers<FindingOperations>;

/** What a workspace decided, for the checks that look at it. All of it may be absent. */
export interface TriageBackground {
  /** Thresholds and lists; read anew for each finding, so that an edited list counts at once. */
  readonly settings?: (() => Promise<TriageSettings>) | undefined;
  readonly deviceDecision?: ((device: string) => Promise<DeviceDecision | undefined>) | undefined;
  readonly marks?: ((findingId: string) => Promise<readonly StepMark[]>) | undefined;
  readonly consultations?: ((findingId: string) => Promise<readonly Consultation[]>) | undefined;
}

export interface TriageCollector {
  /**
   * Collects all six steps of a finding, emitting each as it is ready, in the guide's order. A question that the engine
   * cannot answer becomes a check without information that says why; only an unknown finding, an unreachable store and an
   * abort end the call.
   */
  collect(findingId: string, context: CallContext<CollectedStep>): Promise<readonly CollectedStep[]>;
}

/** Most single events a finding's checks look at. */
const maxSampleRows = 5_000;
const pageRows = 1_000;

/** Makes the collector over any engine's questions. */
export function makeTriageCollector(questions: TriageQuestions, background: TriageBackground = {}): TriageCollector {
  return {
    async collect(findingId, { signal, emit }) {
      const finding = await questions['finding.read']({ id: findingId }, ignoreItems(signal));
      const asking = makeAsking(questions, signal);
      const collected: CollectedStep[] = [];
      const keep = (step: CollectedStep['step'], checks: readonly TriageCheck[]) => {
        throwIfAborted(signal);
        const done: CollectedStep = { step, checks };
        collected.push(done);
        emit(done);
      };
      const settings = (await background.settings?.()) ?? defaultTriageSettings;
      const context: StepContext = { finding, settings, asking, background };
      const shared = await collectShared(context);
      keep('process', await collectProcess(context, shared));
      keep('user', await collectUser(context));
      keep('device', await collectDevice(context, shared));
      keep('data', await collectData(context, shared));
      keep('correlation', await collectCorrelation(context, shared));
      const mark = (await background.marks?.(findingId))?.find((one) => one.step === 'consultation');
      const consultations = await background.consultations?.(findingId);
      keep('consultation', consultationChecks(finding, valueOr(shared.device, undefined), mark, consultations));
      return collected;
    },
  };
}

interface StepContext {
  readonly finding: FindingRow;
  readonly settings: TriageSettings;
  readonly asking: Asking;
  readonly background: TriageBackground;
}

/** What more than one step looks at. */
interface Shared {
  readonly sample: Answer<{ readonly rows: readonly WriteEvent[]; readonly isCut: boolean }>;
  readonly device: Answer<DeviceRow | undefined>;
  readonly sessions: Answer<readonly DeviceSession[]>;
}

/** Questions whose Failures become reasons. */
export interface Asking {
  /** Asks one question; a Failure of the store becomes the reason why there is no answer. */
  ask<K extends keyof TriageQuestions & string>(
    name: K,
    input: InputOf<(EvidenceOperations & FindingOperations)[K]>,
  ): Promise<Answer<OutputOf<(EvidenceOperations & FindingOperations)[K]>>>;
  terms(
    field: InputOf<EvidenceOperations['terms.list']>['field'],
    filter: EvidenceFilter,
    limit?: number,
  ): Promise<Answer<readonly TermRow[]>>;
}

/** Wraps a store's questions so that what one cannot answer does not end the others. */
export function makeAsking(questions: TriageQuestions, signal: AbortSignal): Asking {
  const asking: Asking = {
    async ask(name, input) {
      throwIfAborted(signal);
      const handler = questions[name] as (input: unknown, context: CallContext<unknown>) => Promise<unknown>;
      const queries = [{ question: name, input }];
      try {
        return askedBy(answered((await handler(input, ignoreItems(signal))) as never), queries);
      } catch (error) {
        if (isCancelled(error) || !(error instanceof Failure) || error.code === 'store-unreachable') throw error;
        return askedBy(
          missing(`The store could not answer: ${error.message}${error.hint ? ` ${error.hint}` : ''}`),
          queries,
        );
      }
    },
    async terms(field, filter, limit = 200) {
      return mapAnswer(await asking.ask('terms.list', { field, filter, limit }), ({ rows }) => rows);
    },
  };
  return asking;
}

export function mapAnswer<T, U>(answer: Answer<T>, map: (value: T) => U): Answer<U> {
  return answer.kind === 'missing' ? answer : askedBy(answered(map(answer.value)), answer.queries ?? []);
}

/** An answer that rests on another one too. */
function withQueriesOf<T>(answer: Answer<T>, other: Answer<unknown>): Answer<T> {
  return askedBy(answer, [...(answer.queries ?? []), ...(other.queries ?? [])]);
}

export function valueOr<T, U>(answer: Answer<T>, otherwise: U): T | U {
  return answer.kind === 'missing' ? otherwise : answer.value;
}

async function collectShared({ finding, settings, asking }: StepContext): Promise<Shared> {
  const { history } = scopeOf(finding, settings);
  const [sample, devices, sessions] = await Promise.all([
    readSample(finding, asking),
    asking.ask('devices.list', { filter: { devices: [finding.device], toMs: finding.endMs + 1 }, limit: 1 }),
    asking.ask('sessions.list', {
      device: finding.device,
      hosts: [finding.host],
      fromMs: history.fromMs,
      toMs: finding.endMs + settings.eventsAroundMs,
      limit: 10_000,
    }),
  ]);
  return {
    sample,
    device: mapAnswer(devices, ({ rows }) => rows[0]),
    sessions: mapAnswer(sessions, ({ rows }) => rows),
  };
}

/** The finding's own events, renames among them, oldest first, up to a limit. */
export async function readSample(finding: FindingRow, asking: Asking): Promise<Shared['sample']> {
  const rows: WriteEvent[] = [];
  const query = { filter: eventsOf(finding), withRenames: true, ascending: true, limit: pageRows };
  let cursor: string | undefined;
  do {
    const page = await asking.ask('writes.page', { ...query, cursor });
    if (page.kind === 'missing') return page;
    rows.push(...page.value.rows);
    cursor = page.value.nextCursor;
  } while (cursor !== undefined && rows.length < maxSampleRows);
  return askedBy(answered({ rows, isCut: cursor !== undefined }), [{ question: 'writes.page', input: query }]);
}

async function collectProcess(
  { finding, settings, asking }: StepContext,
  shared: Shared,
): Promise<readonly TriageCheck[]> {
  const { history } = scopeOf(finding, settings);
  const ofName = { ...history, processes: [finding.process] };
  const sample = mapAnswer(shared.sample, ({ rows }) => rows);
  const hash = valuesOf(valueOr(sample, []), (write) => write.processSha256)[0];
  const executable = finding.executable ?? valuesOf(valueOr(sample, []), (write) => write.executable)[0];
  const [hours, hosts, fleet, executables, publishers, hashUses, hashesOfPath, parents] = await Promise.all([
    asking.ask('volumes.read', { filter: { ...ofName, hosts: [finding.host] }, bucketMs: hourMs, maxKeys: 1 }),
    asking.ask('terms.list', { field: 'host', filter: ofName, limit: pageRows }),
    asking.ask('terms.list', { field: 'host', filter: history, limit: 1 }),
    asking.terms('executable', ofName),
    asking.terms('publisher', ofName),
    hash === undefined
      ? Promise.resolve(answered<readonly TermRow[]>([]))
      : asking
          .ask('terms.list', { field: 'processSha256', filter: history, contains: hash, limit: 1 })
          .then((answer) => mapAnswer(answer, ({ rows }) => rows)),
    executable === undefined
      ? Promise.resolve(answered(0))
      : asking
          .terms('processSha256', { ...history, executables: [executable] })
          .then((answer) =>
            mapAnswer(answer, (rows) => rows.filter((row) => row.value !== '' && row.value !== hash).length),
          ),
    asking.terms('parentProcess', ofName),
  ]);
  const figures = {
    hoursOnHost: mapAnswer(hours, (columns) => columns.startMs.length),
    hostsOfName: mapAnswer(hosts, ({ rows, total }) => ({
      hosts: total,
      isOnThisHost: rows.some((row) => row.value === finding.host),
    })),
    fleetHosts: mapAnswer(fleet, ({ total }) => total),
    executables,
    publishers,
    hashUses,
    hashesOfPath,
    parents,
    sample,
  };
  return withQueries(processChecks(finding, figures, settings), figures);
}

async function collectUser({ finding, settings, asking }: StepContext): Promise<readonly TriageCheck[]> {
  const { history } = scopeOf(finding, settings);
  const ofUser = { ...history, users: [finding.user] };
  const dayStartMs = Math.floor(finding.startMs / dayMs) * dayMs;
  const [hours, earlier, hosts, days, findingDay] = await Promise.all([
    asking.ask('hours.read', { filter: ofUser, offsetMinutes: 0 }),
    asking.ask('writes.totals', { filters: [ofUser, { users: [finding.user], toMs: finding.startMs }] }),
    asking.terms('host', ofUser),
    asking.ask('volumes.read', { filter: { ...ofUser, toMs: dayStartMs }, bucketMs: dayMs, maxKeys: 1 }),
    asking.ask('writes.totals', { filters: [{ users: [finding.user], fromMs: dayStartMs, toMs: finding.endMs + 1 }] }),
  ]);
  const figures = {
    hours: mapAnswer(hours, ({ events }) => events),
    earlier: mapAnswer(earlier, (totals) => ({ inHistory: totals[0]?.events ?? 0, ever: totals[1]?.events ?? 0 })),
    hosts,
    days:
      findingDay.kind === 'missing'
        ? findingDay
        : mapAnswer(withQueriesOf(days, findingDay), (columns) => ({
            earlier: [...columns.writtenBytes],
            findingDayBytes: findingDay.value[0]?.writtenBytes ?? 0,
          })),
  };
  return withQueries(userChecks(finding, figures, settings), figures);
}

async function collectDevice(
  { finding, settings, asking, background }: StepContext,
  shared: Shared,
): Promise<readonly TriageCheck[]> {
  const { past } = scopeOf(finding, settings);
  const ofDevice = { ...past, devices: [finding.device] };
  const [totals, fleetEvents, hostEvents, hosts, users] = await Promise.all([
    asking.ask('writes.totals', { filters: [ofDevice, { ...ofDevice, hosts: [finding.host] }] }),
    asking.ask('device-events.list', { device: finding.device, toMs: finding.startMs, limit: 1 }),
    asking.ask('device-events.list', { device: finding.device, host: finding.host, toMs: finding.startMs, limit: 1 }),
    asking.terms('host', ofDevice),
    asking.terms('user', ofDevice),
  ]);
  const first = (at: number, events: Answer<readonly DeviceEvent[]>) =>
    mapAnswer(totals, (rows) => {
      const known = [rows[at]?.firstMs, valueOr(events, [])[0]?.atMs].filter((ms) => ms !== undefined);
      return known.length > 0 ? Math.min(...known) : undefined;
    });
  const figures = {
    device: shared.device,
    firstInFleetMs: first(0, fleetEvents),
    firstOnHostMs: first(1, hostEvents),
    earlierHosts: hosts,
    earlierUsers: users,
    sessions: shared.sessions,
    decision: answered(await background.deviceDecision?.(finding.device)),
    writtenDistinctBytes: finding.distinctBytes,
  };
  return withQueries(deviceChecks(finding, figures, settings), figures);
}

/** A figure per day and key with writes; the folded rest of many keys is left out, as it is no day of anything. */
function toDayHistory(columns: VolumeColumns): DayHistory {
  const isRest = (at: number) => columns.keys[columns.keyIndex[at] ?? 0]?.startsWith('\u0000') === true;
  const pick = (values: Float64Array) => [...values].filter((_, at) => !isRest(at));
  return { bytes: pick(columns.writtenBytes), files: pick(columns.files) };
}

async function collectData(
  { finding, settings, asking }: StepContext,
  shared: Shared,
): Promise<readonly TriageCheck[]> {
  const { history, writes } = scopeOf(finding, settings);
  const ofName = { ...history, processes: [finding.process] };
  const [totals, own, ofUser, ofProcess, ofFleet, extensions, otherDevices] = await Promise.all([
    asking.ask('writes.totals', { filters: [writes] }),
    asking.ask('volumes.read', { filter: { ...ofName, hosts: [finding.host] }, bucketMs: dayMs, maxKeys: 1 }),
    asking.ask('volumes.read', { filter: { ...history, users: [finding.user] }, bucketMs: dayMs, maxKeys: 1 }),
    asking.ask('volumes.read', { filter: ofName, bucketMs: dayMs, by: 'host', maxKeys: 500 }),
    asking.ask('volumes.read', { filter: history, bucketMs: dayMs, by: 'process', maxKeys: 500 }),
    asking.terms('extension', writes),
    asking.terms('device', { fromMs: finding.startMs - dayMs, toMs: finding.startMs, users: [finding.user] }),
  ]);
  const figures = {
    totals: mapAnswer(totals, ([row]) => row ?? { writtenBytes: 0, distinctBytes: 0, files: 0, events: 0, renames: 0 }),
    ownDays: mapAnswer(own, toDayHistory),
    userDays: mapAnswer(ofUser, toDayHistory),
    processDays: mapAnswer(ofProcess, toDayHistory),
    fleetDays: mapAnswer(ofFleet, toDayHistory),
    extensions,
    sample: shared.sample,
    otherDevices: mapAnswer(otherDevices, (rows) => rows.filter((row) => row.value !== finding.device)),
  };
  return withQueries(dataChecks(finding, figures, settings), figures);
}

async function collectCorrelation(
  { finding, settings, asking }: StepContext,
  shared: Shared,
): Promise<readonly TriageCheck[]> {
  const day = { fromMs: finding.startMs - settings.alertsAroundMs, toMs: finding.endMs + settings.alertsAroundMs };
  const around = { fromMs: finding.startMs - settings.eventsAroundMs, toMs: finding.endMs + settings.eventsAroundMs };
  const findingsOf = async (filter: InputOf<FindingOperations['findings.list']>['filter']) =>
    mapAnswer(await asking.ask('findings.list', { filter, sort: 'score', descending: true, limit: 50 }), ({ rows }) =>
      rows.filter((row) => row.id !== finding.id),
    );
  const [alerts, records, deviceEvents, otherWriters, executables, ofDevice, ofUser, ofProcess] = await Promise.all([
    asking.ask('alerts.list', { ...day, limit: pageRows }),
    asking.ask('anomaly-records.list', { ...day, hosts: [finding.host], limit: 100 }),
    asking.ask('device-events.list', { ...around, host: finding.host, limit: 200 }),
    asking.terms('process', { ...around, hosts: [finding.host] }),
    asking.terms('executable', { ...around, hosts: [finding.host] }),
    findingsOf({ devices: [finding.device] }),
    findingsOf({ users: [finding.user] }),
    findingsOf({ processes: [finding.process] }),
  ]);
  const figures = {
    alerts: mapAnswer(alerts, (rows) =>
      rows.filter((alert) => alert.host === finding.host || (alert.user !== undefined && alert.user === finding.user)),
    ),
    records,
    deviceEvents,
    sessions: shared.sessions,
    ofDevice,
    ofUser,
    ofProcess,
    otherWriters,
    volumes: mapAnswer(shared.sample, ({ rows }) => distinct(valuesOf(rows, (write) => write.volume))),
    executables,
  };
  return withQueries(correlationChecks(finding, figures, settings), figures);
}
