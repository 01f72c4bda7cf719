import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../renderer/theme/tokens.css', import.meta.url), 'utf8');

/** The tokens of one theme, with the light ones below those that a theme does not change. */
function tokensOf(selector: string): ReadonlyMap<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('\n}', start));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,8})/gi)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
}

/** Relative luminance of WCAG 2.2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const light = tokensOf(':root');
const dark = new Map([...light, ...tokensOf(':root[data-theme="dark"]')]);

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_name, tokens) => {
  const color = (token: string) => {
    const found = tokens.get(token);
    if (!found) throw new Error(`no token ${token}`);
    return found;
  };
  const least = (foregrounds: readonly string[], backgrounds: readonly string[], ratio: number) => {
    for (const foreground of foregrounds) {
      for (const background of backgrounds) {
        expect(contrast(color(foreground), color(background)), `${foreground} on ${background}`).toBeGreaterThanOrEqual(
          ratio,
        );
      }
    }
  };
  const grounds = ['surface', 'selected', 'hover', 'sunken', 'bg'];

  test('text reads on every ground: 4.5 to 1', () => {
    least(['text', 'text-2', 'text-3', 'accent', 'bad', 'warn', 'ok'], grounds, 4.5);
    least(['s1', 's2', 's3', 's4'], ['surface', 'selected', 'hover'], 4.5);
  });

  test('text reads on its own tint: 4.5 to 1', () => {
    expect(contrast(color('bad'), color('bad-bg'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('warn'), color('warn-bg'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('ok'), color('ok-bg'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('accent'), color('info-bg'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('accent-ink'), color('accent'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('surface'), color('s4'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('surface'), color('text-2'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('surface'), color('text'))).toBeGreaterThanOrEqual(4.5);
  });

  test('graphics, borders of fields and the focus are seen: 3 to 1', () => {
    least(['control', 'focus', 'span', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'], ['surface', 'selected'], 3);
  });
});
