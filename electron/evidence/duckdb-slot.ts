/** Width of what `activity` adds up: questions in buckets of a multiple of it need no single writes. */
export const slotMs = 300_000;
export const rollupHourMs = 3_600_000;
export const rollupDayMs = 86_400_000;
