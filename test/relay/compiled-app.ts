import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ConcreteRequest, ReaderFragment } from 'relay-runtime'
import relay from 'relay-runtime/package.json' with { type: 'json' }
import { beforeAll } from 'vitest'
import { scratchDirectory } from '../support/temporary-directory.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
/** The compiler of the same release as the runtime. npm keeps it in its cache: it has the programs of five systems, 123 MB. */
const COMPILER = `relay-compiler@${relay.version}`

/** Documents of a Relay app, as its compiler leaves them. */
export interface CompiledApp {
  operation(name: string): ConcreteRequest
  fragment(name: string): ReaderFragment
}

/** Compiles the documents in `app/` against schema.graphql before the tests of a file. */
export function compiledApp(): CompiledApp {
  let folder = ''
  beforeAll(async () => {
    folder = scratchDirectory()
    await compile(folder)
  })
  const load = createRequire(import.meta.url)
  const artifact = (name: string) => load(join(folder, 'compiled', `${name}.graphql.js`)) as unknown
  return {
    operation: (name) => artifact(name) as ConcreteRequest,
    fragment: (name) => artifact(name) as ReaderFragment,
  }
}

/** @throws Error with what the compiler says, warnings included */
async function compile(folder: string): Promise<void> {
  await cp(join(root, 'test/relay/app'), join(folder, 'app'), { recursive: true })
  await cp(join(root, 'schema.graphql'), join(folder, 'schema.graphql'))
  await mkdir(join(folder, 'compiled'))
  const settings = {
    src: './app',
    schema: './schema.graphql',
    artifactDirectory: './compiled',
    language: 'javascript',
    eagerEsModules: false,
  }
  await writeFile(join(folder, 'relay.config.json'), JSON.stringify(settings))
  const npm = [
    'exec',
    '--yes',
    '--ignore-scripts',
    '--prefer-offline',
    `--package=${COMPILER}`,
    '--',
    'relay-compiler',
    'relay.config.json',
  ]
  const { stdout, stderr } = await run('npm', npm, { cwd: folder }).catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${COMPILER} did not compile test/relay/app. It says:\n${error.stdout}${error.stderr}`, { cause: error })
  })
  if (/WARN|ERROR/.test(stdout + stderr)) throw new Error(`${COMPILER} warns about test/relay/app:\n${stdout}${stderr}`)
}
