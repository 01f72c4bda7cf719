import { createTheme } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useChoices } from './state.ts';
import { type Palette, readPalette } from './timeline/palette.ts';

/** Mantine in our own clothes: its colours come from `theme.css`, so nothing is set at run time. */
export const mantineTheme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 4,
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'never',
  // A menu that fades would still be there for the next key.
  components: { Menu: { defaultProps: { transitionProps: { duration: 0 } } } },
});

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const onChange = () => setMatches(media.matches);
    media.addEventListener('change', onChange);
    return () => media.removeEventListener('change', onChange);
  }, [query]);
  return matches;
}

/** The theme that stands: the person's choice, or the system's. */
export function useColorScheme(): 'light' | 'dark' {
  const chosen = useChoices((choices) => choices.theme);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');
  return chosen === 'system' ? (isSystemDark ? 'dark' : 'light') : chosen;
}

/** Colours for canvases; read again when the theme or forced colours change. */
export function usePalette(): Palette {
  const scheme = useColorScheme();
  const isForced = useMedia('(forced-colors: active)');
  return useMemo(() => {
    // The attribute is set in an effect of the app; a canvas must not wait a frame for it.
    document.documentElement.dataset.theme = scheme;
    return { ...readPalette(document.documentElement), scheme, forced: String(isForced) };
  }, [scheme, isForced]);
}
