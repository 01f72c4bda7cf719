import { z } from 'zod';
import type { CaseEntry } from './case-file.ts';
import type { Prerequisite } from './prerequisite.ts';

/** What Elastic Defend can be asked to do on a host, through Kibana. */
export const endpointActions = [
  'isolate',
  'release',
  'suspend-process',
  'kill-process',
  'get-file',
  'running-processes',
] as const;
export type EndpointAction = (typeof endpointActions)[number];

/** An action as a person describes it; nothing is sent for it before it was confirmed. */
export const actionDraftSchema = z.strictObject({
  action: z.enum(endpointActions),
  host: z.string().min(1).max(1_000),
  /** Elastic Agent's id of the host; looked up by the host's name where it is absent. */
  agentId: z.string().min(1).max(200).optional(),
  /** The process, for those that act on one: by its pid or by the endpoint's own id of it. */
  pid: z.number().int().min(1).max(4_294_967_295).optional(),
  entityId: z.string().min(1).max(1_000).optional(),
  /** File to fetch. */
  path: z.string().min(1).max(32_000).optional(),
  comment: z.string().max(4_000),
});
export type ActionDraft = z.infer<typeof actionDraftSchema>;

/** What an action would do, and whether it can: shown before anybody confirms it. */
export interface ActionPlan {
  /** `cuts the host off from the network, except from Elastic` */
  readonly effect: string;
  /** How it is taken back. */
  readonly undo: string;
  /** Address of the Kibana that is asked. */
  readonly place: string;
  readonly agentId: string;
  /** Endpoint, licence and privilege, each as far as Kibana tells. */
  readonly checks: readonly Prerequisite[];
  /** Why it should wait, where evidence would be lost; it can be accepted. */
  readonly warning?: string | undefined;
  /** False where a check says that Kibana would refuse. */
  readonly mayAct: boolean;
}

/** How an action ended, as far as the endpoint has answered. */
export interface ActionOutcome {
  readonly actionId: string;
  readonly result: 'done' | 'failed' | 'pending';
  readonly detail: string;
  readonly undo: string;
  /** What was written into the case. */
  readonly entries: readonly CaseEntry[];
}

/** Where a person's Kibana is and how they sign in; never the secret itself. */
export interface KibanaPlace {
  readonly url: string;
  readonly space?: string | undefined;
  readonly signIn: { readonly kind: 'api-key' } | { readonly kind: 'password'; readonly username: string };
  /** Name of the file with certificates that is trusted instead of what the system trusts. */
  readonly caFile?: string | undefined;
  readonly hasSecret: boolean;
}
