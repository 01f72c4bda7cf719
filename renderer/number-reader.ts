import { formatCount } from '../shared/base/format.ts';

/** What people type for what a locale's own separators look like. */
const spaces = /[\s\u00a0\u2009\u202f]/g;
const apostrophes = /['’]/g;

/**
 * Reads numbers with the digits and separators of a locale, or with Latin digits; gives nothing for what is no number there,
 * or would be another one elsewhere (`1.5` where the point parts thousands).
 */
export function numberReader(locale: string): (text: string) => number | undefined {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true, minimumFractionDigits: 1 }).formatToParts(
    -1_234_567.5,
  );
  const part = (type: Intl.NumberFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const alike = (text: string) => text.replace(spaces, ' ').replace(apostrophes, "'");
  const group = alike(part('group'));
  const decimal = part('decimal');
  const digits = new Map(Array.from({ length: 10 }, (_, digit) => [formatCount(digit, locale), String(digit)]));
  return (text) => {
    const typed = alike(
      text
        .normalize('NFC')
        .replace(/[\u061c\u200e\u200f\u2066-\u2069]/g, '')
        .trim(),
    ).replace(/^[−-]/, '-');
    const latin = [...typed].map((sign) => digits.get(sign) ?? sign).join('');
    const [whole = '', fraction, ...more] = decimal === '' ? [latin] : latin.split(decimal);
    if (more.length > 0 || (fraction !== undefined && !/^\d+$/.test(fraction))) return undefined;
    const [first = '', ...groups] = group === '' ? [whole] : whole.split(group);
    // Groups of two or three (lakh): anything else is a separator that means something else here.
    const isGrouped =
      /^-?\d+$/.test(first) &&
      (groups.length === 0 ||
        (/^-?\d{1,3}$/.test(first) &&
          groups.every((one, at) => (at === groups.length - 1 ? /^\d{3}$/ : /^\d{2,3}$/).test(one))));
    if (!isGrouped) return undefined;
    return Number(`${first}${groups.join('')}${fraction === undefined ? '' : `.${fraction}`}`);
  };
}
