/** Returns `value`, or throws a plain Error (a bug, not a Failure) that names what was missing. */
export function assertExists<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`Missing: ${what}`);
  return value;
}

/** Makes a switch over a union exhaustive: reaching it is a compile error, and a bug at run time. */
export function assertNever(value: never, what: string): never {
  throw new Error(`Unexpected ${what}: ${String(value)}`);
}
