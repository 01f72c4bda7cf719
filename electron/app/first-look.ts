import { readFileSync } from 'node:fs';
import type { AppSettings } from './app-settings.ts';

/** What the first window needs to know before the settings are parsed as a whole. */
export type FirstLook = Pick<AppSettings, 'theme' | 'window'>;

const themes = ['system', 'light', 'dark'] as const;

/**
 * Reads place and theme of the window from the settings file, quickly and by hand; anything it does not understand counts
 * as not chosen. What is wrong with the file is said by `openSettings`, which reads it a moment later.
 */
export function readFirstLook(path: string): FirstLook {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { theme: 'system' };
  }
  if (typeof value !== 'object' || value === null) return { theme: 'system' };
  const { theme, window } = value as Record<string, unknown>;
  return { theme: themes.find((one) => one === theme) ?? 'system', window: toPlace(window) };
}

function toPlace(value: unknown): FirstLook['window'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height, isMaximized } = value as Record<string, unknown>;
  const isWhole = (figure: unknown): figure is number => Number.isSafeInteger(figure);
  if (!isWhole(x) || !isWhole(y) || !isWhole(width) || !isWhole(height)) return undefined;
  return width < 1 || height < 1 ? undefined : { x, y, width, height, isMaximized: isMaximized === true };
}
