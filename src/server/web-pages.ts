import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OpenIdClient } from '../settings/openid-settings.ts'
import { type BuiltFile, type BuiltPages, PAGES_FOLDER, readBuiltPages } from './built-pages.ts'
import { sendKept } from './kept-file.ts'
import { pathOf } from './probes.ts'
import { type PagePaths, refusalOfMethod, refuse } from './refusals.ts'

/** Paths of the pages. All but the start page also answer at every path below theirs, which they read themselves. */
export const PAGE_PATHS = { start: '/', shop: '/demo', console: '/console' } as const

/** A page that the service can show to people. */
export type PageName = keyof typeof PAGE_PATHS

/**
 * The pages run the scripts and styles of this service alone, talk to this service alone, and load nothing else. So a text that they
 * show, such as the id of an item, cannot run code, or fetch an image that tells another server who looks at it.
 * @param connections origins to which a page may also talk
 */
const policyWith = (...connections: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...connections].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Paths that show the list of all documents, as its own path does. */
const DOCUMENTS = new Set(['/docs', '/docs/'])
const LIST_OF_DOCUMENTS = '/docs/README.html'

/** The browser keeps the file, and asks each time whether it is still the same. */
const REVALIDATED = { 'cache-control': 'no-cache' }
const PAGE_HEADERS = {
  ...REVALIDATED,
  'content-security-policy': policyWith(),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
}
/** The name of these files contains a hash of its content, so that another content has another name. */
const ASSET_HEADERS = { 'cache-control': 'public, max-age=31536000, immutable' }

const NOT_BUILT =
  'The web pages are not built: run `npm run build` in the repository, and start the service again. `npm start` does both.'
const NO_SHOP = 'This service does not show the demo shop: `npm start` in the repository does.'

export interface WebPagesOptions {
  /** The pages that the service shows. */
  readonly shown: readonly PageName[]
  /** Whether the service also shows GraphiQL. */
  readonly graphiql: boolean
  /** Whether answers are compressed for browsers that accept it. */
  readonly compresses: boolean
  /** The provider at which readers of the console sign in; none if absent. */
  readonly openId?: OpenIdClient | undefined
}

/** Reads the built pages, so that they can be answered from memory. @throws as `readBuiltPages` */
export async function openWebPages(options: WebPagesOptions, folder = PAGES_FOLDER): Promise<WebPages> {
  return new WebPages(await readBuiltPages(folder, options), options)
}

/** Answers requests for the web pages, and for the files that they load. They are in memory, so no path leads to another file. */
export class WebPages implements PagePaths {
  readonly #built: BuiltPages | undefined
  readonly #shown: ReadonlySet<PageName>
  readonly #consoleHeaders: Readonly<Record<string, string>>

  /** @param built the files; undefined if nobody has built the pages */
  constructor(built: BuiltPages | undefined, { shown, openId }: Pick<WebPagesOptions, 'shown' | 'openId'>) {
    this.#built = built
    this.#shown = new Set(shown)
    // The console asks the provider for its configuration and for tokens.
    const providers = openId ? [new URL(openId.issuer).origin] : []
    this.#consoleHeaders = { ...PAGE_HEADERS, 'content-security-policy': policyWith(...providers) }
  }

  /** Texts of the GraphQL operations that the shown pages send. */
  get operations(): readonly string[] {
    return [...this.#shown].flatMap((page) => this.#built?.operations.get(page) ?? [])
  }

  /** Returns why there is nothing at a path, if it is one of a page. */
  missing(path: string): string | undefined {
    const page = pageAt(path)
    if (page === undefined || this.#fileAt(path)) return undefined
    if (page === 'shop' && !this.#shown.has('shop')) return NO_SHOP
    return this.#shown.has(page) && this.#built === undefined ? NOT_BUILT : undefined
  }

  /** Whether there is a file at a path. */
  has(path: string): boolean {
    return this.#fileAt(path) !== undefined
  }

  /** Answers a request to a path at which there is a file. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    const file = this.#fileAt(pathOf(request))!
    const refusal = refusalOfMethod(request)
    if (refusal) refuse(response, refusal)
    else
      sendKept(file, request, response, {
        ...this.#headersOf(pathOf(request)),
        'content-type': file.type,
        vary: 'Accept-Encoding',
      })
  }

  #headersOf(path: string): Readonly<Record<string, string>> {
    const page = pageAt(path)
    if (page === 'console') return this.#consoleHeaders
    if (page !== undefined || path.endsWith('.html') || DOCUMENTS.has(path)) return PAGE_HEADERS
    return path.startsWith('/assets/') ? ASSET_HEADERS : REVALIDATED
  }

  #fileAt(path: string): BuiltFile | undefined {
    if (this.#built === undefined) return undefined
    const page = pageAt(path)
    if (page !== undefined) return this.#shown.has(page) ? this.#built.pages.get(page) : undefined
    return this.#built.assets.get(DOCUMENTS.has(path) ? LIST_OF_DOCUMENTS : path)
  }
}

function pageAt(path: string): PageName | undefined {
  if (path === PAGE_PATHS.start) return 'start'
  return (['shop', 'console'] as const).find((page) => path === PAGE_PATHS[page] || path.startsWith(`${PAGE_PATHS[page]}/`))
}
