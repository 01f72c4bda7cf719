import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  test: {
    include: [
      'shared/**/*.test.ts',
      'electron/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'e2e/system/**/*.test.{ts,tsx}',
      'e2e/cli/**/*.test.ts',
      'e2e/hostile/**/*.test.ts',
    ],
    setupFiles: ['e2e/fixed-seed.ts'],
    globalSetup: ['scripts/elasticsearch/for-tests.mjs'],
    env: { TZ: 'UTC' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
