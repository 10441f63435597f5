import type { ServerResponse } from 'node:http'
import { escape as escaped } from 'html-escaper'
import { plainPagePolicy, renderPlainPage } from './plain-page.ts'
import type { Refusal } from './refusals.ts'

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
