import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'

export default defineConfig({
  // Vite would take the ESM build of graphql and Node the other one: two realms, which graphql refuses.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    // Each trains on the log of a whole shop: `npm run test:long` sets LONG.
    exclude: process.env.LONG === '1' ? [] : ['test/**/*.long.test.ts'],
    globalSetup: ['test/support/build-service.ts', 'test/support/build-training-environment.ts'],
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      // A floor below what the suite reaches: processes of their own, which many tests start, are not counted.
      thresholds: { statements: 80, branches: 70, functions: 80, lines: 82 },
    },
  },
})
