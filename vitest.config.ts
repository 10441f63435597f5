import { defineConfig } from 'vitest/config'
import { fastFiles } from './test/support/fast-files.ts'
import { LongestFirst } from './test/support/longest-first.ts'

/** Tests that replace modules of Node: nothing that another file has loaded may be in their process. */
const REPLACES_MODULES = 'test/deterministic-embedded/*.test.ts'

// Tests wait a good part of their time for servers of their own: a third worker keeps two cores busy.
const MAX_WORKERS = 3

// Each project names these for itself: one that extends the settings below would build what the tests need once more.
// Vite would take the ESM build of graphql and Node the other one: two realms, which graphql refuses.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] }
// They end a test that hangs, and judge none: beside other programs, a test may take ten times as long.
const every = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // Before the limit of the test, so that the message says what is missing.
  expect: { poll: { timeout: 240_000 } },
  maxWorkers: MAX_WORKERS,
  setupFiles: ['test/support/nothing-left.ts', ...(process.env.FAST === '1' ? ['test/support/starts-nothing.ts'] : [])],
}

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...every,
          name: 'together',
          // `npm run test:fast` sets FAST.
          include: process.env.FAST === '1' ? fastFiles() : ['test/**/*.test.ts'],
          // Those that are long each train on the log of a whole shop: `npm run test:long` sets LONG.
          exclude: [REPLACES_MODULES, ...(process.env.LONG === '1' ? [] : ['test/**/*.long.test.ts'])],
          // A process loads the service once for all of its files, rather than once for each.
          isolate: false,
        },
      },
      { resolve, test: { ...every, name: 'alone', include: [REPLACES_MODULES] } },
    ],
    globalSetup: ['test/support/run-folder.ts', 'test/support/build-needed.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: MAX_WORKERS,
    coverage: {
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      // A floor below what the suite reaches: processes of their own, which many tests start, are not counted.
      thresholds: { statements: 80, branches: 70, functions: 80, lines: 82 },
    },
  },
})
