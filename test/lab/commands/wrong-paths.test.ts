import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { beforeAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../lab/commands/commands.ts'
import { PathArgument, PathOption } from '../../../src/commands/checked-paths.ts'
import { programOf } from '../../../src/commands/program.ts'
import { liverank } from '../../support/command.ts'
import { scratchDirectory } from '../../support/temporary-directory.ts'
import { refused } from '../../support/warm-command.ts'

const scratch = scratchDirectory()
const at = (name: string) => join(scratch, name)

/** Logs that nobody can read to the end: a command that begins to read one hangs, and its test fails. */
const LOG = at('log')
const RECORDED = at('recorded')
/** Work that takes hours: a command that begins it hangs, and its test fails. */
const LONG_COLD_START = ['cold-start', '--seeds', '100', '--days', '365', '--shoppers', '1000000']
const LONG_REGRET = ['exploration', 'regret', '--rounds', '10000000']
const LONG_DISCOVERY = ['exploration', 'discovery', '--days', '365', '--shoppers', '1000000']
const LONG_COVERAGE = ['off-policy', 'simulated', '--runs', '1000000', '--decisions', '10000000']
const LONG_LOG = ['simulate', '--days', '3650', '--shoppers', '1000000', '--items', '1000000']

const FILE = at('file')
const BELOW_FILE = at('file/below')
const MISSING = at('missing')
const EMPTY = at('empty')
const DANGLING = at('dangling')
const TOO_LONG = at('x'.repeat(300))
/** A folder in which not even the superuser can create anything. */
const UNWRITABLE = '/proc/nowhere/out'
const CLOSED = at('closed')
const asRoot = process.getuid?.() === 0

const NO_FOLDER = ['', FILE, BELOW_FILE, MISSING, DANGLING, TOO_LONG, ...(asRoot ? [] : [CLOSED])]
const NO_LOG = [...NO_FOLDER, EMPTY]
const NO_MODEL = NO_LOG
const NO_FILE = ['', EMPTY, BELOW_FILE, MISSING, DANGLING, TOO_LONG]
const NOT_CREATABLE = ['', BELOW_FILE, DANGLING, TOO_LONG, UNWRITABLE, ...(asRoot ? [] : [join(CLOSED, 'out')])]
const NOT_WRITABLE_FOLDER = [...NOT_CREATABLE, FILE]
const NOT_WRITABLE_FILE = [...NOT_CREATABLE, EMPTY]
const NOT_NEW = [...NOT_CREATABLE, EMPTY, FILE]

interface Case {
  readonly wrong: readonly string[]
  readonly args: (path: string) => readonly string[]
}

/** Every argument and option that is a path, by its command. Logs come second where a command takes several. */
const CASES: Readonly<Record<string, Case>> = {
  'import <folder>': { wrong: NO_LOG, args: (path) => ['import', path] },
  'export <target>': { wrong: NOT_NEW, args: (path) => ['export', path] },
  'export --archive': { wrong: NO_FOLDER, args: (path) => ['export', at('new'), '--archive', EMPTY, '--archive', path] },
  'convert <source>': { wrong: NO_LOG, args: (path) => ['convert', 'movielens', path, at('new')] },
  'convert <out>': { wrong: NOT_WRITABLE_FOLDER, args: (path) => ['convert', 'movielens', LOG, path] },
  'train <folder...>': { wrong: NO_LOG, args: (path) => ['train', LOG, path] },
  'train --out': { wrong: NOT_NEW, args: (path) => ['train', LOG, '--out', path] },
  'train --dataset': { wrong: NOT_NEW, args: (path) => ['train', LOG, '--dataset', path] },
  'train --compare': { wrong: NO_MODEL, args: (path) => ['train', LOG, '--out', at('new'), '--compare', path] },
  'learn <folder>': { wrong: NO_LOG, args: (path) => ['learn', path, '--work', at('new')] },
  'learn --work': { wrong: NOT_WRITABLE_FOLDER, args: (path) => ['learn', RECORDED, '--work', path] },
  'offline <folder>': { wrong: NO_LOG, args: (path) => ['offline', path] },
  'evaluate <folder...>': { wrong: NO_LOG, args: (path) => ['evaluate', LOG, path] },
  'evaluate --model': { wrong: NO_MODEL, args: (path) => ['evaluate', LOG, '--model', path] },
  'evaluate --beside': { wrong: NO_MODEL, args: (path) => ['evaluate', LOG, '--beside', path] },
  'evaluate --svg': { wrong: NOT_WRITABLE_FOLDER, args: (path) => ['evaluate', LOG, '--svg', path] },
  'evaluate --summary': { wrong: NOT_WRITABLE_FILE, args: (path) => ['evaluate', LOG, '--summary', path] },
  'evaluate --report': { wrong: NOT_WRITABLE_FILE, args: (path) => ['evaluate', LOG, '--report', path] },
  'evaluation-summary <result...>': { wrong: NO_FILE, args: (path) => ['evaluation-summary', FILE, path] },
  'evaluation-summary --out': { wrong: NOT_WRITABLE_FILE, args: (path) => ['evaluation-summary', FILE, '--out', path] },
  'replay <folder>': { wrong: NO_LOG, args: (path) => ['replay', path] },
  'simulate --out': { wrong: NOT_WRITABLE_FOLDER, args: (path) => [...LONG_LOG, '--out', path] },
  'cold-start --out': { wrong: NOT_WRITABLE_FOLDER, args: (path) => [...LONG_COLD_START, '--out', path] },
  'exploration regret --out': { wrong: NOT_WRITABLE_FOLDER, args: (path) => [...LONG_REGRET, '--out', path] },
  'exploration discovery --out': { wrong: NOT_WRITABLE_FOLDER, args: (path) => [...LONG_DISCOVERY, '--out', path] },
  'off-policy <source...>': { wrong: NO_LOG, args: (path) => ['off-policy', RECORDED, path] },
  'off-policy --out': { wrong: NOT_WRITABLE_FOLDER, args: (path) => [...LONG_COVERAGE, '--out', path] },
  'upload-model <folder>': { wrong: NO_LOG, args: (path) => ['upload-model', path] },
  'verify-features <folder...>': { wrong: NO_LOG, args: (path) => ['verify-features', RECORDED, path] },
}

beforeAll(async () => {
  await writeFile(FILE, 'x')
  for (const folder of [LOG, RECORDED, EMPTY, CLOSED]) await mkdir(folder)
  await symlink(at('nowhere'), DANGLING)
  execFileSync('mkfifo', [join(LOG, 'events.jsonl'), join(LOG, 'ratings.csv'), join(RECORDED, 'journal-000001.jsonl')])
  await chmod(CLOSED, 0)
})

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function nameOf({ parent }: Command, name: string): string {
  return parent?.parent ? nameOf(parent, `${parent.name()} ${name}`) : name
}

/** Expects one sentence that names the path, and the exit code. */
async function expectRefused(args: readonly string[], path: string, code = 2, settings: Record<string, string> = {}) {
  const { errors, ...ended } = await refused(args, { DATA_DIR: at('data'), ...settings })
  expect({ ...ended, errors }).toMatchObject({ code, out: '', errors: expect.stringMatching(/^liverank: .+\.\n$/) })
  expect(errors).toContain(path === '' ? 'the path is empty' : path)
}

describe('a path that cannot be used', () => {
  it('has a case for every path that a command takes', () => {
    const paths = leaves(programOf(COMMANDS)).flatMap((command) => {
      const name = nameOf(command, command.name())
      const args = command.registeredArguments
        .filter((argument) => argument instanceof PathArgument)
        .map((argument) => `${name} <${argument.name()}${argument.variadic ? '...' : ''}>`)
      const options = command.options.filter((option) => option instanceof PathOption).map(({ long }) => `${name} ${long}`)
      // A path by its placeholder that is not checked as one.
      const unchecked = command.options.filter(
        (option) => !(option instanceof PathOption) && /<(dir|file|path|folder)>/.test(option.flags),
      )
      expect(unchecked.map(({ flags }) => `${name} ${flags}`)).toEqual([])
      return [...args, ...options]
    })
    expect(Object.keys(CASES).sort()).toEqual(paths.sort())
  })

  it.each(Object.entries(CASES))('is refused by %s before the command begins', async (_, { wrong, args }) => {
    for (const path of wrong) await expectRefused(args(path), path)
    expect((await readdir(scratch)).sort()).toEqual(['closed', 'dangling', 'empty', 'file', 'log', 'recorded'])
  })

  it('is refused if it is a folder with the name of a file that a command would write', async () => {
    const folder = scratchDirectory()
    const names = [
      'cold-start.json',
      'regret.svg',
      'discovery.json',
      'coverage.json',
      'items.jsonl.gz',
      'diversity-log.svg',
      'page.svg',
    ]
    for (const name of names) await mkdir(join(folder, name))
    const commands = [LONG_COLD_START, LONG_REGRET, LONG_DISCOVERY, LONG_COVERAGE, LONG_LOG].map((args) => [
      ...args,
      '--out',
      folder,
    ])
    const evaluate = [
      ['evaluate', LOG, '--svg', folder],
      ['evaluate', LOG, '--summary', join(folder, 'page.md')],
    ]
    for (const [i, args] of [...commands, ...evaluate].entries()) await expectRefused(args, join(folder, names[i]))
  })

  it('is refused if a log has a folder with the name of a file', async () => {
    const folder = scratchDirectory()
    await mkdir(join(folder, 'events.jsonl.gz'))
    await expectRefused(['replay', folder], join(folder, 'events.jsonl.gz'))
  })

  it.each([
    ['nope', []],
    ['./models/nope', []],
    ['nope', ['--store', 'redis', '--redis', 'redis://127.0.0.1:1']],
  ])('is refused by replay --model %s %j', async (model, more) => {
    await expectRefused(['replay', LOG, '--model', model, ...more], model)
  })

  it.each(['import', 'keys'])('is refused as DATA_DIR by %s', async (command) => {
    const args = command === 'import' ? ['import', LOG] : ['keys', 'list']
    for (const DATA_DIR of [FILE, BELOW_FILE, TOO_LONG, '/proc/nowhere', '/proc/nowhere/data'])
      await expectRefused(args, DATA_DIR.replace(/\/data$/, ''), 78, { DATA_DIR })
  })

  it('ends the service with a sentence', async () => {
    const { code, errors } = await liverank(['serve'], { DATA_DIR: FILE })
    expect(code).toBe(78)
    expect(errors).toMatch(/^liverank: .*is a file.*: name a folder \(E\w+\)\.\n$/)
  })
})

describe('a server that does not answer', () => {
  it.each([
    ['--redis', 'redis://127.0.0.1:1', ['--store', 'redis']],
    ['--url', 'ws://127.0.0.1:1/graphql', []],
  ])('is refused as %s of replay before the log is read', async (option, url, more) => {
    const { code, errors } = await refused(['replay', LOG, option, url, ...more])
    expect({ code, errors }).toMatchObject({ code: 1, errors: expect.stringContaining('127.0.0.1:1') })
  })
})
