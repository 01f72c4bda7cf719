import { readFile } from 'node:fs/promises';
import { fail, messageOf } from '../../shared/base/failure.ts';
import type { ElasticSource } from './elastic-connection.ts';
import { defaultIndices, type ElasticIndices } from './elastic-indices.ts';

/** A cluster as the source of a workspace: how it is reached, and where the evidence is. */
export interface ElasticWorkspaceSource extends ElasticSource {
  readonly indices: ElasticIndices;
}

/** What a command line says of a source. Secrets come from the environment, where other users do not see them. */
export interface SourceArguments {
  /** URLs of nodes, parted by commas, or `cloud:` and a Cloud ID. */
  readonly source: string;
  readonly caFile?: string | undefined;
}

/**
 * Reads a source from a command line and its environment: PORTSIDE_ES_API_KEY, or PORTSIDE_ES_USERNAME and
 * PORTSIDE_ES_PASSWORD; PORTSIDE_ES_FINGERPRINT, PORTSIDE_ES_PROXY; PORTSIDE_ES_FILES, _DEVICES, _ALERTS and _ANOMALIES
 * name other index patterns. Ends with `bad-input` where the CA file cannot be read or half of a user is missing.
 */
export async function readElasticSource(
  asked: SourceArguments,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ElasticWorkspaceSource> {
  const value = (name: string) => environment[`PORTSIDE_ES_${name}`] || undefined;
  const cloudId = /^cloud:(.*)$/s.exec(asked.source)?.[1];
  return {
    ...(cloudId === undefined ? { nodes: asked.source.split(',').map((node) => node.trim()) } : { cloudId }),
    auth: readAuth(value('API_KEY'), value('USERNAME'), value('PASSWORD')),
    ca: asked.caFile === undefined ? undefined : await readCa(asked.caFile),
    fingerprint: value('FINGERPRINT'),
    proxy: value('PROXY'),
    indices: {
      files: value('FILES') ?? defaultIndices.files,
      devices: value('DEVICES') ?? defaultIndices.devices,
      alerts: value('ALERTS') ?? defaultIndices.alerts,
      anomalies: value('ANOMALIES') ?? defaultIndices.anomalies,
    },
  };
}

function readAuth(
  apiKey: string | undefined,
  username: string | undefined,
  password: string | undefined,
): ElasticSource['auth'] {
  if (apiKey !== undefined) return { kind: 'api-key', apiKey };
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    throw fail(
      'bad-input',
      'Only one of user name and password is given.',
      'Set PORTSIDE_ES_USERNAME and PORTSIDE_ES_PASSWORD, or PORTSIDE_ES_API_KEY.',
    );
  }
  return { kind: 'password', username, password };
}

/** Certificates (PEM) in a file. Ends with `bad-input` where it cannot be read or holds none. */
export async function readCa(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fail(
      'bad-input',
      `The CA file ${file} cannot be read: ${messageOf(error)}.`,
      'Check the path and its rights.',
    );
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw fail(
      'bad-input',
      `The CA file ${file} holds no certificate in PEM form.`,
      'Elasticsearch has it as config/certs/http_ca.crt.',
    );
  }
  return text;
}
