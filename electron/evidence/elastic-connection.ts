import { createHash, X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { Client, HttpConnection } from '@elastic/elasticsearch';
import { fail, messageOf } from '../../shared/base/failure.ts';

/** How a cluster is reached and who asks. Secrets live in this value only: it is never logged, stored or sent on. */
export interface ElasticSource {
  /** URLs of nodes, such as `https://es-1:9200`; several are asked in turn and replace each other. */
  readonly nodes?: readonly string[] | undefined;
  /** Instead of nodes: the Cloud ID of a deployment. */
  readonly cloudId?: string | undefined;
  readonly auth?:
    | { readonly kind: 'api-key'; readonly apiKey: string }
    | { readonly kind: 'password'; readonly username: string; readonly password: string }
    | undefined;
  /** Certificates (PEM) that are trusted for this cluster instead of the system's. */
  readonly ca?: string | undefined;
  /** SHA-256 of a certificate in the cluster's chain, with or without colons; instead of `ca`. */
  readonly fingerprint?: string | undefined;
  /** HTTP proxy, such as `http://proxy:3128`. */
  readonly proxy?: string | undefined;
  /** A node that sends nothing for so long is given up. */
  readonly idleTimeoutMs?: number | undefined;
}

/** A way to send one request to the cluster. Errors are the client's own; `elastic-failure.ts` makes Failures of them. */
export interface ElasticConnection {
  /** One request, no retries. `body` is sent as JSON; `lines` as newline-delimited JSON. */
  send(request: ElasticRequest, signal: AbortSignal): Promise<unknown>;
  /** Node URLs without credentials, for messages. */
  readonly place: string;
  close(): Promise<void>;
}

export interface ElasticRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly body?: object | undefined;
  readonly lines?: readonly object[] | undefined;
}

/** Longest silence of a node. Aggregations answer only when they are done, so it is also the longest single question. */
export const idleTimeoutMs = 60_000;

/** Largest answer that is read: pages of 20,000 buckets take about 10 MB. */
const maxAnswerBytes = 256_000_000;
const maxSockets = 8;
const probeTimeoutMs = 10_000;

/** Plain JSON rather than the client's versioned media type: older servers refuse that one, and nothing here needs it. */
const jsonHeaders = { accept: 'application/json', 'content-type': 'application/json' };
const linesHeaders = { accept: 'application/json', 'content-type': 'application/x-ndjson' };

/**
 * Connects to a cluster; nothing is sent before the first request, except the look at the certificate that a
 * fingerprint needs. Ends with `bad-input` where the description makes no sense, with `store-untrusted` where no
 * certificate of the cluster has the fingerprint.
 */
export async function connectElastic(source: ElasticSource): Promise<ElasticConnection> {
  const nodes = source.cloudId ? undefined : parseNodes(source.nodes ?? []);
  const proxy = source.proxy === undefined ? undefined : parseUrl(source.proxy, 'The proxy').href;
  const ca = source.fingerprint === undefined ? source.ca : await trustByFingerprint(source, nodes);
  const client = makeClient(source, nodes, proxy, ca);
  return {
    place: nodes ? nodes.map((node) => node.origin).join(', ') : 'the Cloud deployment',
    async send(request, signal) {
      const { method, path, query, body, lines } = request;
      return await client.transport.request(
        {
          method,
          path,
          ...(query ? { querystring: { ...query } } : {}),
          ...(body ? { body } : {}),
          ...(lines ? { bulkBody: [...lines] } : {}),
        },
        { signal, headers: lines ? linesHeaders : jsonHeaders, maxRetries: 0 },
      );
    },
    close: () => client.close(),
  };
}

