import { z } from 'zod';

/** What a person chose about the application itself; evidence and cases have their own places in the workspace. */
export const appSettingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Whether new alerts stay off the desktop. */
  isMuted: z.boolean().default(false),
  /** Limits of the engine, in bytes; the program chooses those that are absent. */
  memoryBytes: z.number().int().min(256_000_000).optional(),
  temporaryBytes: z.number().int().min(1_000_000_000).optional(),
  /** What the log keeps. */
  log: z.enum(['everything', 'problems']).default('everything'),
  /** Place of the window as it was last closed; absent on the first start. */
  window: z
    .object({
      x: z.number().int(),
      y: z.number().int(),
      width: z.number().int().min(1),
      height: z.number().int().min(1),
      isMaximized: z.boolean(),
    })
    .optional(),
});

export type AppSettings = z.infer<typeof appSettingsSchema>;
