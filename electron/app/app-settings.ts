import { z } from 'zod';

/** What a person chose about the application itself; evidence and cases have their own places in the workspace. */
export const appSettingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Whether new alerts stay off the desktop. */
  isMuted: z.boolean().default(false),
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
