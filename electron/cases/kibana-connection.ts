import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { cancelled, type Failure, fail, messageOf } from '../../shared/base/failure.ts';

/** How a Kibana is reached and who asks. Secrets live in this value only: never logged, stored or put in a case. */
export interface KibanaSource {
  /** Address, such as `https://kibana.example.org:5601`, with a base path where it has one. */
  readonly url: string;
  readonly space?: string | undefined;
  readonly auth?:
    | { readonly kind: 'api-key'; readonly apiKey: string }
    | { readonly kind: 'password'; readonly username: string; readonly password: string }
    | undefined;
  /** Certificates (PEM) that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface KibanaConnection {
  /** Address without credentials, for messages and records. */
  readonly place: string;
  /** One request and its JSON answer. Ends with `store-unreachable`, `store-refused`, `action-refused`, `not-found` or `bad-input`. */
  send(method: 'GET' | 'POST', path: string, body: object | undefined, signal: AbortSignal): Promise<unknown>;
  /** A file as it is, up to `maxBytes`. Ends as `send` does. */
  download(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Version of Kibana's public interfaces that these requests are written for. */
const apiVersion = '2023-10-31';
const maxAnswerBytes = 16_000_000;

/** Connects; nothing is sent before the first request. Ends with `bad-input` for an address that is none. */
export function connectKibana(source: KibanaSource): KibanaConnection {
  const base = URL.canParse(source.url) ? new URL(source.url) : undefined;
  if (!base || !/^https?:$/.test(base.protocol))
    throw fail('bad-input', `"${source.url}" is no address of a Kibana.`, 'Give http:// or https:// and a host.');
  if (base.username !== '' || base.password !== '')
    throw fail('bad-input', 'The address of Kibana holds a user name or password.', 'Give the credentials apart.');
  if (source.space !== undefined && !/^[a-z0-9_-]{1,128}$/.test(source.space))
    throw fail('bad-input', `"${source.space}" is no name of a space.`);
  const origin = base;
  const prefix = `${base.pathname.replace(/\/+$/, '')}${source.space ? `/s/${source.space}` : ''}`;
  const { auth } = source;
  const authorization =
    auth?.kind === 'api-key'
      ? `ApiKey ${auth.apiKey}`
      : auth?.kind === 'password'
        ? `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
        : undefined;
  return {
    place: base.origin,
    async send(method, path, body, signal) {
      const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const answer = await exchange(method, path, content, 'application/json', maxAnswerBytes, signal);
      try {
        return JSON.parse(answer.toString('utf8'));
      } catch (error) {
        throw fail(
          'store-refused',
          `${base.origin} gave an answer that is no JSON.`,
          'Is this the address of a Kibana?',
          error,
        );
      }
    },
    download: (path, maxBytes, signal) => exchange('GET', path, undefined, '*/*', maxBytes, signal),
  };

  function exchange(
    method: string,
    path: string,
    content: Buffer | undefined,
    accept: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const headers = {
      accept,
      'kbn-xsrf': 'portside',
      'elastic-api-version': apiVersion,
      ...(authorization ? { authorization } : {}),
      ...(content ? { 'content-type': 'application/json', 'content-length': content.length } : {}),
    };
    const options = { method, headers, signal, timeout: source.timeoutMs ?? 30_000 };
    return new Promise((resolve, reject) => {
      const send = origin.protocol === 'https:' ? requestHttps : requestHttp;
      const request = send(
        new URL(`${prefix}${path}`, origin.origin),
        { ...options, ...(source.ca ? { ca: source.ca } : {}) },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            size += chunk.length;
            if (size > maxBytes) request.destroy(new Error('the answer is too large'));
            else chunks.push(chunk);
          });
          response.on('error', (error) => reject(toUnreachable(origin.origin, error, signal)));
          response.on('end', () => {
            const answer = Buffer.concat(chunks);
            const status = response.statusCode ?? 0;
            if (status < 200 || status >= 300) reject(toRefusal(origin.origin, status, answer.toString('utf8')));
            else resolve(answer);
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer in time')));
      request.on('error', (error) => reject(toUnreachable(origin.origin, error, signal)));
      request.end(content);
    });
  }
}

function toUnreachable(place: string, error: unknown, signal: AbortSignal): Failure {
  return signal.aborted
    ? cancelled()
    : fail(
        'store-unreachable',
        `${place} cannot be reached: ${messageOf(error)}`,
        'Check address, network and certificate.',
        error,
      );
}

function toRefusal(place: string, status: number, text: string): Failure {
  let message = '';
  try {
    const value: unknown = JSON.parse(text);
    const found = (value as { readonly message?: unknown } | null)?.message;
    message = typeof found === 'string' ? ` ${found.slice(0, 500)}` : '';
  } catch {
    // A proxy in between answers with a page; the status says enough.
  }
  if (status === 401)
    return fail(
      'store-refused',
      `${place} does not accept the credentials.${message}`,
      'Check the API key, or user name and password.',
    );
  if (status === 403)
    return fail(
      'action-refused',
      `${place} refused this.${message}`,
      'The account needs the Elastic Defend privilege for it, and the cluster a licence that includes response actions.',
    );
  if (status === 404)
    return fail(
      'not-found',
      `${place} does not know this.${message}`,
      'Check the agent, the space, and that Elastic Security is installed.',
    );
  return fail(status >= 500 ? 'store-unreachable' : 'bad-input', `${place} answered ${status}.${message}`);
}
