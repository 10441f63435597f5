// As every command does, before the library graphql is loaded.
import '../../src/commands/production-mode.ts'
import { parseArgs } from 'node:util'
import { openPricedShop } from '../../bench/support/priced-shop.ts'
import { withScratchFolder } from '../../lab/scratch-folder.ts'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { type MeasuredRequest, PriceSearch } from './price-search.ts'

/** Searches for operations that cost too few points: random ones by the schema, with each role, to a service of this process. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    worst: { type: 'string', default: '10' },
  },
})
const [minutes, seed, worst] = [values.minutes, values.seed, values.worst].map(Number)

const ORDERS = ['dearness', 'turnMs', 'bytes'] as const
/** Devices have targets of their own. */
const GROUPS: readonly (readonly Role[])[] = [['device'], ROLES.filter((role) => role !== 'device')]

await withScratchFolder('fuzzed-prices', async (folder) => {
  const shop = await openPricedShop({ items: 5000, users: 500 }, folder)
  const search = new PriceSearch(shop, seed, folder)
  let found: MeasuredRequest[] = []
  for (const until = performance.now() + 60_000 * minutes; performance.now() < until; ) {
    found.push(...(await search.round(until)))
    found = [...new Set(GROUPS.flatMap((group) => ORDERS.flatMap((by) => most(found, by, group))))]
  }
  console.info(JSON.stringify({ seed, minutes, sent: Object.fromEntries(search.sent) }))
  for (const group of GROUPS)
    for (const by of ORDERS) {
      console.info(`The largest ${by} of ${group}:`)
      for (const one of most(found, by, group)) console.info(JSON.stringify(one))
    }
  search.close()
  await shop.service.close()
})

function most(all: readonly MeasuredRequest[], by: (typeof ORDERS)[number], group: readonly Role[]): MeasuredRequest[] {
  return all
    .filter(({ role }) => group.includes(role))
    .sort((a, b) => b[by] - a[by])
    .slice(0, worst)
}
