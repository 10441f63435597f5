import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphiQLOptions } from 'graphql-yoga'
import { escape as escaped } from 'html-escaper'
import type { Logger } from 'pino'
import { compressText, ENCODINGS, type Encoding } from './http-compression.ts'
import { type KeptFile, keepFile, sendKept } from './kept-file.ts'
import { plainPagePolicy, renderPlainPage } from './plain-page.ts'
import { type Refusal, refuse } from './refusals.ts'

/** Query that GraphiQL shows first. It works on any store. */
const FIRST_QUERY = `# The items to show to the user "me" now.
# Run it with Ctrl-Enter.
query Slate {
  recommendations(input: { userId: "me", first: 5 }) {
    version
    items {
      position
      item { itemId attribute(name: "title") }
      reason { text }
    }
  }
}

# Open a second tab, paste this, and run it.
# Then run the query again: the slate has changed.
#
# mutation View {
#   recordEvent(
#     input: { userId: "me", itemId: "item-0007", eventType: "view" }
#   ) {
#     ... on RecordEventPayload { userVersion }
#     ... on Error { code message }
#   }
# }
#
# Or leave this running in a third tab:
# a new slate arrives after each event.
#
# subscription Live {
#   recommendations(input: { userId: "me", first: 5 }) {
#     trigger
#     items { item { itemId attribute(name: "title") } }
#   }
# }
`

/** A ranking that moves, in place of the logo of the GraphQL server. */
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="28" height="28" viewBox="0 0 24 24" fill="none" stroke="#0b6e99" stroke-width="3" stroke-linecap="round"><path d="M4 6h16M4 12h11M4 18h6"/></svg>'

/** Options of the GraphiQL page. */
const GRAPHIQL: GraphiQLOptions = {
  title: 'Liverank',
  logo: LOGO,
  favicon: `data:image/svg+xml,${encodeURIComponent(LOGO)}`,
  defaultQuery: FIRST_QUERY,
  subscriptionsProtocol: 'WS',
  // Keys and tokens that its user enters are gone with the page: a later server on the same port could read what the browser keeps.
  shouldPersistHeaders: false,
}

/**
 * GraphiQL keeps its tabs in the browser, and writes the operation into the address: a page that is loaded again shows what its user
 * has seen already.
 */
const SCRIPT = `
const { tabs = [] } = JSON.parse(localStorage.getItem('graphiql:tabState')) ?? {}
const operation = new URLSearchParams(location.search).get('query')
if (tabs.some(({ query }) => query === operation)) location.replace(location.href)
`

/** The page runs its own script alone, and loads nothing. */
const LINKED_OPERATION_POLICY = plainPagePolicy(SCRIPT)

/**
 * Renders the page that asks its user before the operation of an address goes into the editor of GraphiQL. A browser calls an
 * address entered by its user too if a page of another site redirected to it, went back to it, or fetched it ahead.
 */
function renderLinkedOperation(operation: string): string {
  return renderPlainPage({
    title: 'Open this operation?',
    home: './',
    script: SCRIPT,
    main: `<h1>Open this operation in GraphiQL?</h1>
<p>Whoever made the address chose this operation. Open it only if you understand it. It does not run before you run it.</p>
<pre>${escaped(operation)}</pre>
<p><a class="open" href="?query=${encodeURIComponent(operation)}">Open it in GraphiQL</a><a href="graphql">GraphiQL without it</a></p>`,
  })
}

/** The page and what browsers have to know about it. */
interface RenderedPage extends KeptFile {
  readonly policy: string
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // The browser keeps the page, and asks each time whether it is still the same.
  'cache-control': 'no-cache',
  vary: 'Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
}

/**
 * The page of GraphiQL, an editor for operations. It can do everything that its user can, so pages of other origins must not control
 * it. They cannot show it in a frame, where they might trick a user into a click, and cannot open it with an operation of their
 * choice.
 */
export class GraphiqlPage {
  readonly #compresses: boolean
  readonly #logger: Logger
  #rendering: Promise<RenderedPage> | undefined

  constructor(compresses: boolean, logger: Logger) {
    this.#compresses = compresses
    this.#logger = logger
  }

  /** Answers a request for the page. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    if (isInsideAnotherPage(request)) {
      refuse(response, INSIDE_ANOTHER_PAGE)
      return
    }
    if (request.url!.includes('?') && request.headers['sec-fetch-site'] !== 'same-origin') {
      answerForeignLink(request, response)
      return
    }
    // Rendered once: nine megabytes that most services never show, and that any page may ask for again and again.
    this.#rendering ??= renderPage(this.#compresses)
    this.#rendering.then(
      (page) => sendKept(page, request, response, { ...HEADERS, 'content-security-policy': page.policy }),
      (error: unknown) => {
        this.#logger.error({ error }, 'GraphiQL could not be rendered')
        this.#rendering = undefined
        response.writeHead(500).end()
      },
    )
  }
}

const INSIDE_ANOTHER_PAGE: Refusal = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'GraphiQL is not shown inside another page: open it in a tab of its own.',
}

/** Whether a page wants to show GraphiQL in a frame, or reads it by a script. Browsers say so on https and on this machine. */
function isInsideAnotherPage({ headers }: IncomingMessage): boolean {
  const destination = headers['sec-fetch-dest']
  return destination !== undefined && destination !== 'document'
}

/**
 * Answers a request with an operation in its address that does not come from a page of this service. If the user may have entered the
 * address, asks before the operation goes into the editor. Otherwise leaves it out: a browser that does not say so may follow any link.
 */
function answerForeignLink({ headers, url = '' }: IncomingMessage, response: ServerResponse): void {
  const operation = new URLSearchParams(url.slice(url.indexOf('?'))).get('query')
  if (headers['sec-fetch-site'] === 'none' && operation) {
    const policy = { 'cache-control': 'no-store', 'content-security-policy': LINKED_OPERATION_POLICY }
    response.writeHead(200, { ...HEADERS, ...policy }).end(renderLinkedOperation(operation))
    return
  }
  // Relative, since a proxy may serve this path below another one.
  response.writeHead(303, { location: 'graphql', vary: HEADERS.vary }).end()
}

/**
 * Without these, a phone shows the page as wide as a desk's, in letters that nobody can read, and the editor takes half of a small
 * window.
 */
const FOR_PHONES = `<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
@media (max-width: 700px) {
  #graphiql-session { flex-direction: column !important }
  .graphiql-horizontal-drag-bar, .graphiql-logo { display: none }
}
</style>`

async function renderPage(compresses: boolean): Promise<RenderedPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  const html = renderGraphiQL(GRAPHIQL).replace('<head>', `<head>${FOR_PHONES}`)
  const bodies = new Map<Encoding | 'identity', Buffer>([['identity', Buffer.from(html)]])
  for (const encoding of compresses ? ENCODINGS : []) bodies.set(encoding, await compressText(html, encoding))
  return { ...keepFile(bodies), policy: policyOf(html) }
}

/**
 * The content security policy: the page runs its own script alone, talks to this service alone, and loads nothing else. So an answer
 * that it shows cannot run code, or fetch an image that tells another server who looks at it.
 */
function policyOf(html: string): string {
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html)!
  return [
    "default-src 'none'",
    `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}' blob:`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
