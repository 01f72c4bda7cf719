import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh folder that goes away with the test (or, outside a test, with `release`). */
export async function makeTestFolder(): Promise<{ readonly path: string; release(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'portside-'));
  return { path, release: () => rm(path, { recursive: true, force: true }) };
}

/** A fresh folder for the test that runs. */
export async function testFolder(): Promise<string> {
  const { path, release } = await makeTestFolder();
  onTestFinished(release);
  return path;
}
