import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where distributions keep the list of known ids. It is read where it is and never shipped. */
const places = ['usr/share/misc/usb.ids', 'usr/share/hwdata/usb.ids', 'var/lib/usbutils/usb.ids', 'usr/share/usb.ids'];

export interface UsbNames {
  readonly vendor?: string | undefined;
  readonly product?: string | undefined;
}

/** Looks up names of vendors and products by their four hex digits. */
export interface UsbIdList {
  find(vendorId: string, productId: string): UsbNames;
  readonly isPresent: boolean;
}

const maxListBytes = 16_000_000;

/** Finds names in the text of a `usb.ids` list: vendors start a line, their products follow after one tab. */
export function findUsbNames(list: string, vendorId: string, productId: string): UsbNames {
  if (!/^[0-9a-f]{4}$/.test(vendorId) || !/^[0-9a-f]{4}$/.test(productId)) return {};
  const start = list.startsWith(`${vendorId}  `) ? 0 : list.indexOf(`\n${vendorId}  `) + 1;
  if (start === 0 && !list.startsWith(`${vendorId}  `)) return {};
  const lineEnd = list.indexOf('\n', start);
  const vendor = list.slice(start + 6, lineEnd < 0 ? undefined : lineEnd).trim() || undefined;
  for (let at = lineEnd; at >= 0; ) {
    const next = list.indexOf('\n', at + 1);
    const line = list.slice(at + 1, next < 0 ? undefined : next);
    if (line !== '' && !line.startsWith('\t') && !line.startsWith('#')) break;
    if (line.startsWith(`\t${productId}  `)) return { vendor, product: line.slice(7).trim() || undefined };
    at = next;
  }
  return { vendor };
}

/** Opens the system's list under `root` lazily; without one every look-up gives nothing. Answers are kept. */
export function openUsbIdList(root = '/'): UsbIdList {
  let text: string | undefined;
  const known = new Map<string, UsbNames>();
  const load = (): string => {
    if (text !== undefined) return text;
    text = '';
    for (const place of places) {
      try {
        const found = readFileSync(join(root, place), 'latin1');
        if (found.length <= maxListBytes) {
          text = found;
          break;
        }
      } catch {
        // Not there: the next place may have it.
      }
    }
    return text;
  };
  return {
    find(vendorId, productId) {
      const key = `${vendorId}:${productId}`;
      let names = known.get(key);
      if (!names) {
        names = findUsbNames(load(), vendorId, productId);
        if (known.size < 4_096) known.set(key, names);
      }
      return names;
    },
    get isPresent() {
      return load() !== '';
    },
  };
}
