/** Makes the program the capture's helper instead of the window; what follows it are the helper's own arguments. */
export const helperSwitch = '--capture-helper';

/** How the helper becomes root: not at all (it is already), by a dialog, or by the terminal. */
export type Elevation = 'none' | 'pkexec' | 'sudo';

/** The helper's own arguments, of a whole command line. */
export function helperArguments(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf(helperSwitch);
  return at < 0 ? argv.slice(2) : argv.slice(at + 1);
}

/** How this program runs. */
export interface ProgramPlace {
  readonly execPath: string;
  readonly isElectron: boolean;
  /** The AppImage this runs from, where it does: root cannot read what it mounts for its user. */
  readonly appImage?: string | undefined;
}

/**
 * The command that starts the helper, as its words. Plain Node runs the helper's file; Electron's program runs as Node
 * where the build allows that, and in a package, where it must not, starts as the helper by `helperSwitch`.
 */
export function helperCommand(
  helper: {
    readonly path: string;
    readonly userId: number;
    readonly socketPath: string;
    readonly elevation: Elevation;
    readonly place: ProgramPlace;
  },
  resolveLoader: () => string = () => import.meta.resolve('tsx'),
): readonly [string, ...string[]] {
  const { path, userId, socketPath, elevation, place } = helper;
  const values = ['--uid', String(userId), '--socket', socketPath];
  const loader = path.endsWith('.ts') ? ['--import', resolveLoader()] : [];
  let words: string[];
  if (/\.asar[/\\]/.test(path)) {
    // Chromium refuses to begin as root with its sandbox, though it is never reached; and needs no helpers of its own.
    words = [place.appImage ?? place.execPath, '--no-sandbox', '--no-zygote', helperSwitch, ...values];
  } else {
    const run = [place.execPath, ...loader, path, ...values];
    // pkexec and sudo hand on no environment.
    words = place.isElectron ? ['env', 'ELECTRON_RUN_AS_NODE=1', ...run] : run;
  }
  // Nobody answers a question of sudo where no terminal is; it then fails at once.
  const asRoot = elevation === 'none' ? [] : elevation === 'sudo' ? ['sudo', '--'] : ['pkexec'];
  return [...asRoot, ...words] as [string, ...string[]];
}
