import { formatIso } from '../base/format.ts';
import { wellFormed } from '../base/words.ts';
import type { CaseState, TlpLabel } from '../model/case-file.ts';
import type { WriteEvent } from '../model/event.ts';
import { caseTechniques } from './attack-techniques.ts';
import type { CaseEvidence } from './case-events.ts';
import { verdictTitles } from './case-words.ts';
import { fileNameOf, folderOf } from './path-parts.ts';

/**
 * Makes a UUID from a name, the same each time. `namespace` is itself a UUID. Version 5 says openly that it follows from a
 * name; STIX wants the form of version 4 for everything that is no observable, and same cases must give same bytes.
 */
export type NameUuid = (namespace: string, name: string, version: 4 | 5) => string;

/** The namespace that STIX sets for cyber observables, and one of our own for everything else. */
const observableNamespace = '00abedb4-aa42-466c-9c01-fed23315a9b7';
const ownNamespace = '6f0c5f6e-3d0b-5b0e-9a6e-6f1f5c0a7d11';

/** OASIS' own objects of TLP 2.0; they are referred to by id and never written anew. */
const tlpMarkings: Readonly<Record<TlpLabel, string>> = {
  CLEAR: 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  GREEN: 'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  AMBER: 'marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421',
  'AMBER+STRICT': 'marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003',
  RED: 'marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1',
};
const tlpExtension = 'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d';

/** Most files a finding's observed data names; all of them are in the package as frozen rows. */
const maxFiles = 500;

type StixObject = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/**
 * A case as a STIX 2.1 bundle: an observed-data object for each finding with its process, account, files and device, an
 * incident, a report and notes. STIX has no object for a device, so an extension defines one. Ids follow from content:
 * the same case gives the same bundle.
 */
