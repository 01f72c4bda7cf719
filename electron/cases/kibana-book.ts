import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fail, messageOf } from '../../shared/base/failure.ts';
import type { KibanaDraft } from '../../shared/ipc/response-operations.ts';
import type { KibanaPlace } from '../../shared/model/endpoint-action.ts';
import { openSettings } from '../platform/settings.ts';
import { connectKibana, type KibanaConnection } from './kibana-connection.ts';

/** Keeps a secret under a name: encrypted on the disk, or in memory only. */
export interface SecretPlace {
  readonly keeps: 'encrypted' | 'memory';
  read(id: string): Promise<string | undefined>;
  write(id: string, secret: string | undefined): Promise<void>;
}

/** The Kibana of a person: where it is and how they sign in. Its secret is kept apart and never given out. */
export interface KibanaBook {
  readonly keeps: 'encrypted' | 'memory';
  read(): Promise<KibanaPlace | undefined>;
  /** Reads a file of certificates. Ends with `bad-input` where it holds none. */
  addCa(path: string): Promise<{ readonly token: string; readonly fileName: string }>;
  /** Ends with `bad-input` for an address that is none, or where a secret is missing. */
  save(draft: KibanaDraft): Promise<KibanaPlace>;
  forget(): Promise<void>;
  /** Ends with `bad-input` where nobody said where Kibana is, or its secret was kept in memory only and is gone. */
  connect(): Promise<KibanaConnection>;
}

const storedPlace = z.object({
  url: z.string(),
  space: z.string().optional(),
  signIn: z.union([
    z.object({ kind: z.literal('api-key') }),
    z.object({ kind: z.literal('password'), username: z.string() }),
  ]),
  ca: z.object({ fileName: z.string(), pem: z.string() }).optional(),
});
type StoredPlace = z.infer<typeof storedPlace>;
const bookSchema = z.object({ place: storedPlace.optional() });

const secretId = 'kibana';
const maxCaBytes = 1_000_000;
const maxCaFiles = 20;

/** Opens the person's `kibana.json` in `userData`; the file holds no secret. */
export function makeKibanaBook({
  userData,
  secrets,
}: {
  readonly userData: string;
  readonly secrets: SecretPlace;
}): KibanaBook {
  const openBook = () => openSettings(join(userData, 'kibana.json'), bookSchema);
  const chosen = new Map<string, { readonly fileName: string; readonly pem: string }>();

  async function present({ ca, ...place }: StoredPlace): Promise<KibanaPlace> {
    return {
      ...place,
      ...(ca ? { caFile: ca.fileName } : {}),
      hasSecret: (await secrets.read(secretId)) !== undefined,
    };
  }

  function connectTo(place: StoredPlace, secret: string): KibanaConnection {
    const { url, space, signIn, ca } = place;
    return connectKibana({
      url,
      space,
      ca: ca?.pem,
      auth:
        signIn.kind === 'api-key'
          ? { kind: 'api-key', apiKey: secret }
          : { kind: 'password', username: signIn.username, password: secret },
    });
  }

  return {
    keeps: secrets.keeps,

    async read() {
      const { place } = (await openBook()).value;
      return place && present(place);
    },

    async addCa(path) {
      let pem: string;
      try {
        if ((await stat(path)).size > maxCaBytes) throw new Error('it is too large');
        pem = await readFile(path, 'utf8');
      } catch (error) {
        throw fail('bad-input', `${path} cannot be read: ${messageOf(error)}`, undefined, error);
      }
      if (!pem.includes('-----BEGIN CERTIFICATE-----'))
        throw fail('bad-input', `${basename(path)} holds no certificate.`, 'Choose a file in PEM form.');
      const token = randomUUID();
      const [oldest] = chosen.keys();
      if (oldest !== undefined && chosen.size >= maxCaFiles) chosen.delete(oldest);
      chosen.set(token, { fileName: basename(path), pem });
      return { token, fileName: basename(path) };
    },

    async save({ url, space, signIn, ca }) {
      const book = await openBook();
      const before = book.value.place;
      const file = ca === undefined ? undefined : ca === 'kept' ? before?.ca : chosen.get(ca.token);
      if (ca !== undefined && !file)
        throw fail('bad-input', 'No certificate file is chosen.', 'Choose one, or trust what the system trusts.');
      const place: StoredPlace = {
        url,
        ...(space ? { space } : {}),
        signIn: signIn.kind === 'password' ? { kind: 'password', username: signIn.username } : { kind: 'api-key' },
        ...(file ? { ca: file } : {}),
      };
      const given = signIn.kind === 'api-key' ? signIn.apiKey : signIn.password;
      // A kept secret must not be sent to another place by changing the address alone.
      const isSamePlace =
        before !== undefined &&
        before.url === url &&
        JSON.stringify(before.signIn) === JSON.stringify(place.signIn) &&
        before.ca?.pem === place.ca?.pem;
      const secret = given ?? (isSamePlace ? await secrets.read(secretId) : undefined);
      if (secret === undefined)
        throw fail('bad-input', 'The API key or password is missing.', 'It is asked for again when the place changes.');
      connectTo(place, secret);
      await secrets.write(secretId, secret);
      await book.set({ place });
      return present(place);
    },

    async forget() {
      await secrets.write(secretId, undefined);
      await (await openBook()).set({ place: undefined });
    },

    async connect() {
      const { place } = (await openBook()).value;
      if (!place) throw fail('bad-input', 'Nobody said where Kibana is.', 'Say so under Respond.');
      const secret = await secrets.read(secretId);
      if (secret === undefined)
        throw fail('bad-input', 'The API key or password of Kibana is not known any more.', 'Give it again.');
      return connectTo(place, secret);
    },
  };
}
