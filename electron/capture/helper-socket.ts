/** Where the helper of a user listens: a folder that only root can write to. */
export function helperSocketPath(userId: number): string {
  return `/run/portside/capture-${userId}.sock`;
}

/** Both sides must speak the same version. */
export const helperVersion = 1;
/** A longer line of the helper is dropped. */
export const maxHelperLine = 1_000_000;
