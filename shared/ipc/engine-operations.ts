import { z } from 'zod';
import type { EngineLimits } from '../model/engine-limits.ts';
import type { DeviceEvent, WriteEvent } from '../model/event.ts';
import type { FileOutcome, ImportedFile, ImportProgress } from '../model/import-report.ts';
import { evidenceOperations } from './evidence-operations.ts';
import { findingOperations, raisedSubjectSchema } from './finding-operations.ts';
import { operation } from './operation.ts';
import { engineVerdictOperations } from './verdict-operations.ts';

/** What the engine process answers to main, which trusts it; the window never reaches it directly. */
export const engineOperations = {
  ...evidenceOperations,
  ...findingOperations,
  ...engineVerdictOperations,

  /**
   * Tells what rules raised, for the filter of findings. `key` names the whole; where the engine knows it, `isKnown` is
   * true and nothing need be told. The part with `isFirst` forgets what was told before; that with `isLast` sets the key.
   */
  'raised-alerts.tell': operation(
    z.strictObject({
      key: z.string().max(256),
      part: z
        .strictObject({ alerts: z.array(raisedSubjectSchema).max(10_000), isFirst: z.boolean(), isLast: z.boolean() })
        .optional(),
    }),
  ).returns<{ readonly isKnown: boolean }>(),

  /** What the engine may use of this computer, and what its disk has left. */
  'engine.limits': operation(z.strictObject({})).returns<EngineLimits>(),

  /** Imports one file by its path: see `EvidenceIntake.importFile`. */
  'evidence.import': operation(z.strictObject({ path: z.string() }))
    .emits<ImportProgress>()
    .returns<ImportedFile>(),

  /** Imports the first of several files: see `EvidenceIntake.importFiles`. */
  'evidence.import-files': operation(z.strictObject({ paths: z.array(z.string()).min(1).max(20_000) }))
    .emits<ImportProgress>()
    .returns<readonly FileOutcome[]>(),

  /** Appends live events: see `EvidenceIntake.append`. */
  'evidence.append': operation(
    z.strictObject({ writes: z.array(z.custom<WriteEvent>()), deviceEvents: z.array(z.custom<DeviceEvent>()) }),
  ).returns<{ readonly stored: number; readonly duplicate: number }>(),
} as const;

export type EngineOperations = typeof engineOperations;
