import { type AlertQueueEntry, joinAlertQueue } from '../../shared/analysis/alert-queue.ts';
import { checkSummary } from '../../shared/analysis/embedded-check.ts';
import { fail } from '../../shared/base/failure.ts';
import { formatBytes, formatCount, formatIso } from '../../shared/base/format.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { WriteTotals } from '../../shared/model/evidence-answer.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import type { Services } from '../services.ts';
import { readOption, wholeNumber } from './arguments.ts';
import { command } from './command.ts';
import { toSpan } from './filters.ts';

/** Prerequisites of the rule on a cluster, a row each. The exit code is 0 whatever is found: a row is an answer. */
export const checkCommand = command({
  name: 'check',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Looks up what the rule and Portside need on a cluster: events, fields, jobs, rights, and how to mend what is missing.',
  options: { source: { type: 'string' }, ca: { type: 'string' } },
  async run({ values, output, signal, openServices }) {
    const rows = output.list<Prerequisite>(
      [
        { title: 'state', text: (row) => row.state },
        { title: 'name', text: (row) => row.name },
        { title: 'found', text: (row) => row.detail, maxWidth: 100 },
        { title: 'to do', text: (row) => row.hint, maxWidth: 100 },
      ],
      'Nothing was looked up.',
    );
    if (values.source === undefined) {
      const { engine } = await openServices();
      const summary = await engine['evidence.summary']({}, ignoreItems(signal));
      for (const row of checkSummary(summary)) await rows.add(row);
      await rows.end();
      return undefined;
    }
    const { readElasticSource } = await import('../evidence/elastic-source.ts');
    const { connectElastic } = await import('../evidence/elastic-connection.ts');
    const { checkElastic } = await import('../evidence/elastic-check.ts');
    const source = await readElasticSource({ source: values.source, caFile: values.ca }, process.env);
    const connection = await connectElastic(source);
    try {
      for await (const row of checkElastic(connection, { indices: source.indices, now: Date.now }, signal)) {
        await rows.add(row);
      }
      await rows.end();
    } finally {
      await connection.close();
    }
    return undefined;
  },
});

/** An entry with the figures of its writes; absent where it does not say which they are. */
type QueueRow = AlertQueueEntry & { readonly totals?: WriteTotals | undefined };

/** Alerts and records that are read for the queue, and totals asked for at once. */
const mostEntries = 1_000;
const mostTotals = 500;

async function readQueue(
  engine: Services['engine'],
  span: { readonly fromMs?: number; readonly toMs?: number },
  limit: number,
  signal: AbortSignal,
): Promise<readonly QueueRow[]> {
  const context = ignoreItems(signal);
  const asked = { ...span, limit: mostEntries };
  // An alert is made after its bucket: its record may be older than the span.
  const [alerts, records] = await Promise.all([
    engine['alerts.list'](asked, context),
    engine['anomaly-records.list']({ toMs: span.toMs, limit: mostEntries }, context),
  ]);
  const fromMs = span.fromMs ?? Number.NEGATIVE_INFINITY;
  const queue = joinAlertQueue(alerts, records)
    .filter((entry) => entry.atMs >= fromMs)
    .slice(0, limit);
  const known = queue.filter((entry) => entry.evidence !== undefined);
  const totals = new Map<string, WriteTotals>();
  for (let start = 0; start < known.length; start += mostTotals) {
    const some = known.slice(start, start + mostTotals);
    const filters = some.flatMap(({ evidence }) => evidence ?? []);
    const answers = await engine['writes.totals']({ filters }, context);
    for (const [index, entry] of some.entries()) {
      const answer = answers[index];
      if (answer) totals.set(entry.id, answer);
    }
  }
  return queue.map((entry) => ({ ...entry, totals: totals.get(entry.id) }));
}

