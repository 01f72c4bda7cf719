import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Finds the package of the system that a program belongs to. */
export interface PackageOwner {
  /** Its name; undefined where no package owns the file or the system keeps no such record. Answers are kept. */
  find(path: string): Promise<string | undefined>;
}

const maxKnown = 4_096;
const timeoutMs = 5_000;

/** On merged systems `/bin/cp` and `/usr/bin/cp` are one file, and the record knows one of the names. */
function namesOf(path: string): readonly string[] {
  const merged = /^\/usr(\/(?:bin|sbin|lib|lib32|lib64|libx32)\/.*)$/.exec(path);
  return merged?.[1] ? [path, merged[1]] : [path];
}

/** The package in a line of `dpkg-query --search`: `coreutils: /bin/cp`, `libc6:amd64: /lib/…`. */
export function parsePackageLine(output: string, paths: readonly string[]): string | undefined {
  for (const line of output.split('\n', 100)) {
    const parts = /^([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9-]+)?(?:, [^/]*)?: (\/.*)$/.exec(line);
    if (parts?.[1] && parts[2] && paths.includes(parts[2])) return parts[1];
  }
  return undefined;
}

/** Asks dpkg, one file at a time, so that a burst of new programs costs little. */
export function makePackageOwner(program = '/usr/bin/dpkg-query'): PackageOwner {
  const isPresent = existsSync(program);
  const known = new Map<string, Promise<string | undefined>>();
  let last: Promise<unknown> = Promise.resolve();

  function ask(paths: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      // Exit 1 says that one of the names is unknown; the other's line is printed all the same.
      execFile(program, ['--search', '--', ...paths], { timeout: timeoutMs, maxBuffer: 1_000_000 }, (_error, stdout) =>
        resolve(parsePackageLine(stdout, paths)),
      );
    });
  }

  return {
    find(path) {
      // Wildcards are patterns to dpkg.
      if (!isPresent || !path.startsWith('/') || /[*?[\]\\]/.test(path)) return Promise.resolve(undefined);
      const present = known.get(path);
      if (present) return present;
      const asked = last.then(() => ask(namesOf(path)));
      last = asked;
      if (known.size >= maxKnown) known.clear();
      known.set(path, asked);
      return asked;
    },
  };
}
