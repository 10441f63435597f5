import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { isEnumType } from 'graphql'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { CLIENT_CODES, ERROR_CODES, LiverankError } from '../../src/errors.ts'
import * as exported from '../../src/index.ts'
import { schema } from '../../src/schema/schema.ts'
import { readConfig, settings } from '../../src/service/config.ts'
import { en } from '../../src/slate/reason-texts/en.ts'
import { type LiverankCall, liverankCalls, problemOf } from './liverank-calls.ts'
import { type MarkdownPage, readPage } from './markdown-page.ts'

interface ShownCall extends LiverankCall {
  readonly where: string
  /** Whether it stands in a sentence. */
  readonly isMention: boolean
}

/** Usage lines, which show the kinds of arguments: `liverank import [options] <folder>`. */
const USAGE = /\[\w+\]|<[\w-]+(?:\.\.\.)?>/
/** Variables that commands read, but not the service: credentials of a client. */
const OF_COMMANDS = new Set(['LIVERANK_TOKEN'])

/** Names of settings and codes in code: all in capitals, with an underscore, or before `=`. */
const NAME = /(?<![\w$.{-])[A-Z][A-Z0-9]*(?:(?:_[A-Z0-9]+)+\b(?!\w)|[A-Z0-9]{3,}(?==))/g
/** Where programs read variables of the environment. */
const READ = /\benv\.([A-Z][A-Z0-9_]*)\b/g
/** Names in code that readers write, a column of the log of another system, and a variable of another package. */
const ELSEWHERE = ['ONNXRUNTIME_NODE_INSTALL', 'LOOKED_AT', 'EDITORS_CHOICE', 'BOUND_TO_A_SHOP', 'USER_ID']

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))
let pages: MarkdownPage[]
let calls: ShownCall[]

/** Paths of the repository, those that are not committed yet included. */
function paths(...patterns: string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns], {
    encoding: 'utf8',
  })
  return listed.split('\n').filter((path) => path !== '' && existsSync(path))
}

beforeAll(async () => {
  // The changelog tells of commands and settings that are gone.
  pages = await Promise.all(paths('*.md', ':!CHANGELOG.md').map(readPage))
  calls = pages.flatMap((page) => [...callsInBlocks(page), ...callsInSentences(page)])
})

function callsInBlocks({ path, blocks }: MarkdownPage): ShownCall[] {
  const shells = blocks.filter(({ language }) => language === 'sh')
  return shells.flatMap(({ text, line }) => {
    const shown = text.split('\n').map((one) => (USAGE.test(one) ? '' : one))
    return callsIn(shown.join('\n')).map((call) => ({ ...call, where: `${path}:${line}`, isMention: false }))
  })
}

function callsInSentences({ path, code, blocks }: MarkdownPage): ShownCall[] {
  const inBlocks = new Set(blocks.flatMap(({ text, line }) => text.split('\n').map((_, at) => line + at)))
  const mentions = code.filter(({ line, text }) => !inBlocks.has(line) && !USAGE.test(text))
  return mentions.flatMap(({ text, line }) =>
    callsIn(text).map((call) => ({ ...call, where: `${path}:${line}`, isMention: true })),
  )
}

function callsIn(text: string): LiverankCall[] {
  return liverankCalls(text, scripts)
}

function settingProblem(variables: LiverankCall['variables']): string | undefined {
  const unknown = [...variables.keys()].filter((name) => !Object.hasOwn(settings.shape, name) && !OF_COMMANDS.has(name))
  if (unknown.length > 0) return `unknown setting ${unknown.join(', ')}`
  try {
    readConfig(Object.fromEntries(variables))
    return undefined
  } catch (error) {
    if (error instanceof LiverankError) return error.message
    throw error
  }
}

