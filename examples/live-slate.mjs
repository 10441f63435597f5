// Follows one user's slate and prints it whenever it changes. While it runs, record events for that user from anywhere.
//   node examples/live-slate.mjs [userId] [url]
import { readFileSync } from 'node:fs'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

const [userId = 'me', url = 'ws://127.0.0.1:4000/graphql'] = process.argv.slice(2)
const query = readFileSync(new URL('operations.graphql', import.meta.url), 'utf8')
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: Number.POSITIVE_INFINITY })

const slates = client.iterate({
  query,
  operationName: 'LiveRecommendations',
  variables: { input: { userId, surface: 'home', first: 5 } },
})
for await (const { data, errors } of slates) {
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  const { version, trigger, items } = data.recommendations
  console.log(`\n${trigger}  version ${version}`)
  for (const { position, item, reason } of items) {
    console.log(`  ${position}. ${String(item.attributes.title ?? item.itemId).padEnd(44)} ${reason.text}`)
  }
}
