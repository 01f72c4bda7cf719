/**
 * Where the figures of a write stand in a document, by ECS name; of several names the first that has a value counts.
 * Used twice: for the statement that lets the engine read a whole file at once, and for single rows that it could not settle.
 */
export const writeFields = {
  time: ['@timestamp'],
  event_id: ['event.id'],
  action: ['event.action'],
  category: ['event.category'],
  dataset: ['event.dataset'],
  sequence: ['event.sequence'],
  host: ['host.name', 'host.hostname'],
  user_name: ['user.name'],
  user_id: ['user.id'],
  process: ['process.name'],
  executable: ['process.executable'],
  pid: ['process.pid'],
  entity_id: ['process.entity_id'],
  command_line: ['process.command_line'],
  parent_process: ['process.parent.name'],
  process_sha256: ['process.hash.sha256'],
  publisher: ['process.code_signature.subject_name'],
  publisher_trusted: ['process.code_signature.trusted'],
  other_signatures: ['process.Ext.code_signature'],
  original_file_name: ['process.pe.original_file_name'],
  path: ['file.path', 'file.name'],
  extension: ['file.extension'],
  size: ['file.size'],
  entropy: ['file.Ext.entropy'],
  header_bytes: ['file.Ext.header_bytes'],
  source_path: ['file.Ext.original.path'],
  bus_type: ['file.Ext.device.bus_type'],
  vendor: ['file.Ext.device.vendor_id'],
  product: ['file.Ext.device.product_id'],
  serial: ['file.Ext.device.serial_number'],
  volume: ['file.Ext.device.dos_name', 'file.Ext.device.nt_name'],
} as const satisfies Record<string, readonly string[]>;

export type WriteField = keyof typeof writeFields;

/** A value in one of these says that a document is an alert of a rule. */
export const alertMarks = ['kibana.alert.uuid', 'kibana.alert.rule.uuid', 'kibana.alert.rule.name'] as const;

/** Fields of which an array with several values is normal. */
export const manyValued: ReadonlySet<string> = new Set(['event.category', 'event.type', 'event.action']);

/** All the ways to write a dotted name as nested keys: `a.b.c`, `a` + `b.c`, `a.b` + `c`, `a` + `b` + `c`; nested first. */
export function spellings(name: readonly string[]): readonly (readonly string[])[] {
  if (name.length === 0) return [[]];
  const all: (readonly string[])[] = [];
  for (let taken = 1; taken <= name.length; taken++) {
    const key = name.slice(0, taken).join('.');
    for (const rest of spellings(name.slice(taken))) all.push([key, ...rest]);
  }
  return all;
}
