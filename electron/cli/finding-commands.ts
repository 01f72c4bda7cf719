import { findingPage } from '../../shared/analysis/report.ts';
import { formatBytes, formatCount, formatIso } from '../../shared/base/format.ts';
import { ignoreItems } from '../../shared/ipc/operation.ts';
import type { FindingRow } from '../../shared/model/finding.ts';
import type { FindingGroup } from '../../shared/model/finding-group.ts';
import type { RaisedAlert } from '../../shared/model/rule.ts';
import type { CollectedStep } from '../../shared/model/triage.ts';
import { oneOf, readOption, wholeNumber } from './arguments.ts';
import { command } from './command.ts';
import { findingFilterOptions, toFindingFilter } from './filters.ts';
import { gatherFindingEvidence } from './finding-evidence.ts';
import { passPages, usualTableRows } from './pages.ts';

/** A finding with the alerts that rules raised about it. */
type RaisedFinding = FindingRow & { readonly alerts: readonly RaisedAlert[] };

export const findingsCommand = command({
  name: 'findings',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists findings with their explanation, best first; --by host, user, process or device: groups of them.',
  options: { ...findingFilterOptions, by: { type: 'string' }, limit: { type: 'string' }, cursor: { type: 'string' } },
  async run({ values, output, signal, openServices, sayNext }) {
    const filter = toFindingFilter(values);
    const limit =
      readOption(values.limit, wholeNumber('--limit', 1, 1e12)) ?? (output.isJson ? undefined : usualTableRows);
    const by = readOption(values.by, oneOf('--by', ['host', 'user', 'process', 'device']));
    const { engine, rules, restoreDecisions } = await openServices();
    await restoreDecisions(signal);
    if (by !== undefined) {
      const groups = output.list<FindingGroup>(
        [
          { title: by, text: (row) => row.name },
          { title: 'findings', text: (row) => formatCount(row.findings), align: 'right' },
          { title: 'open', text: (row) => formatCount(row.open), align: 'right' },
          { title: 'score', text: (row) => row.score.toFixed(0), align: 'right' },
          { title: 'elastic', text: (row) => row.elastic.toFixed(0), align: 'right' },
          { title: 'event sum', text: (row) => formatBytes(row.writtenBytes), align: 'right' },
          { title: 'newest', text: (row) => formatIso(row.startMs).replace('.000Z', 'Z') },
        ],
        'No findings in what was asked.',
      );
      const end = await passPages(
        limit,
        values.cursor,
        (pageLimit, cursor) =>
          engine['finding-groups.list']({ filter, by, sort: 'score', limit: pageLimit, cursor }, ignoreItems(signal)),
        groups.add,
      );
      await groups.end();
      sayNext(end);
      return undefined;
    }
    const list = output.list<RaisedFinding>(
      [
        { title: 'score', text: (row) => row.score.toFixed(0), align: 'right' },
        {
          title: 'elastic',
          text: (row) => `${row.elastic.score.toFixed(0)}/${row.elastic.ceiling.toFixed(0)}`,
          align: 'right',
        },
        { title: 'process', text: (row) => row.process },
        { title: 'host', text: (row) => row.host },
        { title: 'user', text: (row) => row.user },
        { title: 'device', text: (row) => row.device },
        { title: 'start', text: (row) => formatIso(row.startMs).replace('.000Z', 'Z') },
        { title: 'event sum', text: (row) => formatBytes(row.writtenBytes), align: 'right' },
        { title: 'files', text: (row) => formatCount(row.files), align: 'right' },
        { title: 'why', text: (row) => row.facets[0]?.figure, maxWidth: 60 },
        { title: 'state', text: (row) => row.state },
        { title: 'raised by', text: (row) => row.alerts.map(({ ruleName }) => ruleName).join(', '), maxWidth: 40 },
        { title: 'id', text: (row) => row.id },
      ],
      'No findings in what was asked. "portside import FILE" takes evidence in.',
    );
    const end = await passPages(
      limit,
      values.cursor,
      async (pageLimit, cursor) => {
        const page = await engine['findings.list'](
          { filter, sort: 'score', descending: true, limit: pageLimit, cursor },
          ignoreItems(signal),
        );
        const alerts = await rules.alertsOf(page.rows);
        return { ...page, rows: page.rows.map((row, index) => ({ ...row, alerts: alerts[index] ?? [] })) };
      },
      list.add,
    );
    await list.end();
    sayNext(end);
    return undefined;
  },
});

export const findingCommand = command({
  name: 'finding',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Shows one finding with its whole explanation; --html as a page with the evidence of its steps.',
  options: { html: { type: 'boolean' } },
  async run({ values, operands, output, signal, openServices }) {
    const { engine, triage, decisions, rules, restoreDecisions } = await openServices();
    await restoreDecisions(signal);
    const finding = await engine['finding.read']({ id: operands[0] ?? '' }, ignoreItems(signal));
    if (values.html) {
      const steps: CollectedStep[] = [];
      await triage['triage.collect']({ findingId: finding.id }, { signal, emit: (step) => steps.push(step) });
      const evidence = await gatherFindingEvidence(engine, finding, signal);
      await output.raw(findingPage(finding, evidence, steps, await decisions.marks(finding.id)));
      return undefined;
    }
    const [alerts = []] = await rules.alertsOf([finding]);
    await output.document({ ...finding, alerts }, () => [
      `${finding.process} wrote ${formatBytes(finding.writtenBytes)} (${formatCount(finding.files)} files) to ${finding.device}`,
      `on ${finding.host} as ${finding.user}, ${formatIso(finding.startMs)} to ${formatIso(finding.endMs)}`,
      `Portside score ${finding.score.toFixed(0)}${finding.unmovedScore === undefined ? '' : ` (${finding.unmovedScore.toFixed(0)} without verdicts)`}; Elastic's would be ${finding.elastic.score.toFixed(0)} of at most ${finding.elastic.ceiling.toFixed(0)} on this host`,
      ...(finding.coldStart ? [finding.coldStart] : []),
      ...(finding.verdict
        ? [
            `judged ${finding.verdict.verdict} by ${finding.verdict.actor} at ${formatIso(finding.verdict.atMs)}${finding.verdict.note === '' ? '' : `: ${finding.verdict.note}`}`,
          ]
        : []),
      ...alerts.map(({ ruleName, raisedMs }) => `raised by ${ruleName} as of ${formatIso(raisedMs)}`),
      '',
      ...finding.facets.map(
        ({ title, figure, text, points }) =>
          `${points < -0.5 ? '-' : '+'}${Math.abs(points).toFixed(0).padStart(3)}  ${title}: ${figure}. ${text}`,
      ),
    ]);
    return undefined;
  },
});
