import type { FigureLocale } from '../../shared/ipc/window-bridge.ts';

/** Fixes the locale of figures, whatever the system says: tests and pictures are then the same everywhere. */
const fixedSwitch = '--figures-locale=';
/** Carries the locales to the page, where they have to be known before anything is drawn. */
const pageSwitch = '--portside-figures=';

/**
 * The locales in which the system writes numbers and dates. On Linux they have variables of their own, which the
 * system's locale does not tell; the others have one. Names that no locale has are passed over.
 */
export function readFigureLocale(system: {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly argv: readonly string[];
  /** The system's locale, then the person's languages. */
  readonly locales: readonly string[];
}): FigureLocale {
  const { platform, env, argv, locales } = system;
  const fixed = argv.find((argument) => argument.startsWith(fixedSwitch))?.slice(fixedSwitch.length);
  const ofCategory = (category: string) =>
    platform === 'linux' ? tagOfPosix(env.LC_ALL || env[category] || env.LANG) : undefined;
  const first = (category: string) =>
    [fixed, ofCategory(category), ...locales].find((tag) => tag !== undefined && isLocale(tag)) ?? 'en-GB';
  return { numbers: first('LC_NUMERIC'), dates: first('LC_TIME') };
}

/** The arguments a page is started with, for `figureLocaleOfPage`. */
export function figureArguments({ numbers, dates }: FigureLocale): readonly string[] {
  return [`${pageSwitch}${numbers},${dates}`];
}

/** What `figureArguments` said, in the page's process. */
export function figureLocaleOfPage(argv: readonly string[]): FigureLocale {
  const said = argv.find((argument) => argument.startsWith(pageSwitch))?.slice(pageSwitch.length) ?? '';
  const [numbers, dates] = said.split(',');
  return { numbers: numbers || 'en-GB', dates: dates || 'en-GB' };
}

/** `de-CH` of `de_CH.UTF-8@euro`; nothing of `C` and `POSIX`, which are no place. */
function tagOfPosix(name: string | undefined): string | undefined {
  const tag = name?.replace(/[.@].*$/, '').replaceAll('_', '-');
  return tag === undefined || tag === '' || tag === 'C' || tag === 'POSIX' ? undefined : tag;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf([tag]).length > 0;
  } catch {
    return false;
  }
}