function makeClient(
  source: ElasticSource,
  nodes: readonly URL[] | undefined,
  proxy: string | undefined,
  ca: string | undefined,
): Client {
  const { auth } = source;
  try {
    return new Client({
      ...(nodes ? { nodes: nodes.map((node) => node.href) } : { cloud: { id: source.cloudId ?? '' } }),
      ...(auth?.kind === 'api-key' ? { auth: { apiKey: auth.apiKey } } : {}),
      ...(auth?.kind === 'password' ? { auth: { username: auth.username, password: auth.password } } : {}),
      ...(ca === undefined ? {} : { tls: { ca, ...partialChain } }),
      // Only this kind of connection goes through a proxy.
      ...(proxy === undefined ? { agent: { connections: maxSockets } } : { proxy, Connection: HttpConnection }),
      requestTimeout: source.idleTimeoutMs ?? idleTimeoutMs,
      // Retries are in elastic-search.ts, which knows what may be repeated and how long in all.
      maxRetries: 0,
      maxResponseSize: maxAnswerBytes,
      maxCompressedResponseSize: maxAnswerBytes,
      enableMetaHeader: false,
      // A document with a key named __proto__ must not make a whole answer unreadable. Answers are plain JSON here: only own
      // properties are read from them and nothing is merged into other objects.
      disablePrototypePoisoningProtection: true,
    });
  } catch (error) {
    throw fail(
      'bad-input',
      `The cluster's address or credentials cannot be used: ${messageOf(error)}`,
      'Check URL, Cloud ID and key.',
    );
  }
}

/** A pinned certificate may be one in the middle of a chain: it is trusted as it is, without its issuer. */
const partialChain: object = { allowPartialTrustChain: true };

function parseNodes(nodes: readonly string[]): readonly URL[] {
  if (nodes.length === 0)
    throw fail('bad-input', 'No node is named.', 'Give a URL such as https://es.example.org:9200.');
  return nodes.map((node) => parseUrl(node, 'The cluster'));
}

function parseUrl(text: string, what: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!url || !isWeb) {
    throw fail(
      'bad-input',
      `${what} is no web address: "${withoutCredentials(text)}".`,
      'Give http:// or https:// and a host.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw fail(
      'bad-input',
      `${what}'s address holds a user name or password.`,
      'Addresses are shown and stored: give the credentials apart.',
    );
  }
  return url;
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//');
}

/** A fingerprint as 64 lower-case hexadecimal digits. Ends with `bad-input` for anything else. */
export function parseFingerprint(text: string): string {
  const digits = text.replace(/[:\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    throw fail(
      'bad-input',
      'The certificate fingerprint is not a SHA-256 in hexadecimal digits.',
      'Elasticsearch prints it at its first start; openssl x509 -fingerprint -sha256 shows that of a file.',
    );
  }
  return digits;
}

/**
 * The certificate with the fingerprint, from the chain that the first node shows, to be trusted as the only authority
 * from then on: every later connection is verified in full against it, host name included. Nothing is sent over the
 * connection that looks, so that it does not matter who answers it.
 */
async function trustByFingerprint(source: ElasticSource, nodes: readonly URL[] | undefined): Promise<string> {
  const fingerprint = parseFingerprint(source.fingerprint ?? '');
  const node = nodes?.find((url) => url.protocol === 'https:');
  if (!node || source.proxy !== undefined) {
    throw fail(
      'bad-input',
      'A certificate fingerprint needs an https:// node, reached without proxy.',
      'Give a CA file.',
    );
  }
  const chain = await readChain(node);
  const pinned = chain.find((der) => createHash('sha256').update(der).digest('hex') === fingerprint);
  if (!pinned) {
    throw fail(
      'store-untrusted',
      `No certificate of ${node.origin} has the given fingerprint.`,
      'Compare it with the cluster (config/certs/http_ca.crt). If it is right, somebody else answers at this address.',
    );
  }
  return new X509Certificate(pinned).toString();
}

/** The certificates a node shows, its own first. */
async function readChain(node: URL): Promise<readonly Buffer[]> {
  return await new Promise((resolve, reject) => {
    const unreachable = (reason: string) =>
      reject(fail('store-unreachable', `${node.origin} cannot be reached: ${reason}`, 'Check address and network.'));
    const socket = tls.connect({
      host: node.hostname.replace(/^\[|\]$/g, ''),
      port: Number(node.port || '443'),
      servername: /^[\d.:[\]]+$/.test(node.hostname) ? '' : node.hostname,
      // The one place: this connection only looks at the certificate, carries nothing, and is closed.
      rejectUnauthorized: false,
      timeout: probeTimeoutMs,
    });
    socket.once('error', (error) => unreachable(messageOf(error)));
    socket.once('timeout', () => {
      socket.destroy();
      unreachable('no answer');
    });
    socket.once('secureConnect', () => {
      const chain: Buffer[] = [];
      let certificate: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      // A self-signed certificate is its own issuer.
      while (certificate?.raw && !chain.some((known) => known.equals(certificate?.raw ?? known))) {
        chain.push(certificate.raw);
        certificate = certificate.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
  });
}
