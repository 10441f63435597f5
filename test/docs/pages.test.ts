import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { LoneAnonymousOperationRule, parse, specifiedRules, validate } from 'graphql'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schema } from '../../src/schema/schema.ts'
import { type Found, type MarkdownPage, readPage } from './markdown-page.ts'

const packageFile = z.object({ scripts: z.record(z.string(), z.string()) })

/** Paths of the repository, as documents name them in code: `src/service/config.ts`, `docs/`, `examples/live-slate.mjs`. */
const PATH = /(?<![\w./-])((?:src|lab|test|bench|scripts|schemas|docs|examples|training|models|\.ci)\/[\w./-]*\w\/?)(?![\w*{<…])/g
/** Paths that readers make themselves, and do not find. */
const MADE_BY_READERS = [
  /^models\/(?!default)/,
  /^src\/accumulators\/item-shares\.ts$/,
  /^src\/candidates\/editors-choice\.ts$/,
  /^examples\/generated$/,
]

/** A sentence may have this many words. Write shorter ones: the aim is 25. */
const MAX_WORDS = 30

const pages = new Map<string, MarkdownPage>()
let scripts: Record<string, string>

beforeAll(async () => {
  const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  for (const path of paths.split('\n').filter((path) => path !== '' && existsSync(path))) pages.set(path, await readPage(path))
  scripts = packageFile.parse(JSON.parse(await readFile('package.json', 'utf8'))).scripts
})

/** Everything on any page that fails a check, as `page:line: text`. */
function failing(of: (page: MarkdownPage) => readonly Found[], isGood: (text: string, page: MarkdownPage) => boolean): string[] {
  return [...pages.values()].flatMap((page) =>
    of(page)
      .filter(({ text }) => !isGood(text, page))
      .map(({ text, line }) => `${page.path}:${line}: ${text}`),
  )
}

function matches({ code }: MarkdownPage, pattern: RegExp): Found[] {
  return code.flatMap(({ text, line }) => [...text.matchAll(pattern)].map(([, found]) => ({ text: found, line })))
}

/** Operations of a page: its blocks of GraphQL, and the bodies that its commands send. */
function operations({ blocks }: MarkdownPage): Found[] {
  const sent = z.object({ query: z.string() })
  return blocks.flatMap(({ language, text, line }) => {
    if (language === 'graphql') return [{ text, line }]
    const bodies = [...text.matchAll(/-d '(\{.*?\})'/gs)]
    return bodies.map(([, body]) => ({ text: sent.parse(JSON.parse(body)).query, line }))
  })
}

describe('the documents', () => {
  it('have only links that lead to a file and a heading that exist', () => {
    const broken = failing(
      ({ links }) => links.filter(({ text }) => !/^[a-z]+:/.test(text)),
      (url, { path }) => {
        const [file, anchor] = url.split('#')
        const target = file === '' ? path : normalize(join(dirname(path), file))
        if (!existsSync(target)) return false
        return anchor === undefined || (pages.get(target)?.anchors.has(anchor) ?? false)
      },
    )
    expect(broken).toEqual([])
  })

  it('name only scripts of package.json', () => {
    const isScript = (name: string) => Object.hasOwn(scripts, name)
    expect(failing((page) => matches(page, /\bnpm run (?:-s )?([\w:-]*\w)/g), isScript)).toEqual([])
  })

  it('name only files that exist', () => {
    const isThere = (path: string) => MADE_BY_READERS.some((pattern) => pattern.test(path)) || existsSync(path)
    expect(failing((page) => matches(page, PATH), isThere)).toEqual([])
  })

  it('show only operations that the schema allows', () => {
    // A guide may show operations that are sent one after the other in one block.
    const rules = specifiedRules.filter((rule) => rule !== LoneAnonymousOperationRule)
    expect([...pages.values()].flatMap(operations).length).toBeGreaterThan(20)
    expect(failing(operations, (text) => validate(schema, parse(text), rules).length === 0)).toEqual([])
  })

  it('are all listed in the index', () => {
    const listed = new Set(pages.get('docs/README.md')?.links.map(({ text }) => join('docs', text.split('#')[0])))
    const documents = [...pages.keys()].filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
    expect(documents.filter((path) => !listed.has(path))).toEqual([])
  })

  it('have no sentence of more than 30 words', () => {
    const isShort = (text: string) => text.split(' ').filter((word) => /\p{L}/u.test(word)).length <= MAX_WORDS
    expect([...pages.values()].flatMap(({ sentences }) => sentences).length).toBeGreaterThan(3000)
    expect(failing(({ sentences }) => sentences, isShort)).toEqual([])
  })

  it('have no guide or reference page above 200 lines', async () => {
    const forWork = [...pages.keys()].filter((path) => /^docs\/(guides|reference)\//.test(path))
    const lines = async (path: string) => (await readFile(path, 'utf8')).split('\n').length - 1
    const counted = await Promise.all(forWork.map(async (path) => `${path}: ${await lines(path)}`))
    expect(counted.filter((line) => Number(line.split(': ')[1]) > 200)).toEqual([])
  })
})
