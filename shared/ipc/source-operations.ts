import { z } from 'zod';
import type { ConnectionTest, EvidenceSource, EvidenceSources } from '../model/evidence-source.ts';
import type { Prerequisite } from '../model/prerequisite.ts';
import { operation } from './operation.ts';

const id = z.string().min(1).max(64);
const text = z.string().max(4_000);
const pattern = z.string().trim().min(1).max(2_000);
/** A secret on its way in. It never comes back. */
const secret = z.string().trim().min(1).max(8_000);

/** A source as the person describes it. */
export const sourceDraft = z.strictObject({
  /** The saved source this is a change of. */
  id: id.optional(),
  name: z.string().trim().min(1).max(80),
  address: z.union([
    z.strictObject({ kind: z.literal('nodes'), nodes: z.array(text).min(1).max(32) }),
    z.strictObject({ kind: z.literal('cloud'), cloudId: z.string().trim().min(1).max(4_000) }),
  ]),
  /** A secret that is left out is the kept one, as long as it would go to the same place. */
  signIn: z.union([
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('api-key'), apiKey: secret.optional() }),
    z.strictObject({
      kind: z.literal('password'),
      username: z.string().trim().min(1).max(1_000),
      password: z.string().min(1).max(8_000).optional(),
    }),
  ]),
  trust: z.union([
    z.strictObject({ kind: z.literal('system') }),
    /** A file chosen by `source.choose-ca`, or without token the one kept with the source. */
    z.strictObject({ kind: z.literal('ca'), token: z.string().max(64).optional() }),
    z.strictObject({ kind: z.literal('fingerprint'), fingerprint: z.string().max(200) }),
  ]),
  proxy: text.optional(),
  indices: z.strictObject({ files: pattern, devices: pattern, alerts: pattern, anomalies: pattern }),
});

export type SourceDraft = z.infer<typeof sourceDraft>;

/** Where a workspace's evidence comes from. Answers never hold a secret. */
export const sourceOperations = {
  'source.list': operation(z.strictObject({})).returns<EvidenceSources>(),

  /** Asks the person for a file with certificates (a dialog of the system); nothing where the dialog was left. */
  'source.choose-ca': operation(z.strictObject({})).returns<{
    readonly chosen?: { readonly token: string; readonly fileName: string } | undefined;
  }>(),

  /** Connects to what is described and says what is there. Keeps nothing. */
  'source.test': operation(sourceDraft).returns<ConnectionTest>(),

  'source.save': operation(sourceDraft).returns<EvidenceSource>(),

  /** Forgets a source and its secret. A workspace that reads from it goes back to its embedded store. */
  'source.remove': operation(z.strictObject({ id })).returns<Record<string, never>>(),

  /** Looks up what the rule needs, a row as it is found: on a saved source, or without `id` in the embedded store. */
  'source.check': operation(z.strictObject({ id: id.optional() }))
    .emits<Prerequisite>()
    .returns<Record<string, never>>(),

  /**
   * Reads this workspace's evidence from a saved source, or without `id` from its embedded store, from now on. The engine
   * starts again; `engine.watch` says how that goes.
   */
  'source.use': operation(z.strictObject({ id: id.optional() })).returns<Record<string, never>>(),
} as const;

export type SourceOperations = typeof sourceOperations;
