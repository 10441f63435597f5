import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { importedFiles, importsOf } from './imported-files.ts'
import { neededBuilds } from './needed-builds.ts'
import { SLOW_FILES } from './slow-files.ts'

const ROOT = join(import.meta.dirname, '../..')
const SOURCE = join(ROOT, 'src') + sep

/** Modules that start processes or threads. */
const STARTERS = ['node:child_process', 'node:cluster', 'node:worker_threads', 'playwright-core']

/**
 * Returns the files by which a test file can start processes, such as Redis, a browser, Python or the built service. The service
 * itself is not followed: it starts processes only if it is told to, and `starts-nothing.ts` watches that.
 * @param file absolute path
 */
export function startersOf(file: string): string[] {
  const mayStart = (one: string) => !one.startsWith(SOURCE) && importsOf(one).some((name) => STARTERS.includes(name))
  return [...importedFiles(file)].filter(mayStart)
}

/** Whether a test file, which is an absolute path, needs no build and no other process. */
export function standsAlone(file: string): boolean {
  return neededBuilds(file).size === 0 && startersOf(file).length === 0
}

/** Test files that need nothing and take little CPU, by path in the repository: those of `npm run test:fast`. */
export function fastFiles(): string[] {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', path))
  return files.filter((path) => !SLOW_FILES.includes(path) && standsAlone(join(ROOT, path)))
}
