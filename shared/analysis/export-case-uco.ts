import { formatIso } from '../base/format.ts';
import { wellFormed } from '../base/words.ts';
import type { CaseState } from '../model/case-file.ts';
import type { CaseEvidence } from './case-events.ts';
import type { NameUuid } from './export-stix.ts';
import { extensionOf, fileNameOf } from './path-parts.ts';

const namespace = '2d2ad3f7-7d0c-5f4e-8c1a-0b0c6ab2f7a1';

/** Most files of a finding that become objects of their own. */
const maxFiles = 500;

type Node = Readonly<Record<string, unknown>>;

/**
 * A case as CASE 1.4 / UCO 1.4 in JSON-LD: the investigation, what was examined (device, process, account, files), each
 * exhibit with its hash as provenance, and each journal entry as an investigative action. UCO has no property for a USB
 * vendor and product id, so a facet of our own, also typed as a facet, carries what the events said.
 */
export function caseUcoGraph(state: CaseState, evidence: CaseEvidence, nameUuid: NameUuid): string {
  const graph = new Map<string, Node>();
  const idOf = (type: string, name: string) => `kb:${type}-${nameUuid(namespace, `${state.id} ${type} ${name}`, 5)}`;
  const add = (type: string, name: string, node: Node): { '@id': string } => {
    const id = idOf(type, name);
    if (!graph.has(id)) graph.set(id, { '@id': id, ...node });
    return { '@id': id };
  };
  const facet = (type: string, name: string, node: Node) => ({ '@id': idOf(type, name), ...node });
  const time = (ms: number) => ({ '@type': 'xsd:dateTime', '@value': formatIso(ms).replace('Z', '+00:00') });
  const sha256 = (name: string, value: string) => ({
    '@id': idOf('hash', name),
    '@type': 'uco-types:Hash',
    'uco-types:hashMethod': 'SHA256',
    'uco-types:hashValue': { '@type': 'xsd:hexBinary', '@value': value.toUpperCase() },
  });

  const tool = add('tool', 'portside', {
    '@type': 'uco-tool:Tool',
    'uco-core:name': 'Portside',
    'uco-tool:version': state.version,
  });
  const objects: { '@id': string }[] = [];
  for (const { finding } of state.findings) {
    const writes = evidence.writes.filter(
      (write) => write.process === finding.process && write.host === finding.host && write.device === finding.device,
    );
    const sample = writes[0];
    const maker = sample?.deviceVendor
      ? add('identity', sample.deviceVendor, {
          '@type': 'uco-identity:Organization',
          'uco-core:name': plain(sample.deviceVendor),
        })
      : undefined;
    const device = add('device', finding.device, {
      '@type': 'uco-observable:Device',
      'uco-core:hasFacet': [
        facet('device-facet', finding.device, {
          '@type': 'uco-observable:DeviceFacet',
          'uco-observable:deviceType': 'Removable storage',
          ...(maker ? { 'uco-observable:manufacturer': maker } : {}),
          ...optional('uco-observable:model', sample?.deviceProduct),
          ...optional('uco-observable:serialNumber', sample?.deviceSerial),
        }),
        facet('usb-facet', finding.device, {
          '@type': ['kb:RemovableDeviceFacet', 'uco-core:Facet'],
          'kb:deviceIdentity': plain(finding.device),
          ...optional('kb:busType', sample?.busType),
          ...optional('kb:volume', sample?.volume),
        }),
      ],
    });
    const account =
      finding.user === ''
        ? undefined
        : add('account', finding.user, {
            '@type': 'uco-observable:UserAccount',
            'uco-core:hasFacet': [
              facet('account-facet', finding.user, {
                '@type': 'uco-observable:AccountFacet',
                'uco-observable:accountIdentifier': plain(finding.user),
              }),
            ],
          });
    const process = add('process', finding.id, {
      '@type': 'uco-observable:Process',
      'uco-core:name': plain(finding.process),
      'uco-core:hasFacet': [
        facet('process-facet', finding.id, {
          '@type': 'uco-observable:ProcessFacet',
          ...(sample?.pid === undefined
            ? {}
            : { 'uco-observable:pid': { '@type': 'xsd:integer', '@value': String(sample.pid) } }),
          ...(account ? { 'uco-observable:creatorUser': account } : {}),
        }),
      ],
    });
    objects.push(device, process, ...(account ? [account] : []));
    const paths = [...new Map(writes.map((write) => [write.path, write])).values()].sort((left, right) =>
      left.path < right.path ? -1 : 1,
    );
    for (const write of paths.slice(0, maxFiles)) {
      const file = add('file', `${finding.id} ${write.path}`, {
        '@type': 'uco-observable:File',
        'uco-core:hasFacet': [
          facet('file-facet', `${finding.id} ${write.path}`, {
            '@type': 'uco-observable:FileFacet',
            'uco-observable:fileName': plain(fileNameOf(write.path)),
            'uco-observable:filePath': plain(write.path),
            ...optional('uco-observable:extension', extensionOf(write.path)),
            'uco-observable:sizeInBytes': {
              '@type': 'xsd:integer',
              '@value': String(Math.max(0, Math.round(write.sizeBytes))),
            },
          }),
        ],
      });
      objects.push(file);
      add('relationship', `${finding.id} ${write.path}`, {
        '@type': 'uco-observable:ObservableRelationship',
        'uco-core:source': file,
        'uco-core:target': device,
        'uco-core:kindOfRelationship': 'Contained_Within',
        'uco-core:isDirectional': true,
      });
    }
  }
  const records = state.exhibits.map((exhibit) => {
    const file = add('exhibit-file', exhibit.exhibit, {
      '@type': 'uco-observable:File',
      'uco-core:hasFacet': [
        facet('exhibit-facet', exhibit.exhibit, {
          '@type': 'uco-observable:FileFacet',
          'uco-observable:fileName': exhibit.name,
          'uco-observable:sizeInBytes': { '@type': 'xsd:integer', '@value': String(exhibit.bytes) },
        }),
        facet('exhibit-content', exhibit.exhibit, {
          '@type': 'uco-observable:ContentDataFacet',
          'uco-observable:hash': [sha256(exhibit.exhibit, exhibit.sha256)],
        }),
      ],
    });
    objects.push(file);
    return add('provenance', exhibit.exhibit, {
      '@type': 'case-investigation:ProvenanceRecord',
      'uco-core:description': plain(exhibit.title),
      'case-investigation:exhibitNumber': exhibit.exhibit,
      'uco-core:object': [file],
    });
  });
  const people = new Map<string, { '@id': string }>();
  const personOf = (name: string) => {
    const known =
      people.get(name) ?? add('person', name, { '@type': 'uco-identity:Person', 'uco-core:name': plain(name) });
    people.set(name, known);
    return known;
  };
  const actions = state.entries.map((entry) =>
    add('action', String(entry.seq), {
      '@type': 'case-investigation:InvestigativeAction',
      'uco-core:name': entry.kind,
      'uco-core:description': plain(entry.text),
      'uco-action:startTime': time(entry.atMs),
      'uco-action:endTime': time(entry.atMs),
      'uco-action:performer': personOf(entry.actor),
      'uco-action:instrument': tool,
    }),
  );
  add('investigation', state.id, {
    '@type': 'case-investigation:Investigation',
    'uco-core:name': plain(`${state.id}: ${state.title}`),
    'case-investigation:focus': ['Data theft'],
    'uco-core:startTime': time(state.openedAtMs),
    'uco-core:object': [...records, ...actions, ...objects],
  });
  const document = {
    '@context': {
      'case-investigation': 'https://ontology.caseontology.org/case/investigation/',
      kb: 'http://example.org/kb/',
      'uco-action': 'https://ontology.unifiedcyberontology.org/uco/action/',
      'uco-core': 'https://ontology.unifiedcyberontology.org/uco/core/',
      'uco-identity': 'https://ontology.unifiedcyberontology.org/uco/identity/',
      'uco-observable': 'https://ontology.unifiedcyberontology.org/uco/observable/',
      'uco-tool': 'https://ontology.unifiedcyberontology.org/uco/tool/',
      'uco-types': 'https://ontology.unifiedcyberontology.org/uco/types/',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    '@graph': [...graph.values()],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function plain(text: string): string {
  return wellFormed(text).replaceAll('\u0000', '\ufffd');
}

function optional(name: string, value: string | undefined): Node {
  return value === undefined || value === '' ? {} : { [name]: plain(value) };
}
