/** Longest part of a name that is kept of what a file was called. */
const maxLength = 80;

/**
 * A file name for the inside of a case: ASCII letters, digits, dot, dash and underscore, no leading dot or dash, no
 * trailing dot, at most 80 characters with the extension kept. What the name was is kept in the journal. Never empty.
 * Callers put a number before it, which also takes the meaning from names that Windows reserves for devices.
 */
export function safeFileName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[̀-ͯ]/g, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[._-]+|[._-]+$/g, '');
  if (plain === '') return 'file';
  if (plain.length <= maxLength) return plain;
  const dot = plain.lastIndexOf('.');
  const extension = dot > 0 && plain.length - dot <= 12 ? plain.slice(dot) : '';
  return `${plain.slice(0, maxLength - extension.length)}${extension}`;
}
