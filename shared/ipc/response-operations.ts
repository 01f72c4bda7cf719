import { z } from 'zod';
import { type ActionOutcome, type ActionPlan, actionDraftSchema, type KibanaPlace } from '../model/endpoint-action.ts';
import type { CaseProgress } from './case-operations.ts';
import { operation } from './operation.ts';

const caseId = z.string().max(32);

/** Where Kibana is, as the person describes it. A secret that is left out is the kept one, if it goes to the same place. */
export const kibanaDraft = z.strictObject({
  url: z.string().trim().min(1).max(4_000),
  space: z.string().trim().max(128).optional(),
  signIn: z.union([
    z.strictObject({ kind: z.literal('api-key'), apiKey: z.string().trim().min(1).max(8_000).optional() }),
    z.strictObject({
      kind: z.literal('password'),
      username: z.string().trim().min(1).max(1_000),
      password: z.string().min(1).max(8_000).optional(),
    }),
  ]),
  /** A file chosen by `kibana.choose-ca`, or the kept one; without, what the system trusts. */
  ca: z.union([z.literal('kept'), z.strictObject({ token: z.string().max(64) })]).optional(),
});
export type KibanaDraft = z.infer<typeof kibanaDraft>;

/** Acting on hosts through Kibana. Nothing here acts by itself: an action is planned, confirmed by a person, and recorded. */
export const responseOperations = {
  /** Where Kibana is; nothing where nobody said. `keeps` tells where its secret is kept. */
  'kibana.read': operation(z.strictObject({})).returns<{
    readonly place?: KibanaPlace | undefined;
    readonly keeps: 'encrypted' | 'memory';
  }>(),

  /** Asks for a file with certificates; nothing where the dialog was left. */
  'kibana.choose-ca': operation(z.strictObject({})).returns<{
    readonly chosen?: { readonly token: string; readonly fileName: string } | undefined;
  }>(),

  'kibana.save': operation(kibanaDraft).returns<KibanaPlace>(),

  /** Forgets the place and its secret. */
  'kibana.forget': operation(z.strictObject({})).returns<Record<string, never>>(),

  /** Looks up what an action would do and whether endpoint, licence and privileges allow it. Changes nothing anywhere. */
  'response.plan': operation(z.strictObject({ caseId, draft: actionDraftSchema })).returns<ActionPlan>(),

  /**
   * Checks again, records the request in the case, sends it, waits a minute for the endpoint and records its answer. Ends
   * with `action-refused` without the host's name as confirmation, or where evidence must be preserved first.
   */
  'response.act': operation(
    z.strictObject({
      caseId,
      draft: actionDraftSchema,
      confirmedHost: z.string().max(1_000),
      isWarningAccepted: z.boolean(),
    }),
  )
    .emits<CaseProgress>()
    .returns<ActionOutcome>(),

  /** Makes a case in Kibana with title, verdict, findings, notes and the head of the journal, and records that. */
  'case.push': operation(z.strictObject({ id: caseId })).returns<{ readonly kibanaCaseId: string }>(),

  /** Sets the status of the case's frozen rule alerts in Kibana, and records that. */
  'case.set-alert-status': operation(
    z.strictObject({ id: caseId, status: z.enum(['open', 'acknowledged', 'closed']) }),
  ).returns<{ readonly alerts: number }>(),
} as const;

export type ResponseOperations = typeof responseOperations;
