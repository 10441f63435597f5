import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

/** Program of the compiler `tsc`. */
export const COMPILER = join(root, 'node_modules/@typescript/native/bin/tsc')

/** The compiled programs with their packages, in few files. The setup of the test run makes them. */
export const BUNDLED = join(dist, 'test/bundled')

/** Program of the command `liverank`, bundled. */
export const LIVERANK = join(BUNDLED, 'src/commands/main.js')
/** The command with what builds and judges models as well. */
export const LIVERANK_LAB = join(BUNDLED, 'lab/commands/main.js')

/** A program of `test/programs`, by its name without an ending, bundled. */
export function bundledProgram(name: string): string {
  return join(BUNDLED, 'test/programs', `${name}.js`)
}

/** A file of the source or of `test/programs`, by its path without an ending, as it is compiled. */
export function builtModule(path: string): string {
  return join(dist, `${path}.js`)
}

/** Nobody calls it. It tells `vitest --changed` the sources of the built programs, so that it runs the tests which start them. */
export const sources = () => import('../../lab/commands/main.ts')
