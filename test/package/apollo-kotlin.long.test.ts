import { execFile, spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { blocksOf } from '../docs/guide-reader.ts'
import { scratchDirectory } from '../support/temporary-directory.ts'

const root = join(import.meta.dirname, '../..')
const here = join(import.meta.dirname, 'apollo-kotlin')
const EXAMPLES = join(root, 'test/schema/example-operations/operations.graphql')
const GUIDE = 'docs/guides/apollo-kotlin.md'
const LIST_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath'
const exec = promisify(execFile)

/** @throws Error that says what to install */
function expectJava(): void {
  const { stderr, error } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const [, major] = /version "(\d+)/.exec(stderr ?? '') ?? []
  if (error || Number(major) < 17 || spawnSync('mvn', ['-v']).error)
    throw new Error(
      'This test runs the compiler of Apollo Kotlin: install Java 17 or later and Maven (on Debian: default-jdk-headless maven).',
    )
}

describe('the compiler of Apollo Kotlin', { timeout: 600_000 }, () => {
  let folder = ''
  let jars = ''
  beforeAll(async () => {
    expectJava()
    folder = scratchDirectory()
    const list = join(folder, 'jars')
    await exec('mvn', ['-q', '-B', '-f', join(here, 'pom.xml'), LIST_JARS, `-Dmdep.outputFile=${list}`])
    jars = (await readFile(list, 'utf8')).trim()
  }, 600_000)

  const compile = async (operations: string, extensions = '') => {
    const [file, output] = [join(folder, 'operations.graphql'), join(folder, 'kotlin')]
    const extended = join(folder, 'schema.graphqls')
    await writeFile(extended, (await readFile(join(root, 'schema.graphql'), 'utf8')) + extensions)
    await rm(output, { recursive: true, force: true })
    await writeFile(file, operations)
    const driver = ['-cp', jars, join(here, 'CompileOperations.java'), extended, output, file]
    const { stdout, stderr } = await exec('java', driver).catch((error: { stdout: string; stderr: string }) => error)
    const sources = (name: string) => readFile(join(output, 'shop', `${name}.kt`), 'utf8')
    return { says: stderr, files: stdout, sources, output }
  }

  /** Compiles Kotlin code. @throws with what the compiler says */
  const compileKotlin = (sources: readonly string[]) => {
    const options = ['-no-stdlib', '-no-reflect', '-nowarn', '-cp', jars, '-d', join(folder, 'classes')]
    return exec('java', ['-cp', jars, 'org.jetbrains.kotlin.cli.jvm.K2JVMCompiler', ...options, ...sources])
  }

  it('compiles the operations of the examples, and every type of the schema', async () => {
    const { says, files, sources } = await compile(await readFile(join(root, 'examples/operations.graphql'), 'utf8'))
    expect(says).toBe('')
    expect(files).toMatch(/^\d+ Kotlin files\n$/)
    expect(await sources('RecordEventMutation')).toContain('class RecordEventMutation')
    for (const type of ['UserExport', 'AuditAction', 'ItemFilter']) expect(await sources(`type/${type}`)).toContain(type)
  })

  it('compiles the operations of its guide, and the Kotlin compiler what it makes of them, with the code of the guide', async () => {
    const [operations] = await blocksOf(GUIDE, 'graphql')
    const [extensions] = await blocksOf(GUIDE, 'graphqls')
    const { says, output } = await compile(operations, extensions)
    expect(says).toBe('')
    const [code] = await blocksOf(GUIDE, 'kotlin')
    const file = join(folder, 'LiveSlates.kt')
    await writeFile(file, code)
    await compileKotlin([output, file])
    await writeFile(file, code.replace('slate.version <', 'slate.versions <'))
    await expect(compileKotlin([output, file])).rejects.toThrow(/unresolved reference.*versions/i)
  })

  it('compiles the example operations of the tests', async () => {
    expect((await compile(await readFile(EXAMPLES, 'utf8'))).says).toBe('')
  })

  it.each([
    ['a field that the schema lacks', 'query Q { status { nothing } }', /nothing/],
    ['a variable that nobody uses', 'query Q($unused: Int) { status { version } }', /unused/],
  ])('complains about %s', async (_, operation, complaint) => {
    expect((await compile(operation)).says).toMatch(complaint)
  })
})