export const elasticAlertsCommand = command({
  name: 'elastic alerts',
  operands: '',
  operandCount: [0, 0],
  summary:
    "Alerts of Elastic's own rule with the records they were made of and the writes behind them; also records without an alert.",
  options: { from: { type: 'string' }, to: { type: 'string' }, limit: { type: 'string', default: '100' } },
  async run({ values, output, signal, openServices }) {
    const limit = readOption(values.limit, wholeNumber('--limit', 1, mostEntries)) ?? 100;
    const { engine } = await openServices();
    const rows = output.list<QueueRow>(
      [
        { title: 'bucket', text: (row) => (row.bucketStartMs === undefined ? '' : formatIso(row.bucketStartMs)) },
        { title: 'kind', text: (row) => (row.kind === 'alert' ? row.status : 'no alert') },
        { title: 'score then', text: (row) => row.alertScore?.toFixed(0), align: 'right' },
        { title: 'now', text: (row) => row.recordScore?.toFixed(0), align: 'right' },
        { title: 'host', text: (row) => row.host },
        { title: 'process', text: (row) => row.process },
        { title: 'written', text: (row) => row.totals && formatBytes(row.totals.writtenBytes), align: 'right' },
        { title: 'files', text: (row) => row.totals && formatCount(row.totals.files), align: 'right' },
        { title: 'id', text: (row) => row.id },
      ],
      "There are no alerts of Elastic's rule and no records of its jobs.",
    );
    for (const row of await readQueue(engine, toSpan(values), limit, signal)) await rows.add(row);
    await rows.end();
    return undefined;
  },
});

export const elasticAlertCommand = command({
  name: 'elastic alert',
  operands: 'ID',
  operandCount: [1, 1],
  summary:
    "One alert of Elastic's rule: its record, the writes of its bucket, the devices they went to and their connections.",
  options: {},
  async run({ operands, output, signal, openServices }) {
    const [id = ''] = operands;
    const { engine } = await openServices();
    const entry = (await readQueue(engine, {}, mostEntries, signal)).find((row) => row.id === id);
    if (!entry)
      throw fail('not-found', `There is no alert "${id}" of the rule.`, '"portside elastic alerts" lists them.');
    const { evidence } = entry;
    const context = ignoreItems(signal);
    const devices = evidence ? (await engine['devices.list']({ filter: evidence, limit: 100 }, context)).rows : [];
    const { fromMs, toMs, hosts } = evidence ?? {};
    const near = evidence ? (await engine['sessions.list']({ hosts, fromMs, toMs, limit: 1_000 }, context)).rows : [];
    const sessions = near.filter((session) => devices.some((device) => device.id === session.device));
    const { deviceEvents } = await engine['evidence.summary']({}, context);
    const notes = [
      ...(evidence
        ? []
        : ['The alert does not say which host, process and hour it is about; its writes cannot be found.']),
      ...(evidence && entry.totals?.events === 0
        ? ['The writes behind it are no longer there (or not visible here).']
        : []),
      ...(deviceEvents === 0 ? ['There are no device events: connection spans are inferred from writes.'] : []),
      ...(entry.recordScore === undefined
        ? ['Its record is no longer there: only the score in the alert is known.']
        : []),
    ];
    await output.document({ ...entry, devices, sessions, notes }, () => [
      `${entry.kind === 'alert' ? `Alert, ${entry.status}` : 'Record without an alert'}: ${entry.process ?? '?'} on ${entry.host ?? '?'}`,
      `  score then ${entry.alertScore ?? '-'}, at first ${entry.initialRecordScore ?? '-'}, now ${entry.recordScore ?? '-'}`,
      ...(entry.totals
        ? [
            `  ${formatCount(entry.totals.events)} writes, ${formatCount(entry.totals.files)} files, ${formatBytes(entry.totals.writtenBytes)} event sum`,
          ]
        : []),
      ...devices.map(
        (device) =>
          `  device ${device.id}: ${[device.vendor, device.product].filter(Boolean).join(' ')}, ${formatBytes(device.writtenBytes)}`,
      ),
      ...sessions.map(
        (session) =>
          `  connected ${formatIso(session.connectedMs ?? session.firstActivityMs)} to ${formatIso(session.disconnectedMs ?? session.lastActivityMs)} (${session.source})`,
      ),
      ...notes.map((note) => `  ${note}`),
    ]);
    return undefined;
  },
});
