/** Returns `value`, or throws a plain Error (a bug, not a Failure) that names what was missing. */
export function assertExists<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`Missing: ${what}`);
  return value;
}
