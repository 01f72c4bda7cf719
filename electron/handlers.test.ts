import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { fail } from '../shared/base/failure.ts';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { type ClientMessage, makePortPair, type ServerMessage } from '../shared/ipc/protocol.ts';
import { serve } from '../shared/ipc/server.ts';
import { workbenchOperations } from '../shared/ipc/workbench-operations.ts';
import { makeKibanaBook } from './cases/kibana-book.ts';
import { makeSourceService } from './evidence/source-service.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './evidence/workspace-engine.ts';
import { makeTestFolder } from './evidence/workspace-for-tests.ts';
import { makeHandlers } from './handlers.ts';
import { makeFeed } from './platform/feed.ts';
import { makeServices, type Services } from './services.ts';

/**
 * A page that was taken over may send anything. Whatever it sends, main answers each call once, with an answer or a
 * Failure, and nothing it sends is a bug in the engine behind.
 */

/** Calls that only ask. */
const questions = Object.keys(workbenchOperations).filter(
  (name) => /\.(list|read|page|totals|summary|test|decisions)$/.test(name) && name !== 'activity.read',
);
const hostileTexts = [
  '',
  'ws-1',
  "'; DROP TABLE writes; --",
  '%',
  '_',
  '\\',
  '\u0000',
  '\u202e',
  '\ud800',
  '__proto__',
  '💾',
  '../../etc/passwd',
];

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minLength?: number;
}

/** Values that a schema accepts, at its edges as often as inside. */
function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  const { minimum: least = -1e15, maximum: most = 1e15 } = schema;
  switch (schema.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, valuesOf(inner)])),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'string':
      return fc
        .oneof(fc.constantFrom(...hostileTexts), fc.string({ maxLength: 40 }))
        .map((text) => text.slice(0, schema.maxLength).padEnd(schema.minLength ?? 0, 'x'));
    case 'integer':
      return fc.oneof(
        fc.integer({ min: Math.max(least, -1e9), max: Math.min(most, 2e12) }),
        fc.constantFrom(least, most),
      );
    case 'number':
      return most > 1_800_000_000_000
        ? fc.oneof(
            fc.double({ min: least, max: most, noNaN: true }),
            fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
          )
        : fc.double({ min: least, max: most, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(undefined);
  }
}

let release: () => Promise<void> = () => Promise.resolve();
let engine: WorkspaceEngine;
let services: Services;
let ask: (message: unknown) => Promise<ServerMessage | undefined>;
const bugs: string[] = [];

beforeAll(async () => {
  const folder = await makeTestFolder();
  engine = await openWorkspaceEngine({ workspacePath: folder.path });
  release = async () => {
    await engine.close();
    await folder.release();
  };
  const file = join(folder.path, 'events.ndjson');
  const events = Array.from({ length: 60 }, (_, index) => ({
    '@timestamp': new Date(1_760_000_000_000 + index * 3_600_000).toISOString(),
    event: { id: `e${index}`, category: ['file'], action: 'creation' },
    host: { name: `ws-${index % 3}` },
    user: { name: 'u' },
    process: { name: index % 20 === 0 ? 'rare.exe' : 'explorer.exe' },
    file: { path: `E:\\f${index}`, size: index, Ext: { device: { bus_type: 'USB', serial_number: `S${index % 2}` } } },
  }));
  await writeFile(file, events.map((event) => JSON.stringify(event)).join('\n'));
  await engine['evidence.import']({ path: file }, ignoreItems(new AbortController().signal));

  services = makeServices({ workspacePath: folder.path, engine, version: '0.0.0' });
  const handlers = makeHandlers(services, {
    chooseFiles: async () => [],
    takeFile: () => {
      throw fail('bad-input', 'The file was not chosen in this window.');
    },
    writeClipboard: () => undefined,
    sources: makeSourceService({
      userData: folder.path,
      workspacePath: folder.path,
      secrets: { keeps: 'memory', read: async () => undefined, write: async () => undefined },
      onUse: async () => undefined,
    }),
    kibana: makeKibanaBook({
      userData: folder.path,
      secrets: { keeps: 'memory', read: async () => undefined, write: async () => undefined },
    }),
    chooseCaFile: async () => undefined,
    chooseTarget: async () => undefined,
    chooseFolder: async () => undefined,
    program: { log: 'everything' },
    setProgram: async () => undefined,
    userData: folder.path,
    theme: 'system',
    setTheme: async () => undefined,
    isMuted: false,
    setMuted: async () => undefined,
    menuCommands: makeFeed(),
    openings: makeFeed(),
    openBeside: () => undefined,
    engineState: { kind: 'ready' },
    engineStates: makeFeed(),
    versions: { portside: '0.0.0', node: process.versions.node },
  });
  const { client, server } = makePortPair();
  serve(workbenchOperations, handlers, server, {
    reportBug: (operation, error) => {
      bugs.push(`${operation}: ${error instanceof Error ? error.stack : error}`);
      return 'bug';
    },
  });
  const waiting = new Map<unknown, (message: ServerMessage) => void>();
  client.listen((message) => {
    if (message.kind !== 'item') waiting.get(message.id)?.(message);
  });
  ask = (message) =>
    new Promise((resolve) => {
      const { id, kind } = message as { id?: unknown; kind?: unknown };
      if (kind === 'start' && Number.isSafeInteger(id)) waiting.set(id, resolve);
      else resolve(undefined);
      client.post(message as ClientMessage);
    });
});
afterAll(() => release());

