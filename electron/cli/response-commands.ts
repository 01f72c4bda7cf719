import { readFile } from 'node:fs/promises';
import { fail, messageOf } from '../../shared/base/failure.ts';
import { endpointActions } from '../../shared/model/endpoint-action.ts';
import { connectKibana, type KibanaConnection } from '../cases/kibana-connection.ts';
import { planAction, runAction } from '../cases/response-actions.ts';
import { pushCase, setCaseAlertStatus } from '../cases/response-handlers.ts';
import { oneOf, readOption } from './arguments.ts';
import { command, UsageError } from './command.ts';

/** Credentials come from the environment, where other users do not see them: those of Kibana, else those of Elasticsearch. */
async function connectByOptions(options: {
  readonly kibana?: string | undefined;
  readonly space?: string | undefined;
  readonly ca?: unknown;
}): Promise<KibanaConnection> {
  if (!options.kibana) throw new UsageError('This needs --kibana URL.');
  const value = (name: string) =>
    process.env[`PORTSIDE_KIBANA_${name}`] || process.env[`PORTSIDE_ES_${name}`] || undefined;
  const [apiKey, username, password] = [value('API_KEY'), value('USERNAME'), value('PASSWORD')];
  const caFile = typeof options.ca === 'string' ? options.ca : undefined;
  return connectKibana({
    url: options.kibana,
    space: options.space,
    auth: apiKey
      ? { kind: 'api-key', apiKey }
      : username && password
        ? { kind: 'password', username, password }
        : undefined,
    ca: caFile === undefined ? undefined : await readCa(caFile),
  });
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fail('bad-input', `The CA file ${path} cannot be read: ${messageOf(error)}`, undefined, error);
  }
}

export const caseActCommand = command({
  name: 'case act',
  operands: 'ID ACTION',
  operandCount: [2, 2],
  summary: `Asks Elastic Defend, through Kibana, to act on a host, and records it in the case: ${endpointActions.join(', ')}.`,
  options: {
    kibana: { type: 'string' },
    space: { type: 'string' },
    host: { type: 'string' },
    confirm: { type: 'string' },
    agent: { type: 'string' },
    pid: { type: 'string' },
    entity: { type: 'string' },
    path: { type: 'string' },
    comment: { type: 'string', default: '' },
    anyway: { type: 'boolean' },
    plan: { type: 'boolean' },
  },
  async run({ values, operands, output, signal, openServices, say }) {
    const [id = '', actionText = ''] = operands;
    const action = oneOf('ACTION', endpointActions)(actionText);
    const { host } = values;
    if (!host) throw new UsageError('case act needs --host NAME, and --confirm NAME with the same name to do it.');
    const pid = values.pid === undefined ? undefined : Number(values.pid);
    if (pid !== undefined && !(Number.isSafeInteger(pid) && pid > 0)) throw new UsageError('--pid is a whole number.');
    const kibana = await connectByOptions({ ...values, ca: (values as { readonly ca?: unknown }).ca });
    const { cases } = await openServices();
    const draft = {
      action,
      host,
      agentId: values.agent,
      pid,
      entityId: values.entity,
      path: values.path,
      comment: values.comment ?? '',
    };
    if (values.plan) {
      const plan = await planAction({ cases, kibana }, id, draft, signal);
      await output.document(plan, () => [
        `${action} on ${host} ${plan.effect}; ${plan.undo}.`,
        ...plan.checks.map(({ name, state, detail, hint }) => `  ${name}: ${state}. ${detail} ${hint}`.trimEnd()),
        ...(plan.warning ? [`  ${plan.warning}`] : []),
      ]);
      return plan.mayAct ? undefined : 1;
    }
    const outcome = await runAction(
      { cases, kibana },
      id,
      { ...draft, confirmedHost: values.confirm ?? '', isWarningAccepted: values.anyway === true },
      { signal, emit: ({ text }) => say(text) },
    );
    await output.document(outcome, () => [
      `${action} on ${host}: ${outcome.result}. ${outcome.detail}`,
      `  Action ${outcome.actionId}; ${outcome.undo}.`,
    ]);
    return outcome.result === 'failed' ? 1 : undefined;
  },
});

export const casePushCommand = command({
  name: 'case push',
  operands: 'ID',
  operandCount: [1, 1],
  summary: 'Makes a case in Kibana with title, verdict, findings, notes and the head of the journal.',
  options: { kibana: { type: 'string' }, space: { type: 'string' } },
  async run({ values, operands, output, signal, openServices }) {
    const [id = ''] = operands;
    const kibana = await connectByOptions({ ...values, ca: (values as { readonly ca?: unknown }).ca });
    const { cases } = await openServices();
    const pushed = await pushCase({ cases, kibana }, id, signal);
    await output.document(pushed, () => [`Kibana case ${pushed.kibanaCaseId} at ${kibana.place}`]);
    return undefined;
  },
});

export const caseAlertsCommand = command({
  name: 'case alerts',
  operands: 'ID',
  operandCount: [1, 1],
  summary: "Sets the status of a case's rule alerts in Kibana: open, acknowledged, closed.",
  options: { kibana: { type: 'string' }, space: { type: 'string' }, status: { type: 'string' } },
  async run({ values, operands, output, signal, openServices }) {
    const [id = ''] = operands;
    const status = readOption(values.status, oneOf('--status', ['open', 'acknowledged', 'closed']));
    if (!status) throw new UsageError('case alerts needs --status open, acknowledged or closed.');
    const kibana = await connectByOptions({ ...values, ca: (values as { readonly ca?: unknown }).ca });
    const { cases } = await openServices();
    const alerts = await setCaseAlertStatus({ cases, kibana }, id, status, signal);
    await output.document({ alerts, status }, () => [`${alerts} alerts are ${status} at ${kibana.place}`]);
    return undefined;
  },
});
