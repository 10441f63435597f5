import { escape as escaped } from 'html-escaper'
import { plainPagePolicy, renderPlainPage } from './plain-page.ts'

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
export const LINKED_OPERATION_POLICY = plainPagePolicy(SCRIPT)

/**
 * Renders the page that asks its user before the operation of an address goes into the editor of GraphiQL. A browser calls an
 * address entered by its user too if a page of another site redirected to it, went back to it, or fetched it ahead.
 */
export function renderLinkedOperation(operation: string): string {
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
