import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { checkSummary } from '../../shared/analysis/embedded-check.ts';
import { Failure, type FailureValue, fail } from '../../shared/base/failure.ts';
import type { SourceDraft } from '../../shared/ipc/source-operations.ts';
import type { ChosenLimits } from '../../shared/model/engine-limits.ts';
import type { EvidenceSummary } from '../../shared/model/evidence-answer.ts';
import type { ConnectionTest, EvidenceSource, EvidenceSources } from '../../shared/model/evidence-source.ts';
import type { Prerequisite } from '../../shared/model/prerequisite.ts';
import { openSettings } from '../platform/settings.ts';
import { type ElasticWorkspaceSource, readCa } from './elastic-source.ts';

/** Keeps a secret for each saved source. */
export interface SecretKeeper {
  readonly keeps: 'encrypted' | 'memory';
  read(id: string): Promise<string | undefined>;
  /** Keeps the secret, or forgets it where it is undefined. */
  write(id: string, secret: string | undefined): Promise<void>;
}

/**
 * The first message to an engine process: where its evidence is, or why that cannot be said. Secrets go to the process in
 * this way only, never by its arguments or environment.
 */
export interface EngineOpening {
  readonly kind: 'open';
  readonly source?: ElasticWorkspaceSource | undefined;
  readonly failure?: FailureValue | undefined;
  readonly limits?: ChosenLimits | undefined;
}

/** The sources of a person, and which of them a workspace reads from. */
export interface SourceService {
  /** What the source in use is called. */
  readonly name: string;
  list(): Promise<EvidenceSources>;
  /** Reads a file of certificates the person chose. Ends with `bad-input` where it holds none. */
  addCa(path: string): Promise<{ readonly token: string; readonly fileName: string }>;
  test(draft: SourceDraft, signal: AbortSignal): Promise<ConnectionTest>;
  save(draft: SourceDraft): Promise<EvidenceSource>;
  remove(id: string): Promise<void>;
  /** Rows of a saved source, or without `id` of the embedded store. */
  check(
    id: string | undefined,
    readSummary: () => Promise<EvidenceSummary>,
    signal: AbortSignal,
  ): AsyncGenerator<Prerequisite>;
  /** How a saved source is reached, with its secret. Ends with `not-found`, or with `bad-input` where the secret is missing. */
  connection(id: string): Promise<{ readonly name: string; readonly source: ElasticWorkspaceSource }>;
  /** Remembers the choice with the workspace and starts the engine on it. */
  use(id: string | undefined): Promise<void>;
  /** What an engine that starts now is told. Never fails: what is wrong is in it. */
  opening(): Promise<EngineOpening>;
}

const storedSource = z.object({
  id: z.string(),
  name: z.string(),
  address: z.union([
    z.object({ kind: z.literal('nodes'), nodes: z.array(z.string()) }),
    z.object({ kind: z.literal('cloud'), cloudId: z.string() }),
  ]),
  signIn: z.union([
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('api-key') }),
    z.object({ kind: z.literal('password'), username: z.string() }),
  ]),
  trust: z.union([
    z.object({ kind: z.literal('system') }),
    z.object({ kind: z.literal('ca'), fileName: z.string(), pem: z.string() }),
    z.object({ kind: z.literal('fingerprint'), fingerprint: z.string() }),
  ]),
  proxy: z.string().optional(),
  indices: z.object({ files: z.string(), devices: z.string(), alerts: z.string(), anomalies: z.string() }),
});
type StoredSource = z.infer<typeof storedSource>;

const bookSchema = z.object({ sources: z.array(storedSource).max(200).default([]) });
const choiceSchema = z.object({ source: z.string().max(64).optional() });

const embeddedName = 'Embedded store';
const maxChosenFiles = 100;

/**
 * The person's sources (`sources.json` in `userData`; no secrets in it) for one workspace, which remembers its choice in
 * `source.json`. `onUse` starts the engine again.
 */
