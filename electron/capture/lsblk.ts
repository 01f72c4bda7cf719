import { z } from 'zod';
import { fail } from '../../shared/base/failure.ts';

/** A disk or partition as `lsblk` tells it. */
export interface BlockDevice {
  /** Kernel name, `sda1`. */
  readonly name: string;
  /** `/dev/sda1`. */
  readonly node: string;
  readonly kind: string;
  /** `8:1`. */
  readonly deviceNumber: string;
  readonly sizeBytes: number;
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  /** `usb`, `sata`, `nvme` and the like; disks only. */
  readonly transport?: string | undefined;
  readonly fileSystem?: string | undefined;
  readonly label?: string | undefined;
  readonly uuid?: string | undefined;
  readonly partitionTable?: string | undefined;
  readonly vendor?: string | undefined;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  readonly children: readonly BlockDevice[];
}

/** The columns that {@link parseLsblk} reads, for `lsblk --json -b -o`. All exist since util-linux 2.33. */
export const lsblkColumns = 'NAME,KNAME,PATH,TYPE,MAJ:MIN,SIZE,RM,RO,TRAN,FSTYPE,LABEL,UUID,PTTYPE,VENDOR,MODEL,SERIAL';

const maxText = 1_024;
const maxDevices = 4_096;
const text = z
  .string()
  .transform((value) => value.slice(0, maxText).trim() || undefined)
  .nullish()
  .catch(undefined);
// Older versions print figures and flags as texts: "0", "1", "4096".
const flag = z.union([z.boolean(), z.enum(['0', '1']).transform((value) => value === '1')]).catch(false);
const size = z.coerce.number().min(0).max(Number.MAX_SAFE_INTEGER).catch(0);

const row = z.object({
  name: z.string().max(maxText),
  kname: text,
  path: text,
  type: text,
  'maj:min': text,
  size,
  rm: flag,
  ro: flag,
  tran: text,
  fstype: text,
  label: text,
  uuid: text,
  pttype: text,
  vendor: text,
  model: text,
  serial: text,
  children: z.array(z.unknown()).max(maxDevices).optional().catch(undefined),
});

/** Partitions hang under disks, and mapped devices under those; deeper than this is taken as nonsense. */
const maxDepth = 8;

function toBlockDevice(value: unknown, depth: number): readonly BlockDevice[] {
  const parsed = row.safeParse(value);
  if (!parsed.success) return [];
  const { data } = parsed;
  const name = data.kname ?? data.name;
  return [
    {
      name,
      node: data.path ?? `/dev/${name}`,
      kind: data.type ?? '',
      deviceNumber: data['maj:min'] ?? '',
      sizeBytes: data.size,
      isRemovable: data.rm,
      isReadOnly: data.ro,
      transport: data.tran ?? undefined,
      fileSystem: data.fstype ?? undefined,
      label: data.label ?? undefined,
      uuid: data.uuid ?? undefined,
      partitionTable: data.pttype ?? undefined,
      vendor: data.vendor ?? undefined,
      model: data.model ?? undefined,
      serial: data.serial ?? undefined,
      children: depth < maxDepth ? (data.children ?? []).flatMap((child) => toBlockDevice(child, depth + 1)) : [],
    },
  ];
}

/** Parses what `lsblk --json -b` printed. Rows that are no devices are skipped; a text that is not its JSON ends with `bad-input`. */
export function parseLsblk(output: string): readonly BlockDevice[] {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch (error) {
    throw fail('bad-input', 'lsblk printed something that is not JSON.', undefined, error);
  }
  const list = z.object({ blockdevices: z.array(z.unknown()) }).safeParse(value);
  if (!list.success) throw fail('bad-input', 'lsblk printed no list of block devices.');
  return list.data.blockdevices.slice(0, maxDevices).flatMap((entry) => toBlockDevice(entry, 0));
}
