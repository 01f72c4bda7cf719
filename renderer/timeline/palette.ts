/** The tokens a canvas needs, read once per theme. */
export interface Palette {
  readonly [token: string]: string;
}

const tokens = [
  'surface',
  'sunken',
  'selected',
  'line',
  'line-2',
  'control',
  'text',
  'text-2',
  'text-3',
  'accent',
  'bad',
  'band',
  'brush',
  'span',
  'span-weak',
  's1',
  's2',
  's3',
  's4',
  'c1',
  'c2',
  'c3',
  'c4',
  'c5',
  'c6',
] as const;

/** Reads the colours of the theme that stands now. */
export function readPalette(root: Element): Palette {
  const style = getComputedStyle(root);
  return Object.fromEntries(
    tokens.map((token) => [token, style.getPropertyValue(`--${token}`).trim() || 'CanvasText']),
  );
}

/** The font of everything on a canvas. */
export const font = (weight: number, size = 11) =>
  `${weight} ${size}px "Inter Variable", "Segoe UI", system-ui, sans-serif`;
