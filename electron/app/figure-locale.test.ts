import { expect, test } from 'vitest';
import { figureArguments, figureLocaleOfPage, readFigureLocale } from './figure-locale.ts';

const linux = { platform: 'linux', env: {}, argv: [], locales: ['en-US', 'de-DE'] } as const;

test.each([
  ['the system’s locale', {}, { numbers: 'en-US', dates: 'en-US' }],
  ['LANG', { LANG: 'de_DE.UTF-8' }, { numbers: 'de-DE', dates: 'de-DE' }],
  [
    'dates of another place',
    { LANG: 'en_US.UTF-8', LC_TIME: 'de_CH.UTF-8@euro' },
    { numbers: 'en-US', dates: 'de-CH' },
  ],
  ['LC_ALL above all', { LANG: 'en_US', LC_TIME: 'de_CH', LC_ALL: 'fr_FR' }, { numbers: 'fr-FR', dates: 'fr-FR' }],
  ['C is no place', { LANG: 'C.UTF-8', LC_ALL: '' }, { numbers: 'en-US', dates: 'en-US' }],
  ['a name no locale has', { LANG: '$(x)_1' }, { numbers: 'en-US', dates: 'en-US' }],
])('Linux: %s', (_name, env, expected) => {
  expect(readFigureLocale({ ...linux, env })).toEqual(expected);
});

test('other systems have one locale, and no variables', () => {
  const windows = { platform: 'win32', env: { LANG: 'de_DE' }, argv: [], locales: ['fr-CH'] } as const;
  expect(readFigureLocale(windows)).toEqual({ numbers: 'fr-CH', dates: 'fr-CH' });
  expect(readFigureLocale({ ...windows, locales: ['', 'xx-'] })).toEqual({ numbers: 'en-GB', dates: 'en-GB' });
});

test('a switch fixes it', () => {
  const argv = ['portside', '--figures-locale=ar-EG'];
  expect(readFigureLocale({ ...linux, env: { LC_ALL: 'de_DE' }, argv })).toEqual({ numbers: 'ar-EG', dates: 'ar-EG' });
});

test('the page is told what was read', () => {
  const said = { numbers: 'de-CH', dates: 'en-GB' };
  expect(figureLocaleOfPage(['electron', ...figureArguments(said), '--x'])).toEqual(said);
  expect(figureLocaleOfPage([])).toEqual({ numbers: 'en-GB', dates: 'en-GB' });
});
