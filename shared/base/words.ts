import { formatCount } from './format.ts';

/** A count with its noun: `1 file`, `214 files`. `plural` where adding an s is wrong. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** A share from 0 to 1 in per cent; small ones keep a decimal: `88 %`, `0.4 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.1) return 'below 0.1 %';
  return `${percent < 9.95 ? percent.toFixed(1).replace(/\.0$/, '') : percent.toFixed(0)} %`;
}

/** Text cut to `maxLength` characters, with an ellipsis where something was cut. */
export function shortText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, Math.max(0, maxLength - 1))}…`;
}

/** Text whose lone surrogates became U+FFFD, so that it can be written as UTF-8 and read back the same. */
export function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, '\ufffd');
}
