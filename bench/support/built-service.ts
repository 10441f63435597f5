import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidInputError } from '../../src/errors.ts'
import { PACKAGE_ROOT } from '../../src/package-root.ts'

/** Options of Node with which `npm run serve` and the installed command `liverank` start the service. */
export const SERVE_OPTIONS = ['--max-semi-space-size=64']

/**
 * Arguments for Node that run the service as `npm run serve` does.
 * @param build checkout in which `npm run build` has run
 * @throws InvalidInputError if it is not built
 */
export function serveArguments(build = PACKAGE_ROOT): string[] {
  const program = join(build, 'dist/src/commands/main.js')
  if (!existsSync(program)) throw new InvalidInputError(`The service in ${build} is not built: run npm run build there first.`)
  return [...SERVE_OPTIONS, program, 'serve']
}