export function makeSourceService(options: {
  readonly userData: string;
  readonly workspacePath: string;
  readonly secrets: SecretKeeper;
  readonly onUse: () => Promise<void>;
  readonly now?: (() => number) | undefined;
}): SourceService {
  const { secrets, onUse, now = Date.now } = options;
  const openBook = () => openSettings(join(options.userData, 'sources.json'), bookSchema);
  const opened = openSettings(join(options.workspacePath, 'source.json'), choiceSchema);
  // Told by every call; alone it must not end the process.
  opened.catch(() => undefined);
  const chosenFiles = new Map<string, { readonly fileName: string; readonly pem: string }>();
  let name = embeddedName;

  async function refreshName(): Promise<void> {
    const { source: id } = (await opened).value;
    const { sources } = (await openBook()).value;
    name = id === undefined ? embeddedName : (sources.find((source) => source.id === id)?.name ?? 'Unknown source');
  }

  async function find(id: string): Promise<StoredSource> {
    const found = (await openBook()).value.sources.find((source) => source.id === id);
    if (!found)
      throw fail('not-found', 'There is no such source.', 'It was removed, or was saved on another computer.');
    return found;
  }

  async function present({ trust, ...source }: StoredSource): Promise<EvidenceSource> {
    const hasSecret = source.signIn.kind === 'none' || (await secrets.read(source.id)) !== undefined;
    return { ...source, trust: trust.kind === 'ca' ? { kind: 'ca', fileName: trust.fileName } : trust, hasSecret };
  }

  function readTrust(draft: SourceDraft, before: StoredSource | undefined): StoredSource['trust'] {
    const { trust } = draft;
    if (trust.kind !== 'ca') return trust;
    if (trust.token === undefined && before?.trust.kind === 'ca') return before.trust;
    const file = trust.token === undefined ? undefined : chosenFiles.get(trust.token);
    if (!file)
      throw fail('bad-input', 'No certificate file is chosen.', 'Choose one, or trust what the system trusts.');
    return { kind: 'ca', ...file };
  }

  /** What is described, checked as far as that goes without asking the cluster, with its secret. */
  async function read(draft: SourceDraft) {
    const before = draft.id === undefined ? undefined : await find(draft.id);
    const { signIn, address } = draft;
    const stored: StoredSource = {
      id: before?.id ?? randomUUID(),
      name: draft.name,
      address: address.kind === 'cloud' ? address : { kind: 'nodes', nodes: address.nodes.map((node) => node.trim()) },
      signIn: signIn.kind === 'password' ? { kind: 'password', username: signIn.username } : { kind: signIn.kind },
      trust: readTrust(draft, before),
      ...(draft.proxy?.trim() ? { proxy: draft.proxy.trim() } : {}),
      indices: draft.indices,
    };
    const { connectElastic, parseFingerprint } = await import('./elastic-connection.ts');
    const given = signIn.kind === 'none' ? undefined : signIn.kind === 'api-key' ? signIn.apiKey : signIn.password;
    const mayUseKept = before !== undefined && placeOf(before) === placeOf(stored);
    const secret = given ?? (mayUseKept && signIn.kind !== 'none' ? await secrets.read(stored.id) : undefined);
    if (signIn.kind !== 'none' && secret === undefined) throw lacksSecret(stored, before !== undefined && !mayUseKept);
    const source = toElastic(stored, secret);
    if (source.fingerprint !== undefined) parseFingerprint(source.fingerprint);
    const connection = await connectElastic({ ...source, fingerprint: undefined });
    await connection.close();
    return { stored, secret, source };
  }

  async function use(id: string | undefined): Promise<void> {
    if (id !== undefined) await readSecret(await find(id), secrets);
    await (await opened).set({ source: id });
    await refreshName();
    await onUse();
  }

  return {
    get name() {
      return name;
    },
    async list() {
      const { sources } = (await openBook()).value;
      await refreshName();
      return {
        inUse: (await opened).value.source,
        keeps: secrets.keeps,
        sources: await Promise.all(sources.map(present)),
      };
    },
    async addCa(path) {
      const file = { fileName: basename(path), pem: await readCa(path) };
      const token = randomUUID();
      chosenFiles.set(token, file);
      const [oldest] = chosenFiles.keys();
      if (chosenFiles.size > maxChosenFiles && oldest !== undefined) chosenFiles.delete(oldest);
      return { token, fileName: file.fileName };
    },
    async test(draft, signal) {
      const { probeElastic } = await import('./elastic-probe.ts');
      return await probeElastic((await read(draft)).source, signal);
    },
    async save(draft) {
      const { stored, secret } = await read(draft);
      const book = await openBook();
      const others = book.value.sources.filter((source) => source.id !== stored.id);
      if (others.some((source) => source.name === stored.name)) {
        throw fail('bad-input', `There is already a source named "${stored.name}".`, 'Give it another name.');
      }
      await secrets.write(stored.id, secret);
      await book.set({ sources: [...others, stored] });
      await refreshName();
      if ((await opened).value.source === stored.id) await onUse();
      return await present(stored);
    },
    async remove(id) {
      await find(id);
      await secrets.write(id, undefined);
      const book = await openBook();
      await book.set({ sources: book.value.sources.filter((source) => source.id !== id) });
      if ((await opened).value.source === id) await use(undefined);
    },
    async *check(id, readSummary, signal) {
      if (id === undefined) {
        yield* checkSummary(await readSummary());
        return;
      }
      const stored = await find(id);
      const source = toElastic(stored, await readSecret(stored, secrets));
      const { connectElastic } = await import('./elastic-connection.ts');
      const { checkElastic } = await import('./elastic-check.ts');
      const connection = await connectElastic(source);
      try {
        yield* checkElastic(connection, { indices: source.indices, now }, signal);
      } finally {
        await connection.close();
      }
    },
    async connection(id) {
      const stored = await find(id);
      return { name: stored.name, source: toElastic(stored, await readSecret(stored, secrets)) };
    },
    use,
    async opening() {
      try {
        const { source: id } = (await opened).value;
        await refreshName();
        if (id === undefined) return { kind: 'open' };
        const stored = await find(id);
        return { kind: 'open', source: toElastic(stored, await readSecret(stored, secrets)) };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        const { code, message } = error;
        const hint = `${error.hint ?? ''} Sources has the embedded store to choose, too.`.trim();
        return { kind: 'open', failure: { code, message: `${name}: ${message}`, hint } };
      }
    },
  };
}