describe('the check of calls in documents', () => {
  it.each([
    ['an unknown command', 'liverank exprot ./log'],
    ['an unknown command of a command', 'liverank exploration regrets'],
    ['an unknown option', 'npm run train -- ./data --labels clicks'],
    ['an unknown option of a benchmark', 'npm run bench -- live --case mix'],
    ['an unknown benchmark', 'npm run bench -- lives'],
    ['an option without its value', 'liverank serve --workers'],
    ['a value that is not allowed', 'npm run -s fuzz -- --store both,redis'],
    ['a missing argument', 'PORT=0 liverank import'],
    ['an argument too many', 'docker run --rm liverank doctor all'],
  ])('reports %s', async (_, text) => {
    const [{ args }] = callsIn(text)
    expect(await problemOf(args, false)).toBeDefined()
  })

  it('reports options that npm would not pass on', () => {
    expect(() => callsIn('npm run serve --workers 2')).toThrow('--workers')
  })

  it('finds calls behind other commands, in loops and in containers', () => {
    const text = `npm run build && DOMAIN=news \\
      liverank doctor --json | tail -1   # liverank nonsense
      for seed in 1 2; do npm run simulate -- --seed $seed > out & done
      docker run --rm -e PORT=0 -e MODEL= liverank export ./log`
    expect(callsIn(text).map(({ variables, args }) => [Object.fromEntries(variables), ...args])).toEqual([
      [{ DOMAIN: 'news' }, 'doctor', '--json'],
      [{}, 'simulate', '--seed', '1'],
      [{ PORT: '0', MODEL: '' }, 'export', './log'],
    ])
  })

  it.each([
    ['a setting that does not exist', { DATA_DIRECTORY: './data' }],
    ['a value that a setting does not allow', { PORT: 'http' }],
  ])('reports %s', (_, variables) => {
    expect(settingProblem(new Map(Object.entries<string>(variables)))).toBeDefined()
  })
})

describe('the documents', () => {
  it('call only commands, options and benchmarks that exist, with all required arguments', async () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const wrong: string[] = []
    try {
      for (const { where, args, isMention } of calls) {
        const problem = await problemOf(args, isMention)
        if (problem !== undefined) wrong.push(`${where}: liverank ${args.join(' ')}: ${problem}`)
      }
    } finally {
      write.mockRestore()
    }
    expect(wrong).toEqual([])
    expect(calls.filter(({ isMention }) => !isMention).length).toBeGreaterThan(100)
    expect(calls.filter(({ isMention }) => isMention).length).toBeGreaterThan(50)
  })

  it('set only settings that exist, to values that these allow', () => {
    const wrong = calls.flatMap(({ where, variables }) => {
      const problem = settingProblem(variables)
      return problem === undefined ? [] : [`${where}: ${problem}`]
    })
    expect(wrong).toEqual([])
  })

  it('name only settings and other variables, error codes and values of enums that exist', () => {
    const known = new Set([
      ...Object.keys(settings.shape),
      ...ERROR_CODES,
      ...Object.keys(CLIENT_CODES),
      ...Object.keys(en),
      ...Object.keys(exported),
      ...ELSEWHERE,
    ])
    for (const type of Object.values(schema.getTypeMap()))
      if (isEnumType(type)) for (const { name } of type.getValues()) known.add(name)
    for (const path of paths('src', 'lab', 'bench', 'scripts', 'test', 'vitest.config.ts'))
      for (const [, name] of readFileSync(path, 'utf8').matchAll(READ)) known.add(name)
    for (const path of paths('compose.yaml', 'deploy', 'Dockerfile'))
      for (const [name] of readFileSync(path, 'utf8').matchAll(/\b[A-Z][A-Z0-9_]+\b/g)) known.add(name)
    const named = pages.flatMap(({ path, code }) =>
      code.flatMap(({ text, line }) => [...text.matchAll(NAME)].map(([name]) => ({ name, where: `${path}:${line}` }))),
    )
    expect(named.length).toBeGreaterThan(500)
    expect(named.filter(({ name }) => !known.has(name))).toEqual([])
  })
})
