/**
 * Sets the dates that a PDF carries of its own making to a given moment, in place: the same page then gives the same
 * bytes, and a package the same sums. Everything else is left as it is; a PDF without such dates comes back unchanged.
 */
export function settlePdfDates(pdf: Uint8Array, atMs: number): Uint8Array {
  const bytes = Buffer.from(pdf);
  const digits = new Date(atMs).toISOString().replace(/\D/g, '').slice(0, 14);
  for (const name of ['/CreationDate (D:', '/ModDate (D:']) {
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      const start = at + name.length;
      if (/^\d{14}$/.test(bytes.toString('latin1', start, start + 14))) bytes.write(digits, start, 'latin1');
    }
  }
  return new Uint8Array(bytes);
}
