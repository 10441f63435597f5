import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { escape as escaped } from 'html-escaper'
import { z } from 'zod'
import { LiverankError } from '../errors.ts'
import { PACKAGE_ROOT } from '../package-root.ts'
import type { OpenIdClient } from '../settings/openid-settings.ts'
import type { Encoding } from './http-compression.ts'
import { type KeptFile, keepFile } from './kept-file.ts'

/** Folder of the built web pages. */
export const PAGES_FOLDER = join(PACKAGE_ROOT, 'dist/web')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
/** The file in which the build lists the operations of each page. It is for the service, so no browser gets it. */
const OPERATIONS = '/operations.json'
const operations = z.record(z.string(), z.array(z.string()))
/** Files that the build compressed, by the end of their name. */
const COMPRESSED: Readonly<Record<string, Encoding>> = { '.br': 'br', '.gz': 'gzip' }

/** A file of the built web pages. */
export interface BuiltFile extends KeptFile {
  /** Content type. */
  readonly type: string
}

/** The built web pages, in memory. */
export interface BuiltPages {
  /** HTML of each page, by the name of its folder. */
  readonly pages: ReadonlyMap<string, BuiltFile>
  /** The files that the pages load, by their paths, such as `/assets/start-1a2b3c.js`. */
  readonly assets: ReadonlyMap<string, BuiltFile>
  /** Texts of the GraphQL operations that each page sends, by the name of its folder. */
  readonly operations: ReadonlyMap<string, readonly string[]>
}

export interface PagesOptions {
  /** Names of the pages that the service shows. */
  readonly shown: readonly string[]
  /** Whether the service also shows GraphiQL, at its own path. */
  readonly graphiql: boolean
  /** Whether answers are compressed for browsers that accept it. */
  readonly compresses: boolean
  /** The provider at which readers of the console sign in; none if absent. */
  readonly openId?: OpenIdClient | undefined
}

/**
 * Reads the built web pages. Each page learns from the attribute `data-pages` of its HTML which pages the service shows. The console
 * learns from `data-openid` at which provider its readers sign in.
 * @param folder `dist/web`, or a copy of it
 * @returns undefined if there is no such folder
 * @throws LiverankError CONFIGURATION if the folder contains a file of a type that no page loads, or its list of operations is damaged
 */
export async function readBuiltPages(
  folder: string,
  { shown, graphiql, compresses, openId }: PagesOptions,
): Promise<BuiltPages | undefined> {
  const contents = await readFiles(folder)
  if (contents === undefined) return undefined
  const nameOf = (path: string) => /^\/([\w-]+)\/index\.html$/.exec(path)?.[1]
  const built = [...contents.keys()].flatMap((path) => nameOf(path) ?? [])
  const links = [...shown.filter((name) => built.includes(name)), ...(graphiql ? ['graphiql'] : [])].join(' ')
  const attributes = { 'data-pages': links, 'data-openid': openId ? JSON.stringify(openId) : '' }
  const pages = new Map<string, BuiltFile>()
  const assets = new Map<string, BuiltFile>()
  for (const [path, content] of contents) {
    if (extname(path) in COMPRESSED || path === OPERATIONS) continue
    const type = TYPES[extname(path)]
    if (type === undefined) throw new LiverankError('CONFIGURATION', `${join(folder, path)} is no file of a page: delete it.`)
    const name = nameOf(path)
    if (name === undefined) assets.set(path, { type, ...keepFile(bodiesOf(path, contents, compresses)) })
    else pages.set(name, { type, ...keepFile(pageBodies(content, attributes, compresses)) })
  }
  return { pages, assets, operations: parseOperations(folder, contents.get(OPERATIONS)) }
}

function parseOperations(folder: string, content: Buffer | undefined): BuiltPages['operations'] {
  try {
    return new Map(Object.entries(operations.parse(JSON.parse(String(content)))))
  } catch (cause) {
    const path = join(folder, OPERATIONS)
    throw new LiverankError('CONFIGURATION', `${path} is missing or damaged: run \`npm run build\` in the repository.`, { cause })
  }
}

/** Returns the content of each file below a folder, by its path from there with `/` at the start; undefined if there is no folder. */
async function readFiles(folder: string): Promise<Map<string, Buffer> | undefined> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const contents = await Promise.all(paths.map((path) => readFile(path)))
    return new Map(paths.map((path, i) => [`/${relative(folder, path).split(sep).join('/')}`, contents[i]]))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function bodiesOf(path: string, contents: ReadonlyMap<string, Buffer>, compresses: boolean): BuiltFile['bodies'] {
  const bodies = new Map<Encoding | 'identity', Buffer>([['identity', contents.get(path)!]])
  for (const [end, encoding] of compresses ? Object.entries(COMPRESSED) : []) {
    const compressed = contents.get(path + end)
    if (compressed) bodies.set(encoding, compressed)
  }
  return bodies
}

/** @param attributes values of attributes that are empty in the built HTML */
function pageBodies(html: Buffer, attributes: Readonly<Record<string, string>>, compresses: boolean): BuiltFile['bodies'] {
  let text = html.toString()
  for (const [name, value] of Object.entries(attributes)) text = text.replace(`${name}=""`, () => `${name}="${escaped(value)}"`)
  const page = Buffer.from(text)
  const bodies = new Map<Encoding | 'identity', Buffer>([['identity', page]])
  if (compresses) bodies.set('br', brotliCompressSync(page)).set('gzip', gzipSync(page))
  return bodies
}
