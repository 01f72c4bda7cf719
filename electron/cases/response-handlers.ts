import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { ResponseOperations } from '../../shared/ipc/response-operations.ts';
import type { CaseFile } from '../../shared/model/case-file.ts';
import type { RuleAlert } from '../../shared/model/event.ts';
import type { CaseStore } from './case-store.ts';
import type { KibanaBook } from './kibana-book.ts';
import { pushToKibana, setAlertStatus } from './kibana-cases.ts';
import type { KibanaConnection } from './kibana-connection.ts';
import { planAction, runAction } from './response-actions.ts';

/** What acting on hosts needs of the program around it. */
export interface ResponseShell {
  readonly book: KibanaBook;
  /** Asks for a file with certificates; undefined when the dialog was left. */
  chooseCaFile(): Promise<string | undefined>;
  readonly onChange: () => void;
}

/** Ids of the rule alerts that were frozen with a case and are about one of its findings' hosts and processes. */
export async function frozenAlertIds(cases: CaseStore, state: CaseFile): Promise<readonly string[]> {
  const wanted = new Set(state.findings.map(({ finding }) => `${finding.host}\n${finding.process}`));
  const ids = new Set<string>();
  for (const exhibit of state.exhibits.filter((one) => one.question === 'alerts.list')) {
    const lines = createInterface({ input: createReadStream(cases.exhibitPath(state.id, exhibit)) });
    for await (const line of lines) {
      const alert = JSON.parse(line) as RuleAlert;
      if (wanted.has(`${alert.host}\n${alert.process}`)) ids.add(alert.id);
    }
  }
  return [...ids];
}

/** Makes the case in Kibana and records that it was made. */
export async function pushCase(
  { cases, kibana }: { readonly cases: CaseStore; readonly kibana: KibanaConnection },
  id: string,
  signal: AbortSignal,
): Promise<{ readonly kibanaCaseId: string }> {
  const pushed = await pushToKibana(kibana, await cases.read(id), signal);
  await cases.record(id, {
    kind: 'action.recorded',
    payload: {
      response: 'escalate',
      title: 'Case made in Kibana',
      target: kibana.place,
      result: 'done',
      detail: 'Title, verdict, findings, notes and the head of the journal were sent.',
      reference: pushed.kibanaCaseId,
    },
  });
  return pushed;
}

/** Sets the status of the case's frozen alerts in Kibana and records it; nothing is sent where there are none. */
export async function setCaseAlertStatus(
  { cases, kibana }: { readonly cases: CaseStore; readonly kibana: KibanaConnection },
  id: string,
  status: 'open' | 'acknowledged' | 'closed',
  signal: AbortSignal,
): Promise<number> {
  const alertIds = await frozenAlertIds(cases, await cases.read(id));
  if (alertIds.length === 0) return 0;
  const alerts = await setAlertStatus(kibana, alertIds, status, signal);
  await cases.record(id, {
    kind: 'action.recorded',
    payload: {
      response: 'escalate',
      title: `Status of alerts in Kibana set to ${status}`,
      target: kibana.place,
      result: 'done',
      detail: `${alerts} of ${alertIds.length} alerts were changed: ${alertIds.join(', ')}`.slice(0, 20_000),
    },
  });
  return alerts;
}

/** Answers the window's operations about acting on hosts through Kibana. */
export function makeResponseHandlers(cases: CaseStore, shell: ResponseShell): Handlers<ResponseOperations> {
  const { book } = shell;
  const changed = <T>(value: T): T => {
    shell.onChange();
    return value;
  };
  return {
    'kibana.read': async () => ({ place: await book.read(), keeps: book.keeps }),
    'kibana.choose-ca': async () => {
      const path = await shell.chooseCaFile();
      return path === undefined ? {} : { chosen: await book.addCa(path) };
    },
    'kibana.save': (draft) => book.save(draft),
    'kibana.forget': async () => {
      await book.forget();
      return {};
    },
    'response.plan': async ({ caseId, draft }, { signal }) =>
      planAction({ cases, kibana: await book.connect() }, caseId, draft, signal),
    'response.act': async ({ caseId, draft, confirmedHost, isWarningAccepted }, context) =>
      changed(
        await runAction(
          { cases, kibana: await book.connect() },
          caseId,
          { ...draft, confirmedHost, isWarningAccepted },
          context,
        ),
      ),
    'case.push': async ({ id }, { signal }) =>
      changed(await pushCase({ cases, kibana: await book.connect() }, id, signal)),
    'case.set-alert-status': async ({ id, status }, { signal }) => ({
      alerts: changed(await setCaseAlertStatus({ cases, kibana: await book.connect() }, id, status, signal)),
    }),
  };
}
