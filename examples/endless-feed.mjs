// Prints the first pages of an endless feed for one user: each page leaves out the items of the pages before it.
//   node examples/endless-feed.mjs [userId] [items of a page] [pages] [url]
// If the service needs a token of the user, put it into the environment variable LIVERANK_TOKEN.
import { readFileSync } from 'node:fs'

const [userId = 'me', first = '5', pages = '4', url = 'http://127.0.0.1:4000/graphql'] = process.argv.slice(2)
const query = readFileSync(new URL('operations.graphql', import.meta.url), 'utf8')
const headers = {
  'content-type': 'application/json',
  ...(process.env.LIVERANK_TOKEN && { authorization: `Bearer ${process.env.LIVERANK_TOKEN}` }),
}

/** @param afterSlate id of the slate on screen; undefined for the first page */
async function pageAfter(afterSlate) {
  const variables = { input: { userId, surface: 'home', first: Number(first), afterSlate } }
  const body = JSON.stringify({ query, operationName: 'Recommendations', variables })
  const { data, errors } = await (await fetch(url, { method: 'POST', headers, body })).json()
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  return data.recommendations
}

let onScreen
for (let page = 1; page <= Number(pages); page++) {
  const { recommendationId, items, warnings } = await pageAfter(onScreen)
  console.log(`page ${page}: ${items.map(({ item }) => item.itemId).join(' ')}`)
  for (const { code, message } of warnings) console.log(`  ${code}: ${message}`)
  if (items.length === 0) break
  onScreen = recommendationId
}
