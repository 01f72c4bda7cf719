import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ignoreItems } from '../shared/ipc/operation.ts';
import { openWorkspaceEngine, type WorkspaceEngine } from './evidence/workspace-engine.ts';
import { makeTestFolder } from './evidence/workspace-for-tests.ts';
import { makeServices, type Services } from './services.ts';
import { makeSupportHandlers } from './support-handlers.ts';

let engine: WorkspaceEngine;
let services: Services;
let place = '';
let release: () => Promise<void> = () => Promise.resolve();
const context = ignoreItems(new AbortController().signal);

beforeAll(async () => {
  const folder = await makeTestFolder();
  place = folder.path;
  engine = await openWorkspaceEngine({ workspacePath: join(place, 'workspace') });
  services = makeServices({ workspacePath: join(place, 'workspace'), engine, version: '1.2.3' });
  release = async () => {
    await engine.close();
    await folder.release();
  };
  await mkdir(join(place, 'user', 'logs'), { recursive: true });
  await writeFile(join(place, 'user', 'logs', 'main.log'), '{"level":"info","event":"first"}\n');
});
afterAll(() => release());

test('what was looked at is what is saved, also where the log went on meanwhile', async () => {
  let chosen: string | undefined;
  const handlers = makeSupportHandlers(
    services,
    { userData: join(place, 'user'), version: '1.2.3', chooseFolder: async () => chosen },
    () => Date.UTC(2026, 10, 20, 9, 40, 7),
  );
  const bundle = await handlers['support.collect']({}, context);
  expect(bundle.files.map(({ name }) => name)).toEqual(['about.json', 'workspace.json', 'main.log.txt']);
  expect(bundle.files[0]?.text).toContain('"portside": "1.2.3"');
  await writeFile(join(place, 'user', 'logs', 'main.log'), '{"level":"info","event":"later"}\n');
  // The dialog was left: nothing is written, nothing failed.
  expect(await handlers['support.save']({ id: bundle.id }, context)).toEqual({ files: 0 });
  chosen = join(place, 'chosen');
  const saved = await handlers['support.save']({ id: bundle.id }, context);
  expect(saved).toEqual({ folder: join(chosen, 'portside-support-2026-11-20T094007Z'), files: 3 });
  expect((await readdir(saved.folder ?? '')).sort()).toEqual(['about.json', 'main.log.txt', 'workspace.json']);
  for (const { name, text } of bundle.files) expect(await readFile(join(saved.folder ?? '', name), 'utf8')).toBe(text);
  // The same second, the same folder: what is there is not written over.
  await expect(handlers['support.save']({ id: bundle.id }, context)).rejects.toMatchObject({ code: 'export-failed' });
});

test('only the last few bundles are kept, and an unknown one asks no person for a folder', async () => {
  let asked = 0;
  const handlers = makeSupportHandlers(services, {
    userData: join(place, 'user'),
    version: '1.2.3',
    chooseFolder: async () => {
      asked += 1;
      return undefined;
    },
  });
  const ids: string[] = [];
  for (let turn = 0; turn < 5; turn += 1) ids.push((await handlers['support.collect']({}, context)).id);
  await expect(handlers['support.save']({ id: ids[0] ?? '' }, context)).rejects.toMatchObject({ code: 'not-found' });
  await expect(handlers['support.save']({ id: '../../etc' }, context)).rejects.toMatchObject({ code: 'not-found' });
  expect(asked).toBe(0);
  expect(await handlers['support.save']({ id: ids[4] ?? '' }, context)).toEqual({ files: 0 });
  expect(asked).toBe(1);
});

test('an engine that fails is told by its code, and the bundle is made', async () => {
  const broken = {
    ...services,
    engine: {
      ...engine,
      'evidence.summary': async () => {
        throw new Error('native abort');
      },
    },
  };
  const handlers = makeSupportHandlers(broken, {
    userData: join(place, 'user'),
    version: '1.2.3',
    chooseFolder: async () => undefined,
  });
  const { files } = await handlers['support.collect']({}, context);
  expect(JSON.parse(files.find(({ name }) => name === 'workspace.json')?.text ?? '')).toMatchObject({ problem: 'bug' });
});
