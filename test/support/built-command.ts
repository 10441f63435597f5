import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

/** Program of the compiler `tsc`. */
export const COMPILER = join(root, 'node_modules/@typescript/native/bin/tsc')

/** Program of the command `liverank` as it is built: what an operator runs. The setup of the test run builds it. */
export const LIVERANK = join(dist, 'src/commands/main.js')
/** The command with what builds and judges models as well. */
export const LIVERANK_LAB = join(dist, 'lab/commands/main.js')

/** A program of `test/programs`, by its name without an ending, as it is built. */
export function builtProgram(name: string): string {
  return join(dist, 'test/programs', `${name}.js`)
}

/** A file of the source, by its path without an ending, as it is built. */
export function builtModule(path: string): string {
  return join(dist, `${path}.js`)
}

/** Nobody calls it. It tells `vitest --changed` the sources of the built programs, so that it runs the tests which start them. */
export const sources = () => import('../../lab/commands/main.ts')
