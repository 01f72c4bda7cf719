import { createHash } from 'node:crypto';

/**
 * SHA-1 over a namespace (itself a UUID) and a name, as a UUID: the same name has the same id. With version 4 it has that
 * version's form, for formats that take no other, and is as unlikely to meet another.
 */
export function nameUuid(namespace: string, name: string, version: 4 | 5): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | (version << 4);
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