export function stixBundle(state: CaseState, evidence: CaseEvidence, nameUuid: NameUuid): string {
  const created = formatIso(state.openedAtMs);
  const modified = formatIso(state.changedAtMs);
  const marking = tlpMarkings[state.tlp];
  const objects = new Map<string, StixObject>();
  const add = (object: StixObject) => {
    if (!objects.has(object.id)) objects.set(object.id, object);
    return object.id;
  };
  const sdo = (type: string, name: string, fields: Readonly<Record<string, unknown>>) =>
    add({
      type,
      spec_version: '2.1',
      id: `${type}--${nameUuid(ownNamespace, `${type} ${name}`, 4)}`,
      created,
      modified,
      ...(type === 'identity' ? {} : { created_by_ref: author }),
      object_marking_refs: [marking],
      ...fields,
    });
  const sco = (
    type: string,
    contributing: Readonly<Record<string, unknown>>,
    fields: Readonly<Record<string, unknown>> = {},
  ) =>
    add({
      type,
      spec_version: '2.1',
      id: `${type}--${nameUuid(observableNamespace, canonical(contributing), 5)}`,
      object_marking_refs: [marking],
      ...contributing,
      ...fields,
    });

  add({
    type: 'marking-definition',
    spec_version: '2.1',
    id: marking,
    created: '2022-10-01T00:00:00.000Z',
    name: `TLP:${state.tlp}`,
    extensions: { [tlpExtension]: { extension_type: 'property-extension', tlp_2_0: state.tlp.toLowerCase() } },
  });
  const author = `identity--${nameUuid(ownNamespace, `identity ${state.workspace}`, 4)}`;
  add({
    type: 'identity',
    spec_version: '2.1',
    id: author,
    created,
    modified,
    name: `Portside workspace ${plain(state.workspace || 'unnamed')}`,
    identity_class: 'system',
  });
  const deviceExtension = `extension-definition--${nameUuid(ownNamespace, 'removable device', 4)}`;
  add({
    type: 'extension-definition',
    spec_version: '2.1',
    id: deviceExtension,
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    created_by_ref: author,
    name: 'Removable device',
    description: 'A storage device that can be removed, as file and device events describe it.',
    schema:
      'Properties: device_identity (string, required), vendor, product, serial_number, bus_type, volume (strings, optional).',
    version: '1.0.0',
    extension_types: ['new-sco'],
  });

  const observed: string[] = [];
  for (const { finding, marks, steps } of state.findings) {
    const writes = evidence.writes.filter(
      (write) => write.process === finding.process && write.host === finding.host && write.device === finding.device,
    );
    const sample = writes[0];
    const refs: string[] = [];
    const account = finding.user === '' ? undefined : sco('user-account', { account_login: plain(finding.user) });
    if (account) refs.push(account);
    const executable = finding.executable;
    const image =
      executable === undefined || fileNameOf(executable) === ''
        ? undefined
        : sco('file', {
            name: plain(fileNameOf(executable)),
            ...(sample?.processSha256 ? { hashes: { 'SHA-256': sample.processSha256 } } : {}),
            ...parentOf(executable, sco),
          });
    if (image) refs.push(image);
    refs.push(
      add({
        type: 'process',
        spec_version: '2.1',
        // A process has nothing that contributes to an id, so its id stands for the finding.
        id: `process--${nameUuid(ownNamespace, `process ${finding.id}`, 4)}`,
        object_marking_refs: [marking],
        ...(sample?.pid === undefined ? {} : { pid: sample.pid }),
        ...(sample?.commandLine === undefined
          ? { command_line: plain(finding.process) }
          : { command_line: plain(sample.commandLine) }),
        ...(account ? { creator_user_ref: account } : {}),
        ...(image ? { image_ref: image } : {}),
      }),
    );
    refs.push(
      sco(
        'removable-device',
        { device_identity: plain(finding.device) },
        {
          ...optional('vendor', sample?.deviceVendor),
          ...optional('product', sample?.deviceProduct),
          ...optional('serial_number', sample?.deviceSerial),
          ...optional('bus_type', sample?.busType),
          ...optional('volume', sample?.volume),
          extensions: { [deviceExtension]: { extension_type: 'new-sco' } },
        },
      ),
    );
    for (const file of lastSizes(writes).slice(0, maxFiles)) {
      const name = fileNameOf(file.path);
      if (name !== '')
        refs.push(
          sco(
            'file',
            { name: plain(name), ...parentOf(file.path, sco) },
            { size: Math.max(0, Math.round(file.sizeBytes)) },
          ),
        );
    }
    const observation = sdo('observed-data', finding.id, {
      first_observed: formatIso(finding.startMs),
      last_observed: formatIso(finding.endMs),
      number_observed: Math.min(Math.max(1, Math.round(finding.events)), 999_999_999),
      object_refs: [...new Set([...refs, ...refs.flatMap((ref) => foldersOf(objects.get(ref)))])],
    });
    observed.push(observation);
    const suspicious = steps.flatMap((step) =>
      step.checks
        .filter((check) => check.stance === 'supports-suspicion')
        .map((check) => `${check.title}: ${check.sentence}`),
    );
    const decided = marks.map((mark) => `${mark.step}: ${mark.state}${mark.note ? ` (${mark.note})` : ''}`);
    const content = [...suspicious, ...decided].join('\n');
    if (content !== '')
      observed.push(
        sdo('note', `finding ${finding.id}`, {
          abstract: `Why finding ${finding.id} stands out`,
          content: plain(content.slice(0, 60_000)),
          object_refs: [observation],
        }),
      );
  }
  for (const technique of caseTechniques(state)) {
    observed.push(
      sdo('attack-pattern', technique.id, {
        name: technique.name,
        external_references: [
          {
            source_name: 'mitre-attack',
            external_id: technique.id,
            url: `https://attack.mitre.org/techniques/${technique.id.replace('.', '/')}`,
          },
        ],
      }),
    );
  }
  const incident = sdo('incident', state.id, {
    name: plain(`${state.id}: ${state.title}`),
    description: plain(
      state.verdict
        ? `${verdictTitles[state.verdict.verdict]}, confidence ${state.verdict.confidence}. ${state.verdict.text}`
        : 'No verdict yet.',
    ),
  });
  sdo('report', state.id, {
    name: plain(`Portside case ${state.id}`),
    description: plain(state.title),
    report_types: ['observed-data'],
    published: modified,
    object_refs: [incident, ...observed],
  });
  const bundle = {
    type: 'bundle',
    id: `bundle--${nameUuid(ownNamespace, `bundle ${state.id} ${state.head}`, 4)}`,
    objects: [...objects.values()],
  };
  return `${JSON.stringify(bundle, undefined, 2)}\n`;
}

/** Text that every JSON reader takes: no lone surrogates, no NUL, never empty. */
function plain(text: string): string {
  return wellFormed(text).replaceAll('\u0000', '\ufffd') || '(empty)';
}

function optional(name: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined || value === '' ? {} : { [name]: plain(value) };
}

function parentOf(
  path: string,
  sco: (type: string, contributing: Readonly<Record<string, unknown>>) => string,
): Readonly<Record<string, string>> {
  const folder = folderOf(path);
  return folder === undefined || folder === ''
    ? {}
    : { parent_directory_ref: sco('directory', { path: plain(folder) }) };
}

function foldersOf(object: StixObject | undefined): readonly string[] {
  const ref = object?.parent_directory_ref;
  return typeof ref === 'string' ? [ref] : [];
}

function lastSizes(writes: readonly WriteEvent[]): readonly WriteEvent[] {
  const byPath = new Map<string, WriteEvent>();
  for (const write of writes) {
    const known = byPath.get(write.path);
    if (!known || known.atMs <= write.atMs) byPath.set(write.path, write);
  }
  return [...byPath.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Canonical JSON of what an id follows from: keys sorted, nothing between. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