let nextId = 1;

/** Calls in a run; `npm run test:fuzz` asks for more and for other ones. */
const calls = Number(process.env.PORTSIDE_FUZZ_RUNS ?? 5_000);
const seed = Number(process.env.PORTSIDE_FUZZ_SEED ?? 1);

test('questions that the contract accepts are answered, or refused with a Failure: never a bug', async () => {
  expect(questions.length).toBeGreaterThan(15);
  const arbitraries = questions.map((name) => {
    const operation = workbenchOperations[name as keyof typeof workbenchOperations];
    return valuesOf(z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as JsonSchema).map(
      (input) => ({
        name,
        input,
      }),
    );
  });
  await fc.assert(
    fc.asyncProperty(fc.oneof(...arbitraries), async ({ name, input }) => {
      const answer = await ask({ kind: 'start', id: nextId++, name, input });
      expect(['done', 'failed']).toContain(answer?.kind);
      expect(bugs).toEqual([]);
    }),
    { numRuns: Math.max(1, Math.floor(calls / 12)), seed },
  );
});

test('anything else is refused or dropped, and the next call is answered as before', async () => {
  // Calls that act take no part: some input made up here might be a good one.
  const names = [...questions, '__proto__', 'constructor', 'evidence.import', ''];
  const message = fc.oneof(
    fc.record({
      kind: fc.constant('start'),
      id: fc.nat(),
      name: fc.constantFrom(...names),
      input: fc.anything({ withNullPrototype: true }),
    }),
    fc.record(
      { kind: fc.constantFrom('start', 'abort', 'item', 7), id: fc.anything(), name: fc.anything() },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(message, async (sent) => {
      const isStart = sent.kind === 'start' && typeof sent.name === 'string' && Number.isSafeInteger(sent.id);
      const answer = await ask(isStart ? { ...sent, id: nextId++ } : { ...sent, kind: 'abort' });
      if (isStart) expect(['done', 'failed']).toContain(answer?.kind);
      expect(bugs).toEqual([]);
    }),
    { numRuns: calls, seed },
  );
  expect(await ask({ kind: 'start', id: nextId++, name: 'workspace.read', input: {} })).toMatchObject({ kind: 'done' });
});

test('what changes where evidence goes is on record without its secret, and what was refused is not', async () => {
  const before = (await services.decisions.history()).entries.length;
  const call = (name: string, input: unknown) => ask({ kind: 'start', id: nextId++, name, input });
  const place = { url: 'https://kibana.example:5601', signIn: { kind: 'api-key', apiKey: 's3cret-key' } };
  expect(await call('kibana.save', place)).toMatchObject({ kind: 'done' });
  expect(await call('kibana.forget', {})).toMatchObject({ kind: 'done' });
  expect(await call('source.use', {})).toMatchObject({ kind: 'done' });
  expect(await call('source.use', { id: 'none' })).toMatchObject({ kind: 'failed' });
  expect(await call('live.act', { planId: 'none' })).toMatchObject({ kind: 'failed' });
  expect(await call('devices.decide', { device: 'S1', decision: 'blocked', reason: 'lost' })).toMatchObject({
    kind: 'done',
  });
  const { entries } = await services.decisions.history();
  expect(entries.slice(before === 0 ? 1 : before).map(({ text }) => text)).toEqual([
    'Kibana set: kibana.example:5601',
    'Kibana forgotten',
    'Evidence is read from the embedded store',
    'Device S1: blocked. lost',
  ]);
});
