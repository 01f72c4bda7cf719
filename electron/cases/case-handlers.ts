import { fail } from '../../shared/base/failure.ts';
import type { CaseOperations, DecidedDevice } from '../../shared/ipc/case-operations.ts';
import type { Handlers } from '../../shared/ipc/operation.ts';
import type { CaseEntry, CaseException } from '../../shared/model/case-file.ts';
import type { FalsePositiveTest } from '../../shared/model/false-positive.ts';
import { exportPackage, makeReport, type PackageOptions } from './case-package.ts';
import type { CaseStore } from './case-store.ts';
import type { Decisions } from './decisions.ts';
import { verifyPackage } from './package-verify.ts';
import { settlePdfDates } from './pdf-dates.ts';
import type { WorkstationKey } from './workstation-key.ts';

/** Cases of a workspace with all that acting on them needs; the window and the command line use the same. */
export interface CaseServices {
  readonly cases: CaseStore;
  readonly decisions: Decisions;
  /** The key is made on first use, so that reading a workspace never writes one. */
  readonly loadKey: () => Promise<WorkstationKey>;
  readonly version: string;
  /** Makes an accepted exception hold for the rules. */
  readonly addException: (exception: CaseException) => Promise<void>;
  readonly testFalsePositives: (findingId: string, signal: AbortSignal) => Promise<readonly FalsePositiveTest[]>;
}

/** What only the program around the window can do. */
export interface CaseShell {
  /** The path behind a token that was given out for a chosen or dropped file. */
  takeFile(token: string): string;
  /** Asks where to save; undefined when the dialog was left. */
  chooseTarget(suggestedName: string): Promise<string | undefined>;
  /** Gives a token by which a written file can be dragged out of the window; absent where nothing can. */
  offerDrag?: ((path: string) => string) | undefined;
  /** Prints a page of ours to PDF; absent where nothing can print. */
  printPdf?: ((html: string, signal: AbortSignal) => Promise<Uint8Array>) | undefined;
  /** Shows a page of ours in a window of its own; absent where there are no windows. */
  showPage?: ((html: string, title: string) => Promise<void>) | undefined;
  /** Called after a case or a device decision changed. */
  readonly onChange: () => void;
}

async function packageOptions({ cases, loadKey, version }: CaseServices): Promise<PackageOptions> {
  return { store: cases, key: await loadKey(), version };
}

/** Exports a case, and notes in the workspace's journal with which head it left. */
export async function exportCase(
  services: CaseServices,
  id: string,
  target: {
    readonly path: string;
    readonly isRedacted?: boolean | undefined;
    readonly reportPdf?: Uint8Array | undefined;
  },
  context: Parameters<typeof exportPackage>[3],
): ReturnType<typeof exportPackage> {
  const exported = await exportPackage(await packageOptions(services), id, target, context);
  const { entries } = await services.cases.read(id);
  await services.decisions.recordHead({
    caseId: id,
    entries: entries.length,
    hash: exported.head,
    occasion: 'exported',
  });
  return exported;
}

/** Answers the window's operations about cases and devices. */
export function makeCaseHandlers(services: CaseServices, shell: CaseShell): Handlers<CaseOperations> {
  const { cases, decisions } = services;
  const decided = async (): Promise<readonly DecidedDevice[]> =>
    [...(await decisions.deviceDecisions())].map(([device, verdict]) => ({ device, ...verdict }));
  const changed = <T>(value: T): T => {
    shell.onChange();
    return value;
  };
  return {
    'cases.list': () => cases.list(),
    'case.read': ({ id }) => cases.read(id),
    'case.of-finding': async ({ findingId }) => {
      const held = await cases.holding(findingId);
      return { newest: held[0], ids: held.map(({ id }) => id) };
    },
    'consultation.list': ({ findingId }) => decisions.consultations(findingId),
    'consultation.record': async (answer) => {
      const recorded = await decisions.consult(answer);
      await cases.takeConsultation(recorded);
      return changed(recorded);
    },
    'case.open': async (opening, context) => changed(await cases.open(opening, context)),
    'case.add-finding': async ({ id, findingId }, context) => changed(await cases.addFinding(id, findingId, context)),
    'case.record': async ({ id, change, expectedStatusSeq }) => {
      const entry = await cases.record(id, change, expectedStatusSeq);
      // The journal first: an exception that holds without its reason on record would be worse than one that fails to.
      if (
        change.kind === 'false-positive.judged' &&
        change.payload.judgement === 'accepted' &&
        change.payload.exception
      )
        await services.addException({
          ...change.payload.exception,
          reason: `${change.payload.exception.reason} (${id})`,
        });
      return changed(entry);
    },
    'case.attach': async ({ id, tokens, note }, { signal }) => {
      const entries: CaseEntry[] = [];
      for (const token of tokens) entries.push(await cases.attach(id, shell.takeFile(token), note, signal));
      return changed(entries);
    },
    'case.verify': ({ id }) => cases.verify(id),
    'case.report': async ({ id }, { signal }) => ({
      html: await makeReport(await packageOptions(services), id, signal),
    }),
    'case.preview': async ({ id }, { signal }) => {
      if (!shell.showPage) throw fail('bad-input', 'There is no window to show the report in.');
      await shell.showPage(await makeReport(await packageOptions(services), id, signal), `Report of case ${id}`);
      return {};
    },
    'case.export': async ({ id, isRedacted }, context) => {
      const { changedAtMs } = await cases.read(id);
      const path = await shell.chooseTarget(`${id}${isRedacted ? '-redacted' : ''}.zip`);
      if (path === undefined) return { files: 0 };
      // A redacted report is another text; it is printed by whoever receives the page.
      const printed = isRedacted
        ? undefined
        : await shell.printPdf?.(await makeReport(await packageOptions(services), id, context.signal), context.signal);
      const reportPdf = printed && settlePdfDates(printed, changedAtMs);
      const exported = await exportCase(services, id, { path, isRedacted, reportPdf }, context);
      return changed({
        path,
        dragToken: shell.offerDrag?.(path),
        sha256: exported.sha256,
        files: exported.files,
        redactions: exported.redactions,
      });
    },
    'package.verify': ({ token }, { signal }) => verifyPackage(shell.takeFile(token), signal),
    'false-positives.test': ({ findingId }, { signal }) => services.testFalsePositives(findingId, signal),
    'devices.decisions': () => decided(),
    'devices.decide': async ({ device, decision, reason, expected }) => {
      await decisions.decideDevice(device, decision, reason, expected);
      return changed(await decided());
    },
  };
}
