// As every command does, before the library graphql is loaded.
import '../../src/commands/production-mode.ts'
import { parseArgs } from 'node:util'
import * as fc from 'fast-check'
import { ChargedPoints } from '../../bench/support/charged-points.ts'
import { longestTurnMs, microseconds } from '../../bench/support/longest-turn.ts'
import { PricedClient } from '../../bench/support/priced-client.ts'
import { fullUser, openPricedShop, tokenOf } from '../../bench/support/priced-shop.ts'
import { withScratchFolder } from '../../lab/scratch-folder.ts'
import { ROLES, type Role } from '../../src/auth/principal.ts'
import { warningsOnStderr } from '../../src/logging/logger.ts'
import { schema } from '../../src/schema/schema.ts'
import { startServer } from '../../src/server/server.ts'
import { operations } from './operations.ts'
import { LearnedTexts } from './vocabulary.ts'

/** Searches for operations that cost too few points: random ones by the schema, with each role, to a service of this process. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    worst: { type: 'string', default: '10' },
  },
})
const [minutes, seed, worst] = [values.minutes, values.seed, values.worst].map(Number)

interface Found {
  readonly role: Role
  readonly points: number
  readonly usPerPoint: number
  readonly turnMs: number
  readonly bytes: number
  readonly sent: string
}

const ORDERS = ['usPerPoint', 'turnMs', 'bytes'] as const
/** Devices have targets of their own. */
const GROUPS: readonly (readonly Role[])[] = [['device'], ROLES.filter((role) => role !== 'device')]
/** Half of the target for devices, in ms: an operation with a longer turn is sent twice more, and the least figures count. */
const SUSPECT_TURN = 25
/** Of cheaper operations, most is what every operation takes. */
const LEAST_POINTS = 500

await withScratchFolder('fuzzed-prices', async (folder) => {
  const shop = await openPricedShop({ items: 5000, users: 500 }, folder)
  const charged = new ChargedPoints()
  const unlimited = 1_000_000_000
  const network = { RATE_PER_USER: unlimited, RATE_PER_KEY: unlimited, STORED_PER_USER: 0 }
  const server = await startServer(shop.service, {
    host: '127.0.0.1',
    port: 0,
    graphiql: false,
    logger: warningsOnStderr(),
    network,
  })
  const tokens = new Map<Role, string>()
  for (const role of ROLES) tokens.set(role, await tokenOf(role, role === 'device' ? fullUser(0) : role))
  const client = new PricedClient(server.url, tokens)
  const measured = async (role: Role, body: string): Promise<Found> => {
    charged.read()
    let bytes = 0
    const began = process.cpuUsage()
    const turnMs = await longestTurnMs(async () => {
      ;({ bytes } = await client.post(role, body))
    })
    const us = microseconds(process.cpuUsage(began))
    const points = charged.read()
    return { role, points, usPerPoint: us / Math.max(points, LEAST_POINTS), turnMs, bytes, sent: body.slice(0, 2000) }
  }
  const found: Found[] = []
  const generated = operations(schema)
  const learned = new LearnedTexts()
  let sent = 0
  for (const until = performance.now() + 60_000 * minutes; performance.now() < until; sent++) {
    const role = ROLES[sent % ROLES.length]
    const [{ type, document, variables }] = fc.sample(generated, { seed: seed * 10_000_000 + sent, numRuns: 1 })
    if (type === 'subscription' || document.includes('eraseUser(')) continue
    const body = `{"query":${JSON.stringify(idsOfShop(learned.fillIn(document)))},"variables":${idsOfShop(learned.fillIn(variables))}}`
    let least = await measured(role, body)
    for (let again = 0; again < 2 && least.turnMs > SUSPECT_TURN; again++) {
      const { turnMs, usPerPoint } = await measured(role, body)
      least = { ...least, turnMs: Math.min(least.turnMs, turnMs), usPerPoint: Math.min(least.usPerPoint, usPerPoint) }
    }
    found.push(least)
    if (found.length > 5000) found.splice(0, found.length, ...kept(found))
  }
  for (const group of GROUPS)
    for (const by of ORDERS) {
      console.info(`${sent} operations of all roles: the largest ${by} of ${group}`)
      for (const one of most(found, by, group)) console.info(JSON.stringify(one))
    }
  client.close()
  await server.close()
  charged.close()
  await shop.service.close()
})

/** The generated users and items are those of the shop. */
function idsOfShop(text: string): string {
  return text.replaceAll(/"i(\d+)"/g, '"item-$1"').replaceAll(/"u(\d+)"/g, '"full-$1"')
}

function most(found: readonly Found[], by: (typeof ORDERS)[number], group: readonly Role[]): Found[] {
  return found
    .filter(({ role }) => group.includes(role))
    .sort((a, b) => b[by] - a[by])
    .slice(0, worst)
}

function kept(found: readonly Found[]): Found[] {
  return [...new Set(GROUPS.flatMap((group) => ORDERS.flatMap((by) => most(found, by, group))))]
}
