import { z } from 'zod';
import type { DeviceEvent, WriteEvent } from '../model/event.ts';
import type { ImportedFile, ImportProgress } from '../model/import-report.ts';
import { evidenceOperations } from './evidence-operations.ts';
import { findingOperations } from './finding-operations.ts';
import { operation } from './operation.ts';

/** What the engine process answers to main, which trusts it; the window never reaches it directly. */
export const engineOperations = {
  ...evidenceOperations,
  ...findingOperations,

  /** Imports one file by its path: see `EvidenceIntake.importFile`. */
  'evidence.import': operation(z.strictObject({ path: z.string() }))
    .emits<ImportProgress>()
    .returns<ImportedFile>(),

  /** Appends live events: see `EvidenceIntake.append`. */
  'evidence.append': operation(
    z.strictObject({ writes: z.array(z.custom<WriteEvent>()), deviceEvents: z.array(z.custom<DeviceEvent>()) }),
  ).returns<{ readonly stored: number; readonly duplicate: number }>(),
} as const;

export type EngineOperations = typeof engineOperations;
