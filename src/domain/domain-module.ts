import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { DomainError } from '../errors.ts'

const jitiModule = z.object({ createJiti: z.custom<CreateJiti>((value) => typeof value === 'function') })

type CreateJiti = (from: string) => { import(path: string): Promise<unknown> }

/**
 * Imports the default export of a module.
 * @param path absolute path
 * @throws DomainError if the module cannot be loaded or has no default export
 */
export async function importDefault(path: string): Promise<unknown> {
  const module = z.object({ default: z.unknown() }).safeParse(await importModule(path))
  if (module.data?.default !== undefined) return module.data.default
  throw new DomainError(path, ['The module has no default export. End it with: export default defineDomain({ … })'])
}

async function importModule(path: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href)
  } catch (error) {
    const isUnknown = error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    if (isUnknown && /^\.m?ts$/.test(extname(path))) return importTypeScript(path)
    throw notLoaded(path, error)
  }
}

/** Where Node does not strip types: through jiti, if the folder of the module has it. */
async function importTypeScript(path: string): Promise<unknown> {
  let createJiti: CreateJiti
  try {
    const found = createRequire(path).resolve('jiti')
    createJiti = jitiModule.parse(await import(pathToFileURL(found).href)).createJiti
  } catch (error) {
    const problem = `Node ${process.versions.node} does not run TypeScript. Use Node 22.18 or later, install jiti beside the file (npm install jiti), or write a .mjs file.`
    throw new DomainError(path, [problem], { cause: error })
  }
  try {
    return await createJiti(path).import(path)
  } catch (error) {
    throw notLoaded(path, error)
  }
}

/** @returns an error with the problems that `defineDomain` found in the module, or with what the module threw */
function notLoaded(path: string, error: unknown): DomainError {
  // By its shape: the module may have defined its domain with another copy of this package.
  const defined = z.object({ code: z.literal('CONFIGURATION'), problems: z.array(z.string()) }).safeParse(error)
  if (defined.success) return new DomainError(path, defined.data.problems, { cause: error })
  return new DomainError(path, [`The module cannot be loaded: ${whatWasThrown(path, error)}`], { cause: error })
}

function whatWasThrown(path: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.name}: ${error.message}${error instanceof SyntaxError ? syntaxErrorPlace(path) : ''}`
}

/** Line and column of a syntax error, which Node tells only when it checks a file; empty where the error is in another file. */
function syntaxErrorPlace(path: string): string {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' })
  const [, line, before = ''] = /:(\d+)\n.*\n( *)\^/.exec(stderr) ?? []
  return line === undefined ? '' : `, line ${line}, column ${before.length + 1}`
}
