/**
 * Errors have three fates. A Failure is expected: it carries a code from a closed list, says what happened and what to
 * do, and is shown where it was asked. A cancelled call is neither shown nor logged. Anything else is a bug: logged with
 * an id and shown as such.
 */

/** Every way in which an expected failure can end a call. A closed union, so that a switch over it is exhaustive. */
export type FailureCode =
  | 'store-unreachable'
  | 'store-refused'
  | 'store-lacks-fields'
  | 'store-too-large'
  | 'store-timeout'
  | 'store-damaged'
  | 'store-partial'
  | 'store-busy'
  | 'store-untrusted'
  | 'store-garbled'
  | 'workspace-in-use'
  | 'workspace-unwritable'
  | 'disk-full'
  | 'not-found'
  | 'bad-input'
  | 'changed-since'
  | 'rule-invalid'
  | 'case-damaged'
  | 'case-locked'
  | 'case-too-new'
  | 'usb-unavailable'
  | 'action-refused'
  | 'export-failed'
  | 'cancelled'
  | 'bug';

/** Failures to open evidence that time may mend, without anybody doing something in Portside. */
export const passingFailures: ReadonlySet<FailureCode> = new Set([
  'store-unreachable',
  'store-timeout',
  'store-busy',
  'store-partial',
  'disk-full',
]);

/** A failure as it crosses a process border or reaches stderr: a plain value, safe to show. */
export interface FailureValue {
  readonly code: FailureCode;
  /** What happened and where, as a full sentence. */
  readonly message: string;
  /** What the person can do about it. */
  readonly hint?: string | undefined;
  /** Id under which a bug was logged; only with code `bug`. */
  readonly bugId?: string | undefined;
}

/** An expected failure. Throw it through `fail`. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly bugId: string | undefined;

  constructor(value: FailureValue, cause?: unknown) {
    super(value.message, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.code = value.code;
    this.hint = value.hint;
    this.bugId = value.bugId;
  }

  toValue(): FailureValue {
    return { code: this.code, message: this.message, hint: this.hint, bugId: this.bugId };
  }
}

/** Makes a Failure to throw: `throw fail('bad-input', 'what happened, where', 'what to do')`. */
export function fail(code: FailureCode, message: string, hint?: string, cause?: unknown): Failure {
  return new Failure({ code, message, hint }, cause);
}

/** The Failure that ends an aborted call. */
export function cancelled(): Failure {
  return new Failure({ code: 'cancelled', message: 'Cancelled.' });
}

/** Whether `error` means that somebody aborted the call: our own code, or the platform's AbortError. */
export function isCancelled(error: unknown): boolean {
  return (
    (error instanceof Failure && error.code === 'cancelled') ||
    (error instanceof Error && (error.name === 'AbortError' || error.name === 'RequestAbortedError'))
  );
}

/** Throws the `cancelled` Failure when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** The text of anything thrown, for messages and logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
