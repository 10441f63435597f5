import { join } from 'node:path'
import { importedFiles } from './imported-files.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What must be built before tests that import one of these files, by path in the repository. */
const NEEDED_BY = {
  service: ['test/support/built-command.ts'],
  pages: ['test/support/browser.ts', 'test/web/shown-shop.ts', 'test/server/web-pages.test.ts'],
  python: ['test/support/training-environment.ts'],
} as const

/** Something that some tests need, and that takes long to build: the compiled service, the web pages, or the Python environments. */
export type Build = keyof typeof NEEDED_BY

/** Returns what must be built before these test files, which are absolute paths, can run. */
export function neededBuilds(...files: readonly string[]): ReadonlySet<Build> {
  const imported = importedFiles(...files)
  const builds = Object.keys(NEEDED_BY) as Build[]
  return new Set(builds.filter((build) => NEEDED_BY[build].some((path) => imported.has(join(ROOT, path)))))
}
