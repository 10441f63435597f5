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
const STYLE = 'body { font: 16px/1.5 sans-serif; margin: 2rem } pre { white-space: pre-wrap; overflow-wrap: anywhere }'

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
<head><meta charset="utf-8"><title>Liverank</title><style>${STYLE}</style></head>
<body>
<h1>Open this operation in GraphiQL?</h1>
<p>Whoever made the address chose this operation. Open it only if you understand it. It does not run before you run it.</p>
<pre>${escaped(operation)}</pre>
<p><a href="?query=${encodeURIComponent(operation)}">Open it in GraphiQL</a></p>
<script>${SCRIPT}</script>
</body>
</html>
`
}
