// Subscribes to the slate (list of recommended items) of one user, and prints each new slate. To see the slate change, record events of
// that user from another program, such as GraphiQL.
//   node examples/live-slate.mjs [userId] [url]
// If the service on this machine has another port than 4000, put it into the environment variable PORT.
// If the service needs a token of the user, put it into the environment variable LIVERANK_TOKEN.
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

const LONGEST_WAIT_MS = 5000

const [userId = 'me', url = `ws://127.0.0.1:${process.env.PORT || 4000}/graphql`] = process.argv.slice(2)
const query = readFileSync(new URL('operations.graphql', import.meta.url), 'utf8')
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: () => (process.env.LIVERANK_TOKEN ? { Authorization: `Bearer ${process.env.LIVERANK_TOKEN}` } : {}),
  // A service that restarts refuses connections for a while: wait, and subscribe again.
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: (retries) => setTimeout(Math.min(LONGEST_WAIT_MS, 250 * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2)),
  on: { closed: ({ code }) => console.error(`The connection closed (${code}). Connecting again…`) },
})

const slates = client.iterate({
  query,
  operationName: 'LiveRecommendations',
  variables: { input: { userId, surface: 'home', first: 5 } },
})
let shown = { version: 0 }
for await (const { data, errors } of slates) {
  if (errors) {
    console.error(errors.map(({ message }) => message).join('\n'))
    continue
  }
  const slate = data.recommendations
  const startsAnew = ['INITIAL', 'RESYNC', 'ERASED'].includes(slate.trigger)
  if (!startsAnew && slate.version < shown.version) continue
  shown = slate
  console.log(`\n${slate.trigger}  version ${slate.version}`)
  for (const { position, item, reason } of slate.items) {
    console.log(`  ${position}. ${String(item.attributes.title ?? item.itemId).padEnd(44)} ${reason.text}`)
  }
}
