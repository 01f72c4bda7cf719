import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../scripts/electronegativity/run.mjs');

test('Electronegativity reads every source and finds nothing that is not argued', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script]).catch((error) => error);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^[1-9]\d* files, \d+ findings, \d+ argued, 0 problems\n$/);
}, 180_000);