/** Where a secret would go. It is not sent to a place that it was not given for. */
function placeOf({ address, signIn, trust, proxy }: StoredSource): string {
  return JSON.stringify([address, signIn, trust, proxy ?? '']);
}

async function readSecret(source: StoredSource, secrets: SecretKeeper): Promise<string | undefined> {
  if (source.signIn.kind === 'none') return undefined;
  const secret = await secrets.read(source.id);
  if (secret === undefined) throw lacksSecret(source, false);
  return secret;
}

function lacksSecret({ signIn }: StoredSource, isElsewhere: boolean): Failure {
  return fail(
    'bad-input',
    `The ${signIn.kind === 'api-key' ? 'API key' : 'password'} is missing.`,
    isElsewhere ? 'The kept one was given for another connection: type it again.' : 'Type it under Sources.',
  );
}

function toElastic(stored: StoredSource, secret = ''): ElasticWorkspaceSource {
  const { address, signIn, trust, proxy, indices } = stored;
  return {
    ...(address.kind === 'cloud' ? { cloudId: address.cloudId } : { nodes: address.nodes }),
    ...(signIn.kind === 'api-key' ? { auth: { kind: 'api-key', apiKey: secret } } : {}),
    ...(signIn.kind === 'password' ? { auth: { kind: 'password', username: signIn.username, password: secret } } : {}),
    ...(trust.kind === 'ca' ? { ca: trust.pem } : {}),
    ...(trust.kind === 'fingerprint' ? { fingerprint: trust.fingerprint } : {}),
    ...(proxy === undefined ? {} : { proxy }),
    indices,
  };
}
