import { describe, expect, it } from 'vitest';
import { settlePdfDates } from './pdf-dates.ts';

describe('settlePdfDates', () => {
  it('sets both dates in place and nothing else', () => {
    const pdf = (date: string) =>
      Buffer.from(
        `%PDF-1.4\n<</Title (x)\n/CreationDate (D:${date}+00'00')\n/ModDate (D:${date}+00'00')>>\nstream\u00ff`,
        'latin1',
      );
    const settled = settlePdfDates(pdf('20261125031123'), Date.UTC(2026, 10, 19, 22, 34, 10));
    expect(Buffer.from(settled).toString('latin1')).toBe(pdf('20261119223410').toString('latin1'));
  });

  it.each(['', '%PDF-1.4', '/CreationDate (D:2026)', '/ModDate (D:'])('leaves %j as it is', (text) => {
    expect(Buffer.from(settlePdfDates(Buffer.from(text), 0)).toString()).toBe(text);
  });
});
