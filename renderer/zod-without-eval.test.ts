import './zod-without-eval.ts';
import { expect, test } from 'vitest';
import { config } from 'zod';

test('zod finds that it may make no code', () => {
  expect(config().jitless).toBe(true);
});
