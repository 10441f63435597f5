import { createHash } from 'node:crypto'
import { escape as escaped } from 'html-escaper'

/**
 * GraphiQL keeps its tabs in the browser, and writes the operation into the address: a page that is loaded again shows what its user
 * has seen already.
 */
const SCRIPT = `
const { tabs = [] } = JSON.parse(localStorage.getItem('graphiql:tabState')) ?? {}
const operation = new URLSearchParams(location.search).get('query')
if (tabs.some(({ query }) => query === operation)) location.replace(location.href)
`
/** The look of the other pages, without their fonts: this page loads nothing. */
const STYLE = `
:root { color-scheme: light dark }
body { margin: 0; background: light-dark(#f6f7f9, #0e131a); color: light-dark(#17202b, #e7edf4); font: 15px/1.5 system-ui, sans-serif }
header { padding: 16px 24px; border-bottom: 1px solid light-dark(#dfe4ea, #2a3543); background: light-dark(#fff, #161d27) }
header a { display: inline-flex; gap: 8px; align-items: center; color: inherit; font-weight: 650; text-decoration: none }
header svg { color: light-dark(#0b6791, #56b8e0) }
main { max-width: 720px; margin: 0 auto; padding: 32px 24px }
h1 { margin: 0 0 8px; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 }
pre { margin: 20px 0; padding: 16px; border: 1px solid light-dark(#dfe4ea, #2a3543); border-radius: 12px;
  background: light-dark(#fff, #161d27); font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
main a { display: inline-block; margin-right: 16px; padding: 8px 16px; border: 1px solid light-dark(#b9c2cd, #445365);
  border-radius: 8px; color: inherit; font-weight: 550; text-decoration: none }
main a.open { border-color: transparent; background: light-dark(#0b6791, #56b8e0); color: light-dark(#fff, #06212e) }
`
const LOGO =
  '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"><path d="M4 6h16M4 12h11M4 18h6"/></svg>'

const sourceOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The page runs its own script alone, and loads nothing. */
export const LINKED_OPERATION_POLICY = [
  "default-src 'none'",
  `script-src ${sourceOf(SCRIPT)}`,
  `style-src ${sourceOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Renders the page that asks its user before the operation of an address goes into the editor of GraphiQL. A browser calls an
 * address entered by its user too if a page of another site redirected to it, went back to it, or fetched it ahead.
 */
export function renderLinkedOperation(operation: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Open this operation? – Liverank</title><style>${STYLE}</style></head>
<body>
<header><a href="./">${LOGO} Liverank</a></header>
<main>
<h1>Open this operation in GraphiQL?</h1>
<p>Whoever made the address chose this operation. Open it only if you understand it. It does not run before you run it.</p>
<pre>${escaped(operation)}</pre>
<p><a class="open" href="?query=${encodeURIComponent(operation)}">Open it in GraphiQL</a><a href="graphql">GraphiQL without it</a></p>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}
