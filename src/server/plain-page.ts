import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { escape as escaped } from 'html-escaper'
import type { Refusal } from './refusals.ts'

/** The look of the web pages, without their fonts: a plain page loads nothing. */
const STYLE = `
:root { color-scheme: light dark }
body { margin: 0; background: light-dark(#f6f7f9, #0e131a); color: light-dark(#17202b, #e7edf4); font: 15px/1.5 system-ui, sans-serif }
header { padding: 16px 24px; border-bottom: 1px solid light-dark(#dfe4ea, #2a3543); background: light-dark(#fff, #161d27) }
header a { display: inline-flex; gap: 8px; align-items: center; color: inherit; font-weight: 650; text-decoration: none }
header svg { color: light-dark(#0b6791, #56b8e0) }
main { max-width: 720px; margin: 0 auto; padding: 32px 24px }
h1 { margin: 0 0 8px; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 }
p + p { margin-top: 20px }
pre { margin: 20px 0; padding: 16px; border: 1px solid light-dark(#dfe4ea, #2a3543); border-radius: 12px;
  background: light-dark(#fff, #161d27); font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
main a { display: inline-block; margin-right: 16px; padding: 8px 16px; border: 1px solid light-dark(#b9c2cd, #445365);
  border-radius: 8px; color: inherit; font-weight: 550; text-decoration: none }
main a.open { border-color: transparent; background: light-dark(#0b6791, #56b8e0); color: light-dark(#fff, #06212e) }
`
const LOGO =
  '<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"><path d="M4 6h16M4 12h11M4 18h6"/></svg>'

const sourceOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** A page that needs no built files. */
export interface PlainPage {
  /** Text of the tab, without markup. */
  readonly title: string
  /** Address of the start page, relative where the page may be served below another path. */
  readonly home: string
  /** HTML. What comes from outside must be escaped. */
  readonly main: string
  /** A script that the page runs; none if absent. */
  readonly script?: string
}

/** Returns the content security policy of a plain page: it runs its own script alone, and loads nothing. */
export function plainPagePolicy(script?: string): string {
  return [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`]),
    `style-src ${sourceOf(STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Renders a page in the look of the web pages, as HTML. */
export function renderPlainPage({ title, home, main, script }: PlainPage): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Liverank</title><style>${STYLE}</style></head>
<body>
<header><a href="${home}">${LOGO} Liverank</a></header>
<main>
${main}
</main>
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': plainPagePolicy(),
  'referrer-policy': 'same-origin',
  connection: 'close',
}

/** Answers with a page that says so and leads on, where an app gets the refusal as JSON. */
export function answerMissingPage(response: ServerResponse, { status, message }: Refusal): void {
  const main = `<h1>There is no such page</h1>
<p>${escaped(message)}</p>
<p><a class="open" href="/">To the start page</a><a href="/docs/">Documents</a></p>`
  response.writeHead(status, HEADERS).end(renderPlainPage({ title: 'No such page', home: '/', main }))
}
