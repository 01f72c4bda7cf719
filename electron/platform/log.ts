import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../shared/base/failure.ts';

/** Field values of a log line: figures, states and ids; evidence (names, paths, command lines) never. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A log in a folder: JSON lines, in files that rotate. Logging itself never fails a call. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  /** What is kept from now on; problems always are. Everything is until this is called. */
  keep(detail: 'everything' | 'problems'): void;
  /** Logs an unexpected error and returns the id under which it stands in the log. */
  bug(operation: string, error: unknown): string;
}

const maxFileBytes = 2_000_000;
const keptFiles = 4;
const maxFrames = 20;

/** Takes quoted text and paths out of an error message: they may be evidence. */
export function withoutEvidence(message: string): string {
  return message
    .slice(0, 2_000)
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"')
    .replace(/(?:[A-Za-z]:|\\)?\\[^\s:,;)]+|\/[^\s:,;)]*\/[^\s:,;)]*/g, '…')
    .slice(0, 300);
}

/** The frames of a stack without its message, and without the folders above the program. */
function framesOf(error: Error): string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.slice(0, maxFrames).map((line) => line.trim().replace(/(?:file:\/\/)?\/[^\s)]*\/(?=[^/\s)]+\))/, ''));
}

function toLogValue(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { thrown: typeof error };
  return {
    name: error.name,
    code: error instanceof Failure ? error.code : 'code' in error ? String(error.code) : undefined,
    message: withoutEvidence(error.message),
    frames: framesOf(error),
    cause: error.cause !== undefined && depth < 3 ? toLogValue(error.cause, depth + 1) : undefined,
  };
}

/** Opens the log in `folder` (made where missing). `name` tells apart programs that share the folder. */
export function openLog(folder: string, name: string, now: () => number = Date.now): Log {
  const file = join(folder, `${name}.log`);
  let isWhole = true;

  function rotate(): void {
    const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (bytes < maxFileBytes) return;
    rmSync(`${file}.${keptFiles}`, { force: true });
    for (let index = keptFiles - 1; index >= 1; index -= 1) {
      if (statSync(`${file}.${index}`, { throwIfNoEntry: false }))
        renameSync(`${file}.${index}`, `${file}.${index + 1}`);
    }
    renameSync(file, `${file}.1`);
  }

  function write(line: Record<string, unknown>): void {
    try {
      mkdirSync(folder, { recursive: true });
      rotate();
      appendFileSync(file, `${JSON.stringify({ at: new Date(now()).toISOString(), ...line })}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not turn a logged problem into a second one; there is nowhere left to say it.
    }
  }

  return {
    info(event, fields = {}) {
      if (isWhole) write({ level: 'info', event, ...fields });
    },
    keep(detail) {
      isWhole = detail === 'everything';
    },
    bug(operation, error) {
      const id = randomBytes(4).toString('hex');
      write({ level: 'bug', id, operation, error: toLogValue(error) });
      return id;
    },
  };
}
