import { randomInt } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { Chance } from '../deterministic/chance.ts'
import { eventually } from '../support/eventually.ts'
import { post, webSocketClient } from '../support/graphql-client.ts'
import { RedisServer, redisAvailable } from '../support/redis-server.ts'
import { LIVE, RECORD, recordedOf, slateOf } from '../support/slate-answer.ts'
import { StartedService } from '../support/started-service.ts'

const SEEDS = Number(process.env.FAULT_SEEDS ?? 1)
const FIRST_SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31))
const ROUNDS = SEEDS > 1 ? 2 : 1
/** Requests that are on their way to the process that is killed. */
const LANES = 8
const USERS = Array.from({ length: 20 }, (_, n) => `u${n}`)
const VERSIONS = `query { ${USERS.map((id) => `${id}: user(userId: "${id}") { version }`).join(' ')} }`
const versions = z.object({ data: z.record(z.string(), z.object({ version: z.number() }).nullable()) })

/** Opens a stream for each user. @returns the version that each of them has shown last */
async function follow(url: string): Promise<Map<string, number>> {
  const client = webSocketClient(url)
  onTestFinished(() => client.close())
  const shown = new Map<string, number>()
  const streams = USERS.map((userId) => ({
    userId,
    messages: client.subscribe(LIVE, { input: { userId, first: 3 }, minIntervalMs: 0 }),
  }))
  for (const { userId, messages } of streams) shown.set(userId, slateOf(await messages.next()).version)
  for (const { userId, messages } of streams) {
    void (async () => {
      for (;;) shown.set(userId, slateOf(await messages.next()).version)
    })().catch(() => {})
  }
  return shown
}

/**
 * Records events until the process is gone.
 * @param kill called once, when so many events are acknowledged
 * @returns how many it did not answer
 */
async function recordUntilGone(
  url: string,
  prefix: string,
  chance: Chance,
  { acknowledged, kill }: { acknowledged: number; kill: () => void },
): Promise<number> {
  let sent = 0
  let recorded = 0
  const lane = async () => {
    for (;;) {
      const input = { eventId: `${prefix}-${sent++}`, userId: chance.pick(USERS), eventType: 'view', itemId: 'i1' }
      recordedOf(await post(url, RECORD, { input }))
      if (++recorded === acknowledged) kill()
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: LANES }, lane))
  return lanes.filter(({ status }) => status === 'rejected').length
}

describe.skipIf(!redisAvailable)('a process that is killed while it records', () => {
  it.each(Array.from({ length: SEEDS }, (_, n) => FIRST_SEED + n))(
    'leaves no follower of another process with an older version: seed %i',
    async (seed) => {
      const chance = new Chance(seed)
      const redis = await RedisServer.start()
      onTestFinished(() => redis.stop())
      const settings = { REDIS_URL: redis.url, PARTITIONS: '4', SHARDS: '2', EXPLORATION: '0' }
      const followed = await new StartedService(settings).serving()
      const shown = await follow(followed)
      for (let round = 0; round < ROUNDS; round++) {
        const killed = new StartedService(settings)
        const unanswered = await recordUntilGone(await killed.serving(), `r${round}`, chance, {
          acknowledged: chance.between(1, 300),
          kill: () => void killed.stop('SIGKILL'),
        })
        expect(unanswered).toBe(LANES)
        await eventually(async () => {
          const { data } = versions.parse(await post(followed, VERSIONS))
          const stored = new Map(USERS.map((id) => [id, data[id]?.version ?? 0]))
          expect(shown).toEqual(stored)
          // The load has reached the store.
          expect([...stored.values()].some((version) => version > 0)).toBe(true)
        }, 100)
      }
    },
  )
})
